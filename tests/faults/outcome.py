"""What came of a row: what was reported, where it is, and what of that breaks a promise of docs/delivery.md."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from tests.support.dagster_runs import Finished

_ID = re.compile(r"\bid-(\d+) ")
# Of the job itself, where the gap is, and of the reader, by the count in `closed`.
_DROPPED_HERE = re.compile(r"([\d,]+) log line\(s\) of this job were dropped here")
_DROPPED_IN_ALL = re.compile(r"the job had to drop ([\d,]+) log line")


def line_numbers(texts: Iterable[str]) -> list[int]:
    """The numbers of the job's lines in these texts, in order."""
    return [int(number) for text in texts for number in _ID.findall(text)]


def dropped_lines(finished: Finished) -> tuple[int, int]:
    """How many lines were dropped, as the job's warnings in its log say, and as the reader says at the end."""
    texts = [text for _, text in finished.logs]
    here, in_all = (
        sum(int(number.replace(",", "")) for text in texts for number in pattern.findall(text))
        for pattern in (_DROPPED_HERE, _DROPPED_IN_ALL)
    )
    return here, in_all


@dataclass(frozen=True)
class Outcome:
    """One row of the table.

    Args:
        name: the fault.
        reported: log lines that the job reported.
        written: those of them that are on the server.
        arrived: the numbers of those that reached Dagster, in the order in which they did.
        dropped: how many the job dropped and said so.
        on_stderr: how many it left on its stderr instead.
        ended: how the step ended.
        seconds: from the launch of the job to the end of the step.
        end_problems: why the step did not end as it should.
        problems: what else breaks a promise, beside what the numbers show.
        may_lose: whether lines may be missing.
        may_repeat: whether lines may come twice.
        not_run: why there is no outcome on this machine; empty where there is one.
    """

    name: str
    reported: int = 0
    written: int = 0
    arrived: Counter[int] = field(default_factory=Counter)
    dropped: int = 0
    on_stderr: int = 0
    ended: str = ""
    seconds: float = 0.0
    end_problems: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    may_lose: bool = False
    may_repeat: bool = False
    not_run: str = ""

    @property
    def delivered(self) -> int:
        """Log lines that Dagster has."""
        return len(self.arrived)

    @property
    def duplicated(self) -> int:
        """How many times one of them came again."""
        return self.arrived.total() - len(self.arrived)

    @property
    def lost(self) -> int:
        """Log lines that were reported, and that nobody has or speaks of."""
        return self.reported - self.delivered - self.dropped - self.on_stderr

    @property
    def wrong(self) -> tuple[str, ...]:
        """Every broken promise, in words."""
        found = [*self.end_problems, *self.problems]
        if self.lost < 0 or (self.lost > 0 and not self.may_lose):
            found.append(f"{self.lost:,} lines are lost")
        if self.duplicated and not self.may_repeat:
            found.append(f"{self.duplicated:,} lines came again")
        return tuple(found)

    def columns(self) -> list[str]:
        """Its row of the table."""
        if self.not_run:
            return [self.name, *([""] * 6), f"not run: {self.not_run}", "", "", "-"]
        elsewhere = [
            *([f"{self.dropped:,} dropped, with a warning"] if self.dropped else []),
            *([f"{self.on_stderr:,} on stderr"] if self.on_stderr else []),
        ]
        return [
            self.name,
            *(f"{n:,}" for n in (self.reported, self.written, self.delivered, self.duplicated)),
            ", ".join(elsewhere),
            f"{self.lost:,}",
            self.ended,
            "no" if self.end_problems else "yes",
            f"{self.seconds:.1f}",
            "ok" if not self.wrong else "WRONG: " + "; ".join(self.wrong),
        ]


COLUMNS = (
    "fault",
    "reported",
    "on the server",
    "delivered",
    "duplicated",
    "elsewhere",
    "lost",
    "the step",
    "step ended as it should",
    "seconds",
    "",
)


def step_end(finished: Finished) -> str:
    """How the step ended, shortly."""
    if finished.success:
        return "succeeded"
    words = finished.failure.splitlines()[0]
    error, _, text = words.partition(": ")
    return f"failed: {error.rpartition('.')[2]}: {text[:50]}"


def order_problems(numbers: list[int]) -> list[str]:
    """What is out of order; what comes twice is counted elsewhere."""
    for before, after in pairwise(numbers):
        if before > after:
            return [f"line {after} came behind line {before}"]
    return []
