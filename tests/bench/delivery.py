"""How fast and at what price messages get from a job to Dagster over S3: this package beside Dagster's own reader and writer.

`make bench` prints the table. Both go through the same S3 stand-in and the same proxy, which counts the requests.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import dagster as dg
from dagster._core.pipes.context import PipesMessageHandler
from dagster_aws.pipes import PipesS3MessageReader
from dagster_pipes import PipesMessage, encode_param
from rich import box
from rich.console import Console
from rich.table import Table
from tests.bench.session_cost import CONTEXT
from tests.faults.job import compile_job, proxied_client, proxied_environment
from tests.faults.proxy import FaultProxy

from dagster_pipes_jvm import PipesJvmFileMessageReader, PipesJvmS3MessageReader
from dagster_pipes_jvm.standin.s3_server import LocalS3

LINES, PAUSE_MILLIS = 3_000, 10
BACKLOG_CHUNKS, BACKLOG_LINES, INSTANCE_CHUNKS = 1_000, 20, 50
_AT = re.compile(r"id-(\d+) at-(\d+) ")

# Dagster's own writer, in the job's place: the same lines at the same pace.
PYTHON_JOB = """
import boto3, sys, time
from dagster_pipes import PipesS3MessageWriter, open_dagster_pipes
with open_dagster_pipes(message_writer=PipesS3MessageWriter(boto3.client("s3"))) as pipes:
    for i in range(int(sys.argv[1])):
        pipes.log.info(f"id-{i} at-{int(time.time() * 1000)} " + "0123456789" * 20)
        time.sleep(int(sys.argv[2]) / 1000)
"""


class Arrivals:
    """A handler that only counts: when each line came, and what else."""

    def __init__(self) -> None:
        self.seconds: dict[int, float] = {}
        self.messages = 0
        self.received_opened_message = False
        self.received_closed_message = False
        self._context = SimpleNamespace(log=SimpleNamespace(warning=print, info=print, error=print, debug=print))

    def handle_message(self, message: PipesMessage) -> None:
        """Note the line's age."""
        self.messages += 1
        self.received_opened_message |= message["method"] == "opened"
        self.received_closed_message |= message["method"] == "closed"
        if message["method"] == "log" and (found := _AT.search((message["params"] or {})["message"])):
            self.seconds[int(found[1])] = time.time() - int(found[2]) / 1000

    def report_pipes_framework_exception(self, origin: str, exc_info: Any) -> None:
        """What a reader could not do."""
        print(f"bench: {origin}: {exc_info[1]}", file=sys.stderr)


@dataclass(frozen=True)
class Live:
    """One job, from its first line to the end of its step."""

    arrivals: Arrivals
    end_seconds: float
    puts_a_minute: float
    gets_a_minute: float

    def row(self) -> list[str]:
        """Its column of the table."""
        ages = sorted(self.arrivals.seconds.values())
        return [
            f"{statistics.median(ages):.2f} s" if ages else "-",
            f"{ages[int(len(ages) * 0.99)]:.2f} s" if ages else "-",
            f"{len(ages):,} of {LINES:,}",
            f"{self.end_seconds:.2f} s",
            f"{self.puts_a_minute:.0f} PUT, {self.gets_a_minute:.0f} GET or HEAD",
        ]


@dataclass(frozen=True)
class Bench:
    """The S3 and the job that all measurements share."""

    s3: LocalS3
    directory: Path
    job: tuple[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "job", compile_job(self.directory))

    def live(self, reader_class: Any, command: list[str]) -> Live:
        """A job that logs 100 lines a second at most, at default settings."""
        bucket = f"live-{uuid4()}"
        self.s3.create_bucket(bucket)
        arrivals = Arrivals()
        with FaultProxy(self.s3.endpoint_url) as to_job, FaultProxy(self.s3.endpoint_url) as to_reader:
            reader = reader_class(bucket=bucket, client=proxied_client(self.s3, to_reader))
            with reader.read_messages(arrivals) as params:
                reader.on_launched({"extras": {}})
                started = time.monotonic()
                subprocess.run(command, env=self._environment(params, to_job), check=True, capture_output=True)
                ended = time.monotonic()
            end_seconds = time.monotonic() - ended
        minutes = (ended - started) / 60
        gets = to_reader.requests["GET"] + to_reader.requests["HEAD"]
        return Live(arrivals, end_seconds, to_job.requests["PUT"] / minutes, gets / minutes)

    def java_command(self) -> list[str]:
        """The job on the JVM."""
        java, class_path = self.job
        mark = self.directory / f"{uuid4()}.pid"
        return [java, "-cp", class_path, "FaultJob", str(LINES), "close", "1", str(mark), str(PAUSE_MILLIS)]

    def drain(self) -> tuple[float, int]:
        """Chunks a second of a backlog into a counting handler, and how many of its messages arrived."""
        bucket = f"drain-{uuid4()}"
        self.s3.create_bucket(bucket)
        arrivals = Arrivals()
        reader = PipesJvmS3MessageReader(bucket=bucket, client=self.s3.client())
        with reader.read_messages(arrivals) as params:
            # The first chunk last: the reader waits for it, and finds all the others there.
            for index in [*range(2, BACKLOG_CHUNKS + 1), 1]:
                if index == 1:
                    started = time.monotonic()
                key = f"{params['key_prefix']}/{index}.json"
                self.s3.client().put_object(Bucket=bucket, Key=key, Body=_chunk(index).encode())
        return BACKLOG_CHUNKS / (time.monotonic() - started), arrivals.messages

    def into_dagster(self) -> float:
        """Log messages a second into a real Dagster instance, from chunks that lie there."""
        reader = PipesJvmFileMessageReader()
        seconds: list[float] = []

        @dg.op
        def reads(context: dg.OpExecutionContext) -> None:
            handler = PipesMessageHandler(context, reader)
            with reader.read_messages(handler) as params:
                lines = [line for index in range(1, INSTANCE_CHUNKS + 1) for line in _chunk(index).split("\n")]
                started = time.monotonic()
                Path(str(params["path"])).write_text("\n".join(lines) + "\n", encoding="utf-8")
            seconds.append(time.monotonic() - started)

        @dg.job
        def bench() -> None:
            reads()

        home = self.directory / "dagster"
        home.mkdir()
        with dg.DagsterInstance.local_temp(str(home)) as instance:
            bench.execute_in_process(instance=instance)
        return INSTANCE_CHUNKS * BACKLOG_LINES / seconds[0]

    def _environment(self, params: Mapping[str, Any], proxy: FaultProxy) -> dict[str, str]:
        return {
            **os.environ,
            **proxied_environment(self.s3, proxy),
            "DAGSTER_PIPES_CONTEXT": encode_param({"data": CONTEXT}),
            "DAGSTER_PIPES_MESSAGES": encode_param(params),
        }


def _chunk(index: int) -> str:
    """Log messages as a job writes them."""
    text = "0123456789" * 20
    messages = [
        {
            "__dagster_pipes_version": "0.1",
            "method": "log",
            "params": {"message": f"id-{index * BACKLOG_LINES + n} {text}", "level": "INFO"},
        }
        for n in range(BACKLOG_LINES)
    ]
    return "\n".join(json.dumps(message) for message in messages)


def main() -> None:
    """Measure and print."""
    console = Console(width=150)
    with tempfile.TemporaryDirectory() as directory, LocalS3() as s3:
        bench = Bench(s3, Path(directory))
        print("bench: a JVM job and our reader", file=sys.stderr)
        ours = bench.live(PipesJvmS3MessageReader, bench.java_command())
        print("bench: dagster_pipes and Dagster's reader", file=sys.stderr)
        python_job = [sys.executable, "-c", PYTHON_JOB, str(LINES), str(PAUSE_MILLIS)]
        stock = bench.live(PipesS3MessageReader, python_job)
        print(f"bench: {BACKLOG_CHUNKS:,} chunks, and a Dagster instance", file=sys.stderr)
        chunks_a_second, messages = bench.drain()
        a_second = bench.into_dagster()

    table = Table(box=box.MARKDOWN)
    for column in (f"{LINES:,} log lines, 100 a second", "this package", "dagster_pipes and dagster_aws"):
        table.add_column(column)
    names = (
        "report to handler, median",
        "report to handler, p99",
        "lines that arrived",
        "process end to step end",
        "requests a minute",
    )
    for name, of_ours, of_stock in zip(names, ours.row(), stock.row(), strict=True):
        table.add_row(name, of_ours, of_stock)
    console.print(table)
    console.print(
        f"A backlog of {BACKLOG_CHUNKS:,} chunks: {chunks_a_second:,.0f} chunks a second, {messages:,} of"
        f" {BACKLOG_CHUNKS * BACKLOG_LINES:,} messages. Into a Dagster instance (SQLite): {a_second:,.0f} log messages a second."
    )


if __name__ == "__main__":
    main()
