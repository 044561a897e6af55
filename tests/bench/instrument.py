"""What `instrument=True` costs an application: the same PySpark script without and with it, alternately.

`python -m tests.bench.instrument` prints the table. The times in our callbacks are Spark's own: a timer around each listener
(`LiveListenerBus.listenerProcessingTime`, a sample of 1,028 events) and the CPU time of the thread that serves our queue.
"""

import json
import statistics
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import dagster as dg
from rich import box
from rich.console import Console
from rich.table import Table

from dagster_pipes_jvm import PipesSparkSubmitClient, SparkJob

PAIRS, TASKS = 3, 100_000
OURS = "dagsterpipes.spark.instrument.EventListener"
THREAD = "spark-listener-group-dagsterPipes"
JOB = Path(__file__).parent / "instrumented_job.py"


def _run(directory: Path, number: int, tasks: int, *, instrument: bool) -> dict[str, Any]:
    result = directory / f"{number}.json"
    client = PipesSparkSubmitClient("local[2]", conf={"spark.ui.enabled": False, "spark.log.level": "ERROR"})
    job = SparkJob(
        str(JOB), args=[str(tasks), str(result)], instrument=instrument, pipes="required" if instrument else "off"
    )

    @dg.asset
    def measured(context: dg.AssetExecutionContext) -> Any:
        return client.run(context=context, job=job).get_materialize_result()

    home = directory / f"dagster-{number}"
    home.mkdir()
    with dg.DagsterInstance.local_temp(str(home), overrides={"telemetry": {"enabled": False}}) as instance:
        dg.materialize([measured], instance=instance)
    used: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return used


def _row(case: str, ours: list[float], reference: list[float] | None, unit: str) -> dict[str, Any]:
    return {
        "case": case,
        "ours": statistics.median(ours),
        "reference": statistics.median(reference) if reference else None,
        "unit": unit,
        "samples": {"ours": ours, "reference": reference or []},
    }


def measure(pairs: int = PAIRS, tasks: int = TASKS) -> list[dict[str, Any]]:
    """Medians, each with its samples; the reference is the same application without us."""
    warnings.simplefilter("ignore")
    plain, seen = [], []
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        for pair in range(pairs):
            print(f"bench: {tasks:,} tasks, pair {pair + 1} of {pairs}", file=sys.stderr)
            plain.append(_run(directory, 2 * pair, tasks, instrument=False))
            seen.append(_run(directory, 2 * pair + 1, tasks, instrument=True))
    mine = [one["listeners"][OURS] for one in seen]
    events = statistics.median(float(one["events"]) for one in mine)
    rows = [
        _row(
            f"wall time of {tasks:,} tasks",
            [one["seconds"] for one in seen],
            [one["seconds"] for one in plain],
            "s",
        ),
        _row("in our callbacks an event, mean", [one["mean_nanos"] / 1000 for one in mine], None, "µs"),
        _row("in our callbacks an event, p99", [one["p99_nanos"] / 1000 for one in mine], None, "µs"),
        _row(
            "in our callbacks a task, all events",
            [one["mean_nanos"] * one["events"] / tasks / 1000 for one in mine],
            None,
            "µs",
        ),
        _row(
            "CPU of our queue's thread a task, Spark's part of it too",
            [one["threads"][THREAD] / tasks / 1000 for one in seen],
            None,
            "µs",
        ),
        _row("events that came to our listener", [events], None, "events"),
        _row(
            "events that Spark dropped",
            [float(one["dropped"]) for one in seen],
            [float(one["dropped"]) for one in plain],
            "events",
        ),
        _row(
            "heap after a full collection at the end",
            [one["heap_bytes"] / 2**20 for one in seen],
            [one["heap_bytes"] / 2**20 for one in plain],
            "MiB",
        ),
    ]
    return rows


def _cell(value: float | None, samples: list[float], unit: str) -> str:
    if value is None:
        return "-"
    spread = f" ({min(samples):,.1f} to {max(samples):,.1f})" if len(set(samples)) > 1 else ""
    return f"{value:,.1f} {unit}{spread}" if unit != "events" else f"{value:,.0f}{spread}"


def main() -> None:
    """Measure and print."""
    table = Table(box=box.MARKDOWN)
    for column in ("instrument=True, local[2]", "with", "without"):
        table.add_column(column)
    for row in measure():
        samples, unit = row["samples"], row["unit"]
        table.add_row(
            row["case"],
            _cell(row["ours"], samples["ours"], unit),
            _cell(row["reference"], samples["reference"], unit),
        )
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
