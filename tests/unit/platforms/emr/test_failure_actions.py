"""`ActionOnFailure`: a failed step does not take down a cluster that others use."""

from typing import Any

import pytest

from dagster_pipes_jvm import (
    EMRStepJob,
    InvalidParameterError,
    PipesJvmEMRLogMessageReader,
    PipesSparkEMRClient,
    SparkJob,
)
from dagster_pipes_jvm.platforms.emr.failure_actions import FailureActions
from dagster_pipes_jvm.run.patience import Patience
from tests.support.dagster_runs import DagsterRuns
from tests.support.emr_answers import ScriptedEMR, VirtualClock
from tests.support.emr_steps import args

ENDS = ["TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW"]


@pytest.mark.parametrize(
    ("rules", "given", "wanted", "sent", "note"),
    [
        *((FailureActions(is_shared=True), action, None, "CONTINUE", "would terminate a cluster") for action in ENDS),
        (FailureActions(is_shared=True), None, None, "CONTINUE", "names no ActionOnFailure"),
        (FailureActions(is_shared=True), "CANCEL_AND_WAIT", None, "CANCEL_AND_WAIT", None),
        (FailureActions(is_shared=True), "TERMINATE_CLUSTER", "TERMINATE_CLUSTER", "TERMINATE_CLUSTER", None),
        (FailureActions("TERMINATE_CLUSTER", is_shared=True), "CONTINUE", None, "TERMINATE_CLUSTER", None),
        (FailureActions("TERMINATE_CLUSTER", is_shared=True), "CONTINUE", "CONTINUE", "CONTINUE", None),
        (
            FailureActions(is_shared=True, step_concurrency=2),
            "CANCEL_AND_WAIT",
            None,
            "CONTINUE",
            "runs 2 steps at once",
        ),
        (FailureActions("CANCEL_AND_WAIT", step_concurrency=9), None, None, "CONTINUE", "runs 9 steps at once"),
        *((FailureActions(), action, None, action, None) for action in [*ENDS, None, "CONTINUE"]),
    ],
)
def test_the_action_of_a_step(
    rules: FailureActions, given: str | None, wanted: str | None, sent: str | None, note: str | None
) -> None:
    action, notes = rules.of(given, wanted)
    assert action == sent
    assert bool(notes) == (note is not None)
    assert (note or "") in " ".join(notes)


def client(**given: Any) -> PipesSparkEMRClient:
    reader = PipesJvmEMRLogMessageReader(client=None, log_uri="s3://lake/logs/")
    files = {"bridge_jar_uri": "s3://b/ours.jar", "pyspark_zip_uri": "s3://b/ours.zip"}
    where = {} if "job_flow" in given else {"cluster_id": "j-1"}
    return PipesSparkEMRClient(**{"message_reader": reader, "client": object(), **files, **where, **given})


GIVEN = args("spark-submit", "job.py", ActionOnFailure="TERMINATE_CLUSTER")
UNTOUCHED = args("s3-dist-cp", ActionOnFailure="TERMINATE_CLUSTER")
CHANGE = '-  "ActionOnFailure": "TERMINATE_CLUSTER",\n+  "ActionOnFailure": "CONTINUE",'


@pytest.mark.parametrize("step", [GIVEN, UNTOUCHED])
@pytest.mark.parametrize("pipes", ["required", "off"])
def test_the_plan_shows_the_change_for_an_existing_cluster_and_says_why(step: Any, pipes: Any) -> None:
    text = client().plan(EMRStepJob.from_step(step, pipes=pipes))
    assert CHANGE in text
    assert "# ActionOnFailure=TERMINATE_CLUSTER is replaced by CONTINUE, because a failed step would terminate" in text


def test_the_action_that_client_or_override_name_is_sent() -> None:
    job = EMRStepJob.from_step(GIVEN)
    assert "ActionOnFailure=" not in client(action_on_failure="TERMINATE_CLUSTER").plan(job)
    assert "ActionOnFailure=" not in client().plan(job.override(action_on_failure="TERMINATE_CLUSTER"))
    by_both = client(action_on_failure="CONTINUE").plan(job.override(action_on_failure="CANCEL_AND_WAIT"))
    assert '+  "ActionOnFailure": "CANCEL_AND_WAIT",' in by_both
    # Further changes keep it.
    kept = job.override(action_on_failure="CANCEL_AND_WAIT").override(args=["x"], conf={"spark.a": 1})
    assert '+  "ActionOnFailure": "CANCEL_AND_WAIT",' in client().plan(kept)
    assert '"ActionOnFailure": "CANCEL_AND_WAIT"' in client(action_on_failure="CANCEL_AND_WAIT").plan(
        SparkJob("s3://b/job.py")
    )


def test_a_cluster_that_is_started_for_the_step_ends_with_it_unless_it_runs_steps_at_once() -> None:
    job = EMRStepJob.from_step(GIVEN)
    assert '   "ActionOnFailure": "TERMINATE_CLUSTER",' in client(job_flow={"Name": "n"}).plan(job)
    assert CHANGE in client(job_flow={"Name": "n", "StepConcurrencyLevel": 2}).plan(job)
    for flow, action in (({}, "TERMINATE_CLUSTER"), ({"StepConcurrencyLevel": 2}, "CONTINUE")):
        assert f'"ActionOnFailure": "{action}"' in client(job_flow={"Name": "n", **flow}).plan(
            SparkJob("s3://b/job.py")
        )


def test_an_unknown_action_is_refused() -> None:
    message = r"`action_on_failure` of `\w+.*`. Expected one of CONTINUE, CANCEL_AND_WAIT, .* got 'STOP'"
    with pytest.raises(InvalidParameterError, match=message):
        client(action_on_failure="STOP")
    with pytest.raises(InvalidParameterError, match=message):
        EMRStepJob.from_step(GIVEN).override(action_on_failure="STOP")


def test_the_change_is_sent_and_logged(runs: DagsterRuns) -> None:
    clock = VirtualClock()
    emr = ScriptedEMR(clock, lambda _, seconds: "COMPLETED")
    one = client(client=emr.client, patience=Patience(clock=clock))
    run = runs.run_body(lambda c: one.run(context=c, job=EMRStepJob.from_step(UNTOUCHED)).get_materialize_result())
    assert run.success, run.failure
    ((_, request),) = emr.of("AddJobFlowSteps")
    assert request["Steps"][0]["ActionOnFailure"] == "CONTINUE"
    assert any("ActionOnFailure=TERMINATE_CLUSTER is replaced by CONTINUE" in text for _, text in run.logs)


def test_what_the_existing_cluster_says_counts(runs: DagsterRuns) -> None:
    clock = VirtualClock()
    emr = ScriptedEMR(clock, lambda _, seconds: "COMPLETED")
    wait = "spark.yarn.submit.waitAppCompletion"
    said = {
        "StepConcurrencyLevel": 2,
        "Configurations": [{"Classification": "spark-defaults", "Properties": {wait: "false"}}],
    }
    emr.client.meta.events.register(
        "after-call.emr.DescribeCluster", lambda parsed, **_: parsed["Cluster"].update(said)
    )
    step = args("spark-submit", "--deploy-mode", "cluster", "job.py", ActionOnFailure="CANCEL_AND_WAIT")
    one = client(client=emr.client, patience=Patience(clock=clock))
    run = runs.run_body(lambda c: one.run(context=c, job=EMRStepJob.from_step(step, pipes="optional")))
    ((_, request),) = emr.of("AddJobFlowSteps")
    assert request["Steps"][0]["ActionOnFailure"] == "CONTINUE"
    assert f"{wait}=true" in request["Steps"][0]["HadoopJarStep"]["Args"]
    logged = [text for _, text in run.logs]
    assert any("because the cluster runs 2 steps at once" in text for text in logged)
    assert any(f"{wait}=false is replaced by true" in text for text in logged)
