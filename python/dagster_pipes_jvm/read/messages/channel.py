"""A channel: its faults, and the count of those of its messages that have no identity."""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster_pipes import PipesMessage

from dagster_pipes_jvm.read.messages.identity import parse_identity
from dagster_pipes_jvm.read.messages.numbered import stated_attempt, whole
from dagster_pipes_jvm.read.messages.unhandled import DAMAGED, REFUSED, UnhandledLines
from dagster_pipes_jvm.wire import IDENTITY_KEY, SESSION_FACTS_KEY

OWN_CHANNEL = ""
"""The name of the job's own channel."""
JVM_CHANNEL = "the JVM's"
"""The name of the channel of a session that JVM code of a PySpark job opened beside Python's."""


class OpenSessions:
    """The sessions of one channel. They have ended when all of them have closed.

    The id of a session tells it apart from others. Without an id, an instrumented PySpark script may open its own
    session beside the JVM's, and an application that its platform restarts opens the same session once more. Threads:
    one at a time.

    Attributes:
        has_opened (bool): whether a session opened.
        has_identities (bool): whether a session with an id opened.
    """

    def __init__(self) -> None:
        self.has_opened = False
        self.has_identities = False
        self._has_closed = False
        self._attempt = 1
        self._open: set[str | bool] = set()

    def open(self, message: PipesMessage) -> bool:
        """Record an `opened`; returns whether its session is beside another open one without an id."""
        attempt = stated_attempt(message) or 1
        if attempt > self._attempt:
            self._attempt = attempt
            self._open.clear()
        self.has_opened = True
        identity = parse_identity(message.get(IDENTITY_KEY))
        if identity is not None:
            self.has_identities = True
            self._open.add(identity.session)
            return False
        extras = (message["params"] or {}).get("extras")
        is_of_spark = isinstance(extras, Mapping) and "spark_application_id" in extras
        self._open.add(is_of_spark)
        return (not is_of_spark) in self._open

    def close(self, message: PipesMessage) -> None:
        """Record a `closed`. Without an id it does not say to which session it belongs."""
        self._has_closed = True
        identity = parse_identity(message.get(IDENTITY_KEY))
        if identity is not None:
            self._open.discard(identity.session)
        elif unnamed := [one for one in self._open if isinstance(one, bool)]:
            self._open.discard(unnamed[0])

    @property
    def is_open(self) -> bool:
        """Whether a session has not closed."""
        return bool(self._open)

    @property
    def is_closed(self) -> bool:
        """Whether all sessions have closed, and at least one has."""
        return self._has_closed and not self._open


class ChannelAccount:
    """A channel of a run: its faults, and its messages without an identity, which can only be counted.

    Sessions that follow one another on a channel each count their own messages, and the count of the last one is used.
    Lifecycle: made by `RunAccount.channel`. Threads: one at a time, see `RunAccount`.

    Args:
        folder_attempt: the attempt of the job that a message without an identity in this channel proves.

    Attributes:
        attempt (int): the attempt of the job that it belongs to.
        folder_attempt (int): the parameter.
        sources (list[str]): the places that its messages come from, such as `s3://bucket/prefix`.
        session_ids (set[str]): the numbered sessions that came by it.
        arrived (int): the number of messages that arrived of the session that opened last.
        dropped_log_lines (int): the number of log lines that the job says it had to drop.
        last (PipesMessage | None): the message that arrived last.
        refused (UnhandledLines): the messages without an identity that Dagster refuses.
        damaged (UnhandledLines): the lines that are damaged, or are text. In a numbered session, numbers tell whether a
            message is missing.
    """

    def __init__(self, folder_attempt: int = 1) -> None:
        self.attempt = 1
        self.folder_attempt = folder_attempt
        self.sources: list[str] = []
        self.session_ids: set[str] = set()
        self._past: dict[int, bool] = {}
        self._begin()

    def _begin(self) -> None:
        self._faults: list[str] = []
        self.refused = UnhandledLines()
        self.damaged = UnhandledLines()
        self._sessions = OpenSessions()
        self._before = 0
        self.arrived = 0
        self._told: int | None = None
        self._is_joined = False
        self.dropped_log_lines = 0
        self.last: PipesMessage | None = None

    def begin_attempt(self, number: int) -> None:
        """Forget the earlier attempt: the job was restarted."""
        if number > self.attempt:
            if (is_closed := self.closed_in(self.attempt)) is not None:
                self._past[self.attempt] = is_closed
            self.attempt = number
            self._begin()

    def arrive(self, message: PipesMessage | None) -> None:
        """Count a message without an identity.

        Args:
            message: the message, or `None` for a line that could not be decoded: the job has sent and counted it, too.
        """
        if message is None:
            self.arrived += 1
            return
        method = message["method"]
        if method == "log_external_stream" and self._sessions.is_closed:
            return  # The writer could not count output that was captured after `closed`.
        self.arrived += 1
        self.last = message
        if method == "opened":
            if self._sessions.open(message):
                self._is_joined = True
            else:
                # A job may open one session after another.
                self._before += self.arrived - 1
                self.arrived, self._told, self._is_joined = 1, None, False
        elif method == "closed":
            self._sessions.close(message)
            self._take_facts(message)

    def _take_facts(self, closed: PipesMessage) -> None:
        facts: Any = closed.get(SESSION_FACTS_KEY)
        if not isinstance(facts, Mapping):
            return
        if (told := whole(facts.get("messages"))) is not None:
            # Messages of sessions beside one another are counted together.
            self._told = told + ((self._told or 0) if self._is_joined else 0)
        self.dropped_log_lines += whole(facts.get("dropped_log_lines")) or 0

    def arrive_logs(self, messages: Sequence[PipesMessage]) -> None:
        """Count messages of `LOG_METHODS` as `arrive` does, at the cost of one message."""
        counted = [one for one in messages if one["method"] == "log"] if self._sessions.is_closed else messages
        if counted:
            self.arrived += len(counted)
            self.last = counted[-1]

    def lacks(self, what: str) -> None:
        """Note something that is known to be missing or damaged, such as a chunk."""
        self._faults.append(what)

    def closed_in(self, attempt: int) -> bool | None:
        """Whether the sessions without an id of an attempt have closed, or `None` if nothing came from them."""
        if attempt == self.attempt:
            return self.is_closed if self.in_all else None
        return self._past.get(attempt)

    @property
    def is_opened(self) -> bool:
        """Whether a session opened."""
        return self._sessions.has_opened

    @property
    def is_open(self) -> bool:
        """Whether a session that opened has not closed."""
        return self._sessions.is_open

    @property
    def is_closed(self) -> bool:
        """Whether a session closed, and none is open."""
        return self._sessions.is_closed

    @property
    def in_all(self) -> int:
        """The number of messages that arrived of all sessions."""
        return self._before + self.arrived

    @property
    def missing_messages(self) -> int:
        """The number of sent messages that did not arrive, or 0 if the session did not say how many it sent."""
        return 0 if self._told is None else max(0, self._told - self.arrived)

    def shortfall(self, *, is_numbered: bool) -> str:
        """A description of the known losses; empty if there are none.

        Args:
            is_numbered: whether numbers tell what is missing of this run.
        """
        parts = list(self._faults)
        if missing := self.missing_messages:
            parts.append(f"{missing:,} of {self._told:,} messages that the job sent did not arrive")
        if self.damaged.count and not is_numbered:
            parts.append(self.damaged.described(DAMAGED))
        if self.refused.count:
            parts.append(self.refused.described(REFUSED))
        return "; ".join(parts)

    @property
    def is_any_missing(self) -> bool:
        """Whether messages did not arrive, or chunks."""
        return bool(self._faults or self.missing_messages)

    def may_lack_reports(self, *, is_numbered: bool) -> bool:
        """Whether one of the known losses may be a report; the parameter is that of `shortfall`."""
        is_lacking = self.is_any_missing or self.refused.may_include_reports
        return is_lacking or (self.damaged.may_include_reports and not is_numbered)

    @property
    def count_shortfall(self) -> str:
        """The missing messages in words, or an empty string."""
        missing = self.missing_messages
        return f"{missing:,} of the {self._told:,} messages that the job sent did not arrive." if missing else ""
