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

from dagster_pipes_jvm import PipesSparkSubmitClient, SparkJob

PAIRS, TASKS = 1, 100_000
OURS = "dagsterpipes.spark.instrument.EventListener"
THREAD = "spark-listener-group-dagsterPipes"
JOB = Path(__file__).parent / "instrumented_job.py"


def _run(directory: Path, number: int, *, instrument: bool) -> dict[str, Any]:
    result = directory / f"{number}.json"
    client = PipesSparkSubmitClient("local[2]", conf={"spark.ui.enabled": False, "spark.log.level": "ERROR"})
    job = SparkJob(
        str(JOB), args=[str(TASKS), str(result)], instrument=instrument, pipes="required" if instrument else "off"
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


def measure() -> list[Case]:
    """The rows on an instrumented application; the reference is the same one without us."""
    plain, seen = [], []
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        for pair in range(PAIRS):
            plain.append(_run(directory, 2 * pair, instrument=False))
            seen.append(_run(directory, 2 * pair + 1, instrument=True))
    mine = [one["listeners"][OURS] for one in seen]
    without = f"the same without it (Spark {pyspark.__version__})"

    def case(
        what: str, unit: str, ours: list[float], reference: Sequence[float] = (), target: Target | None = None
    ) -> Case:
        name = f"{what}, {TASKS:,} tasks on local[2]"
        return Case("instrument=True", name, unit, ours, reference, without if reference else "", target)

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
