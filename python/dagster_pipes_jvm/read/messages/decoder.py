"""Messages among the text of a log: bytes in, cut anywhere; messages and ordinary text out, in order."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from dagster_pipes import PIPES_PROTOCOL_VERSION_FIELD, PipesMessage

from dagster_pipes_jvm.read.messages.utf_8 import ERRORS, NOT_UTF_8, is_utf_8, shown
from dagster_pipes_jvm.wire import NotAMessageError, as_message, decode_line, not_decoded

_VERSION_KEY = f'"{PIPES_PROTOCOL_VERSION_FIELD}"'
# Every writer that we know puts the version first. Inside of a JSON string its quotes are escaped, so that this is never there.
_START = re.compile(r"\{\s{0,8}" + re.escape(_VERSION_KEY))
_START_CHARACTERS = 64
_JSON = json.JSONDecoder()

# Text without an end of line is handed on from this length; what may be a message is held up to that one.
_LONG_TEXT = 64 * 1024
LONGEST_MESSAGE_CHARACTERS = 64 * 1024 * 1024
_MOST_BYTES = LONGEST_MESSAGE_CHARACTERS + 1
# What keeps a log in records cuts longer lines: Docker at 16,384 bytes, CloudWatch at 256 KiB or 1 MiB.
_CUT_RECORD = 16_000
# How far in front of the end a decoder may stop at a text that is cut, in the middle of `true` or of `\u00e9`.
_CUT_CHARACTERS = 12


class Piece(NamedTuple):
    """A part of a log.

    Args:
        text: as it stands in the log; with its line end, where it is no message and has one.
        message: what the text says, where it is a message.
        fault: why it is no message, where it begins as one.
        is_cut: whether it is no JSON at all, because something is missing or stands in between.
        is_at_start: whether it is the first piece of its line.
        end: the line end right behind a message, which is the message's own.
    """

    text: str
    message: PipesMessage | None = None
    fault: str = ""
    is_cut: bool = False
    is_at_start: bool = False
    end: str = ""


def pieces(line: str) -> Iterator[Piece]:
    """The messages of one line, and the text before, between and behind them.

    A line end right behind a message is the message's own. What begins as a message and is none comes as text with a fault, up
    to the next beginning. A message with bytes that are no UTF-8 comes with a fault, too; see `ERRORS`.
    """
    if is_utf_8(line):
        yield from _pieces(line)
        return
    for piece in _pieces(line):
        if piece.message is not None and not is_utf_8(piece.text):
            yield Piece(shown(piece.text) + piece.end, fault=NOT_UTF_8, is_at_start=piece.is_at_start)
        else:
            yield piece._replace(text=shown(piece.text))


def _pieces(line: str) -> Iterator[Piece]:
    if _VERSION_KEY not in line:
        yield Piece(line, is_at_start=True)
        return
    at = 0
    start = _START.search(line)
    if start is None and (whole := _whole(line)) is not None:
        text = line.rstrip("\r\n")
        yield Piece(text, whole, is_at_start=True, end=line[len(text) :])
        return
    while start is not None:
        begin = start.start()
        if begin > at:
            yield Piece(line[at:begin], is_at_start=at == 0)
        try:
            decoded, at = _JSON.raw_decode(line, begin)
            message = as_message(decoded)
        except (ValueError, RecursionError) as e:
            start = _START.search(line, start.end())
            at = start.start() if start else len(line)
            is_cut = not isinstance(e, NotAMessageError)
            reason = not_decoded(e) if is_cut else str(e)
            yield Piece(line[begin:at], fault=reason, is_cut=is_cut, is_at_start=begin == 0)
        else:
            text = line[begin:at]
            start = _START.search(line, at)
            end = next((end for end in ("\n", "\r\n") if line.startswith(end, at)), "")
            at += len(end)
            yield Piece(text, message, is_at_start=begin == 0, end=end)
    if at < len(line):
        yield Piece(line[at:])


def _whole(line: str) -> PipesMessage | None:
    """A line that is one message of a writer with another order of keys."""
    stripped = line.strip()
    if not stripped.startswith("{"):
        return None
    try:
        return decode_line(stripped)
    except NotAMessageError:
        return None


class LineDecoder:
    """Takes a channel that has only messages in parts, cut anywhere, and gives the lines that each part completes.

    It keeps a line up to the limit of a message, and of a longer line only so much that it is known to be too long.
    Lifecycle: one per channel. Threads: one at a time.
    """

    def __init__(self) -> None:
        self._rest = bytearray()

    @property
    def rest(self) -> str:
        """The last line, which has no line end yet, decoded with `ERRORS`."""
        # A line that was cut keeps its length, by which it is refused. Nothing else of it is used.
        return self._rest.decode("latin-1") if len(self._rest) == _MOST_BYTES else self._rest.decode("utf-8", ERRORS)

    def feed(self, data: bytes) -> Iterator[str]:
        """The lines that these bytes complete, without line ends."""
        *complete, rest = data.split(b"\n")
        for line in complete:
            self._keep(line)
            yield self.rest
            self._rest.clear()
        self._keep(rest)

    def _keep(self, data: bytes) -> None:
        self._rest += data[: _MOST_BYTES - len(self._rest)]


class LogDecoder:
    """Takes a log in parts, cut anywhere, and gives what each part completes.

    Text waits for its line end, up to 64 KiB; what may be a message up to 64 MiB. Lifecycle: one per log; call `finish` at its
    end. Threads: one at a time.

    Args:
        longest_message_characters: from where on what may be a message is text with a fault.
    """

    def __init__(self, *, longest_message_characters: int = LONGEST_MESSAGE_CHARACTERS) -> None:
        self._longest_message = longest_message_characters
        self._utf8 = codecs.getincrementaldecoder("utf-8")(ERRORS)
        self._held: list[str] = []
        self._characters = 0
        self._look_at = _LONG_TEXT
        self._records: list[str] = []

    def feed(self, data: bytes) -> Iterator[Piece]:
        """What these bytes complete."""
        first, *others = self._utf8.decode(data).split("\n")
        for following in others:
            line = self._taken(f"{first}\n")
            yield from pieces(line)
            first = following
        if first:
            self._held.append(first)
            self._characters += len(first)
            if self._characters >= self._look_at:
                yield from self._long()

    def feed_record(self, record: str) -> Iterator[Piece]:
        """What this record completes: each is a line, unless a message was cut to fit into records."""
        record = record.removesuffix("\n")
        if self._records and _START.match(record):
            yield from self._flushed()
        self._records.append(record)
        joined = "".join(self._records)
        if not (len(record) >= _CUT_RECORD and len(joined) < self._longest_message and _is_cut(joined)):
            if len(self._records) > 1 and _is_cut(joined, anyhow=True):
                yield from self._flushed()
            else:
                self._records.clear()
                yield from _lines_of(joined)

    def finish(self) -> Iterator[Piece]:
        """What is left, when nothing more comes."""
        yield from self._flushed()
        rest = self._taken(self._utf8.decode(b"", final=True))
        if rest:
            yield from pieces(rest)

    def _taken(self, end: str) -> str:
        line = "".join((*self._held, end))
        self._held.clear()
        self._characters, self._look_at = 0, _LONG_TEXT
        return line

    def _long(self) -> Iterator[Piece]:
        text = self._taken("")
        start = _START.search(text)
        # A writer with another order of keys says its version anywhere in the line.
        begin = start.start() if start else 0 if text.lstrip().startswith("{") else None
        if begin is None:
            begin = len(text) - _START_CHARACTERS
        elif len(text) - begin > self._longest_message:
            fault = f"longer than {self._longest_message:,} characters" if start else ""
            yield Piece(shown(text), fault=fault, is_cut=bool(fault), is_at_start=begin == 0)
            return
        if begin > 0:
            yield Piece(shown(text[:begin]))
        self._held.append(text[begin:])
        self._characters = len(text) - begin
        # Doubled, so that a long message is not searched again for each part of it.
        self._look_at = max(_LONG_TEXT, 2 * self._characters)

    def _flushed(self) -> Iterator[Piece]:
        records, self._records = self._records, []
        for record in records:
            yield from _lines_of(record)


def _lines_of(record: str) -> Iterator[Piece]:
    for line in record.split("\n"):
        yield from pieces(f"{line}\n")


def _is_cut(text: str, *, anyhow: bool = False) -> bool:
    """Whether the text ends in the middle of a message; `anyhow`: or in something else that began as one."""
    *_, last = pieces(text)
    if not last.fault:
        return False
    try:
        _JSON.raw_decode(last.text)
    except json.JSONDecodeError as e:
        return anyhow or e.msg.startswith("Unterminated string") or e.pos >= len(last.text) - _CUT_CHARACTERS
    except RecursionError:
        pass
    return anyhow
