"""What a session says that it sent, against what arrived."""

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

from dagster_pipes import PipesMessage

from dagster_pipes_jvm.errors import MessagesMissingError, PipesNotClosedError, see
from dagster_pipes_jvm.wire import SESSION_FACTS_KEY

_ATTRIBUTE = "_dagster_pipes_jvm_delivery"
_SHOWN_CHARACTERS = 300
# As many short ones as fit into a chunk of 2 MiB and more, which is what may arrive and be printed all the same.
_LINES_IN_MIND = 65_536


class Delivery:
    """The account of one run's messages, shared by every source that they come from.

    Only the last attempt of a job that was started again counts. Lifecycle: one per handler, see `delivery_of`; complete
    once every source has ended. Threads: any.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._opened = False
        self._closed = False
        self._arrived = 0
        self._told: int | None = None
        self._dropped_log_lines = 0
        self._last: PipesMessage | None = None
        self._faults: list[str] = []
        self._sources: list[str] = []
        self._latest: deque[int] = deque(maxlen=_LINES_IN_MIND)
        self._beside: Delivery | None = None

    def beside(self) -> "Delivery":
        """The account of a session that JVM code of a PySpark job opened beside Python's: it counts as well."""
        with self._lock:
            self._beside = self._beside or Delivery()
            return self._beside

    def add_source(self, source: str) -> None:
        """Note a place that messages come from, such as `s3://bucket/prefix`."""
        with self._lock:
            if source not in self._sources:
                self._sources.append(source)

    def arrive(self, message: PipesMessage | None, line: str = "") -> None:
        """Count a message that arrived; `None` for a line of a channel that could not be decoded, which was sent, too.

        Args:
            message: the message.
            line: its text.
        """
        with self._lock:
            self._latest.append(hash(line))
            if self._closed and message is not None and message["method"] == "log_external_stream":
                return  # Output that is captured behind `closed`, which the writer could not count any more.
            self._arrived += 1
            if message is None:
                return
            self._last = message
            if message["method"] == "opened":
                # A job may open one session after another; each counts its own.
                self._opened, self._closed, self._arrived, self._told = True, False, 1, None
            elif message["method"] == "closed":
                self._closed = True
                facts = message.get(SESSION_FACTS_KEY)
                if isinstance(facts, Mapping):
                    self._told = _number(facts.get("messages"))
                    self._dropped_log_lines += _number(facts.get("dropped_log_lines")) or 0

    def arrive_logs(self, messages: Sequence[PipesMessage], lines: Sequence[str]) -> None:
        """Count messages of `LOG_METHODS` as `arrive` does, for the price of one; they must be at least one.

        Args:
            messages: the messages.
            lines: the text of each.
        """
        with self._lock:
            self._latest.extend(map(hash, lines))
            counted = [one for one in messages if one["method"] == "log"] if self._closed else messages
            if counted:
                self._arrived += len(counted)
                self._last = counted[-1]

    def begin_attempt(self) -> None:
        """Forget the attempt before: the job was started again."""
        with self._lock:
            self._opened, self._closed, self._arrived, self._told = False, False, 0, None
            self._dropped_log_lines = 0
            self._last = None
            self._faults.clear()
            self._latest.clear()

    def lacks(self, what: str) -> None:
        """Note something that is known to be missing or damaged, such as a chunk."""
        with self._lock:
            self._faults.append(what)

    @property
    def is_open(self) -> bool:
        """Whether the session that opened last has not closed; of several that follow one another, the last one counts."""
        beside = self._beside
        with self._lock:
            return (self._opened and not self._closed) or (beside is not None and beside.is_open)

    @property
    def is_opened(self) -> bool:
        """Whether the session opened."""
        with self._lock:
            return self._opened

    @property
    def is_closed(self) -> bool:
        """Whether the session closed."""
        with self._lock:
            return self._closed

    @property
    def arrived_messages(self) -> int:
        """How many messages of the session arrived."""
        with self._lock:
            return self._arrived

    @property
    def latest_lines(self) -> Sequence[int]:
        """The hashes of the lines that arrived last, oldest first."""
        with self._lock:
            return tuple(self._latest)

    @property
    def missing_messages(self) -> int:
        """How many messages the session sent that did not arrive, 0 where it did not say how many it sent."""
        with self._lock:
            return 0 if self._told is None else max(0, self._told - self._arrived)

    @property
    def dropped_log_lines(self) -> int:
        """How many log lines the job itself had to drop, as it says."""
        with self._lock:
            return self._dropped_log_lines

    @property
    def is_complete(self) -> bool:
        """Whether nothing is known to be missing."""
        return not self.shortfall

    @property
    def shortfall(self) -> str:
        """What is known to be missing, in words; empty where nothing is."""
        parts = list(self._faults)
        if missing := self.missing_messages:
            parts.append(f"{missing:,} of {self._told:,} messages that the job sent did not arrive")
        if self._beside is not None and (shortfall := self._beside.shortfall):
            parts.append(f"of the JVM's session, {shortfall}")
        return "; ".join(parts)

    def say(self, warn: Callable[[str], None]) -> None:
        """Write what is missing, and what the job had to drop, into the run's event log."""
        if missing := self.missing_messages:
            warn(f"{missing:,} of the {self._told:,} messages that the job sent did not arrive.")
        if dropped := self.dropped_log_lines:
            warn(f"the job had to drop {dropped:,} log line(s), because they could not be sent and its disk was full.")
        if self._beside is not None:
            self._beside.say(warn)

    def check_complete(self) -> None:
        """Refuse to call a delivery whole that is not.

        Raises:
            MessagesMissingError: something is known to be missing.
        """
        if shortfall := self.shortfall:
            raise MessagesMissingError(
                f"The job ended, but {shortfall}. They should be in {' and '.join(self._sources)}, or on the driver's stderr."
                f" {see('messages-missing')}"
            )

    def check_closed(self, no_messages_text: str) -> None:
        """Refuse a session that never opened, or opened and never closed.

        Args:
            no_messages_text: what to check when nothing arrived.

        Raises:
            PipesNotClosedError: it is one of these.
        """
        if self._beside is not None and self._beside.is_opened:
            self._beside.check_closed(no_messages_text)
            if not self._opened:
                return  # Python joined the session that JVM code had opened.
        if self._closed:
            return
        if not self._opened:
            raise PipesNotClosedError(
                f"The job ended, and never opened its Pipes session. {no_messages_text} {see('not-closed')}"
            )
        last = json.dumps(self._last)[:_SHOWN_CHARACTERS]
        raise PipesNotClosedError(
            f"The job ended, and opened its Pipes session but never closed it; {self._arrived:,} messages arrived, the last one"
            f" {last}. What it reported may be incomplete. {see('not-closed')}"
        )


def delivery_of(handler: Any) -> Delivery:
    """The account of the run that this handler belongs to; the same one for every source."""
    delivery: Delivery = handler.__dict__.setdefault(_ATTRIBUTE, Delivery())
    return delivery


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
