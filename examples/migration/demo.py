"""`make demo`: materialize every asset of this example in a real Dagster instance and check what arrived against pandas."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.events import DagsterEventType
from dagster._core.events.log import EventLogEntry
from expected import expected_metadata
from local import HERE, flights_zip, local_environment
from report import Materialized, compare, results_table
from rich.console import Console
from rich.markup import escape

STATE = Path(os.environ.get("DEMO_STATE_DIR", HERE.parents[1] / ".demo"))
UPSTREAM = ("flights_by_pyspark", "flights_by_scala")
DOWNSTREAM = ("delays_by_scala", "delays_by_pyspark", "delays_without_io_manager")
LANGUAGE_BY_ASSET = {
    "flights_by_pyspark": "PySpark",
    "flights_by_scala": "Scala",
    "delays_by_scala": "Scala",
    "delays_by_pyspark": "PySpark",
    "delays_without_io_manager": "Scala",
}
# The event log is polled; 0.2 s is below what a reader notices and costs SQLite nothing.
POLL_SECONDS = 0.2

# Of what is logged beside the jobs' own lines: said already, or the IO manager's affair.
QUIET = ("[pipes] started EMR step", "[pipes] additional launch_payload", "Writing file at", "Loading file from")

console = Console(highlight=False)


def main() -> int:
    """Run the demo; returns the exit code."""
    started = time.monotonic()
    say("starting S3 and EMR on loopback; putting the flights of 2013 and the jobs there")
    with local_environment(STATE) as environment:
        os.environ["DAGSTER_HOME"] = environment["DAGSTER_HOME"]
        with dg.DagsterInstance.get() as instance:
            code, run_id = materialize_all(instance, environment)
            if code or run_id is None:
                console.print(
                    f"\n[bold red]Dagster ended with exit code {code}.[/] The failed step is shown above; its whole output is"
                    f" in {STATE / 'dagster.log'}. TROUBLESHOOTING.md lists what can be wrong; `make demo` starts again."
                )
                return 1
            results = {asset: read_back(instance, run_id, asset) for asset in LANGUAGE_BY_ASSET}
    console.print()
    console.print(results_table(LANGUAGE_BY_ASSET, results))
    say("computing the same figures with pandas from the same CSV")
    differences = compare(results, expected_metadata(flights_zip()), UPSTREAM, DOWNSTREAM)
    for difference in differences:
        console.print(f"[red]✗ {difference}[/]")
    if differences:
        return 1
    console.print(
        f"[green]✓ every asset materialized, and every figure is the one that pandas gives[/]"
        f" ({time.monotonic() - started:.0f} s)"
    )
    return 0


def materialize_all(instance: dg.DagsterInstance, environment: Mapping[str, str]) -> tuple[int, str | None]:
    """Start `dagster asset materialize` and show its events while it works; returns its exit code and the run's id."""
    before = {run.run_id for run in instance.get_runs(limit=1)}
    log = STATE / "dagster.log"
    say(f"dagster asset materialize --select '*' (its own output goes to {log})")
    command = [sys.executable, "-m", "dagster", "asset", "materialize", "--select", "*"]
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [*command, "-f", str(HERE / "definitions.py")],
            env=dict(environment),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        run_id, cursor = None, None
        try:
            while True:
                is_last = process.poll() is not None
                if run_id is None:
                    new = [r.run_id for r in instance.get_runs(limit=1) if r.run_id not in before]
                    run_id = new[0] if new else None
                if run_id is not None:
                    connection = instance.get_records_for_run(run_id, cursor=cursor)
                    cursor = connection.cursor
                    for record in connection.records:
                        show_event(record.event_log_entry)
                if is_last:
                    return process.returncode, run_id
                time.sleep(POLL_SECONDS)
        finally:
            process.terminate()
            process.wait()


def show_event(entry: EventLogEntry) -> None:
    """Print what a person wants to follow: steps, what jobs log, and failures whole."""
    event = entry.dagster_event
    if event is None:
        if entry.step_key and not entry.user_message.startswith(QUIET):
            console.print(f"    [dim]{entry.step_key}: {escape(entry.user_message)}[/]")
    elif event.event_type == DagsterEventType.STEP_START:
        console.print(f"  ▸ {event.step_key} started")
    elif event.event_type == DagsterEventType.STEP_SUCCESS:
        milliseconds = event.step_success_data.duration_ms
        console.print(f"  [green]✓[/] {event.step_key} ({milliseconds / 1000:.1f} s)")
    elif event.event_type == DagsterEventType.STEP_FAILURE:
        error = event.step_failure_data.error
        cause = (error.cause or error) if error else None
        console.print(f"  [bold red]✗ {event.step_key} failed[/]")
        console.print(cause.message if cause else event.message, markup=False)


def read_back(instance: dg.DagsterInstance, run_id: str, asset: str) -> Materialized:
    """What this run left in Dagster's event log about one asset, as its web UI would show it."""
    event = instance.get_latest_materialization_event(dg.AssetKey(asset))
    if event is None or event.run_id != run_id or event.asset_materialization is None:
        raise SystemExit(f"{asset} was not materialized by run {run_id}; see {STATE / 'dagster.log'}")
    stats = instance.get_run_step_stats(run_id, [asset])[0]
    check: Any = None
    if asset in DOWNSTREAM:
        key = dg.AssetCheckKey(dg.AssetKey(asset), "every_flight_has_origin")
        record = instance.event_log_storage.get_latest_asset_check_execution_by_key([key]).get(key)
        evaluation = record.event and record.event.dagster_event if record else None
        check = evaluation.asset_check_evaluation_data.passed if evaluation else None
    return Materialized(
        metadata=dict(event.asset_materialization.metadata),
        check_passed=check,
        seconds=(stats.end_time or 0) - (stats.start_time or 0),
    )


def say(what: str) -> None:
    """Tell which part of the demo begins."""
    console.print(f"[bold]demo:[/] {what}")


if __name__ == "__main__":
    sys.exit(main())
