"""`stream`: results are in Dagster's event log while the job still runs, and the job never outlives the step that takes them."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.events import DagsterEventType

from dagster_pipes_jvm import PipesJvmS3MessageReader, PipesSparkSubmitClient, SparkJob
from dagster_pipes_jvm.texts import PAGE_URL
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.conftest import REPOSITORY
from tests.support.dagster_runs import DagsterRuns, Finished
from tests.support.processes import processes_naming

# Runs under spark-submit, without the seconds that a SparkSession takes. A test says with a file when it goes on.
JOB = """
import os, sys, time
from dagster_pipes import open_dagster_pipes
from dagster_pipes_jvm.injob.write.s3 import PipesJvmS3MessageWriter

with open_dagster_pipes(message_writer=PipesJvmS3MessageWriter() if sys.argv[1:] == ["s3"] else None) as pipes:
    pipes.report_asset_materialization(asset_key=pipes.get_extra("reports"), metadata={"from": "the job"})
    pipes.report_asset_check(asset_key=pipes.get_extra("reports"), check_name="whole", passed=False)
    deadline = time.monotonic() + 240
    while not os.path.exists("gate"):
        if time.monotonic() > deadline:
            sys.exit("the gate stayed closed")
        time.sleep(0.02)
    pipes.report_asset_materialization(asset_key="second")
    if pipes.get_extra("then") == "fail":
        raise ValueError("the orders are missing")
    if pipes.get_extra("then") == "vanish":
        print("almost done", file=sys.stderr, flush=True)
        os._exit(0)
"""
CHECK = dg.AssetCheckSpec("whole", asset="first")

Results = Iterator[Any]


class Streaming:
    """Materializes the assets `first`, `second` and `third` from one job, with the body of the test."""

    def __init__(self, runs: DagsterRuns, folder: Path) -> None:
        self.instance = runs.instance
        self.folder = folder
        (folder / "job.py").write_text(JOB, encoding="utf-8")

    def results(
        self, context: dg.AssetExecutionContext, *, reports: str = "first", then: str = "", s3: LocalS3 | None = None
    ) -> Results:
        """What the body streams."""
        client = PipesSparkSubmitClient(
            "local[1]",
            cwd=str(self.folder),
            env=s3.environment() if s3 else None,
            attach_s3a=False,
            message_reader=PipesJvmS3MessageReader(bucket="pipes", client=s3.client()) if s3 else None,
            termination_grace_seconds=5,
        )
        job = SparkJob(str(self.folder / "job.py"), args=["s3"] if s3 else [])
        return client.stream(context=context, job=job, extras={"reports": reports, "then": then})

    def materialize(self, body: Callable[[dg.AssetExecutionContext], Results], **options: Any) -> Finished:
        specs = [dg.AssetSpec(key, skippable=key != "first") for key in ("first", "second", "third")]

        @dg.multi_asset(specs=specs, check_specs=[CHECK], **options)
        def tables(context: dg.AssetExecutionContext) -> Results:
            yield from body(context)

        result = dg.materialize([tables], instance=self.instance, raise_on_error=False)
        return Finished(result.success, [*self.instance.all_logs(result.run_id)])

    def open_gate(self) -> None:
        (self.folder / "gate").touch()

    def when(self, event_type: DagsterEventType, act: Callable[[], None]) -> None:
        """Act as soon as an event of this type is in the event log of any run."""

        def watch() -> None:
            poll = threading.Event()
            while not self.instance.event_log_storage.get_logs_for_all_runs_by_log_id(
                after_cursor=-1, dagster_event_type=event_type
            ):
                poll.wait(0.05)
            act()

        threading.Thread(target=watch, daemon=True).start()

    @property
    def processes(self) -> dict[int, str]:
        return processes_naming(self.folder / "job.py")

    def assert_the_job_ends(self, pids: set[int] | None = None) -> None:
        """The job, or one of several, waits for minutes by itself: it ends only where somebody ends it."""
        poll = threading.Event()
        for _ in range(1200):
            left = set(self.processes)
            if not (left & pids if pids else left):
                return
            poll.wait(0.05)
        pytest.fail(f"still there after a minute: {self.processes}")


@pytest.fixture
def streaming(runs: DagsterRuns, tmp_path: Path) -> Streaming:
    return Streaming(runs, tmp_path)


def keys(run: Finished) -> list[str]:
    return [materialization.asset_key.to_user_string() for materialization in run.materializations]


def test_a_result_is_in_the_event_log_while_the_job_runs(streaming: Streaming) -> None:
    streaming.when(DagsterEventType.ASSET_MATERIALIZATION, streaming.open_gate)
    run = streaming.materialize(streaming.results)
    assert run.success, run.failure
    # The job does not know of the third: it is implicit, as with `run`.
    assert keys(run) == ["first", "second", "third"]
    first, _, third = run.materializations
    assert first.metadata == {"from": dg.MetadataValue.text("the job")}
    assert third.metadata == {"dagster_pipes_jvm/messages_received": dg.MetadataValue.int(5)}
    (evaluation,) = run.checks
    assert (evaluation.asset_key.to_user_string(), evaluation.check_name, evaluation.passed) == (
        "first",
        "whole",
        False,
    )
    assert streaming.processes == {}


def test_over_s3_a_result_does_not_wait_for_an_attempt_that_cannot_be(streaming: Streaming, s3: LocalS3) -> None:
    streaming.when(DagsterEventType.ASSET_MATERIALIZATION, streaming.open_gate)
    run = streaming.materialize(lambda c: streaming.results(c, s3=s3))
    assert run.success, run.failure
    assert keys(run) == ["first", "second", "third"]


def test_a_job_that_fails_after_two_results_leaves_them_and_fails_the_step(streaming: Streaming) -> None:
    streaming.open_gate()
    run = streaming.materialize(lambda c: streaming.results(c, then="fail"))
    assert not run.success
    assert keys(run) == ["first", "second"]
    assert "failed with exit code 1 after" in run.failure
    assert "The job reported ValueError: the orders are missing" in run.failure


def test_a_job_that_never_closes_fails_the_step_with_the_end_of_its_stderr(streaming: Streaming) -> None:
    streaming.open_gate()
    run = streaming.materialize(lambda c: streaming.results(c, then="vanish"))
    assert not run.success
    assert keys(run) == ["first", "second"]
    assert (
        "The job ended with exit code 0, and opened its Pipes session, whose end did not arrive; 4 messages"
        in run.failure
    )
    assert run.failure.rstrip().endswith("almost done")
    assert f"{PAGE_URL}#not-closed\nThe end of the driver's stderr:\n" in run.failure


def test_a_body_that_fails_between_two_results_ends_the_job(streaming: Streaming) -> None:
    def body(context: dg.AssetExecutionContext) -> Results:
        # Dagster keeps the exception, and with it this frame and the suspended generator.
        results = streaming.results(context)
        yield next(results)
        raise RuntimeError("the body gives up")

    run = streaming.materialize(body)
    assert "the body gives up" in run.failure
    assert keys(run) == ["first"]
    streaming.assert_the_job_ends()


def test_a_result_that_dagster_refuses_ends_the_job(streaming: Streaming) -> None:
    run = streaming.materialize(lambda c: streaming.results(c, reports="nowhere"))
    assert not run.success
    assert "nowhere" in run.failure
    streaming.assert_the_job_ends()


def test_a_step_that_is_tried_again_ends_the_job_of_its_first_try(streaming: Streaming) -> None:
    kept: list[Results] = []
    pids: set[int] = set()

    def body(context: dg.AssetExecutionContext) -> Results:
        results = streaming.results(context)
        kept.append(results)
        first = next(results)
        if context.retry_number == 0:
            pids.update(streaming.processes)
            raise RuntimeError("once more")
        assert pids
        streaming.assert_the_job_ends(pids)
        streaming.open_gate()
        yield first
        yield from results

    run = streaming.materialize(body, retry_policy=dg.RetryPolicy(max_retries=1))
    assert run.success, run.failure
    assert keys(run) == ["first", "second", "third"]


def test_a_body_that_takes_no_more_results_ends_the_job_before_the_step_ends(streaming: Streaming) -> None:
    seen: list[dict[int, str]] = []

    def body(context: dg.AssetExecutionContext) -> Results:
        for number, result in enumerate(streaming.results(context)):
            yield result
            if number == 1:
                break
        seen.append(streaming.processes)

    run = streaming.materialize(body)
    assert keys(run) == ["first"]
    assert seen == [{}]
    # The results that it did not take are missed by Dagster.
    assert "did not yield or return expected outputs {" in run.failure


def test_an_interruption_of_the_step_ends_the_job(streaming: Streaming) -> None:
    streaming.when(DagsterEventType.ASSET_MATERIALIZATION, lambda: os.kill(os.getpid(), signal.SIGINT))
    run = streaming.materialize(streaming.results)
    assert not run.success
    assert keys(run) == ["first"]
    streaming.assert_the_job_ends()


# The step runs in another thread, and never learns that the process is over.
EXITS = """
import sys, threading
from pathlib import Path
import dagster as dg
from tests.endtoend.test_stream import Streaming
from tests.support.dagster_runs import DagsterRuns

folder, is_here = Path(sys.argv[1]), threading.Event()

def body(context):
    for result in Streaming(DagsterRuns(context.instance), folder).results(context):
        is_here.set()
        yield result

(folder / "home").mkdir()
instance = dg.DagsterInstance.local_temp(str(folder / "home"))
streaming = Streaming(DagsterRuns(instance), folder)
threading.Thread(target=lambda: streaming.materialize(body), daemon=True).start()
assert is_here.wait(240)
"""


def test_a_process_of_dagster_that_exits_ends_the_job_first(streaming: Streaming) -> None:
    command = [sys.executable, "-c", EXITS, str(streaming.folder)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert streaming.processes == {}
    with dg.DagsterInstance.local_temp(str(streaming.folder / "home")) as instance:
        (run,) = instance.get_runs()
        texts = [entry.user_message for entry in instance.all_logs(run.run_id)]
    assert any("ended spark-submit and its process group" in text for text in texts), texts


def test_a_wrong_parameter_is_said_before_anything_starts(streaming: Streaming) -> None:
    def body(context: dg.AssetExecutionContext) -> Results:
        return PipesSparkSubmitClient("local[1]").stream(context=context, job=SparkJob("nowhere.py"))

    run = streaming.materialize(body)
    assert "Invalid value for parameter `application` of `SparkJob`." in run.failure
