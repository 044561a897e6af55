"""From lines of text to messages handled: one bad line is said and counted, and the rest goes on."""

import sys
from typing import NamedTuple

from dagster import PipesMessageHandler
from dagster_pipes import PipesMessage

from dagster_pipes_jvm._dagster import log_of
from dagster_pipes_jvm.read.messages.account import Delivery, delivery_of
from dagster_pipes_jvm.read.messages.decoder import Piece, pieces
from dagster_pipes_jvm.wire import NotAMessageError, decode_line, split_log_messages

_SHOWN_CHARACTERS = 200
_SAID_IN_FULL = 20
# So many log messages are counted at once, before they are handled.
_BATCH_LINES = 256

# What becomes a result, or judges the session, and therefore waits for the last attempt.
_REPORTS = ("report_asset_materialization", "report_asset_check", "report_custom_message")
_HELD = (*_REPORTS, "closed")


class _Held(NamedTuple):
    message: PipesMessage
    where: str
    line: str


class MessageLines:
    """Feeds the lines of one source, in order, to the handler of one session.

    A job may be started again by its platform (YARN, Kubernetes) and then reports everything once more. Where that can be,
    reports and `closed` are held until `finish`, when the attempt is known to be the last; everything else is handled at
    once. A handler whose attribute `single_attempt` is true says that it cannot be, at any time.

    Lifecycle: one per source and run; call `finish` when the source has ended. Threads: one at a time.

    Args:
        handler: the session's handler; Dagster's own or ours.
        source: how the source is called in warnings, such as `s3://bucket/prefix`.
        holds_reports: whether the job may be started again, and this source sees it.
        delivery: the account of the source's session; by default the run's.
    """

    def __init__(
        self,
        handler: PipesMessageHandler,
        source: str,
        *,
        holds_reports: bool = False,
        delivery: Delivery | None = None,
    ) -> None:
        self._handler = handler
        self._source = source
        self._holds_reports = holds_reports
        self._held: list[_Held] = []
        self._refused = 0
        self._delivery = delivery or delivery_of(handler)
        self._delivery.add_source(source)

    @property
    def is_single_attempt(self) -> bool:
        """Whether what arrives is known to be of the last attempt."""
        return not self._holds_reports or bool(getattr(self._handler, "single_attempt", False))

    def feed(self, line: str, where: str) -> None:
        """Handle a line of a channel that holds nothing but messages; a blank one is passed over."""
        if line.strip():
            try:
                self._handle(line, where)
            except NotAMessageError as e:
                self._delivery.arrive(None)
                is_cut = line.startswith("{") and not line.rstrip().endswith("}")
                if is_cut:
                    self._delivery.lacks(f"{where} is cut off")
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
                self._delivery.arrive(None)
                if piece.is_cut:
                    self._delivery.lacks(f"{where} is cut off")
        return piece.text

    def begin_attempt(self, number: int) -> None:
        """What follows comes from the job started once more: forget what the attempt before reported, and say so."""
        reports = sum(held.message["method"] in _REPORTS for held in self._held)
        closed = [held.message for held in self._held if held.message["method"] == "closed"]
        self._held.clear()
        self._delivery.begin_attempt()
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
        log_of(self._handler).warning(f"[pipes] {self._source}: {what}")

    def warn_as_is(self, text: str) -> None:
        """Write a warning that names its own source."""
        log_of(self._handler).warning(text)

    def lacks(self, what: str) -> None:
        """Say that something is missing or damaged, and keep it in mind for the end."""
        self._delivery.lacks(what)
        self.warn(what)

    def _handle(self, line: str, where: str) -> None:
        self._take(decode_line(line), line, where)

    def _take(self, message: PipesMessage, line: str, where: str) -> None:
        self._delivery.arrive(message, line)
        if not self.is_single_attempt and message["method"] in _HELD:
            self._held.append(_Held(message, where, _shortened(line)))
            return
        if self._held and self.is_single_attempt:
            self._release()
        self._hand_over(_Held(message, where, line))

    def _take_logs(self, messages: list[PipesMessage], lines: list[str], name: str, *, first: int) -> None:
        self._delivery.arrive_logs(messages, lines)
        if self._held and self.is_single_attempt:
            self._release()
        handle = self._handler.handle_message
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
            self._handler.handle_message(one.message)
        except Exception as e:
            self._refuse_broken(one.where, one.line, e)

    def _refuse_broken(self, where: str, line: str, e: Exception) -> None:
        self._refuse(where, f"{type(e).__name__}: {e}: {_shortened(line)}", broken=True)

    def _refuse(self, where: str, reason: str, *, broken: bool = False) -> None:
        self._refused += 1
        if self._refused > _SAID_IN_FULL:
            return
        log_of(self._handler).warning(f"[pipes] {self._source}, {where}: not handled, the rest goes on: {reason}")
        if broken:
            self._handler.report_pipes_framework_exception(f"{self._source}, {where}", sys.exc_info())


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
