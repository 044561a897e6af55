"""`make test-versions`: runs the tests on each version, prints the table of README, and writes `build/versions.json`.

Arguments choose versions; then nothing is written.
"""

import json
import platform
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.versions import DAGSTERS, END_TO_END, library_version
from tests.versions.docs import table
from tests.versions.environments import ROOT, python_with

RESULTS = ROOT / "build" / "versions.json"
SURFACE = ["tests/unit/test_dagster_surface.py", "tests/unit/test_dagster_boundary.py"]
# The examples, Dagster's own clients with our jar, the ends of a job, streamed results, the retry of a stopped step.
EXAMPLES = [
    f"tests/endtoend/test_{name}.py" for name in ("examples", "stock_dagster", "lifecycle", "stream", "emr_reattach")
]
SIDE_BY_SIDE = ["-n", "3", "--dist", "loadfile"]


def run(python: Path, *options: str) -> dict[str, int]:
    """Run pytest; returns how many tests passed, failed and were skipped."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *options]
        begun = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False)
        seconds = time.monotonic() - begun
        if not report.exists():
            raise SystemExit(f"pytest ended with {done.returncode} and without a report: {command}")
        suites = ElementTree.parse(report).getroot().iter("testsuite")
        total = {key: 0 for key in ("tests", "failures", "errors", "skipped")}
        for suite in suites:
            total = {key: count + int(suite.get(key, 0)) for key, count in total.items()}
    failed = total["failures"] + total["errors"] + (done.returncode not in (0, 1))
    return {
        "passed": total["tests"] - total["failures"] - total["errors"] - total["skipped"],
        "failed": failed,
        "skipped": total["skipped"],
        "seconds": round(seconds),
    }


def row(dagster: str) -> dict[str, Any]:
    """The results of one version."""
    python = python_with(dagster)
    print(f"versions: Dagster {dagster}", file=sys.stderr)
    found: dict[str, Any] = {
        "dagster": dagster,
        "dagster_aws": library_version(dagster),
        "surface": run(python, *SURFACE),
    }
    if dagster in END_TO_END:
        found["end_to_end"] = run(python, "-m", "not matrix", *SIDE_BY_SIDE, *EXAMPLES)
    return found


def main() -> None:
    """Exit code 1 where a test fails."""
    chosen = sys.argv[1:] or DAGSTERS
    if unknown := [dagster for dagster in chosen if dagster not in DAGSTERS]:
        raise SystemExit(f"not among the versions of tests/versions: {', '.join(unknown)}")
    rows = [row(dagster) for dagster in chosen]
    measured = {"at": datetime.now(timezone.utc).isoformat(), "python": platform.python_version(), "versions": rows}
    if list(chosen) == list(DAGSTERS):
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    print(table(measured))
    results = [result for one in rows for result in (one["surface"], one.get("end_to_end")) if result]
    sys.exit(1 if any(result["failed"] for result in results) else 0)


if __name__ == "__main__":
    main()
