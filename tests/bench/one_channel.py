"""Python's messages through the JVM's channel, beside `dagster_pipes`' own S3 writer, in the same PySpark job.

`make bench` prints the table: what a call costs the job, and how old a line is when it is in Dagster's event log.
"""

import json
import re
import statistics
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_aws.pipes import PipesS3MessageReader
from rich import box
from rich.console import Console
from rich.table import Table

from dagster_pipes_jvm import PipesJvmS3MessageReader, PipesSparkSubmitClient, SparkJob
from dagster_pipes_jvm.standin.s3_server import LocalS3

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


def measure(s3: LocalS3, directory: Path, side: str, reader_class: Any) -> list[str]:
    """One job in a step of a real Dagster instance: the cells of its column."""
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

    @dg.asset
    def measured(context: dg.AssetExecutionContext) -> Any:
        return client.run(context=context, job=job).get_materialize_result()

    home = directory / f"dagster-{side}"
    home.mkdir()
    with dg.DagsterInstance.local_temp(str(home), overrides={"telemetry": {"enabled": False}}) as instance:
        run = dg.materialize([measured], instance=instance, raise_on_error=False)
        entries = [(entry.timestamp, _AT.search(entry.user_message)) for entry in instance.all_logs(run.run_id)]
    ages = sorted(timestamp - int(found[1]) / 1000 for timestamp, found in entries if found)
    return [
        f"{json.loads(result.read_text(encoding='utf-8')):,.0f}",
        f"{statistics.median(ages):.2f} s" if ages else "-",
        f"{ages[int(len(ages) * 0.99)]:.2f} s" if ages else "-",
        f"{len(ages):,} of {LINES:,}",
    ]


def main() -> None:
    """Measure and print."""
    warnings.simplefilter("ignore")
    sides = (
        ("PipesJvmMessageWriter", "jvm", PipesJvmS3MessageReader),
        ("PipesS3MessageWriter of dagster_pipes", "stock", PipesS3MessageReader),
    )
    table = Table(box=box.MARKDOWN)
    table.add_column(f"a PySpark job, {LINES:,} log lines at most 100 a second, then {CALLS:,} at once")
    columns = []
    with tempfile.TemporaryDirectory() as directory, LocalS3() as s3:
        for name, side, reader_class in sides:
            print(f"bench: {name}", file=sys.stderr)
            table.add_column(name)
            columns.append(measure(s3, Path(directory), side, reader_class))
    names = ("calls a second", "call to event log, median", "call to event log, p99", "lines that arrived")
    for row in zip(names, *columns, strict=True):
        table.add_row(*row)
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
