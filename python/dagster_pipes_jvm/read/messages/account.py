"""The account of a run: the messages that arrived or are known to be missing, and the one verdict on them."""

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from dagster_pipes import PipesMessage

from dagster_pipes_jvm.errors import MessagesMissingError, PipesNotClosedError, see, sentence
from dagster_pipes_jvm.read.messages.undelivered import LINES_COMPARED, Undelivered
from dagster_pipes_jvm.wire import SESSION_FACTS_KEY

OWN_SESSION = ""
"""The name of the session on the job's own channel."""
JVM_SESSION = "the JVM's"
"""The name of the session that JVM code of a PySpark job opened beside Python's, with its own channel."""

_SHOWN_CHARACTERS = 300


@dataclass(frozen=True)
class Verdict:
    """The error in the reports of a job that its platform calls successful.

    Args:
        what: the error in a sentence, for the event log.
        error: the same with a remedy, for a caller that does not accept it.
    """

    what: str
    error: PipesNotClosedError | MessagesMissingError


class OpenSessions:
    """The sessions of one channel. They have ended when all of them have closed.

    An instrumented PySpark script may open its own session beside the JVM's. If its platform restarts an application,
    the application opens the same session once more. Threads: one at a time.
    """

    def __init__(self) -> None:
        self.has_opened = False
        self._has_closed = False
        self._open: set[bool] = set()

    def open(self, message: PipesMessage) -> bool:
        """Record an `opened`; returns whether its session is beside another open one."""
        extras = (message["params"] or {}).get("extras")
        is_of_spark = isinstance(extras, Mapping) and "spark_application_id" in extras
        self.has_opened = True
        self._open.add(is_of_spark)
        return (not is_of_spark) in self._open

    def close(self) -> None:
        """Record a `closed`, which does not say to which session it belongs."""
        self._has_closed = True
        if self._open:
            self._open.pop()

    @property
    def is_open(self) -> bool:
        """Whether a session has not closed."""
        return bool(self._open)

    @property
    def is_closed(self) -> bool:
        """Whether all sessions have closed, and at least one has."""
        return self._has_closed and not self._open


class SessionAccount:
    """The messages of one session that arrived, and the number of messages that it says it sent.

    Sessions that follow one another on a channel each count their own messages, and the count of the last one is used.
    Only the last attempt of a restarted job counts. Lifecycle: made by `RunAccount.session`. Threads: any.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._faults: list[str] = []
        self._sources: list[str] = []
        self._latest: deque[int] = deque(maxlen=LINES_COMPARED)
        self._begin()

    def _begin(self) -> None:
        self._sessions = OpenSessions()
        self._before = 0
        self._arrived = 0
        self._told: int | None = None
        self._is_joined = False
        self._dropped_log_lines = 0
        self._last: PipesMessage | None = None

    def add_source(self, source: str) -> None:
        """Note a place that its messages come from, such as `s3://bucket/prefix`."""
        with self._lock:
            if source not in self._sources:
                self._sources.append(source)

    def arrive(self, message: PipesMessage | None, line: str = "") -> None:
        """Count a message that arrived.

        Args:
            message: the message, or `None` for a line that could not be decoded: the job has sent and counted it, too.
            line: its text.
        """
        with self._lock:
            self._latest.append(hash(line))
            if message is None:
                self._arrived += 1
                return
            method = message["method"]
            if method == "log_external_stream" and self._sessions.is_closed:
                return  # The writer could not count output that was captured after `closed`.
            self._arrived += 1
            self._last = message
            if method == "opened":
                if self._sessions.open(message):
                    self._is_joined = True
                else:
                    # A job may open one session after another.
                    self._before += self._arrived - 1
                    self._arrived, self._told, self._is_joined = 1, None, False
            elif method == "closed":
                self._sessions.close()
                self._take_facts(message)

    def _take_facts(self, closed: PipesMessage) -> None:
        facts: Any = closed.get(SESSION_FACTS_KEY)
        if not isinstance(facts, Mapping):
            return
        if (told := _number(facts.get("messages"))) is not None:
            # Messages of sessions beside one another are counted together.
            self._told = told + ((self._told or 0) if self._is_joined else 0)
        self._dropped_log_lines += _number(facts.get("dropped_log_lines")) or 0

    def arrive_logs(self, messages: Sequence[PipesMessage], lines: Sequence[str]) -> None:
        """Count messages of `LOG_METHODS` as `arrive` does, at the cost of one message.

        Args:
            messages: the messages, at least one.
            lines: the text of each message.
        """
        with self._lock:
            self._latest.extend(map(hash, lines))
            counted = [one for one in messages if one["method"] == "log"] if self._sessions.is_closed else messages
            if counted:
                self._arrived += len(counted)
                self._last = counted[-1]

    def begin_attempt(self) -> None:
        """Forget the previous attempt: the job was restarted."""
        with self._lock:
            self._begin()
            self._faults.clear()
            self._latest.clear()

    def lacks(self, what: str) -> None:
        """Note something that is known to be missing or damaged, such as a chunk."""
        with self._lock:
            self._faults.append(what)

    @property
    def is_opened(self) -> bool:
        """Whether a session opened."""
        with self._lock:
            return self._sessions.has_opened

    @property
    def is_open(self) -> bool:
        """Whether a session that opened has not closed."""
        with self._lock:
            return self._sessions.is_open

    @property
    def is_closed(self) -> bool:
        """Whether a session closed, and none is open."""
        with self._lock:
            return self._sessions.is_closed

    @property
    def arrived_messages(self) -> int:
        """The number of messages that arrived of the session that opened last."""
        with self._lock:
            return self._arrived

    @property
    def latest_lines(self) -> Sequence[int]:
        """The hashes of the lines that arrived last, oldest first."""
        with self._lock:
            return tuple(self._latest)

    @property
    def missing_messages(self) -> int:
        """The number of sent messages that did not arrive, or 0 if the session did not say how many it sent."""
        with self._lock:
            return 0 if self._told is None else max(0, self._told - self._arrived)

    @property
    def dropped_log_lines(self) -> int:
        """The number of log lines that the job says it had to drop."""
        with self._lock:
            return self._dropped_log_lines

    @property
    def shortfall(self) -> str:
        """A description of the known losses; empty if there are none."""
        parts = list(self._faults)
        if missing := self.missing_messages:
            parts.append(f"{missing:,} of {self._told:,} messages that the job sent did not arrive")
        return "; ".join(parts)

    @property
    def sources(self) -> Sequence[str]:
        """The places that its messages come from."""
        with self._lock:
            return tuple(self._sources)

    def say(self, warn: Callable[[str], None]) -> None:
        """Write the numbers of missing messages and of dropped log lines into the run's event log."""
        if missing := self.missing_messages:
            warn(f"{missing:,} of the {self._told:,} messages that the job sent did not arrive.")
        if dropped := self.dropped_log_lines:
            warn(f"the job had to drop {dropped:,} log line(s), because they could not be sent and its disk was full.")

    def so_far(self) -> str:
        """The number of messages that arrived, and the last message, in words."""
        with self._lock:
            last = json.dumps(self._last)[:_SHOWN_CHARACTERS]
            return f"{self._before + self._arrived:,} messages arrived, the last one {last}"


class RunAccount:
    """The account of one run, which all its readers share: its sessions, and the facts of the run that readers need.

    Lifecycle: one per run, see `account_of`; complete once every source has ended. Threads: any.

    Args:
        single_attempt: whether the platform never restarts the job. Readers then pass reports to Dagster at once.
        stop_poll_interval_millis: how often the job checks whether it must stop. Readers that can reach the job send it
            this interval.
        undelivered: keeps the messages that the job could not deliver.

    Attributes:
        single_attempt (bool): the parameter; readers ask for it at any time.
        stop_poll_interval_millis (int | None): the parameter; readers ask for it when the run begins.
        keep_messages (bool): whether readers leave the messages where they are, for a later attempt of the step.
        undelivered (Undelivered): the parameter.
    """

    def __init__(
        self,
        *,
        single_attempt: bool = False,
        stop_poll_interval_millis: int | None = None,
        undelivered: Undelivered | None = None,
    ) -> None:
        self.single_attempt = single_attempt
        self.stop_poll_interval_millis = stop_poll_interval_millis
        self.keep_messages = False
        self.undelivered = undelivered or Undelivered()
        self._lock = Lock()
        self._sessions = {OWN_SESSION: SessionAccount()}

    def session(self, name: str = OWN_SESSION) -> SessionAccount:
        """The account of one session of the run; always the same one for a name.

        Args:
            name: `OWN_SESSION` for the session of the job's own channel, or `JVM_SESSION`.
        """
        with self._lock:
            return self._sessions.setdefault(name, SessionAccount())

    def _named(self) -> Mapping[str, SessionAccount]:
        with self._lock:
            return dict(self._sessions)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is known to be missing."""
        return not any(session.shortfall for session in self._named().values())

    def say(self, warn: Callable[[str], None]) -> None:
        """Write the numbers of missing messages and of dropped log lines into the run's event log."""
        for session in self._named().values():
            session.say(warn)

    def verdict(self, *, no_messages_text: str, silence: str, ended: str = "ended", detail: str = "") -> Verdict | None:
        """Judge the sessions of a job that its platform calls successful. All messages must have been read before.

        Args:
            no_messages_text: what to check if no message arrived.
            silence: how to say that a job need not report, in words that follow "or".
            ended: how the job ended, in words that follow "The job".
            detail: added to the error of a session that never opened or never closed.

        Returns:
            Verdict | None: the error, or `None` if nothing is wrong.
        """
        sessions = self._named()
        if not any(session.is_opened or session.is_closed for session in sessions.values()):
            what = sentence(f"The job {ended}, and never opened its Pipes session. {no_messages_text}")
            remedy = f"Open one in the job, or {silence}."
            return Verdict(what, PipesNotClosedError(f"{what} {remedy} {see('not-closed')}{detail}"))
        for session in sessions.values():
            if session.is_open:
                what = f"The job {ended}, and opened its Pipes session but never closed it; {session.so_far()}."
                remedy = "Close the session: `Pipes.run`, `try (PipesContext pipes = ...)` or a `with` block does."
                incomplete = "What it reported may be incomplete."
                return Verdict(what, PipesNotClosedError(f"{what} {incomplete} {remedy} {see('not-closed')}{detail}"))
        return self._missing(sessions, ended)

    def _missing(self, sessions: Mapping[str, SessionAccount], ended: str) -> Verdict | None:
        shortfalls: list[str] = []
        sources: list[str] = []
        for name, session in sessions.items():
            if shortfall := session.shortfall:
                shortfalls.append(f"of {name} session, {shortfall}" if name else shortfall)
                sources.extend(session.sources)
        if not shortfalls:
            return None
        what = f"The job {ended}, but {'; '.join(shortfalls)}."
        where = f"They should be in {' and '.join(sources)}, or on the driver's stderr."
        return Verdict(what, MessagesMissingError(f"{what} {where} {see('messages-missing')}"))


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
