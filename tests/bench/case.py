"""What a measurement gives: samples of this package, those of what it is compared with, and what was to be reached."""

import operator
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "at least": operator.ge,
    "at most": operator.le,
    "under": operator.lt,
}


@dataclass(frozen=True)
class Target:
    """What is to be reached: `Target("ratio", "at least", 10)`, `Target("ours", "under", 0.06)`.

    Args:
        of: `ours` (the median), `ratio` (ours to the reference), or `added` (ours less the reference).
        comparison: `at least`, `at most` or `under`.
        value: in the case's unit, for `ratio` a bare number.
    """

    of: str
    comparison: str
    value: float

    def is_met(self, case: "Case") -> bool:
        """Whether the medians reach it."""
        return _COMPARISONS[self.comparison](getattr(case, f"{self.of}_median"), self.value)

    def text(self, unit: str) -> str:
        """For the table."""
        form = f"{self.comparison} {show(self.value)}"
        return f"{form} x" if self.of == "ratio" else f"{form} {unit}{' added' if self.of == 'added' else ''}"


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Args:
        group: what it belongs to, such as `log lines` or `start`.
        name: what was measured.
        unit: of both sides' samples.
        ours: every sample of this package.
        reference: every sample of what it is compared with, taken in the same run in turns; empty where there is nothing.
        reference_name: what the reference is, with its version.
        target: what is to be reached.
        note: what a reader has to know.
        more: what else was counted (bytes, requests, the load), for the JSON.
        detail: a point of a curve, which docs/performance.md draws and does not list.
    """

    group: str
    name: str
    unit: str
    ours: Sequence[float]
    reference: Sequence[float] = ()
    reference_name: str = ""
    target: Target | None = None
    note: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    detail: bool = False

    @property
    def ours_median(self) -> float:
        """Of this package's samples."""
        return statistics.median(self.ours)

    @property
    def reference_median(self) -> float:
        """Of the reference's samples."""
        return statistics.median(self.reference)

    @property
    def ratio_median(self) -> float:
        """Ours to the reference."""
        return self.ours_median / self.reference_median

    @property
    def added_median(self) -> float:
        """Ours less the reference: pair by pair where both have as many samples."""
        if len(self.ours) == len(self.reference):
            return statistics.median(ours - other for ours, other in zip(self.ours, self.reference, strict=True))
        return self.ours_median - self.reference_median

    def is_met(self) -> bool | None:
        """None where nothing was to be reached."""
        return self.target.is_met(self) if self.target else None

    def row(self) -> list[str]:
        """Its cells, see `COLUMNS`."""
        met = self.is_met()
        return [
            self.name,
            f"{show(self.ours_median)} {self.unit}",
            f"{show(self.reference_median)} {self.unit}" if self.reference else "",
            f"{show(self.ratio_median)}" if self.reference and self.reference_median else "",
            _spread(self.ours),
            self.target.text(self.unit) if self.target else "",
            "" if met is None else "yes" if met else "NO",
        ]

    def record(self) -> dict[str, Any]:
        """Everything, for the JSON."""
        return {
            "group": self.group,
            "case": self.name,
            "unit": self.unit,
            "ours": list(self.ours),
            "reference": list(self.reference),
            "reference_name": self.reference_name,
            "ours_median": self.ours_median,
            "reference_median": self.reference_median if self.reference else None,
            "ratio": self.ratio_median if self.reference and self.reference_median else None,
            "target": asdict(self.target) if self.target else None,
            "met": self.is_met(),
            "note": self.note,
            "detail": self.detail,
            **self.more,
        }

    @staticmethod
    def of_record(record: Mapping[str, Any]) -> "Case":
        """Without what is for the JSON only."""
        target = record["target"]
        return Case(
            record["group"],
            record["case"],
            record["unit"],
            record["ours"],
            record["reference"],
            record["reference_name"],
            Target(**target) if target else None,
            record["note"],
            detail=record["detail"],
        )


COLUMNS = ("case", "ours", "reference", "ratio", "spread of ours", "to reach", "met")


def show(number: float) -> str:
    """Three digits that count."""
    if abs(number) >= 1000:
        return f"{number:,.0f}"
    return f"{number:.3g}"


def _spread(samples: Sequence[float]) -> str:
    return f"{show(min(samples))} to {show(max(samples))}" if len(samples) > 1 else ""
