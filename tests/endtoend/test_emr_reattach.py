"""A step on EMR outlives the process of Dagster that waits for it, and a retry goes on with it; nothing is launched twice."""

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Semaphore
from time import monotonic
from typing import Any

import dagster as dg
import pytest
from botocore.exceptions import ReadTimeoutError

from dagster_pipes_jvm.errors import EMRRequestError
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm.texts import PAGE_URL
from tests.support.dagster_runs import DagsterRuns, Finished
from tests.support.emr import BUCKET, Cluster, shell, until_true
from tests.support.emr_client import OnEMR, bash, job_flow, launched_step
from tests.support.emr_process import Process

STOPPED = "This process is told to stop, and the run is not cancelled"
HURRIED = Patience(start_pause_seconds=0.0, refused_limit_seconds=0.5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_process_that_is_stopped_or_killed_leaves_the_step_to_the_retry(
    on_emr: OnEMR, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    process = Process(on_emr, tmp_path, monkeypatch)
    (first,) = process.instance.get_runs()
    step_id = process.end(number)
    assert on_emr.state(step_id) == "RUNNING"
    said = any(STOPPED in text and step_id in text for text in on_emr.logged())
    assert said == (number == signal.SIGTERM)

    again = process.retry()
    assert again.success, again.failure
    assert launched_step(again) == step_id
    assert any("this one continues with it" in text for _, text in again.logs)
    # The reports are those of the first run.
    assert again.metadata["run"] == first.run_id
    assert again.metadata["AWS EMR Step ID"] == step_id
    # A process that is stopped marks the log lines that it has logged. One that is killed may have marked none.
    logged = on_emr.logged()
    for text in ("line 0", "line 1", "line 2", "waiting"):
        assert logged.count(text) in ((1,) if number == signal.SIGTERM else (1, 2))
    assert [s["Id"] for s in on_emr.steps()[process.earlier :]] == [step_id]
    # Neither messages nor the context are left.
    assert on_emr.objects() == []


def test_a_step_that_runs_untouched_is_gone_on_with_too(
    on_emr: OnEMR, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(on_emr, tmp_path, monkeypatch, untouched=True)
    step_id = process.end(signal.SIGTERM)
    assert on_emr.state(step_id) == "RUNNING"
    again = process.retry()
    assert again.success, again.failure
    assert [s["Id"] for s in on_emr.steps()[process.earlier :]] == [step_id]


def test_a_process_that_ends_its_step_when_it_is_stopped_has_the_retry_launch_anew(
    on_emr: OnEMR, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In client mode, whose driver ends with its step.
    process = Process(on_emr, tmp_path, monkeypatch, terminate_when_stopped=True, deploy_mode="client")
    step_id = process.end(signal.SIGTERM)
    assert on_emr.state(step_id) == "CANCELLED"
    again = process.retry()
    assert again.success, again.failure
    assert launched_step(again) != step_id


@pytest.mark.parametrize(
    ("is_cancelled", "state"), [(False, "RUNNING"), pytest.param(True, "CANCELLED", marks=pytest.mark.matrix)]
)
def test_a_stream_that_is_interrupted_leaves_or_ends_its_step_as_run_does(
    on_emr: OnEMR, tmp_path: Path, is_cancelled: bool, state: str
) -> None:
    gate = tmp_path / "gate"

    def interrupt() -> None:
        if is_cancelled:
            (run,) = on_emr.runs.instance.get_runs()
            on_emr.runs.instance.report_run_canceling(run)
        # If this thread takes the signal, the step's thread does not wake up.
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    @dg.multi_asset(specs=[dg.AssetSpec("probe")])
    def probe(context: dg.AssetExecutionContext) -> Iterator[Any]:
        yield from on_emr.client().stream(context=context, job=on_emr.job("report", str(gate)))

    # The step then waits for its next result, and only the signal can wake it.
    on_emr.when_logged("Materialized value", interrupt)
    run = on_emr.runs.materialize(probe)
    assert not run.success
    step_id = launched_step(run)
    assert on_emr.state(step_id) == state
    assert any(STOPPED in text for _, text in run.logs) == (not is_cancelled)
    # What a retry would read is kept, and nothing else.
    assert (on_emr.objects() == []) == is_cancelled
    gate.touch()
    until_true(lambda: on_emr.state(step_id) in ("COMPLETED", "CANCELLED"))
    store = on_emr.emr.client()
    for key in on_emr.objects():
        store.delete_object(Bucket=BUCKET, Key=key)


def test_a_step_that_failed_is_launched_anew_by_the_retry_policy(on_emr: OnEMR) -> None:
    def body(context: dg.AssetExecutionContext) -> Any:
        script = "exit 3" if context.retry_number == 0 else "echo done"
        client = on_emr.client(wait_for_logs_seconds=0.5)
        return client.run(context=context, job=bash(script)).get_materialize_result()

    @dg.asset(retry_policy=dg.RetryPolicy(max_retries=1))
    def probe(context: dg.AssetExecutionContext) -> Any:
        return body(context)

    earlier = len(on_emr.steps())
    run = on_emr.runs.materialize(probe)
    assert run.success, run.failure
    assert [s["Status"]["State"] for s in on_emr.steps()[earlier:]] == ["FAILED", "COMPLETED"]


def test_a_body_that_fails_behind_its_job_has_the_retry_launch_anew(on_emr: OnEMR) -> None:
    @dg.asset(retry_policy=dg.RetryPolicy(max_retries=1))
    def probe(context: dg.AssetExecutionContext) -> Any:
        result = on_emr.client().run(context=context, job=bash("echo done")).get_materialize_result()
        if context.retry_number == 0:
            raise RuntimeError("behind the job")
        return result

    earlier = len(on_emr.steps())
    run = on_emr.runs.materialize(probe)
    assert run.success, run.failure
    assert len(on_emr.steps()[earlier:]) == 2


def test_a_step_that_was_started_and_not_written_down_is_found_by_its_name(
    on_emr: OnEMR, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies between EMR's answer and the event log."""
    process = Process(on_emr, tmp_path, monkeypatch, dies_after="AddJobFlowSteps")
    step_id = process.ended()
    again = process.retry(started=1)
    assert again.success, again.failure
    assert [s["Id"] for s in on_emr.steps()[process.earlier :]] == [step_id]
    assert launched_step(again) == again.metadata["AWS EMR Step ID"] == step_id
    assert any("this one continues with it" in text for _, text in again.logs)
    assert [text for _, text in again.logs].count("line 2") == 1
    assert on_emr.objects() == []


def test_a_cluster_whose_start_was_not_written_down_is_found_by_its_name(
    on_emr: OnEMR, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies between EMR's answer to RunJobFlow and the event log: there is one cluster, with one step."""
    process = Process(on_emr, tmp_path, monkeypatch, dies_after="RunJobFlow", job_flow=job_flow())
    process.ended()
    (first,) = process.instance.get_runs()
    again = process.retry(started=1)
    assert again.success, again.failure
    listed = on_emr.emr.emr_client().get_paginator("list_clusters").paginate()
    (cluster,) = [c for page in listed for c in page["Clusters"] if first.run_id in c["Name"]]
    (step,) = on_emr.steps(cluster["Id"])
    assert launched_step(again) == again.metadata["AWS EMR Step ID"] == step["Id"]
    assert [text for _, text in again.logs].count("line 2") == 1
    assert on_emr.objects() == []


def without(on_emr: OnEMR, *actions: str) -> Any:
    """A boto3 client that may do everything on EMR but this."""
    statements = [
        {"Effect": "Allow", "Action": ["elasticmapreduce:*"], "Resource": "*"},
        {"Effect": "Deny", "Action": [f"elasticmapreduce:{action}" for action in actions], "Resource": "*"},
    ]
    keys = on_emr.emr.user_with_policy({"Version": "2012-10-17", "Statement": statements})
    return on_emr.emr.emr_client(keys)


def test_a_step_that_emr_refuses_to_show_runs_on_and_the_retry_goes_on_with_it(on_emr: OnEMR, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    blind = without(on_emr, "ListSteps")
    seen: list[str] = []

    @dg.asset(retry_policy=dg.RetryPolicy(max_retries=1))
    def probe(context: dg.AssetExecutionContext) -> Any:
        client = on_emr.client(client=blind, patience=HURRIED) if context.retry_number == 0 else on_emr.client()
        job = bash(f"until [ -e {gate} ]; do sleep 0.1; done")
        try:
            return client.run(context=context, job=job).get_materialize_result()
        except EMRRequestError as e:
            seen.append(str(e))
            gate.touch()
            raise

    earlier = len(on_emr.steps())
    run = on_emr.runs.materialize(probe)
    assert run.success, run.failure
    (launched,) = on_emr.steps()[earlier:]
    (said,) = seen
    assert (
        f"EMR refuses to show EMR step {launched['Id']} on cluster {on_emr.cluster_id}, which may still run: " in said
    )
    assert any(f"EMR does not show the job any more: EMR step {launched['Id']}" in text for _, text in run.logs)
    assert any("this one continues with it" in text for _, text in run.logs)


def test_a_step_that_cannot_be_ended_is_said_with_the_command_that_ends_it(on_emr: OnEMR) -> None:
    client = on_emr.client(client=without(on_emr, "CancelSteps"), step_time_limit_seconds=0.0)
    run = on_emr.run(bash("sleep 100"), client)
    step_id = launched_step(run)
    on_emr.boto3_client.cancel_steps(
        ClusterId=on_emr.cluster_id, StepIds=[step_id], StepCancellationOption="TERMINATE_PROCESS"
    )
    command = f"aws emr cancel-steps --cluster-id {on_emr.cluster_id} --step-ids {step_id}"
    assert "longer than `step_time_limit_seconds`" in run.failure
    (said,) = [text for _, text in run.logs if "could not be ended and may run on: " in text]
    assert f"End it with `{command}`." in said
    assert said.endswith(f"See {PAGE_URL}#emr-cancel")


# Launched once.


@pytest.fixture
def losing(on_emr: OnEMR) -> Iterator[list[str]]:
    """Operations whose next answer is lost on its way: EMR has carried them out, and the client sees a timeout."""
    operations: list[str] = []

    def lose(request: Any, event_name: str, **_: Any) -> None:
        operation = event_name.rpartition(".")[2]
        if operation in operations:
            operations.remove(operation)
            on_emr.boto3_client._endpoint.http_session.send(request)
            raise ReadTimeoutError(endpoint_url=request.url)

    on_emr.boto3_client.meta.events.register("before-send.emr.*", lose)
    yield operations
    assert operations == []


def test_a_step_whose_answer_is_lost_is_found_and_not_launched_twice(on_emr: OnEMR, losing: list[str]) -> None:
    losing.append("AddJobFlowSteps")
    earlier = len(on_emr.steps())
    run = on_emr.run(on_emr.job("report"), on_emr.client(patience=HURRIED))
    assert run.success, run.failure
    assert [s["Id"] for s in on_emr.steps()[earlier:]] == [launched_step(run)]
    assert on_emr.calls["AddJobFlowSteps"] == 1


class Lag:
    """A ListSteps that does not show the newest steps for its next answers."""

    def __init__(self, on_emr: OnEMR, answers: int) -> None:
        self._answers = answers
        self._known = {step["Id"] for step in on_emr.steps()}
        on_emr.boto3_client.meta.events.register("after-call.emr.ListSteps", self._hide)

    def _hide(self, parsed: Any, **_: Any) -> None:
        new = [step for step in parsed.get("Steps", ()) if step["Id"] not in self._known]
        if new and self._answers > 0:
            self._answers -= 1
            # The newest one is the job that the run waits for, if there are two.
            hidden = new if len(new) == 1 else new[1:]
            parsed["Steps"] = [step for step in parsed["Steps"] if step not in hidden]


def test_a_step_whose_answer_is_lost_and_that_is_listed_late_is_not_launched_twice(
    on_emr: OnEMR, losing: list[str]
) -> None:
    losing.append("AddJobFlowSteps")
    Lag(on_emr, 6)
    run = on_emr.run(on_emr.job("report"), on_emr.client(patience=HURRIED))
    assert run.success, run.failure
    assert on_emr.calls["AddJobFlowSteps"] == 1


def test_of_two_steps_of_one_launch_the_second_one_is_ended_when_the_first_one_appears(
    on_emr: OnEMR, losing: list[str]
) -> None:
    losing.append("AddJobFlowSteps")
    earlier = len(on_emr.steps())
    Lag(on_emr, HURRIED.start_looks)
    run = on_emr.run(on_emr.job("report"), on_emr.client(patience=HURRIED))
    assert run.success, run.failure
    first, second = on_emr.steps()[earlier:]
    assert launched_step(run) == first["Id"]
    assert (first["Status"]["State"], second["Status"]["State"]) == ("COMPLETED", "CANCELLED")
    assert any(f"EMR step {second['Id']} on cluster" in text and "is ended" in text for _, text in run.logs)


def test_of_two_jobs_of_one_launch_the_second_one_ends_itself_and_the_run_continues_with_the_first(
    on_emr: OnEMR, losing: list[str]
) -> None:
    """The first one is listed only when both have ended."""
    losing.append("AddJobFlowSteps")
    earlier = len(on_emr.steps())
    Lag(on_emr, HURRIED.start_looks + 1)
    client = on_emr.client(patience=HURRIED, deploy_mode="client", wait_for_logs_seconds=1.0)
    run = on_emr.run(on_emr.job("report"), client)
    assert run.success, run.failure
    first, second = on_emr.steps()[earlier:]
    assert (first["Status"]["State"], second["Status"]["State"]) == ("COMPLETED", "FAILED")
    assert "the second one of its launch" in str(second["Status"])
    assert any("is the first job of this launch" in text for _, text in run.logs)
    assert run.metadata["AWS EMR Step ID"] == first["Id"]
    assert [text for _, text in run.logs].count("line 1") == 1
    assert on_emr.objects() == []


def test_a_cluster_whose_answer_is_lost_is_found_and_not_started_twice(on_emr: OnEMR, losing: list[str]) -> None:
    losing.append("RunJobFlow")
    run = on_emr.run(bash("echo done"), on_emr.client(job_flow=job_flow(name="lost"), patience=HURRIED))
    assert run.success, run.failure
    listed = on_emr.emr.emr_client().list_clusters()["Clusters"]
    assert len([cluster for cluster in listed if cluster["Name"].startswith("lost [dagster ")]) == 1
    assert on_emr.calls["RunJobFlow"] == 1


def test_a_step_without_a_mark_whose_answer_is_lost_is_not_sent_again(on_emr: OnEMR, losing: list[str]) -> None:
    losing.append("AddJobFlowSteps")
    run = on_emr.run(bash("echo done", name="unmarked"))
    assert "EMR did not answer whether it has added the step 'unmarked' to cluster" in run.failure
    assert on_emr.calls["AddJobFlowSteps"] == 1


def test_a_cluster_with_256_active_steps_is_waited_for(on_emr: OnEMR, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    full = Cluster(on_emr.emr, keep_alive=True)
    ids = full.add(*[shell(f"until [ -e {gate} ]; do sleep 0.1; done") for _ in range(256)])

    def make_room() -> None:
        full.client.cancel_steps(ClusterId=full.id, StepIds=ids[1:])
        gate.touch()

    on_emr.when_logged("has 256 active steps, AWS's limit; waiting for room", make_room)
    run = on_emr.run(bash("echo done"), on_emr.client(cluster_id=full.id))
    full.client.terminate_job_flows(JobFlowIds=[full.id])
    assert run.success, run.failure


# Side by side.


def test_eight_runs_share_a_cluster_and_each_gets_its_own_messages(on_emr: OnEMR) -> None:
    """And one ListSteps an interval looks for all of them."""
    wide = Cluster(on_emr.emr, keep_alive=True, StepConcurrencyLevel=8)
    interval_seconds = 1.0
    client = on_emr.client(cluster_id=wide.id, poll_interval_seconds=interval_seconds)
    began = monotonic()
    # Dagster starts one run at a time in a process: it configures Python's logging, and deadlocks where another run logs.
    starting, all_are_there = Semaphore(), Barrier(8)

    def materialize(number: int) -> Finished:
        @dg.asset(name=f"probe_{number}")
        def probe(context: dg.AssetExecutionContext) -> Any:
            starting.release()
            all_are_there.wait()
            return client.run(context=context, job=on_emr.job("report")).get_materialize_result()

        starting.acquire()
        # One that does not redirect this process's output, which only one run at a time can.
        with dg.DagsterInstance.ephemeral() as instance:
            return DagsterRuns(instance).materialize(probe)

    with ThreadPoolExecutor(8) as pool:
        finished = list(pool.map(materialize, range(8)))
    looks = (monotonic() - began) / interval_seconds
    wide.client.terminate_job_flows(JobFlowIds=[wide.id])
    for run in finished:
        assert run.success, run.failure
        run_id = run.entries[0].run_id
        assert run.metadata["run"] == run_id
        assert run.metadata["dagster_pipes_jvm/messages_received"] == 7
        assert [text for _, text in run.logs if text.startswith("reporting for ")] == [f"reporting for {run_id}"]
    assert len({launched_step(run) for run in finished}) == 8
    # Each `closed` makes one look more, and halves one interval.
    assert on_emr.calls["ListSteps"] <= looks + 3 * 8
    assert on_emr.calls["AddJobFlowSteps"] == 8
