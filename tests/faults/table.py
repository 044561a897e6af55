"""`make faults`: every fault against a real job, a real S3-compatible server that checks signatures, and a real Dagster instance.

The proxy in between breaks what the row says; what was written is counted by the objects on the server, what arrived by the
event log.
"""

import os
import re
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import dagster as dg
from rich import box
from rich.console import Console
from rich.table import Table

from dagster_pipes_jvm import PipesJvmS3MessageReader
from dagster_pipes_jvm.standin.s3_server import LocalS3
from tests.faults.job import compile_job, proxied_client, proxied_environment
from tests.faults.proxy import FaultProxy
from tests.faults.scenarios import SCENARIOS, Scenario
from tests.support.dagster_runs import DagsterRuns, Finished

_BUCKET = "faults"
_ID = re.compile(r"\bid-(\d+) ")


@dataclass(frozen=True)
class Outcome:
    """One row of the table."""

    scenario: Scenario
    written: int
    delivered: int
    duplicated: int
    materialized: bool
    success: bool
    seconds: float
    reason: str

    @property
    def lost(self) -> int:
        """Log lines that the job reported and Dagster has not."""
        return self.scenario.lines - self.delivered

    @property
    def is_right(self) -> bool:
        """Whether the row is what the delivery page promises."""
        nothing_lost = self.lost == 0 and (self.materialized or self.scenario.is_expected_to_fail)
        ended_rightly = self.success != self.scenario.is_expected_to_fail
        return (nothing_lost or self.scenario.may_lose) and self.duplicated == 0 and ended_rightly


class FaultRuns:
    """Runs scenarios in one Dagster instance and one S3 server.

    Args:
        directory: for class files and marks.
        s3: a running server.
        runs: the instance.
    """

    def __init__(self, directory: Path, s3: LocalS3, runs: DagsterRuns) -> None:
        self._directory = directory
        self._s3 = s3
        self._runs = runs
        self._java, self._class_path = compile_job(directory)

    def run(self, scenario: Scenario) -> Outcome:
        """One scenario, from the launch of the job to the end of the step."""
        bucket = f"{_BUCKET}-{abs(hash(scenario.name))}"
        self._s3.create_bucket(bucket)
        with (
            FaultProxy(self._s3.endpoint_url, scenario.rule()) as to_job,
            FaultProxy(self._s3.endpoint_url, scenario.reader_rule()) as to_reader,
        ):
            started = time.monotonic()
            finished = self._runs.run_body(lambda context: self._body(context, scenario, bucket, to_job, to_reader))
            seconds = time.monotonic() - started
        written = Counter(i for text in self._objects(bucket) for i in _ID.findall(text))
        arrived = Counter(i for _, text in finished.logs for i in _ID.findall(text))
        return Outcome(
            scenario=scenario,
            written=len(written),
            delivered=len(arrived),
            duplicated=sum(arrived.values()) - len(arrived),
            materialized=any("reported" in m.metadata for m in finished.materializations),
            success=finished.success,
            seconds=seconds,
            reason=_reason(finished),
        )

    def _body(
        self,
        context: dg.AssetExecutionContext,
        scenario: Scenario,
        bucket: str,
        to_job: FaultProxy,
        to_reader: FaultProxy,
    ) -> Any:
        reader = PipesJvmS3MessageReader(
            bucket=bucket, client=proxied_client(self._s3, to_reader), require_closed=True, keep_messages=True
        )
        mark = self._directory / f"{bucket}.pid"
        client = dg.PipesSubprocessClient(
            env={**proxied_environment(self._s3, to_job), **scenario.environment},
            message_reader=reader,
        )
        if scenario.kill is not None:
            Thread(target=_kill_when_reported, args=(mark, scenario.kill), daemon=True).start()
        command = [self._java, *scenario.java_options, "-cp", self._class_path, "FaultJob"]
        arguments = [scenario.lines, scenario.ending, scenario.threads, mark, scenario.pause_millis]
        return client.run(context=context, command=[*command, *map(str, arguments)]).get_materialize_result()

    def _objects(self, bucket: str) -> list[str]:
        client = self._s3.client()
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [item["Key"] for page in pages for item in page.get("Contents", []) if item["Key"].endswith(".json")]
        return [client.get_object(Bucket=bucket, Key=key)["Body"].read().decode("utf-8") for key in keys]


def _kill_when_reported(mark: Path, number: signal.Signals) -> None:
    while not mark.exists():
        time.sleep(0.05)
    # What was reported a second ago is promised even to a killed process.
    if number == signal.SIGKILL:
        time.sleep(1.0)
    with suppress(ProcessLookupError):
        os.kill(int(mark.read_text(encoding="utf-8")), number)


def _reason(finished: Finished) -> str:
    return "success" if finished.success else finished.failure.splitlines()[0]


def table(outcomes: list[Outcome]) -> Table:
    """The table of docs/delivery.md."""
    shown = Table(box=box.MARKDOWN)
    for column in ("fault", "reported", "on the server", "delivered", "duplicated", "lost", "the step", "seconds", ""):
        shown.add_column(column)
    for o in outcomes:
        shown.add_row(
            o.scenario.name,
            f"{o.scenario.lines:,}",
            *(f"{n:,}" for n in (o.written, o.delivered, o.duplicated, o.lost)),
            "succeeded" if o.success else f"failed: {o.reason[:60]}",
            f"{o.seconds:.1f}",
            "ok" if o.is_right else "WRONG",
        )
    return shown


def main() -> None:
    """Run every scenario, or those whose name holds an argument, and print the table; exit code 1 where a row is wrong."""
    chosen = [s for s in SCENARIOS if not sys.argv[1:] or any(word in s.name for word in sys.argv[1:])]
    console = Console(width=180)
    warnings.simplefilter("ignore")
    with (
        tempfile.TemporaryDirectory() as directory,
        LocalS3() as s3,
        dg.DagsterInstance.local_temp(directory) as instance,
    ):
        runs = FaultRuns(Path(directory), s3, DagsterRuns(instance))
        outcomes = []
        for scenario in chosen:
            print(f"faults: {scenario.name}", file=sys.stderr)
            outcomes.append(runs.run(scenario))
    console.print(table(outcomes))
    sys.exit(0 if all(o.is_right for o in outcomes) else 1)


if __name__ == "__main__":
    main()
