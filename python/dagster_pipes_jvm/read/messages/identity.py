"""The identity of a line: the token of its run, its session, its producer, and its number.

A line has it in the key `n`, as `TOKEN SESSION PRODUCER "." NUMBER`, such as `k3f9a1x7c2j.123`.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import Any, NamedTuple

from dagster_pipes_jvm.wire import JVM_PRODUCER, PYTHON_PRODUCER, RUN_TOKEN_FORM, SESSION_CHARACTERS, random_word

_TOKEN_CHARACTERS = 6
# A number has at most 18 digits, so that it is a `long` on the JVM.
_IDENTITY = re.compile(
    rf"({RUN_TOKEN_FORM})([a-z0-9]{{{SESSION_CHARACTERS}}})([{JVM_PRODUCER}{PYTHON_PRODUCER}])\.([1-9][0-9]{{0,17}})"
)


class Identity(NamedTuple):
    """The identity of one line.

    Args:
        token: the token of the run, which the reader made.
        session: the id of the session in its run.
        producer: `JVM_PRODUCER` or `PYTHON_PRODUCER`.
        number: the number of the line, from 1, for each producer of a session.
    """

    token: str
    session: str
    producer: str
    number: int


def parse_identity(value: Any) -> Identity | None:
    """The identity in the key `n` of a message, or `None` if the value is not one."""
    found = _IDENTITY.fullmatch(value) if isinstance(value, str) else None
    return Identity(found[1], found[2], found[3], int(found[4])) if found else None


def new_run_token() -> str:
    """A random token for a run."""
    return random_word(_TOKEN_CHARACTERS)


class Numbers:
    """A set of numbers from 1 on, kept as intervals, so that a million in a row take no memory. Threads: one at a time.

    Args:
        intervals: pairs of the first and the last number.
    """

    def __init__(self, intervals: Iterable[tuple[int, int]] = ()) -> None:
        # Both ascend, and there is a gap between two intervals.
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for first, last in sorted(intervals):
            if self._lasts and first <= self._lasts[-1] + 1:
                self._lasts[-1] = max(last, self._lasts[-1])
            else:
                self._firsts.append(first)
                self._lasts.append(last)

    @property
    def next(self) -> int:
        """The number behind the highest one."""
        return self._lasts[-1] + 1 if self._lasts else 1

    @property
    def intervals(self) -> list[tuple[int, int]]:
        """The first and the last number of each interval, in ascending order."""
        return list(zip(self._firsts, self._lasts, strict=True))

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._firsts, number) - 1
        return at >= 0 and number <= self._lasts[at]

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in zip(self._firsts, self._lasts, strict=True))

    def add(self, number: int) -> bool:
        """Add a number. Returns whether it is new."""
        at = bisect_right(self._firsts, number)
        if at and number <= self._lasts[at - 1]:
            return False
        joins_lower = at > 0 and number == self._lasts[at - 1] + 1
        joins_upper = at < len(self._firsts) and number == self._firsts[at] - 1
        if joins_lower and joins_upper:
            self._lasts[at - 1] = self._lasts.pop(at)
            del self._firsts[at]
        elif joins_lower:
            self._lasts[at - 1] = number
        elif joins_upper:
            self._firsts[at] = number
        else:
            self._firsts.insert(at, number)
            self._lasts.insert(at, number)
        return True

    def extend(self, count: int) -> None:
        """Add this many numbers behind the highest one."""
        if self._lasts:
            self._lasts[-1] += count
        elif count:
            self._firsts.append(1)
            self._lasts.append(count)

    def missing(self, last: int) -> list[tuple[int, int]]:
        """The gaps from 1 up to a number, each with its first and its last number."""
        gaps: list[tuple[int, int]] = []
        at = 1
        for first, until in zip(self._firsts, self._lasts, strict=True):
            if first > last:
                break
            if first > at:
                gaps.append((at, first - 1))
            at = until + 1
        if at <= last:
            gaps.append((at, last))
        return gaps
