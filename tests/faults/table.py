"""`make faults`: every fault against a real job, a real S3-compatible server that checks signatures, and a real Dagster instance.

The proxies in between break what the row says; what was written is counted by the objects on the server, what arrived by the
event log.
"""

import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.faults.clock import CLOCK_ROW, run_clock_jumps
from tests.faults.identities import FORGED_ROW, TWO_JVMS_ROW, ZOMBIE_ROW, run_forged, run_two_jvms, run_zombie
from tests.faults.outcome import COLUMNS, Outcome
from tests.faults.readers import RESTARTED_ROW, TWO_JOBS_ROW, run_restarted_reader, run_two_jobs
from tests.faults.runs import FaultRuns, faults_instance
from tests.faults.scenarios import SCENARIOS
from tests.support.dagster_runs import DagsterRuns

ROWS: dict[str, Callable[[FaultRuns], Outcome]] = {
    **{scenario.name: lambda runs, scenario=scenario: runs.run(scenario) for scenario in SCENARIOS},
    CLOCK_ROW: run_clock_jumps,
    RESTARTED_ROW: run_restarted_reader,
    TWO_JOBS_ROW: run_two_jobs,
    TWO_JVMS_ROW: run_two_jvms,
    ZOMBIE_ROW: run_zombie,
    FORGED_ROW: run_forged,
}


def table(outcomes: list[Outcome]) -> Table:
    """The table of docs/delivery.md."""
    shown = Table(box=box.MARKDOWN)
    for column in COLUMNS:
        shown.add_column(column)
    for outcome in outcomes:
        shown.add_row(*outcome.columns())
    return shown


def main() -> None:
    """Run every row, or those whose name holds an argument, and print the table; exit code 1 where one breaks a promise."""
    chosen = [name for name in ROWS if not sys.argv[1:] or any(word in name for word in sys.argv[1:])]
    warnings.simplefilter("ignore")
    outcomes = []
    with (
        tempfile.TemporaryDirectory() as directory,
        LocalS3() as s3,
        faults_instance(directory) as instance,
    ):
        runs = FaultRuns(Path(directory), s3, DagsterRuns(instance))
        for name in chosen:
            print(f"faults: {name} ...", file=sys.stderr)
            outcomes.append(ROWS[name](runs))
            print(f"faults: {' | '.join(outcomes[-1].columns())}", file=sys.stderr)
    Console(width=250).print(table(outcomes))
    sys.exit(1 if any(outcome.wrong for outcome in outcomes) else 0)


if __name__ == "__main__":
    main()
