"""The part of docs/zero-code.md that `make lineage` writes."""

import json
from datetime import UTC, datetime

from tests.bench.docs import put
from tests.conftest import REPOSITORY
from tests.lineage.board import COLUMNS, Row
from tests.lineage.score import total


def page(rows: list[Row]) -> str:
    """The table, and what it was measured with."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    lines += ["| " + " | ".join(line) + " |" for row in rows for line in row.lines()]
    facts = [total(row.facts) for row in rows]
    right, left_out, wrong = (sum(getattr(each, kind) for each in facts) for kind in ("right", "left_out", "wrong"))
    outputs = sum(each.outputs for each in facts)
    lines += [
        "",
        f"The table is of {datetime.now(UTC):%Y-%m-%d}. DuckDB, pyarrow and the file system checked the rows, files, bytes",
        f"and schemas of {outputs} written outputs: {right} right, {left_out} left out, {wrong} wrong.",
    ]
    if fewer := [f"| `{name}` | {row.suite} | {row.spark} |" for row in rows for name in row.fewer_right]:
        lines += ["", "| outputs with more right by OpenLineage | suite | Spark |", "|---|---|---|", *fewer]
    return "\n".join(lines)


def write_page(rows: list[Row]) -> None:
    """Put the table between the marks of the page."""
    put(REPOSITORY / "docs" / "zero-code.md", "scoreboard", page(rows))


def main() -> None:
    """Put the rows of earlier runs into the page."""
    order = ("TPC-H", "TPC-DS", "hard shapes", "Delta and Iceberg")
    files = (REPOSITORY / "build" / "lineage").glob("*.json")
    rows = [Row.of_record(json.loads(file.read_text(encoding="utf-8"))) for file in files]
    write_page(sorted(rows, key=lambda row: (order.index(row.suite), row.spark)))


if __name__ == "__main__":
    main()
