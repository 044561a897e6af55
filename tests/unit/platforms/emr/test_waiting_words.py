"""The event log of a run that waits for its EMR step: refusals, the end of a cancelled step, and time limits."""

import os
import signal
from typing import Any

import pytest

from dagster_pipes_jvm import PipesJvmEMRLogMessageReader, PipesSparkEMRClient, SparkJob
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm.texts import PAGE_URL
from tests.support.dagster_runs import DagsterRuns, Finished, warnings_of
from tests.support.emr_answers import Refusal, ScriptedEMR, VirtualClock

DAY = 86_400.0


def run(runs: DagsterRuns, emr: ScriptedEMR, clock: VirtualClock, **given: Any) -> Finished:
    client = PipesSparkEMRClient(
        client=emr.client,
        message_reader=PipesJvmEMRLogMessageReader(client=None, log_uri="s3://lake/logs/"),
        cluster_id="j-1",
        bridge_jar_uri="s3://lake/jars/bridge.jar",
        poll_interval_seconds=60.0,
        patience=Patience(clock=clock),
        **given,
    )
    job = SparkJob("s3://lake/job.jar", main_class="acme.Job", pipes="off")
    return runs.run_body(lambda context: client.run(context=context, job=job).get_materialize_result())


def describing(clock: VirtualClock, is_refused: Any) -> ScriptedEMR:
    """A step of one day, on a cluster that EMR does not show at some times."""
    emr = ScriptedEMR(clock, lambda _, seconds: "RUNNING" if seconds < DAY else "COMPLETED")
    cluster = {"Id": "j-1", "Name": "shared", "Status": {"State": "RUNNING"}}

    def answer(_: dict[str, Any]) -> Any:
        return (400, "AccessDeniedException") if is_refused(clock.seconds) else {"Cluster": cluster}

    emr.answer("DescribeCluster", answer)
    return emr


def test_a_cluster_that_is_not_shown_any_more_does_not_end_the_run(runs: DagsterRuns) -> None:
    clock = VirtualClock()
    emr = describing(clock, lambda seconds: seconds > 1000)
    finished = run(runs, emr, clock)
    assert finished.success, finished.failure
    warnings = [text for text in warnings_of(finished) if "does not show the cluster j-1" in text]
    # Again after 10, 30, 70, 150, ... minutes; a run sees the latest poll only, and this clock is fast.
    assert 1 <= len(warnings) <= 9
    assert "the step is still polled: An error occurred (AccessDeniedException)" in warnings[0]
    refused = [at for at, _ in emr.of("DescribeCluster") if 1000 < at < DAY]
    assert len(refused) <= DAY / 60 / 6 + 2


def test_refusals_that_come_and_go_are_written_less_and_less_often(runs: DagsterRuns) -> None:
    def state(_: str, seconds: float) -> str | Refusal:
        if seconds // 60 % 2 and seconds < DAY:
            return 400, "ThrottlingException"
        return "RUNNING" if seconds < DAY else "COMPLETED"

    clock = VirtualClock()
    finished = run(runs, ScriptedEMR(clock, state), clock)
    assert finished.success, finished.failure
    assert len([text for text in warnings_of(finished) if "does not answer as it should" in text]) <= 9


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"step_time_limit_seconds": 600.0}, "the time limit is over: `step_time_limit_seconds` is 600 s: "),
        ({"step_time_limit_seconds": 0.5}, "the time limit is over: `step_time_limit_seconds` is 0.5 s: "),
    ],
)
def test_a_time_limit_is_named(runs: DagsterRuns, limits: dict[str, float], words: str) -> None:
    clock = VirtualClock()
    emr = ScriptedEMR(clock, lambda _, seconds: "CANCELLED" if emr.of("CancelSteps") else "RUNNING")
    finished = run(runs, emr, clock, **limits)
    assert not finished.success
    assert any(text.startswith(f"[pipes] {words}") for _, text in finished.logs), finished.logs
    assert not any("ended before its job" in text for _, text in finished.logs)


def test_a_step_that_somebody_cancelled_is_told_at_once_and_its_logs_are_not_awaited(runs: DagsterRuns) -> None:
    clock = VirtualClock()
    emr = ScriptedEMR(clock, lambda _, seconds: "RUNNING" if seconds < 300 else "CANCELLED")
    finished = run(runs, emr, clock)
    assert "ended as CANCELLED" in finished.failure
    assert clock.seconds < 300 + 2 * 60


def test_a_run_that_dagster_ends_for_its_maximum_runtime_is_cancelled_with_that_reason(runs: DagsterRuns) -> None:
    """Dagster's run monitoring cancels such a run, and marks it as failed immediately."""
    clock = VirtualClock()
    reason = "Canceling due to exceeding maximum runtime of 60 seconds."
    emr = ScriptedEMR(clock, lambda _, seconds: "CANCELLED" if emr.of("CancelSteps") else "RUNNING")

    def monitored(_: dict[str, Any]) -> Any:
        (dagster_run,) = runs.instance.get_runs()
        if clock.seconds > 60 and not dagster_run.is_finished:
            runs.instance.report_run_canceling(dagster_run, message=reason)
            runs.instance.report_run_failed(dagster_run, "Exceeded maximum runtime of 60 seconds.")
            os.kill(os.getpid(), signal.SIGINT)
        return listed(_)

    listed = emr.answers["ListSteps"]
    emr.answer("ListSteps", monitored)
    finished = run(runs, emr, clock)
    assert not finished.success
    assert len(emr.of("CancelSteps")) == 1
    assert any(f"was cancelled ({reason})" in text for _, text in finished.logs), finished.logs


def test_what_emr_refuses_is_said_with_its_words(runs: DagsterRuns) -> None:
    clock = VirtualClock()
    emr = ScriptedEMR(clock, lambda _, seconds: "COMPLETED")
    emr.answers["AddJobFlowSteps"] = lambda _: (400, "ValidationException")
    client = PipesSparkEMRClient(
        client=emr.client,
        message_reader=PipesJvmEMRLogMessageReader(client=None, log_uri="s3://lake/logs/"),
        cluster_id="j-1",
        bridge_jar_uri="s3://lake/jars/bridge.jar",
        patience=Patience(clock=clock),
    )
    job = SparkJob("s3://lake/code/job.jar", main_class="acme.Job")
    run = runs.run_body(lambda context: client.run(context=context, job=job).get_materialize_result())
    assert (
        "EMR refuses AddJobFlowSteps, and nothing was started: An error occurred (ValidationException)" in run.failure
    )
    assert f"See {PAGE_URL}#emr-access" in run.failure
