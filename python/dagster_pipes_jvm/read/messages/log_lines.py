"""The log messages of a chunk, decoded many at once: they are most of the messages that a job sends."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, cast

from dagster_pipes import PIPES_PROTOCOL_VERSION, PIPES_PROTOCOL_VERSION_FIELD, PipesMessage

from dagster_pipes_jvm.read.messages.decoder import LONGEST_MESSAGE_CHARACTERS
from dagster_pipes_jvm.read.messages.numbered import ProducerLines
from dagster_pipes_jvm.wire import LOG_METHODS

_raw_decode = json.JSONDecoder().raw_decode


class ExpectedLines:
    """The identities of the lines that a producer sends next, if none is missing.

    Args:
        lines: the lines of the producer.

    Attributes:
        lines (ProducerLines): the parameter.
        first (int): the number of the first line that the account of the run does not have.
        hundreds (tuple[str, str]): the end of the expected line, up to the last two digits of the number, in
            each form.
        ends (tuple[str, ...]): the rest of the line, for each value of the last two digits.
        last (int): the last two digits.
    """

    __slots__ = ("_hundred", "ends", "first", "hundreds", "last", "lines")

    def __init__(self, lines: ProducerLines) -> None:
        self.lines = lines
        self.first = lines.numbers.next
        self.begin_hundred(self.first)

    @property
    def next(self) -> int:
        """The number of the line that is expected now."""
        return self._hundred * 100 + self.last

    def begin_hundred(self, number: int) -> None:
        """Expect a number, of which the last two digits then advance one by one."""
        self._hundred, self.last = divmod(number, 100)
        digits = str(self._hundred) if self._hundred else ""
        self.ends = _ENDS if self._hundred else _FIRST_ENDS
        compact, spaced = self.lines.tails
        self.hundreds = (compact + digits, spaced + digits)


# It takes half the time of a number's conversion.
_ENDS = tuple(f'{last:02}"}}' for last in range(100))
_LAST_OF_A_HUNDRED = 99
_FIRST_ENDS = tuple(f'{last}"}}' for last in range(100))


class _Form(NamedTuple):
    start: str
    length: int
    method: str
    tail: int


def _forms() -> Iterator[_Form]:
    for method in sorted(LOG_METHODS):
        for tail, (comma, colon) in enumerate([(",", ":"), (", ", ": ")]):
            keys = {PIPES_PROTOCOL_VERSION_FIELD: PIPES_PROTOCOL_VERSION, "method": method, "params": {}}
            start = json.dumps(keys, separators=(comma, colon)).removesuffix("{}}")
            yield _Form(start, len(start), method, tail)


# The JVM's writer has the compact form, `json.dumps` the other one.
_FORMS = tuple(_forms())


def split_log_messages(text: str, expected: Sequence[ExpectedLines]) -> Iterator[tuple[str, PipesMessage | None, bool]]:
    """The lines of a string, each with its message, if that is one of `LOG_METHODS`.

    `json.loads` for each line would cost as much again as the decoding. Only `params` is decoded if everything around
    it has a known form.

    Args:
        text: the lines.
        expected: the identities that are expected next. They advance with each line that has the expected one. The
            caller may change the list between two lines.

    Returns:
        Iterator[tuple[str, PipesMessage | None, bool]]: the line, its message, and whether it has an expected
            identity, which the message then lacks.
    """
    at = 0
    # Never str.splitlines: U+2028 and others may be inside a message.
    while (end := text.find("\n", at)) >= 0:
        message, is_next = _log_message_at(text, at, end, expected)
        yield text[at:end], message, is_next
        at = end + 1
    message, is_next = _log_message_at(text, at, len(text), expected)
    yield text[at:], message, is_next


def _log_message_at(
    text: str, at: int, end: int, expected: Sequence[ExpectedLines]
) -> tuple[PipesMessage | None, bool]:
    if end - at > LONGEST_MESSAGE_CHARACTERS:
        return None, False
    for start, length, method, tail in _FORMS:
        if not text.startswith(start, at):
            continue
        try:
            params, decoded_to = _raw_decode(text, at + length)
        except (ValueError, RecursionError):
            return None, False
        if type(params) is not dict:
            break
        rest = text[decoded_to:end]
        is_next = False
        if rest != "}":
            for one in expected:
                last = one.last
                if rest == one.hundreds[tail] + one.ends[last]:
                    if last == _LAST_OF_A_HUNDRED:
                        one.begin_hundred(one.next + 1)
                    else:
                        one.last = last + 1
                    is_next = True
                    break
            else:
                break
        message = {PIPES_PROTOCOL_VERSION_FIELD: PIPES_PROTOCOL_VERSION, "method": method, "params": params}
        return cast("PipesMessage", message), is_next
    return _any_log_message_at(text, at, end), False


def _any_log_message_at(text: str, at: int, end: int) -> PipesMessage | None:
    if not (text.startswith("{", at, end) and text.endswith("}", at, end)):
        return None
    try:
        decoded, decoded_to = _raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    # JSON may continue in the next line, which a message may not.
    if decoded_to != end or not _is_log_method(decoded.get("method")):
        return None
    if PIPES_PROTOCOL_VERSION_FIELD not in decoded or type(decoded.get("params")) is not dict:
        return None
    return cast("PipesMessage", decoded)


def _is_log_method(method: Any) -> bool:
    return type(method) is str and method in LOG_METHODS
