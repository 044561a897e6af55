"""Lines that were read and could not be handled: damaged lines, and messages that Dagster refuses."""

import re
from collections.abc import Callable
from typing import NamedTuple

from dagster_pipes_jvm.read.messages.identity import Identity, parse_identity
from dagster_pipes_jvm.wire import IDENTITY_KEY

REFUSED = "Dagster refused"
DAMAGED = "this side could not read"

_SHOWN_LINES = 5
# Our writers put the identity last, so that it can be found in a line that is no JSON.
_IDENTITY_AT_END = re.compile(rf'"{IDENTITY_KEY}"\s?:\s?"([^"]{{1,64}})"\s?\}}\s*\Z')


class Unhandled(NamedTuple):
    """A line that could not be handled.

    Args:
        where: its place, such as `s3://bucket/prefix, chunk 1, line 3`.
        reason: why, in words.
        kept_in: the place where the whole line stands after the run.
        identity: its identity, as far as it can be read.
        may_be_report: whether it may be a report: its method cannot be read, or is no log method.
    """

    where: str
    reason: str
    kept_in: str
    identity: Identity | None = None
    may_be_report: bool = True

    @property
    def described(self) -> str:
        """The line in words."""
        name = "a line" if self.identity is None else f"message {self.identity.number:,}"
        return f"{name} ({self.where}: {self.reason})"


class UnhandledLines:
    """The lines of one session or channel that could not be handled: their number, and the first of them in full.

    Threads: one at a time, see `RunAccount`.

    Attributes:
        count (int): the number of lines.
        first (list[Unhandled]): the first lines.
        may_include_reports (bool): whether one of them may be a report.
    """

    def __init__(self) -> None:
        self.count = 0
        self.first: list[Unhandled] = []
        self.may_include_reports = False

    def add(self, line: Unhandled) -> None:
        """Add a line."""
        self.count += 1
        self.may_include_reports |= line.may_be_report
        if len(self.first) < _SHOWN_LINES:
            self.first.append(line)

    def extend(self, lines: "UnhandledLines", counts: Callable[["Unhandled"], bool] = lambda _: True) -> None:
        """Add the lines of another session or channel.

        Args:
            lines: the lines.
            counts: whether a line counts; asked of those that are known in full.
        """
        first = [line for line in lines.first if counts(line)]
        self.count += len(first) + lines.count - len(lines.first)
        self.first += first
        self.may_include_reports |= lines.may_include_reports

    def described(self, what: str) -> str:
        """The lines in words that begin with what happened to them; empty if there are none."""
        if not self.count:
            return ""
        more = [f"{rest:,} more"] if (rest := self.count - len(self.first)) else []
        *most, last = [*(line.described for line in self.first), *more]
        return f"{what} {', '.join(most)}{' and ' if most else ''}{last}"

    @property
    def kept(self) -> str:
        """The number of lines, and where they can be found, in a sentence; empty if there are none."""
        if not self.count:
            return ""
        places = dict.fromkeys(line.kept_in for line in self.first)
        lines = "1 line" if self.count == 1 else f"{self.count:,} lines"
        return f"{lines} could not be handled, and can be found in {' and '.join(places)}."


def identity_at_end(line: str) -> Identity | None:
    """The identity at the end of a line, which need not be JSON."""
    found = _IDENTITY_AT_END.search(line, max(0, len(line) - 128))
    return parse_identity(found[1]) if found else None
