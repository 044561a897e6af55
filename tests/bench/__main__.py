"""`make bench`: every figure in one table, and in `build/bench.json` with its samples.

`python -m tests.bench WORD ...` measures only the parts whose name holds a word; `python -m tests.bench.docs` puts the
figures into docs/performance.md.
"""

import importlib
import json
import os
import platform
import subprocess
import sys
import time
import traceback
import warnings
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from tests.bench.case import COLUMNS, Case

# Each module of this folder has a `measure() -> list[Case]`.
PARTS = (
    "channels",
    "messages",
    "identity",
    "start",
    "spark_submit",
    "instrument",
    "delivery",
    "one_channel",
    "reader",
    "line_cost",
    "into_dagster",
    "waiting",
    "scaling",
)
RESULTS = Path(__file__).parents[2] / "build" / "bench.json"


def machine() -> dict[str, Any]:
    """Where and with what it was measured."""
    java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr.splitlines()
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "system": platform.platform(),
        "python": platform.python_version(),
        "java": java[0] if java else "none",
        "versions": {name: version(name) for name in ("dagster", "dagster-pipes", "dagster-aws", "boto3", "pyspark")},
    }


def table(cases: list[Case]) -> Table:
    """The table of docs/performance.md."""
    shown = Table(box=box.MARKDOWN)
    for column in COLUMNS:
        shown.add_column(column)
    group = ""
    for case in cases:
        if case.group != group:
            group = case.group
            shown.add_row(f"**{group}**", *([""] * (len(COLUMNS) - 1)))
        shown.add_row(*case.row())
    return shown


def references(cases: list[Case]) -> dict[str, list[str]]:
    """What each reference is, and whose."""
    named: dict[str, list[str]] = {}
    for case in cases:
        if case.reference_name and case.group not in named.setdefault(case.reference_name, []):
            named[case.reference_name].append(case.group)
    return named


def main() -> None:
    """Measure, print and write."""
    warnings.simplefilter("ignore")
    chosen = [part for part in PARTS if not sys.argv[1:] or any(word in part for word in sys.argv[1:])]
    if not chosen:
        sys.exit(f"bench: no part's name holds {' or '.join(sys.argv[1:])}; there are {', '.join(PARTS)}")
    cases: list[Case] = []
    parts, failed = [], []
    for part in chosen:
        load, started = os.getloadavg()[0], time.monotonic()
        print(f"bench: {part} (load {load:.1f}) ...", file=sys.stderr)
        try:
            found: list[Case] = importlib.import_module(f"tests.bench.{part}").measure()
        except Exception:
            traceback.print_exc()
            failed.append(part)
            continue
        cases += found
        seconds = time.monotonic() - started
        parts.append(
            {"part": part, "load_before": load, "seconds": seconds, "cases": [case.record() for case in found]}
        )
        print(f"bench: {part} took {seconds:.0f} s", file=sys.stderr)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({**machine(), "parts": parts}, indent=1), encoding="utf-8")
    Console(width=230).print(table(cases))
    for name, groups in references(cases).items():
        print(f"- Reference of {'; '.join(groups)}: {name}")
    print(f"bench: {len(cases)} cases, every sample in {RESULTS.name}", file=sys.stderr)
    if failed:
        sys.exit(f"bench: not measured: {', '.join(failed)}")


if __name__ == "__main__":
    main()
