"""One row of the scoreboard: a suite on a Spark, and the scores of both tools."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.endtoend.conftest import Spark
from tests.lineage import openlineage, written
from tests.lineage.run import run
from tests.lineage.score import Score, Total, score_dependencies, score_facts, total
from tests.lineage.suites import Suite

COLUMNS = ("suite", "Spark", "tool", "dependencies right", "left out", "without a reason", "wrong", "outputs complete")
Reasons = str | Mapping[str, str]
"""The reason for the whole output, or one for each column in lower case."""


@dataclass(frozen=True)
class Row:
    """The scores of each output of one suite on one Spark."""

    suite: str
    spark: str
    ours: Mapping[str, Score]
    openlineage: Mapping[str, Score]
    facts: Mapping[str, Score]
    """The scores of rows, files, bytes and schema, for each output that is a folder of Parquet files."""
    reasons: Mapping[str, Reasons]
    """Why we left something out of an output, in our words."""
    failed: Sequence[str] = ()
    """Outputs that the application could not write."""

    @property
    def fewer_right(self) -> list[str]:
        """The outputs of which OpenLineage has more dependencies right than we."""
        return [name for name, score in self.openlineage.items() if len(score.right) > len(self.ours[name].right)]

    @property
    def unexplained(self) -> dict[str, list[str]]:
        """For each output the dependencies that we left out silently."""
        found = {}
        for name, score in self.ours.items():
            reasons = self.reasons.get(name, {})
            if not isinstance(reasons, str):
                found[name] = sorted(one for one in score.left_out if one.partition(" <- ")[0] not in reasons)
        return {name: silent for name, silent in found.items() if silent}

    @property
    def keeps_promises(self) -> bool:
        """Nothing is wrong or silently left out, OpenLineage is ahead nowhere, and the queries of TPC are complete."""
        if self.failed or self.unexplained:
            return False
        ours, facts = total(self.ours), total(self.facts)
        is_complete = not self.suite.startswith("TPC") or (ours.complete == ours.outputs and not facts.left_out)
        return not ours.wrong and not facts.wrong and not self.fewer_right and is_complete

    def lines(self) -> list[list[str]]:
        """The lines of the table."""
        return [
            self._line("this bridge", total(self.ours), str(sum(map(len, self.unexplained.values())))),
            self._line(f"OpenLineage {openlineage.VERSION}", total(self.openlineage), "-"),
        ]

    def _line(self, tool: str, total: Total, unexplained: str) -> list[str]:
        numbers = (str(total.right), str(total.left_out), unexplained, str(total.wrong))
        return [self.suite, self.spark, tool, *numbers, f"{total.complete} of {total.outputs}"]

    def findings(self) -> list[str]:
        """A line for each output of which something is not as expected."""
        found = [f"{name}: the application failed to write it" for name in self.failed]
        for name, score in self.ours.items():
            if not score.is_complete:
                found.append(f"{name}: {_text(score)} ({_words(self.reasons.get(name, 'no reason is told'))})")
        found += [f"{name}: silently left out {', '.join(silent)}" for name, silent in self.unexplained.items()]
        found += [f"{name}: {_text(score)}" for name, score in self.facts.items() if not score.is_complete]
        found += [
            f"{name}: OpenLineage has more right: {', '.join(sorted(self.openlineage[name].right - self.ours[name].right))}"
            for name in self.fewer_right
        ]
        return found

    def record(self) -> dict[str, Any]:
        """Everything, for the JSON."""

        def scores(each: Mapping[str, Score]) -> dict[str, Any]:
            return {
                name: {kind: sorted(getattr(score, kind)) for kind in ("right", "left_out", "wrong")}
                for name, score in each.items()
            }

        return {
            "suite": self.suite,
            "spark": self.spark,
            "ours": scores(self.ours),
            "openlineage": scores(self.openlineage),
            "facts": scores(self.facts),
            "reasons": dict(self.reasons),
            "failed": list(self.failed),
        }

    @staticmethod
    def of_record(record: Mapping[str, Any]) -> "Row":
        """The row of a record."""

        def scores(each: Mapping[str, Any]) -> dict[str, Score]:
            return {name: Score(**{kind: frozenset(of) for kind, of in score.items()}) for name, score in each.items()}

        kinds = {kind: scores(record[kind]) for kind in ("ours", "openlineage", "facts")}
        return Row(record["suite"], record["spark"], **kinds, reasons=record["reasons"], failed=record["failed"])


def measure(
    title: str, make: Callable[[Spark, Path], Suite], spark: Spark, folder: Path, *, beside: bool = True
) -> Row:
    """Run a suite in this folder, which exists and is empty.

    Args:
        beside: whether to attach OpenLineage's agent.
    """
    suite = make(spark, folder)
    told = run(spark, suite.job, list(suite.expected), folder, beside=beside)
    ours, theirs, failed = told.ours, told.openlineage or {}, folder / "failed.json"
    return Row(
        title,
        spark.version,
        {name: score_dependencies(name, expected, ours.get(name, {})) for name, expected in suite.expected.items()},
        {name: score_dependencies(name, expected, theirs.get(name, {})) for name, expected in suite.expected.items()},
        {
            name: score_facts(written.facts(folder / "output" / name), written.told(told.metadata.get(name, {})))
            for name in suite.expected
            if any((folder / "output" / name).glob("*.parquet"))
        },
        {
            name: _reasons(metadata["spark/lineage_left_out"])
            for name, metadata in told.metadata.items()
            if "spark/lineage_left_out" in metadata
        },
        json.loads(failed.read_text(encoding="utf-8")) if failed.is_file() else [],
    )


def _reasons(left_out: Any) -> Reasons:
    """A sentence for the whole output, or a table with one for each column."""
    if isinstance(left_out, str):
        return left_out
    return {record.data["column"].lower(): record.data["reason"] for record in left_out.records}


def _words(reasons: Reasons) -> str:
    return reasons if isinstance(reasons, str) else "; ".join(": ".join(reason) for reason in reasons.items())


def _text(score: Score) -> str:
    parts = {"left out": score.left_out, "wrong": score.wrong}
    return "; ".join(f"{kind} {', '.join(sorted(found))}" for kind, found in parts.items() if found)
