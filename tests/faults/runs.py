"""A scenario becomes a run: a JVM job, Dagster's `PipesSubprocessClient` with our reader, and a proxy on each side of S3."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import dagster as dg
from dagster._core.pipes.context import PipesMessageHandler
from dagster_pipes import PipesParams

from dagster_pipes_jvm import PipesJvmS3MessageReader
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.faults.job import compile_job, proxied_client, proxied_environment
from tests.faults.outcome import Outcome, dropped_lines, line_numbers, order_problems, step_end
from tests.faults.proxy import FaultProxy
from tests.faults.scenarios import Scenario
from tests.support.dagster_runs import DagsterRuns, Finished


class CountingReader(PipesJvmS3MessageReader):
    """Notes the numbers of log lines where they reach Dagster's handler, instead of logging them; all else goes on."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.numbers: list[int] = []

    @contextmanager
    def read_messages(self, handler: PipesMessageHandler) -> Iterator[PipesParams]:
        def count(message: str, level: str = "info") -> None:
            if found := line_numbers([message]):
                self.numbers.extend(found)
            else:
                handle(message, level)

        handle = handler._handle_log
        handler._handle_log = count  # type: ignore[method-assign]  # Dagster has no hook for log messages
        with super().read_messages(handler) as params:
            yield params


def faults_instance(home: str) -> dg.DagsterInstance:
    """An instance for runs of several threads and processes at once.

    It keeps no compute logs: for those Dagster redirects the stdout of the whole process, and starts processes that outlive a
    Dagster that is killed.
    """
    compute_logs = {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
    return dg.DagsterInstance.local_temp(
        home, overrides={"telemetry": {"enabled": False}, "compute_logs": compute_logs}
    )


@dataclass(frozen=True)
class Stage:
    """What one run has for itself.

    Args:
        bucket: its own.
        mark: where the job writes its process id when it has reported everything.
        to_job: between the job and S3.
        to_reader: between S3 and Dagster's side.
    """

    bucket: str
    mark: Path
    to_job: FaultProxy
    to_reader: FaultProxy


class FaultRuns:
    """Runs scenarios in one Dagster instance and one S3 server.

    Args:
        directory: for class files and marks.
        s3: a running server.
        runs: the instance.
    """

    def __init__(self, directory: Path, s3: LocalS3, runs: DagsterRuns) -> None:
        self.directory = directory
        self.s3 = s3
        self.runs = runs
        self._java, self._class_path = compile_job(directory)

    def run(self, scenario: Scenario) -> Outcome:
        """One scenario, from the launch of the job to the end of the step."""
        with self.staged(scenario) as stage:
            options = {
                "client": proxied_client(self.s3, stage.to_reader),
                "require_closed": True,
                "keep_messages": True,
            }
            reader = (CountingReader if scenario.counts else PipesJvmS3MessageReader)(bucket=stage.bucket, **options)
            started = time.monotonic()
            finished = self.runs.run_body(lambda context: self._body(context, scenario, stage, reader))
            seconds = time.monotonic() - started
        arrived = reader.numbers if isinstance(reader, CountingReader) else line_numbers(t for _, t in finished.logs)
        here, in_all = dropped_lines(finished)
        problems = order_problems(arrived) if scenario.threads == 1 else []
        if here != in_all:
            problems.append(f"{here:,} dropped lines where they were dropped, {in_all:,} at the end")
        if scenario.drops != (in_all > 0):
            problems.append("no line was dropped" if scenario.drops else "lines were dropped")
        left = (
            len(set(line_numbers([self._stderr(stage).read_text()])) - set(arrived)) if scenario.leaves_on_stderr else 0
        )
        if scenario.leaves_on_stderr and left == 0:
            problems.append("nothing is on stderr")
        return Outcome(
            name=scenario.name,
            reported=scenario.lines,
            written=len(self.written(stage.bucket)),
            arrived=Counter(arrived),
            dropped=in_all,
            on_stderr=left,
            ended=step_end(finished),
            seconds=seconds,
            end_problems=tuple(
                end_problems(finished, is_expected_to_fail=scenario.is_expected_to_fail, fails_with=scenario.fails_with)
            ),
            problems=tuple(problems),
            may_lose=scenario.may_lose,
        )

    @contextmanager
    def staged(self, scenario: Scenario) -> Iterator[Stage]:
        """A bucket, two proxies, and a thread that sees when the job has reported everything, and kills it where it is to be."""
        bucket = f"faults-{uuid4()}"
        self.s3.create_bucket(bucket)
        mark = self.directory / f"{bucket}.pid"
        is_reported, is_over = Event(), Event()
        with (
            FaultProxy(self.s3.endpoint_url, scenario.rule(is_reported)) as to_job,
            FaultProxy(self.s3.endpoint_url, scenario.reader_rule(is_reported)) as to_reader,
        ):
            watcher = Thread(target=_watch, args=(mark, is_reported, is_over, scenario.kill), daemon=True)
            watcher.start()
            try:
                yield Stage(bucket, mark, to_job, to_reader)
            finally:
                is_over.set()
                watcher.join()

    def command(self, scenario: Scenario, mark: Path, *java_options: str) -> list[str]:
        """The job's command line."""
        command = [self._java, *scenario.java_options, *java_options, "-cp", self._class_path, "FaultJob"]
        arguments = [scenario.lines, scenario.ending, scenario.threads, mark, scenario.pause_millis]
        return [*command, *map(str, arguments)]

    def written(self, bucket: str) -> set[int]:
        """The numbers of the lines that are on the server."""
        client = self.s3.client()
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [item["Key"] for page in pages for item in page.get("Contents", []) if item["Key"].endswith(".json")]
        bodies = (client.get_object(Bucket=bucket, Key=key)["Body"].read().decode("utf-8") for key in keys)
        return set(line_numbers(bodies))

    def _body(self, context: dg.AssetExecutionContext, scenario: Scenario, stage: Stage, reader: Any) -> Any:
        command = self.command(scenario, stage.mark)
        if scenario.disk_kib is not None:
            command = _on_small_disk(command, stage.mark.with_suffix(".disk"), scenario.disk_kib)
        if scenario.leaves_on_stderr:
            command = ["sh", "-c", 'exec "$@" 2>"$0"', str(self._stderr(stage)), *command]
        client = dg.PipesSubprocessClient(env=proxied_environment(self.s3, stage.to_job), message_reader=reader)
        return client.run(context=context, command=command).get_materialize_result()

    def _stderr(self, stage: Stage) -> Path:
        return stage.mark.with_suffix(".stderr")


def end_problems(finished: Finished, *, is_expected_to_fail: bool = False, fails_with: str = "") -> list[str]:
    """What is wrong with the end of a step."""
    if finished.success == is_expected_to_fail:
        return ["the step should have failed" if finished.success else f"the step {step_end(finished)}"]
    if not finished.success and fails_with not in finished.failure:
        return [f"the step should have failed with {fails_with}"]
    if finished.success and not any("reported" in m.metadata for m in finished.materializations):
        return ["the materialization is lost"]
    return []


def wait_until(condition: Callable[[], bool], is_over: Event) -> bool:
    """Whether it came true before the other thing was over."""
    while not condition():
        if is_over.wait(0.05):
            return False
    return True


def _watch(mark: Path, is_reported: Event, is_over: Event, kill: signal.Signals | None) -> None:
    if not wait_until(mark.exists, is_over):
        return
    is_reported.set()
    # What was reported a second ago is promised even to a killed process.
    if kill == signal.SIGKILL:
        is_over.wait(1.0)
    if kill is not None:
        with suppress(ProcessLookupError):
            os.kill(int(mark.read_text(encoding="utf-8")), kill)


def _on_small_disk(command: list[str], directory: Path, kib: int) -> list[str]:
    """The job with a disk of its own that fills up; where the machine allows no mount, with a limit on the size of files."""
    directory.mkdir()
    job = [command[0], f"-Dspark.dagster.pipes.spillDirectory={directory}", *command[1:]]
    private = ["unshare", "--mount", "--map-root-user"]
    mount = 'mount -t tmpfs -o size="$1" tmpfs "$0" && shift && exec "$@"'
    try:
        probe = [*private, "sh", "-c", mount, str(directory), f"{kib}k", "true"]
        is_allowed = subprocess.run(probe, capture_output=True).returncode == 0
    except FileNotFoundError:
        is_allowed = False
    if is_allowed:
        return [*private, "sh", "-c", mount, str(directory), f"{kib}k", *job]
    blocks = kib * 1024 // 512
    return ["sh", "-c", f'ulimit -f {blocks} && exec "$@"', "sh", *job]
