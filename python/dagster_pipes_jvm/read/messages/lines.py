"""From lines of text to messages handled: one bad line is said and counted, and the rest goes on."""

import json
from typing import NamedTuple

from dagster import PipesMessageHandler
from dagster_pipes import PipesMessage

from dagster_pipes_jvm.read.messages.account import NEVER_CLOSED
from dagster_pipes_jvm.read.messages.accounted import Recipient
from dagster_pipes_jvm.read.messages.arrival import Arrival, Arrived
from dagster_pipes_jvm.read.messages.channel import OWN_CHANNEL, ChannelAccount
from dagster_pipes_jvm.read.messages.decoder import LONGEST_MESSAGE_CHARACTERS, Piece, pieces
from dagster_pipes_jvm.read.messages.identity import parse_identity
from dagster_pipes_jvm.read.messages.log_events import write_to_compute_log
from dagster_pipes_jvm.read.messages.log_lines import ExpectedLines, split_log_messages
from dagster_pipes_jvm.read.messages.unhandled import Unhandled, identity_at_end
from dagster_pipes_jvm.read.messages.utf_8 import NOT_UTF_8, is_utf_8, shown
from dagster_pipes_jvm.read.messages.version import is_newer
from dagster_pipes_jvm.read.messages.whole_text import are_logs_whole
from dagster_pipes_jvm.wire import IDENTITY_KEY, LOG_METHODS, METHODS, REPORT_METHODS, NotAMessageError, decode_line

_SHOWN_CHARACTERS = 200
_SAID_IN_FULL = 20
# So many log messages are counted at once, before they are handled.
_BATCH_LINES = 256

# What becomes a result, or judges the session, and therefore waits for the last attempt.
_HELD = REPORT_METHODS | {"closed"}
# A writer sends each line once to a stream.
_OF_THIS_RUN = frozenset({Arrival.NEW, Arrival.MARKED, Arrival.LATE})
_TEXT = "a message without an identity, in a run whose messages have one"
_BEYOND = "a message that its session did not count when it closed"
_COMPUTE_LOG = "the step's compute log"


class _Held(NamedTuple):
    message: PipesMessage
    where: str
    line: str
    arrived: Arrived
    channel: ChannelAccount


class MessageLines:
    """Feeds the lines of one source, in order, to the handler of one run.

    The platform of a job (YARN) may restart it, and the job then reports everything once more. If that is possible,
    reports and `closed` are held until `finish`, when the attempt is known to be the last; everything else is handled
    at once. The run's account says, at any time, that it is impossible (`RunAccount.single_attempt`). An attempt is
    known by what `opened` says, or by `begin_attempt`, and never by the place of its lines. With `asks_sessions`
    nothing is held of a session whose platform counts no attempts: no later attempt could be told from it.

    A line whose identity has arrived before is ignored. Lines of other runs, and lines without an identity in a run
    that has them, are text, see `RunAccount.arrive`. In a process's output, reports without an identity are held until
    `finish`: they are printed text if a session with identities opens.

    Lifecycle: one per source and run; call `finish` when the source has ended. Threads: one at a time.

    Args:
        handler: the session's handler; Dagster's own or ours.
        source: how the source is called in warnings, such as `s3://bucket/prefix`.
        holds_reports: whether the platform may restart the job, and this source sees it.
        asks_sessions: whether only a session can say that it may be restarted, because the source does not see it.
        channel: the channel of its lines, see `RunAccount.channel`.
        keeps_lines: whether the source keeps its lines after the run if the account is not complete. Otherwise the
            compute log gets the messages that Dagster refuses.
    """

    def __init__(
        self,
        handler: PipesMessageHandler,
        source: str,
        *,
        holds_reports: bool = False,
        asks_sessions: bool = False,
        channel: str = OWN_CHANNEL,
        keeps_lines: bool = True,
    ) -> None:
        self._recipient = Recipient(handler)
        self._source = source
        self._keeps_lines = keeps_lines
        self._holds_reports = holds_reports
        self._asks_sessions = asks_sessions
        self._held: list[_Held] = []
        self._refused = 0
        self._account = self._recipient.account
        self._attempt = self._account.attempt
        self._was_single_attempt = self.is_single_attempt
        self._said: set[Arrival] = set()
        self._channel = self.channel(channel)

    def channel(self, name: str) -> ChannelAccount:
        """One of the channels of this source, see `RunAccount.channel`."""
        channel = self._account.channel(name)
        self._account.add_source(channel, self._source)
        return channel

    @property
    def is_single_attempt(self) -> bool:
        """Whether the messages that arrive are known to be of the last attempt."""
        return not self._holds_reports or self._account.single_attempt

    def feed(self, line: str, where: str, channel: ChannelAccount | None = None) -> Arrival | None:
        """Handle a line of a channel that has only messages; a blank one is ignored.

        Returns:
            Arrival | None: the decision on the message, or `None` if the line has none.
        """
        if not line.strip():
            return None
        channel = channel or self._channel
        if len(line) > LONGEST_MESSAGE_CHARACTERS:
            reason = f"longer than {LONGEST_MESSAGE_CHARACTERS:,} characters, the limit of a message"
            self._damaged(where, reason, line, channel)
            return None
        try:
            if not is_utf_8(line):
                raise NotAMessageError(NOT_UTF_8)
            message = decode_line(line)
        except NotAMessageError as e:
            is_cut = line.startswith("{") and not line.rstrip().endswith("}")
            self._damaged(where, f"{'cut off, ' if is_cut else ''}{e}", line, channel)
            return None
        arrival = self._take(message, line, where, channel)
        if arrival is Arrival.FOREIGN:
            self._say_once(
                arrival, f"{where} is a message of another run, and is not handled; further ones are not logged."
            )
        elif arrival is Arrival.BEHIND:
            self._say_unhandled(where, f"a message {arrival.value}: {_shortened(line)}")
        elif arrival is Arrival.TEXT:
            is_numbered = parse_identity(message.get(IDENTITY_KEY)) is not None
            if IDENTITY_KEY in message and not is_numbered:
                self._damaged(where, _TEXT, line, channel)
            else:
                self._say_unhandled(where, f"{_BEYOND if is_numbered else _TEXT}: {_shortened(line)}")
        return arrival

    def feed_text(self, text: str, name: str, channel: ChannelAccount | None = None) -> None:
        """Handle the lines of a chunk as `feed` does, many log messages at once.

        Args:
            text: the chunk.
            name: how it is called in warnings, such as `chunk 3`.
            channel: the channel to which it belongs, by default that of the constructor.
        """
        if not text.strip():
            # No writer sends one.
            self._damaged(name, "an empty chunk", text, channel or self._channel)
            return
        if not is_utf_8(text):
            for number, line in enumerate(text.split("\n"), start=1):
                self.feed(line, f"{name}, line {number}", channel)
            return
        batch = _Batch(channel or self._channel, name, self._account.expected(), is_whole=are_logs_whole(text))
        for number, (line, message, is_next) in enumerate(split_log_messages(text, batch.expected), start=1):
            is_batched = message is not None and (is_next or IDENTITY_KEY not in message)
            if batch.lines and (not is_batched or is_next is not batch.is_next):
                self._take_logs(batch)
            if message is not None and is_batched:
                batch.add(line, message, number, is_next=is_next)
                if len(batch.lines) == _BATCH_LINES:
                    self._take_logs(batch)
            else:
                self.feed(line, f"{name}, line {number}", batch.channel)
                batch.expected[:] = self._account.expected()
        if batch.lines:
            self._take_logs(batch)

    def feed_output(self, line: str, where: str) -> str | None:
        """Handle a line of a process's output, which has messages among other text, see `pieces`.

        Returns:
            str | None: the text to be forwarded, or `None` if nothing remains.
        """
        return "".join(self.feed_piece(piece, where) for piece in pieces(line)) or None

    def feed_piece(self, piece: Piece, where: str) -> str:
        """Handle a part of a log.

        Returns:
            str: the text to be forwarded: everything except the messages of this run. A copy of one is text.
        """
        self._channel.is_output = True
        if piece.message is not None:
            arrival = self._take(piece.message, piece.text, where, self._channel)
            return "" if arrival in _OF_THIS_RUN else f"{piece.text}{piece.end}"
        if piece.fault:
            fault = f"{'cut off, ' if piece.is_cut else ''}{piece.fault}"
            # In the middle of a line it may be quoted text; the job's own count tells.
            self._damaged(where, fault, piece.text.rstrip(), self._channel, is_quoted=not piece.is_at_start)
        return piece.text

    def begin_attempt(self, number: int) -> None:
        """Note that the following lines come from a later attempt of the job: forget the reports of the one before."""
        self._account.begin_attempt(number, self._channel)
        self._follow_attempt()

    def finish(self) -> None:
        """Handle what was held, and log the number of refused lines if some were not logged one by one."""
        self._follow_attempt()
        self._release()
        if self._refused > _SAID_IN_FULL:
            self.warn(
                f"{self._refused} lines in all were no messages that Dagster accepts; the first {_SAID_IN_FULL} are above."
            )

    def warn(self, what: str) -> None:
        """Write a warning about this source into the run's event log."""
        self._recipient.warn(f"[pipes] {self._source}: {what}")

    def warn_as_is(self, text: str) -> None:
        """Write a warning that names its own source."""
        self._recipient.warn(text)

    def lacks(self, what: str, channel: ChannelAccount | None = None) -> None:
        """Log that something is missing or damaged, and keep it in mind for the end."""
        self._account.lacks(what, channel or self._channel)
        self.warn(what)

    @property
    def are_sessions_complete(self) -> bool:
        """Whether all sessions that are known have identities, and nothing of them is missing."""
        return self._account.are_unnumbered_text and self._account.is_whole

    def has_messages(self, channel: ChannelAccount) -> bool:
        """Whether a message of the run came by a channel."""
        return self._account.has_messages(channel)

    def is_live(self, channel: ChannelAccount) -> bool:
        """Whether a session of the last attempt is open on a channel."""
        return self._account.is_live(channel)

    def _take(self, message: PipesMessage, line: str, where: str, channel: ChannelAccount) -> Arrival:
        arrived = self._account.arrive(message, channel, self._source)
        self._follow_attempt()
        if arrived.as_what is Arrival.LATE:
            self._say_once(
                Arrival.LATE,
                f"{where} comes from attempt {arrived.attempt}, which still writes after attempt {self._attempt} began: its"
                " log lines are read, and its reports do not count.",
            )
        if arrived.as_what is Arrival.NEW or (arrived.as_what is Arrival.LATE and message["method"] in LOG_METHODS):
            self._pass_on(_Held(message, where, line, arrived, channel))
        return arrived.as_what

    def _pass_on(self, one: _Held) -> None:
        if one.message["method"] in _HELD and self._holds(one):
            self._held.append(one._replace(line=_shortened(one.line)))
            return
        self._release_known(has_opened=one.message["method"] == "opened")
        self._hand_over(one)

    def _holds(self, one: _Held) -> bool:
        session = one.arrived.session
        if one.message["method"] == "closed" and self._recipient.has_one_session:
            return True  # Another session may follow.
        if session is None and one.channel.is_output:
            return True  # It is printed text, if a session with identities opens later.
        is_only = self._asks_sessions and session is not None and session.is_only_attempt
        return not (is_only or self.is_single_attempt)

    def _release_known(self, *, has_opened: bool = False) -> None:
        """Pass on the messages that need not be held any more.

        Only an `opened` tells it, or the account. Every other message would look through all that are held.
        """
        was_single, self._was_single_attempt = self._was_single_attempt, self.is_single_attempt
        if not self._held or not (has_opened or was_single is not self._was_single_attempt):
            return
        held: list[_Held] = []
        released: list[_Held] = []
        for one in self._held:
            (held if self._holds(one) else released).append(one)
        if released:
            self._held = released
            self._release()
            self._held = held

    def _take_logs(self, batch: "_Batch") -> None:
        lines, messages, name = batch.lines, batch.messages, batch.name
        if batch.is_next:
            is_new = self._account.arrive_next(batch.expected, messages[-1], batch.channel, self._source)
        else:
            is_new = self._account.arrive_logs(messages, batch.channel)
        first, batch.lines, batch.messages = batch.first, [], []
        if not is_new:
            for at, line in enumerate(lines):
                self.feed(line, f"{name}, line {first + at}", batch.channel)
            batch.expected[:] = self._account.expected()
            return
        self._release_known()
        handle = self._recipient.take_whole if batch.is_whole else self._recipient.take
        for at, message in enumerate(messages):
            try:
                handle(message)
            except Exception as e:
                self._refused_by_dagster(f"{name}, line {first + at}", message, lines[at], batch.channel, e)

    def _follow_attempt(self) -> None:
        previous, last = self._attempt, self._account.attempt
        if last == previous:
            return
        self._attempt = last
        dropped = [one for one in self._held if not self._account.counts(one.arrived)]
        self._held = [one for one in self._held if self._account.counts(one.arrived)]
        ended = self._account.attempt_in_words(previous)
        if not ended:
            what = f"Nothing came from attempt {previous}."
        elif self.is_single_attempt:
            what = (
                f"Attempt {previous} {ended}; Dagster has its reports already, and they count, because the reader was to"
                " pass them on at once."
            )
        else:
            reports = sum(one.message["method"] in REPORT_METHODS for one in dropped)
            closed = [one.message for one in dropped if one.message["method"] == "closed"]
            if closed and ended != NEVER_CLOSED:
                ended = _how_ended(closed[-1])
            what = f"Attempt {previous} {ended}; its {reports} report(s) do not count."
        self.warn(f"the job was started again: attempt {last} begins. {what}")

    def _release(self) -> None:
        # The attempt of a session may be known only when its late `opened` has come.
        held, self._held = [one for one in self._held if self._account.counts(one.arrived)], []
        for one in _with_one_end(held) if self._recipient.has_one_session else held:
            if one.arrived.session is None and one.channel.is_output and self._account.are_unnumbered_text:
                self._say_once(Arrival.TEXT, f"{one.where} is {_TEXT}; it and later ones are text.")
                write_to_compute_log(f"{json.dumps(one.message)}\n")
            else:
                self._hand_over(one)

    def _hand_over(self, one: _Held) -> None:
        try:
            self._recipient.take(one.message)
        except Exception as e:
            self._refused_by_dagster(one.where, one.message, one.line, one.channel, e)

    def _say_once(self, arrival: Arrival, what: str) -> None:
        if arrival not in self._said:
            self._said.add(arrival)
            self.warn(what)

    def _damaged(self, where: str, reason: str, line: str, channel: ChannelAccount, *, is_quoted: bool = False) -> None:
        # The text of a log is forwarded.
        kept_in = self._source if self._keeps_lines else _COMPUTE_LOG
        damaged = Unhandled(f"{self._source}, {where}", reason, kept_in, identity_at_end(line))
        self._account.arrive_damaged(damaged, channel, self._source, is_quoted=is_quoted)
        self._say_unhandled(where, f"{reason}: {_shortened(line)}")

    def _refused_by_dagster(
        self, where: str, message: PipesMessage, line: str, channel: ChannelAccount, e: Exception
    ) -> None:
        method = message["method"]
        self._say_unhandled(where, f"{type(e).__name__}: {e}: {_shortened(line)}", is_refused=True)
        if method not in METHODS and is_newer(message):
            return  # Nothing that this version of the protocol promises is lost.
        if not self._keeps_lines:
            write_to_compute_log(f"{json.dumps(message)}\n")
        refused = Unhandled(
            f"{self._source}, {where}",
            _first_line(f"{type(e).__name__}: {e}"),
            self._source if self._keeps_lines else _COMPUTE_LOG,
            # A message of a batch has its identity only in the line.
            parse_identity(message.get(IDENTITY_KEY)) or identity_at_end(line),
            may_be_report=method not in LOG_METHODS,
        )
        self._account.refuse(refused, channel)

    def _say_unhandled(self, where: str, reason: str, *, is_refused: bool = False) -> None:
        self._refused += 1
        if self._refused > _SAID_IN_FULL:
            return
        self._recipient.warn(f"[pipes] {self._source}, {where}: not handled, the rest goes on: {reason}")
        if is_refused:
            self._recipient.report(f"{self._source}, {where}")


class _Batch:
    """Log messages that are counted at once: each has the expected identity, or none has an identity."""

    def __init__(self, channel: ChannelAccount, name: str, expected: list[ExpectedLines], *, is_whole: bool) -> None:
        self.channel = channel
        self.name = name
        self.expected = expected
        self.is_whole = is_whole
        self.is_next = False
        self.first = 0
        self.lines: list[str] = []
        self.messages: list[PipesMessage] = []

    def add(self, line: str, message: PipesMessage, number: int, *, is_next: bool) -> None:
        if not self.lines:
            self.first, self.is_next = number, is_next
        self.lines.append(line)
        self.messages.append(message)


def hand_over_undelivered(handler: PipesMessageHandler) -> None:
    """Handle the messages that the job could not deliver, and that its channel, which was read, has not brought."""
    account = Recipient(handler).account
    with account.undelivered.taken_out() as kept:
        if kept is None or not account.lacked(kept.numbers):
            return
        source = MessageLines(handler, "the driver's stderr", keeps_lines=False)
        arrivals = [source.feed(line, f"undelivered message {number}") for number, line in kept.lines]
        source.finish()
        if missing := sum(arrival in _OF_THIS_RUN for arrival in arrivals):
            source.warn(f"the job could not send {missing:,} message(s), and wrote them here; they are handled now.")


def _with_one_end(held: list[_Held]) -> list[_Held]:
    """Messages for a handler that knows one session: one `closed` at the end, which has an exception if any has one."""
    ends = [one for one in held if one.message["method"] == "closed"]
    ends.sort(key=lambda one: "exception" in (one.message["params"] or {}))
    return [one for one in held if one.message["method"] != "closed"] + ends[-1:]


def _how_ended(closed: PipesMessage) -> str:
    exception = (closed["params"] or {}).get("exception")
    if not isinstance(exception, dict):
        return "closed its session"
    # Python's end with a line break.
    return f"closed with {exception.get('name')}: {str(exception.get('message')).strip()}"


def _first_line(text: str) -> str:
    return _shortened(text.strip().partition("\n")[0])


def _shortened(line: str) -> str:
    line = shown(line)
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[:_SHOWN_CHARACTERS]}... ({len(line):,} characters)"
