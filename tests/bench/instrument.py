"""What `instrument=True` costs an application: the same PySpark script without and with it, alternately.

The times in our callbacks are Spark's own: a timer around each listener
(`LiveListenerBus.listenerProcessingTime`, a sample of 1,028 events) and the CPU time of the thread that serves our queue.
"""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pyspark
from tests.bench.case import Case, Target
from tests.bench.step import run_step

from dagster_pipes_jvm import PipesSparkSubmitClient, SparkJob

PAIRS, TASKS, NODES = 1, 100_000, 5_000
OURS = "dagsterpipes.instrument.EventListener"
WITHOUT = f"the same without it (Spark {pyspark.__version__})"
THREAD = "spark-listener-group-dagsterPipes"
JOB = Path(__file__).parent / "instrumented_job.py"


def _run(what: str, count: int, *, instrument: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        result = directory / "used.json"
        client = PipesSparkSubmitClient("local[2]", conf={"spark.ui.enabled": False, "spark.log.level": "ERROR"})
        job = SparkJob(
            str(JOB),
            args=[what, str(count), str(result)],
            conf={"spark.dagster.pipes.instrument.maxPlanNodes": 2 * NODES},
            instrument=instrument,
            pipes="required" if instrument else "off",
        )
        log = run_step(client, job, directory / "dagster")
        used: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    (made,) = [entry.asset_materialization for entry in log if entry.asset_materialization is not None]
    lineage = made.metadata.get("dagster/column_lineage")
    used["columns"] = (
        len(lineage.value.deps_by_column) if isinstance(lineage, dg.TableColumnLineageMetadataValue) else 0
    )
    return used


def measure() -> list[Case]:
    """The rows on an instrumented application; the reference is the same one without us."""
    return [*_tasks(), *_plan()]


def _plan() -> list[Case]:
    """Without a reference: Spark's own minute on such a plan would hide us."""
    seen = _run("plan", NODES, instrument=True)

    def case(what: str, unit: str, ours: float, target: Target) -> Case:
        return Case(
            "instrument=True", f"{what}, a write whose plan has {seen['plan']:,} nodes", unit, [ours], target=target
        )

    slowest = seen["listeners"][OURS]["max_nanos"] / 1e9
    return [
        case("in our callbacks, the slowest event", "s", slowest, Target("ours", "under", 2)),
        case("columns with lineage, of 2", "columns", seen["columns"], Target("ours", "at least", 2)),
    ]


def _tasks() -> list[Case]:
    plain, seen = [], []
    for _ in range(PAIRS):
        plain.append(_run("tasks", TASKS, instrument=False))
        seen.append(_run("tasks", TASKS, instrument=True))
    mine = [one["listeners"][OURS] for one in seen]

    def case(
        what: str, unit: str, ours: list[float], reference: Sequence[float] = (), target: Target | None = None
    ) -> Case:
        name = f"{what}, {TASKS:,} tasks on local[2]"
        return Case("instrument=True", name, unit, ours, reference, WITHOUT if reference else "", target)

    return [
        case("wall time", "s", [one["seconds"] for one in seen], [one["seconds"] for one in plain]),
        case(
            "in our callbacks a task, all its events",
            "us",
            [one["mean_nanos"] * one["events"] / TASKS / 1000 for one in mine],
            target=Target("ours", "under", 20),
        ),
        case("in our callbacks an event, p99", "us", [one["p99_nanos"] / 1000 for one in mine]),
        case(
            "CPU of our queue's thread a task, Spark's part too",
            "us",
            [one["threads"][THREAD] / TASKS / 1000 for one in seen],
        ),
        case("events to our listener", "events", [float(one["events"]) for one in mine]),
        case(
            "events that Spark dropped",
            "events",
            [float(one["dropped"]) for one in seen],
            [float(one["dropped"]) for one in plain],
            Target("ours", "at most", 0),
        ),
        case(
            "heap after a full collection at the end",
            "MB",
            [one["heap_bytes"] / 1e6 for one in seen],
            [one["heap_bytes"] / 1e6 for one in plain],
        ),
    ]
