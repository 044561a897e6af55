"""A shape, and the ways to write one down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Written = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Shape:
    """One case: what it writes, and what each written column is expected to depend on.

    Args:
        write: gets the session and the folder of outputs. It writes each output to a table of that name, or to that
            name inside of the folder.
        expected: for each output, each column with its source columns as one text: `"orders.id orders.amount"`.
        since: the first Spark that has it.
    """

    write: Callable[[Any, str], None]
    expected: Written
    since: str = "3.5"

    def is_in(self, version: str) -> bool:
        """Whether this Spark has it."""
        return _numbers(version) >= _numbers(self.since)


def sql(name: str, query: str, since: str = "3.5", /, **expected: str) -> Shape:
    """A query whose result is written to a folder."""

    def write(spark: Any, output: str) -> None:
        spark.sql(query).write.parquet(f"{output}/{name}")

    return Shape(write, {name: expected}, since)


def frame(name: str, made: Callable[[Any], Any], since: str = "3.5", /, **expected: str) -> Shape:
    """A DataFrame, which is written to a folder."""

    def write(spark: Any, output: str) -> None:
        made(spark).write.parquet(f"{output}/{name}")

    return Shape(write, {name: expected}, since)


def statements(name: str, *texts: str, since: str = "3.5", **expected: str) -> Shape:
    """Statements of SQL, which write to the table of that name."""

    def write(spark: Any, output: str) -> None:
        for text in texts:
            spark.sql(text.format(output=output))

    return Shape(write, {name: expected}, since)


def _numbers(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)
