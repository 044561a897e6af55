"""`make lineage`: column lineage, counts and schemas beside independent tools, on TPC-H, TPC-DS and hard shapes.

It prints the table and each unexpected dependency, and puts the table into docs/zero-code.md. With words as arguments,
such as `tpc-h` or `3.5`, it runs only the rows whose name holds one of them, and leaves the page unchanged. Each row is
kept in `build/lineage`; `python -m tests.lineage.docs` puts all kept rows into the page.
"""

import json
import shutil
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from tests.conftest import REPOSITORY
from tests.endtoend.conftest import Spark, installed_sparks
from tests.lineage.board import COLUMNS, Row, measure
from tests.lineage.docs import write_page
from tests.lineage.suites import Suite, shapes_suite, tables_suite, tpc_suite

BUILD = REPOSITORY / "build" / "lineage"
_SUITES: dict[str, tuple[Callable[[Spark, Path], Suite], tuple[str, ...]]] = {
    "TPC-H": (lambda spark, folder: tpc_suite("tpch", folder), ("3.5", "4.3")),
    "TPC-DS": (lambda spark, folder: tpc_suite("tpcds", folder), ("3.5", "4.3")),
    "hard shapes": (shapes_suite, ("3.5", "4.3")),
    "Delta and Iceberg": (tables_suite, ("3.5",)),
}


def main() -> None:
    """Run the rows, print and write; exit code 1 where a row breaks a promise."""
    warnings.simplefilter("ignore")
    sparks = installed_sparks()
    rows = []
    for title, (make, versions) in _SUITES.items():
        for version in versions:
            name = f"{title} {version}".lower()
            if sys.argv[1:] and not any(word.lower() in name for word in sys.argv[1:]):
                continue
            folder, started = BUILD / name.replace(" ", "-"), time.monotonic()
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            print(f"lineage: {title} on Spark {version} ...", file=sys.stderr)
            row = measure(title, make, sparks[version], folder)
            print(f"lineage: {title} on Spark {version} took {time.monotonic() - started:.0f} s", file=sys.stderr)
            for finding in row.findings():
                print(f"lineage:   {finding}", file=sys.stderr)
            (BUILD / f"{folder.name}.json").write_text(json.dumps(row.record(), indent=1), encoding="utf-8")
            rows.append(row)
    if not rows:
        sys.exit(f"lineage: no row's name holds {' or '.join(sys.argv[1:])}")
    Console(width=200).print(_table(rows))
    if not sys.argv[1:]:
        write_page(rows)
    sys.exit(0 if all(row.keeps_promises for row in rows) else 1)


def _table(rows: list[Row]) -> Table:
    shown = Table(*COLUMNS, box=box.MARKDOWN)
    for row in rows:
        for line in row.lines():
            shown.add_row(*line)
    return shown


if __name__ == "__main__":
    main()
