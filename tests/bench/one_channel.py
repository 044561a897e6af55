"""Python's messages through the JVM's channel, beside `dagster_pipes`' own S3 writer, in the same PySpark job.

What a call costs the job, and how old a line is when it is in Dagster's event log.
"""

import json
import re
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dagster_aws.pipes import PipesS3MessageReader
from tests.bench.case import Case, Target
from tests.bench.step import run_step

from dagster_pipes_jvm import PipesJvmS3MessageReader, PipesSparkSubmitClient, SparkJob
from dagster_pipes_jvm_standin.s3_server import LocalS3

LINES, PAUSE_MILLIS, CALLS = 1_000, 10, 2_000
_AT = re.compile(r"at-(\d+) ")

JOB = """
import json, sys, time
import boto3
from dagster_pipes import PipesS3MessageWriter, open_dagster_pipes
from pyspark.sql import SparkSession
from dagster_pipes_jvm.pyspark import PipesJvmMessageWriter

side, lines, pause_millis, calls, result = sys.argv[1:]
spark = SparkSession.builder.getOrCreate()
writer = PipesJvmMessageWriter(spark) if side == "jvm" else PipesS3MessageWriter(boto3.client("s3"))
with open_dagster_pipes(message_writer=writer) as pipes:
    for _ in range(int(lines)):
        pipes.log.info(f"at-{int(time.time() * 1000)} " + "0123456789" * 20)
        time.sleep(int(pause_millis) / 1000)
    started = time.perf_counter()
    for _ in range(int(calls)):
        pipes.log.info("0123456789" * 20)
    json.dump(int(calls) / (time.perf_counter() - started), open(result, "w"))
"""


@dataclass(frozen=True)
class Measured:
    """What one job gave: calls a second, and seconds from the call to the event log, the youngest first."""

    calls_a_second: float
    ages: list[float]


def _job(s3: LocalS3, directory: Path, side: str, reader_class: Any) -> Measured:
    """One job in a step of a real Dagster instance."""
    bucket, result, script = f"channel-{side}", directory / f"{side}.json", directory / "job.py"
    s3.create_bucket(bucket)
    script.write_text(JOB, encoding="utf-8")
    client = PipesSparkSubmitClient(
        "local[1]",
        conf={"spark.ui.enabled": False, **s3.spark_conf()},
        env=s3.environment(),
        attach_s3a=True,
        max_log_events=None,
        message_reader=reader_class(bucket=bucket, client=s3.client()),
    )
    job = SparkJob(str(script), args=[side, str(LINES), str(PAUSE_MILLIS), str(CALLS), str(result)])
    entries = [
        (entry.timestamp, _AT.search(entry.user_message))
        for entry in run_step(client, job, directory / f"dagster-{side}")
    ]
    ages = sorted(timestamp - int(found[1]) / 1000 for timestamp, found in entries if found)
    return Measured(json.loads(result.read_text(encoding="utf-8")), ages)


def measure() -> list[Case]:
    """The rows on one channel for both languages."""
    with tempfile.TemporaryDirectory() as directory, LocalS3() as s3:
        ours = _job(s3, Path(directory), "jvm", PipesJvmS3MessageReader)
        stock = _job(s3, Path(directory), "stock", PipesS3MessageReader)
    name = f"dagster_pipes {version('dagster-pipes')}, PipesS3MessageWriter"

    def case(what: str, unit: str, of: Callable[[Measured], float], target: Target | None = None) -> Case:
        return Case("PySpark, Python's messages through the JVM", what, unit, [of(ours)], [of(stock)], name, target)

    return [
        case(f"log calls, {CALLS:,} in a row", "calls/s", lambda side: side.calls_a_second),
        case("call to event log, median", "s", lambda side: statistics.median(side.ages), Target("ours", "at most", 1)),
        case(
            "call to event log, p99",
            "s",
            lambda side: side.ages[int(len(side.ages) * 0.99)],
            Target("ours", "at most", 2),
        ),
        case(
            f"lines that arrived, of {LINES:,}", "lines", lambda side: len(side.ages), Target("ours", "at least", LINES)
        ),
    ]
