"""From lines of text to messages handled: one bad line is said and counted, and the rest goes on."""

from typing import NamedTuple

from dagster import PipesMessageHandler
from dagster_pipes import PipesMessage

from dagster_pipes_jvm.read.messages.account import OWN_SESSION
from dagster_pipes_jvm.read.messages.accounted import Recipient
from dagster_pipes_jvm.read.messages.decoder import Piece, pieces
from dagster_pipes_jvm.wire import REPORT_METHODS, NotAMessageError, decode_line, split_log_messages

_SHOWN_CHARACTERS = 200
_SAID_IN_FULL = 20
# So many log messages are counted at once, before they are handled.
_BATCH_LINES = 256

# What becomes a result, or judges the session, and therefore waits for the last attempt.
_HELD = REPORT_METHODS | {"closed"}


class _Held(NamedTuple):
    message: PipesMessage
    where: str
    line: str


class MessageLines:
    """Feeds the lines of one source, in order, to the handler of one session.

    A job may be started again by its platform (YARN, Kubernetes) and then reports everything once more. Where that can be,
    reports and `closed` are held until `finish`, when the attempt is known to be the last; everything else is handled at
    once. The run's account says, at any time, that it cannot be (`RunAccount.single_attempt`).

    Lifecycle: one per source and run; call `finish` when the source has ended. Threads: one at a time.

    Args:
        handler: the session's handler; Dagster's own or ours.
        source: how the source is called in warnings, such as `s3://bucket/prefix`.
        holds_reports: whether the job may be started again, and this source sees it.
        session: which session of the run it brings, see `RunAccount.session`.
    """

    def __init__(
        self,
        handler: PipesMessageHandler,
        source: str,
        *,
        holds_reports: bool = False,
        session: str = OWN_SESSION,
    ) -> None:
        self._recipient = Recipient(handler)
        self._source = source
        self._holds_reports = holds_reports
        self._held: list[_Held] = []
        self._refused = 0
        self._account = self._recipient.account.session(session)
        self._account.add_source(source)

    @property
    def is_single_attempt(self) -> bool:
        """Whether what arrives is known to be of the last attempt."""
        return not self._holds_reports or self._recipient.account.single_attempt

    def feed(self, line: str, where: str) -> None:
        """Handle a line of a channel that holds nothing but messages; a blank one is passed over."""
        if line.strip():
            try:
                self._handle(line, where)
            except NotAMessageError as e:
                self._account.arrive(None)
                is_cut = line.startswith("{") and not line.rstrip().endswith("}")
                if is_cut:
                    self._account.lacks(f"{where} is cut off")
                self._refuse(where, f"{'cut off, ' if is_cut else ''}{e}: {_shortened(line)}")

    def feed_text(self, text: str, name: str) -> None:
        """Handle the lines of a chunk as `feed` does, many log messages at once.

        Args:
            text: the chunk.
            name: how it is called in warnings, such as `chunk 3`.
        """
        lines: list[str] = []
        messages: list[PipesMessage] = []
        for number, (line, message) in enumerate(split_log_messages(text), start=1):
            if message is not None:
                lines.append(line)
                messages.append(message)
            if lines and (message is None or len(lines) == _BATCH_LINES):
                last = number if message is not None else number - 1
                self._take_logs(messages, lines, name, first=last - len(lines) + 1)
                lines, messages = [], []
            if message is None:
                self.feed(line, f"{name}, line {number}")
        if lines:
            self._take_logs(messages, lines, name, first=number - len(lines) + 1)

    def feed_output(self, line: str, where: str) -> str | None:
        """Handle a line of a process's output, where messages stand among other text, see `pieces`.

        Returns:
            str | None: the text that is no message and is to be forwarded; `None` where nothing remains.
        """
        return "".join(self.feed_piece(piece, where) for piece in pieces(line)) or None

    def feed_piece(self, piece: Piece, where: str) -> str:
        """Handle a part of a log.

        Returns:
            str: the text that is to be forwarded, which is all that is no message.
        """
        if piece.message is not None:
            self._take(piece.message, piece.text, where)
            return ""
        if piece.fault:
            self._refuse(where, f"{piece.fault}: {_shortened(piece.text.rstrip())}")
            if piece.is_at_start:
                # In the middle of a line it may be one that somebody quotes; the job's own count tells.
                self._account.arrive(None)
                if piece.is_cut:
                    self._account.lacks(f"{where} is cut off")
        return piece.text

    def begin_attempt(self, number: int) -> None:
        """What follows comes from the job started once more: forget what the attempt before reported, and say so."""
        reports = sum(held.message["method"] in REPORT_METHODS for held in self._held)
        closed = [held.message for held in self._held if held.message["method"] == "closed"]
        self._held.clear()
        self._account.begin_attempt()
        self.warn(
            f"the job was started again: attempt {number} begins. Attempt {number - 1} {_how_ended(closed)}; its"
            f" {reports} report(s) do not count."
        )

    def finish(self) -> None:
        """Handle what was held, and say how many lines were refused, where some were not said one by one."""
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

    def lacks(self, what: str) -> None:
        """Say that something is missing or damaged, and keep it in mind for the end."""
        self._account.lacks(what)
        self.warn(what)

    def _handle(self, line: str, where: str) -> None:
        self._take(decode_line(line), line, where)

    def _take(self, message: PipesMessage, line: str, where: str) -> None:
        self._account.arrive(message, line)
        if not self.is_single_attempt and message["method"] in _HELD:
            self._held.append(_Held(message, where, _shortened(line)))
            return
        if self._held and self.is_single_attempt:
            self._release()
        self._hand_over(_Held(message, where, line))

    def _take_logs(self, messages: list[PipesMessage], lines: list[str], name: str, *, first: int) -> None:
        self._account.arrive_logs(messages, lines)
        if self._held and self.is_single_attempt:
            self._release()
        handle = self._recipient.take
        for at, message in enumerate(messages):
            try:
                handle(message)
            except Exception as e:
                self._refuse_broken(f"{name}, line {first + at}", lines[at], e)

    def _release(self) -> None:
        held, self._held = self._held, []
        for one in held:
            self._hand_over(one)

    def _hand_over(self, one: _Held) -> None:
        try:
            self._recipient.take(one.message)
        except Exception as e:
            self._refuse_broken(one.where, one.line, e)

    def _refuse_broken(self, where: str, line: str, e: Exception) -> None:
        self._refuse(where, f"{type(e).__name__}: {e}: {_shortened(line)}", broken=True)

    def _refuse(self, where: str, reason: str, *, broken: bool = False) -> None:
        self._refused += 1
        if self._refused > _SAID_IN_FULL:
            return
        self._recipient.warn(f"[pipes] {self._source}, {where}: not handled, the rest goes on: {reason}")
        if broken:
            self._recipient.report(f"{self._source}, {where}")


def hand_over_undelivered(handler: PipesMessageHandler) -> None:
    """Handle what the job could not deliver, each message that has not arrived by its channel; that must have been read."""
    account = Recipient(handler).account
    with account.undelivered.taken_out(account.session()) as lines:
        if lines is None:
            return
        source = MessageLines(handler, "the driver's stderr")
        source.warn(
            f"the job could not send its last {lines.count:,} message(s), and wrote them here; they are handled now"
            + (f", without the first {lines.arrived:,}, which had arrived all the same." if lines.arrived else ".")
        )
        for number, line in lines.others:
            source.feed(line, f"undelivered message {number}")
        source.finish()


def _how_ended(closed: list[PipesMessage]) -> str:
    if not closed:
        return "never closed its session"
    exception = (closed[-1]["params"] or {}).get("exception")
    if not exception:
        return "closed its session"
    # Python's end with a line break.
    return f"closed with {exception.get('name')}: {str(exception.get('message')).strip()}"


def _shortened(line: str) -> str:
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[:_SHOWN_CHARACTERS]}... ({len(line):,} characters)"
