"""How fast and at what price messages get from a job to Dagster over S3: this package beside Dagster's own reader and writer.

Both go through the same S3 stand-in and the same proxy, which counts the requests.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar
from uuid import uuid4

import dagster as dg
from dagster._core.pipes.context import PipesMessageHandler
from dagster_aws.pipes import PipesS3MessageReader
from dagster_pipes import PipesMessage, encode_param
from tests.bench.case import Case, Target
from tests.bench.programs import CONTEXT
from tests.faults.job import compile_job, proxied_client, proxied_environment
from tests.faults.proxy import FaultProxy

from dagster_pipes_jvm import PipesJvmFileMessageReader, PipesJvmS3MessageReader
from dagster_pipes_jvm_standin.s3_server import LocalS3

LINES, PAUSE_MILLIS = 3_000, 10
DOLLARS_A_PUT, DOLLARS_A_GET = 0.005 / 1_000, 0.0004 / 1_000
BACKLOG_CHUNKS, BACKLOG_LINES, INSTANCE_CHUNKS = 1_000, 20, 50
_T = TypeVar("_T")
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

    @property
    def dollars_an_hour(self) -> float:
        """By the prices of docs/delivery.md."""
        return 60 * (self.puts_a_minute * DOLLARS_A_PUT + self.gets_a_minute * DOLLARS_A_GET)

    @property
    def ages(self) -> list[float]:
        """Seconds from report to handler, the youngest first."""
        return sorted(self.arrivals.seconds.values())

    @property
    def p99(self) -> float:
        """Of the ages."""
        return self.ages[int(len(self.ages) * 0.99)]


@dataclass(frozen=True)
class Drained:
    """What a reader had of a backlog when it ended."""

    messages: int
    seconds: float

    @property
    def chunks(self) -> float:
        """How many of the backlog."""
        return self.messages / BACKLOG_LINES


@dataclass(frozen=True)
class Side:
    """All that was measured of this package, or of Dagster's own."""

    live: Live
    drained: Drained
    into_dagster: float


@dataclass(frozen=True)
class Bench:
    """The S3 and the job that all measurements share."""

    s3: LocalS3
    directory: Path
    job: tuple[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "job", compile_job(self.directory))

    def live(self, reader_class: Any, command: list[str]) -> Live:
        """A job that logs 100 lines a second at most, at default settings, in a step of a real Dagster instance."""
        bucket = f"live-{uuid4()}"
        self.s3.create_bucket(bucket)
        arrivals = Arrivals()
        with FaultProxy(self.s3.endpoint_url) as to_job, FaultProxy(self.s3.endpoint_url) as to_reader:

            def run_job() -> tuple[float, float]:
                reader = reader_class(bucket=bucket, client=proxied_client(self.s3, to_reader))
                with reader.read_messages(arrivals) as params:
                    reader.on_launched({"extras": {}})
                    started = time.time()
                    subprocess.run(command, env=self._environment(params, to_job), check=True, capture_output=True)
                    return started, time.time()

            (started, ended), step_ended = self._in_step(lambda context: run_job())
        minutes = (ended - started) / 60
        gets = to_reader.requests["GET"] + to_reader.requests["HEAD"]
        return Live(arrivals, step_ended - ended, to_job.requests["PUT"] / minutes, gets / minutes)

    def java_command(self) -> list[str]:
        """The job on the JVM."""
        java, class_path = self.job
        mark = self.directory / f"{uuid4()}.pid"
        return [java, "-cp", class_path, "FaultJob", str(LINES), "close", "1", str(mark), str(PAUSE_MILLIS)]

    def drain(self, reader_class: Any) -> Drained:
        """A backlog that is there when the process ends, into a counting handler."""
        bucket = f"drain-{uuid4()}"
        self.s3.create_bucket(bucket)
        arrivals = Arrivals()
        client = self.s3.client()
        reader = reader_class(bucket=bucket, client=client)
        with reader.read_messages(arrivals) as params:
            # The first chunk last: the reader waits for it, and finds all the others there.
            for index in [*range(2, BACKLOG_CHUNKS + 1), 1]:
                started = time.monotonic()
                key = f"{params['key_prefix']}/{index}.json"
                client.put_object(Bucket=bucket, Key=key, Body=_chunk(index).encode())
        return Drained(arrivals.messages, time.monotonic() - started)

    def into_dagster(self, reader: Any) -> float:
        """Log messages a second into a real Dagster instance, from a file that lies there."""
        lines = [line for index in range(1, INSTANCE_CHUNKS + 1) for line in _chunk(index).split("\n")]

        def read(context: dg.OpExecutionContext) -> float:
            handler = PipesMessageHandler(context, reader)
            with reader.read_messages(handler) as params:
                started = time.monotonic()
                Path(str(params["path"])).write_text("\n".join(lines) + "\n", encoding="utf-8")
            return time.monotonic() - started

        seconds, _ = self._in_step(read)
        return len(lines) / seconds

    def _in_step(self, body: Callable[[dg.OpExecutionContext], _T]) -> tuple[_T, float]:
        """What the body returns, and when its step had ended, by the wall clock of the event log."""
        returned: list[_T] = []

        @dg.op
        def step(context: dg.OpExecutionContext) -> None:
            returned.append(body(context))

        @dg.job
        def bench() -> None:
            step()

        home = self.directory / f"dagster-{uuid4()}"
        home.mkdir()
        with dg.DagsterInstance.local_temp(str(home), overrides={"telemetry": {"enabled": False}}) as instance:
            result = bench.execute_in_process(instance=instance)
            ends = [
                entry.timestamp
                for entry in instance.all_logs(result.run_id, of_type=dg.DagsterEventType.STEP_SUCCESS)
                if entry.step_key == "step"
            ]
        return returned[0], ends[0]

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


def measure() -> list[Case]:
    """The rows on delivery."""
    with tempfile.TemporaryDirectory() as directory, LocalS3() as s3:
        bench = Bench(s3, Path(directory))
        python_job = [sys.executable, "-c", PYTHON_JOB, str(LINES), str(PAUSE_MILLIS)]
        stock_file_reader = dg.PipesFileMessageReader(str(bench.directory / "messages"))
        ours = _side(bench, PipesJvmS3MessageReader, bench.java_command(), PipesJvmFileMessageReader())
        stock = _side(bench, PipesS3MessageReader, python_job, stock_file_reader)
    name = f"dagster_pipes and dagster_aws {version('dagster-aws')}"

    def case(what: str, unit: str, of: Callable[[Side], float], target: Target | None = None, **more: Any) -> Case:
        return Case("S3, report to event", what, unit, [of(ours)], [of(stock)], name, target, more=more)

    return [
        case(
            f"report to handler, median of {LINES:,} lines at most 100 a second",
            "s",
            lambda side: statistics.median(side.live.ages),
            Target("ours", "at most", 1),
            ours_ages=ours.live.ages,
            reference_ages=stock.live.ages,
        ),
        case("report to handler, p99", "s", lambda side: side.live.p99, Target("ours", "at most", 2)),
        case(
            f"lines that arrived, of {LINES:,}",
            "lines",
            lambda side: len(side.live.ages),
            Target("ours", "at least", LINES),
        ),
        case("process end to step end", "s", lambda side: side.live.end_seconds, Target("ours", "at most", 1)),
        case("PUT a minute, by the job", "requests", lambda side: side.live.puts_a_minute),
        case("GET or HEAD a minute, by the reader", "requests", lambda side: side.live.gets_a_minute),
        case(
            "an hour of such a job, us-east-1, list prices of docs/delivery.md",
            "dollars",
            lambda side: side.live.dollars_an_hour,
        ),
        case(
            f"chunks that were read of a backlog of {BACKLOG_CHUNKS:,}",
            "chunks",
            lambda side: side.drained.chunks,
            Target("ours", "at least", BACKLOG_CHUNKS),
        ),
        case(
            f"the backlog ({BACKLOG_LINES} lines a chunk) into a counting handler",
            "chunks/s",
            lambda side: side.drained.chunks / side.drained.seconds,
        ),
        case("log messages into a Dagster instance (SQLite)", "messages/s", lambda side: side.into_dagster),
    ]


def _side(bench: Bench, reader_class: Any, command: list[str], file_reader: Any) -> Side:
    return Side(bench.live(reader_class, command), bench.drain(reader_class), bench.into_dagster(file_reader))
