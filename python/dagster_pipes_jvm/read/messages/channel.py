"""A channel: its faults, and those of its sessions that have no identity."""

import json
from collections.abc import Sequence
from hashlib import blake2b

from dagster_pipes import PipesMessage

from dagster_pipes_jvm.read.messages.arrival import Arrival
from dagster_pipes_jvm.read.messages.identity import parse_identity
from dagster_pipes_jvm.read.messages.numbered import result_of, stated_attempt
from dagster_pipes_jvm.read.messages.unhandled import DAMAGED, REFUSED, Unhandled, UnhandledLines
from dagster_pipes_jvm.wire import IDENTITY_KEY, REPORT_METHODS, RESULT_METHODS

OWN_CHANNEL = ""
"""The name of the job's own channel."""
JVM_CHANNEL = "the JVM's"
"""The name of the channel of a session that JVM code of a PySpark job opened beside Python's."""

_KEPT_BEHIND = 5


class OpenSessions:
    """The sessions of one channel. They have ended when all of them have closed.

    The id of a session tells it apart from others. Sessions without an id are counted: as many must close as have
    opened. Threads: one at a time.

    Attributes:
        has_opened (bool): whether a session opened.
        has_identities (bool): whether a session with an id opened.
        unnumbered (int): how many sessions without an id opened.
    """

    def __init__(self) -> None:
        self.has_opened = False
        self.has_identities = False
        self.unnumbered = 0
        self._has_closed = False
        self._attempt = 1
        self._open: set[str] = set()
        self._open_unnumbered = 0

    def open(self, message: PipesMessage, attempt: int = 1) -> None:
        """Record an `opened`.

        Args:
            message: the message.
            attempt: the attempt of the job, if the message does not name it. Sessions of an earlier one do not count.
        """
        attempt = stated_attempt(message) or attempt
        if attempt > self._attempt:
            self._attempt = attempt
            self._open.clear()
            self.unnumbered = self._open_unnumbered = 0
        self.has_opened = True
        identity = parse_identity(message.get(IDENTITY_KEY))
        if identity is not None:
            self.has_identities = True
            self._open.add(identity.session)
        else:
            self.unnumbered += 1
            self._open_unnumbered += 1

    def close(self, message: PipesMessage) -> None:
        """Record a `closed`. Without an id it does not say to which session it belongs."""
        self._has_closed = True
        identity = parse_identity(message.get(IDENTITY_KEY))
        if identity is not None:
            self._open.discard(identity.session)
        else:
            self._open_unnumbered = max(0, self._open_unnumbered - 1)

    def forget_unnumbered(self) -> None:
        """Forget the sessions without an id: they were printed text."""
        self.unnumbered = self._open_unnumbered = 0

    @property
    def open_unnumbered(self) -> int:
        """How many sessions without an id have not closed."""
        return self._open_unnumbered

    @property
    def is_open(self) -> bool:
        """Whether a session has not closed."""
        return bool(self._open) or self._open_unnumbered > 0

    @property
    def is_closed(self) -> bool:
        """Whether all sessions have closed, and at least one has."""
        return self._has_closed and not self.is_open


class PrintedSessions:
    """The sessions without an identity that are taken for printed text. Threads: one at a time.

    A writer of Dagster's could have sent them by the same stream, so that the assets and checks in them are noted.

    Attributes:
        results (set[str]): the assets and checks in whole sessions, in words.
    """

    def __init__(self) -> None:
        self.results: set[str] = set()
        self._open = 0

    def take(self, message: PipesMessage) -> None:
        """Note a message. One that no `opened` precedes is not a part of a session."""
        method = message["method"]
        if method == "opened":
            self._open += 1
        elif method == "closed":
            self._open = max(0, self._open - 1)
        elif self._open and (name := result_of(message)):
            self.results.add(name)


class ChannelAccount:
    """A channel of a run: its faults, and its sessions without an identity.

    Lifecycle: made by `RunAccount.channel`. Threads: one at a time, see `RunAccount`.

    Attributes:
        attempt (int): the attempt of the job that it belongs to.
        is_output (bool): whether its messages stand among text, which may look like a message.
        has_unnumbered_session (bool): whether a session without an identity opened, in any attempt.
        printed (PrintedSessions): the sessions without an identity that are taken for printed text.
        sources (list[str]): the places that its messages come from, such as `s3://bucket/prefix`.
        session_ids (set[str]): the numbered sessions that came by it.
        arrived (int): the number of messages without an identity that arrived.
        last (PipesMessage | None): the one that arrived last.
        refused (UnhandledLines): those that Dagster refuses.
        damaged (UnhandledLines): the lines that are damaged, or are text. In a numbered session, numbers tell whether a
            message is missing.
    """

    def __init__(self) -> None:
        self.attempt = 1
        self.is_output = False
        self.has_unnumbered_session = False
        self.printed = PrintedSessions()
        self.sources: list[str] = []
        self.session_ids: set[str] = set()
        self._past: dict[int, bool] = {}
        self._begin()

    def _begin(self) -> None:
        self._faults: list[str] = []
        self.damaged = UnhandledLines()
        self._begin_unnumbered()

    def _begin_unnumbered(self) -> None:
        self.refused = UnhandledLines()
        self._sessions = OpenSessions()
        self._reports: set[bytes] = set()
        self._results: set[str] = set()
        self._damaged_behind: list[Unhandled] = []
        self._has_messages_behind = False
        self.arrived = 0
        self.last: PipesMessage | None = None

    def begin_attempt(self, number: int) -> None:
        """Forget the earlier attempt: the job was restarted."""
        if number > self.attempt:
            if (is_closed := self.closed_in(self.attempt)) is not None:
                self._past[self.attempt] = is_closed
            self.attempt = number
            self._begin()

    def forget_unnumbered(self) -> None:
        """Take the sessions without an identity for printed text. Their reports have not been handled yet."""
        self.has_unnumbered_session = False
        self._past.clear()
        self.printed.results |= self._results
        self._begin_unnumbered()

    def arrive(self, message: PipesMessage) -> Arrival:
        """Count a message without an identity, and decide what it is.

        Behind `closed` a writer sends only captured output, and it sends no report twice. On an output channel, a
        report in front of `opened` is printed text.
        """
        method = message["method"]
        if method == "opened":
            self.has_unnumbered_session = True
            self._sessions.open(message)
        elif self._sessions.is_closed:
            if method != "log_external_stream":
                self._has_messages_behind = True
                for line in self._damaged_behind:
                    self.damaged.add(line)
                self._damaged_behind.clear()
                return Arrival.BEHIND
        elif self.is_output and not self._sessions.is_open and method in REPORT_METHODS | {"closed"}:
            return Arrival.TEXT
        elif method == "closed":
            self._sessions.close(message)
        # A job may send a custom message twice.
        if method in RESULT_METHODS:
            self._results.add(result_of(message))
            if self._is_repeated(message):
                return Arrival.REPEATED
        self.arrived += 1
        self.last = message
        return Arrival.NEW

    def _is_repeated(self, report: PipesMessage) -> bool:
        text = json.dumps([report["method"], report["params"]], sort_keys=True)
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        is_repeated = digest in self._reports
        self._reports.add(digest)
        return is_repeated

    def arrive_damaged(self, line: Unhandled) -> None:
        """Count a line without an identity that could not be decoded.

        Behind the end of all sessions it is text among other text, unless messages follow it: it may have opened
        another session.
        """
        if self.is_output and self._sessions.is_closed and not self._has_messages_behind:
            self._damaged_behind.append(line)
            del self._damaged_behind[_KEPT_BEHIND:]
        else:
            self.damaged.add(line)

    def arrive_logs(self, messages: Sequence[PipesMessage]) -> bool:
        """Count messages of `LOG_METHODS` as `arrive` does, at the cost of one message; returns whether all are new."""
        if self._sessions.is_closed:
            return False
        self.arrived += len(messages)
        self.last = messages[-1]
        return True

    def lacks(self, what: str) -> None:
        """Note something that is known to be missing or damaged, such as a chunk."""
        self._faults.append(what)

    def closed_in(self, attempt: int) -> bool | None:
        """Whether the sessions without an id of an attempt have closed, or `None` if nothing came from them."""
        if attempt == self.attempt:
            return self.is_closed if self.arrived else None
        return self._past.get(attempt)

    @property
    def sessions(self) -> OpenSessions:
        """Its sessions without an identity, in this attempt."""
        return self._sessions

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

    def shortfall(self, *, is_numbered: bool) -> str:
        """A description of the known losses; empty if there are none.

        Args:
            is_numbered: whether numbers tell what is missing of this run.
        """
        parts = list(self._faults)
        if self.damaged.count and not is_numbered:
            parts.append(self.damaged.described(DAMAGED))
        if self.refused.count:
            parts.append(self.refused.described(REFUSED))
        return "; ".join(parts)

    @property
    def is_any_missing(self) -> bool:
        """Whether something is known to be missing, such as a chunk."""
        return bool(self._faults)

    def may_lack_reports(self, *, is_numbered: bool) -> bool:
        """Whether one of the known losses may be a report; the parameter is that of `shortfall`."""
        is_lacking = self.is_any_missing or self.refused.may_include_reports
        return is_lacking or (self.damaged.may_include_reports and not is_numbered)
