"""Compares what a tool told of an output with what is expected: dependency by dependency, fact by fact."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.lineage.direct import Dependencies


@dataclass(frozen=True)
class Score:
    """The comparison for one output: its dependencies, or its other facts."""

    right: frozenset[str]
    left_out: frozenset[str]
    wrong: frozenset[str]

    @property
    def is_complete(self) -> bool:
        """Whether it told everything, and nothing wrong."""
        return not self.left_out and not self.wrong


@dataclass(frozen=True)
class Total:
    """The numbers of a suite."""

    right: int
    left_out: int
    wrong: int
    complete: int
    outputs: int

    def __str__(self) -> str:
        return f"{self.right} right, {self.left_out} left out, {self.wrong} wrong; {self.complete} of {self.outputs} complete"


def score_dependencies(output: str, expected: Dependencies, told: Dependencies) -> Score:
    """The score of one output's lineage. A dependency is a column with one source column: `total <- orders.amount`.

    A statement that changes rows keeps the others. Whether a kept column depends on itself is not judged.
    """
    wanted, found = _arrows(expected), _arrows(told)
    kept = frozenset(f"{column} <- {output}.{column}" for column in told)
    return Score(right=wanted & found, left_out=wanted - found, wrong=found - wanted - kept)


def score_facts(facts: Mapping[str, Any], told: Mapping[str, Any]) -> Score:
    """The score of other facts: one that is told differently is wrong, and one that is not told is left out."""
    return Score(
        right=frozenset(key for key in facts if key in told and told[key] == facts[key]),
        left_out=frozenset(key for key in facts if key not in told),
        wrong=frozenset(
            f"{key}: {told[key]} for {facts.get(key)}" for key in told if key not in facts or told[key] != facts[key]
        ),
    )


def total(scores: Mapping[str, Score]) -> Total:
    """The sum of the scores of outputs."""
    every = scores.values()
    return Total(
        right=sum(len(score.right) for score in every),
        left_out=sum(len(score.left_out) for score in every),
        wrong=sum(len(score.wrong) for score in every),
        complete=sum(score.is_complete for score in every),
        outputs=len(every),
    )


def _arrows(dependencies: Dependencies) -> frozenset[str]:
    return frozenset(f"{column} <- {source}" for column, sources in dependencies.items() for source in sources)
