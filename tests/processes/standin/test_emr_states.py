"""The states of clusters and steps, with steps that are lines of bash: every one is a real process."""

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dagster_pipes_jvm_standin import Faults, LocalEMR
from tests.support.emr import BUCKET, Cluster, shell, step
from tests.support.processes import processes_naming


@pytest.fixture(scope="module")
def server() -> Iterator[LocalEMR]:
    with LocalEMR(provisioning_seconds=0.1) as emr:
        folder = emr.folder
        yield emr
    assert processes_naming(folder) == {}
    assert not folder.exists()


@pytest.fixture
def emr(server: LocalEMR) -> Iterator[LocalEMR]:
    yield server
    server.set_faults(None)


def waiting(fifo: Path) -> str:
    """A line of bash that goes on when somebody writes to the FIFO."""
    if not fifo.exists():
        os.mkfifo(fifo)
    return f"cat {fifo}"


def test_steps_run_one_after_the_other_and_the_cluster_ends_with_them(emr: LocalEMR, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    cluster = Cluster(emr, shell(waiting(gate), name="first"), shell("echo second", name="second"))
    assert cluster.describe()["Status"]["State"] in ("STARTING", "BOOTSTRAPPING", "RUNNING")
    cluster.wait("cluster_running")
    cluster.until("RUNNING", "PENDING")
    assert cluster.describe()["Status"]["StateChangeReason"] == {"Message": "Running step"}
    gate.write_text("go on")
    assert cluster.ended() == ("TERMINATED", "ALL_STEPS_COMPLETED", "Steps completed")
    cluster.wait("cluster_terminated")
    first, second = cluster.steps()
    assert (first["Name"], first["Status"]["State"], second["Status"]["State"]) == ("first", "COMPLETED", "COMPLETED")
    assert first["Status"]["Timeline"]["EndDateTime"] <= second["Status"]["Timeline"]["StartDateTime"]
    assert cluster.log(f"steps/{first['Id']}/stdout") == "go on"
    assert cluster.log(f"steps/{second['Id']}/stdout") == "second\n"


def test_a_cluster_that_is_kept_alive_waits_and_takes_more_steps(emr: LocalEMR) -> None:
    cluster = Cluster(emr, keep_alive=True)
    cluster.until_state("WAITING")
    assert cluster.describe()["Status"]["StateChangeReason"] == {"Message": "Cluster ready to run steps."}
    (step_id,) = cluster.add(shell("exit 0"), ExecutionRoleArn="arn:aws:iam::123456789012:role/tenant")
    cluster.wait("step_complete", StepId=step_id)
    cluster.until_state("WAITING")
    assert cluster.describe()["Status"]["StateChangeReason"] == {"Message": "Cluster ready after last step completed."}
    described = cluster.client.describe_step(ClusterId=cluster.id, StepId=step_id)["Step"]
    assert described["ExecutionRoleArn"] == "arn:aws:iam::123456789012:role/tenant"
    cluster.client.terminate_job_flows(JobFlowIds=[cluster.id])
    assert cluster.describe()["Status"]["State"] in ("TERMINATING", "TERMINATED")
    assert cluster.ended() == ("TERMINATED", "USER_REQUEST", "Terminated by user request")


@pytest.mark.parametrize("on_failure", ["TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW"])
def test_a_failed_step_may_end_the_cluster(emr: LocalEMR, on_failure: str) -> None:
    failing = shell("echo 'java.lang.IllegalStateException: no orders' >&2; exit 3", on_failure=on_failure)
    cluster = Cluster(emr, failing, shell("echo never"), keep_alive=True)
    assert cluster.ended() == ("TERMINATED_WITH_ERRORS", "STEP_FAILURE", "Shut down as step failed")
    failed, never = cluster.steps()
    assert (failed["Status"]["State"], never["Status"]["State"]) == ("FAILED", "CANCELLED")
    log_file = f"s3://{BUCKET}/logs/{cluster.id}/steps/{failed['Id']}/stderr.gz"
    assert failed["Status"]["FailureDetails"] == {
        "Reason": "Unknown Error.",
        "Message": "java.lang.IllegalStateException: no orders",
        "LogFile": log_file,
    }
    assert "StartDateTime" not in never["Status"]["Timeline"]
    assert "exit code 3" in cluster.log(f"steps/{failed['Id']}/controller")


def test_a_failed_step_may_cancel_the_others_and_leave_the_cluster_waiting(emr: LocalEMR) -> None:
    cluster = Cluster(emr, shell("exit 1", on_failure="CANCEL_AND_WAIT"), shell("echo never"), keep_alive=True)
    cluster.until("FAILED", "CANCELLED")
    cluster.until_state("WAITING")
    cluster.client.terminate_job_flows(JobFlowIds=[cluster.id])


def test_a_failed_step_may_be_passed_over(emr: LocalEMR) -> None:
    cluster = Cluster(emr, shell("exit 1", on_failure="CONTINUE"), shell("echo after"))
    assert cluster.ended() == ("TERMINATED", "ALL_STEPS_COMPLETED", "Steps completed with errors")
    assert cluster.states() == ["FAILED", "COMPLETED"]


def test_a_protected_cluster_outlives_the_failed_step_and_the_call_that_would_end_it(emr: LocalEMR) -> None:
    failing = shell("exit 1", on_failure="TERMINATE_CLUSTER")
    cluster = Cluster(emr, failing, keep_alive=True, Instances={"TerminationProtected": True})
    cluster.until("FAILED")
    cluster.until_state("WAITING")
    with pytest.raises(
        ClientError, match="Could not shut down one or more job flows since they are termination protected"
    ):
        cluster.client.terminate_job_flows(JobFlowIds=[cluster.id])
    cluster.client.set_termination_protection(JobFlowIds=[cluster.id], TerminationProtected=False)
    cluster.client.terminate_job_flows(JobFlowIds=[cluster.id])
    assert cluster.ended()[1] == "USER_REQUEST"


def test_as_many_steps_run_at_once_as_the_cluster_allows(emr: LocalEMR, tmp_path: Path) -> None:
    steps = [shell(waiting(tmp_path / str(n))) for n in range(3)]
    cluster = Cluster(emr, *steps, keep_alive=True, StepConcurrencyLevel=2)
    cluster.until("RUNNING", "RUNNING", "PENDING")
    cluster.client.modify_cluster(ClusterId=cluster.id, StepConcurrencyLevel=3)
    cluster.until("RUNNING", "RUNNING", "RUNNING")
    for n in range(3):
        (tmp_path / str(n)).write_text("")
    cluster.until("COMPLETED", "COMPLETED", "COMPLETED")
    with pytest.raises(ClientError, match="ActionOnFailure CANCEL_AND_WAIT is not valid"):
        cluster.add(shell("exit 0", on_failure="CANCEL_AND_WAIT"))
    cluster.client.terminate_job_flows(JobFlowIds=[cluster.id])


def test_a_pending_step_is_cancelled_and_never_starts(emr: LocalEMR, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    cluster = Cluster(emr, shell(waiting(gate)), shell(f"touch {tmp_path / 'started'}"))
    cluster.until("RUNNING", "PENDING")
    pending = cluster.steps()[1]["Id"]
    answer = cluster.client.cancel_steps(ClusterId=cluster.id, StepIds=[pending])["CancelStepsInfoList"]
    assert answer == [{"StepId": pending, "Status": "SUBMITTED"}]
    assert cluster.states() == ["RUNNING", "CANCELLED"]
    gate.write_text("")
    assert cluster.ended()[0] == "TERMINATED"
    assert not (tmp_path / "started").exists()


def test_an_interrupted_step_gets_sigterm_and_its_descendants_do_not(emr: LocalEMR, tmp_path: Path) -> None:
    """As on EMR, where a process that a step has started is the step's affair."""
    gate, child = tmp_path / "gate", tmp_path / "child"
    os.mkfifo(gate)
    script = f"trap 'echo tidied up; exit 0' TERM; cat {gate} & echo $! > {child}; wait"
    cluster = Cluster(emr, shell(script, on_failure="TERMINATE_CLUSTER"), keep_alive=True)
    cluster.until("RUNNING")
    cluster.until_true(child.exists)
    cluster.until_true(lambda: bool(child.read_text().strip()))
    (running,) = (s["Id"] for s in cluster.steps())
    (answer,) = cluster.client.cancel_steps(ClusterId=cluster.id, StepIds=[running])["CancelStepsInfoList"]
    assert answer["Status"] == "SUBMITTED"
    cluster.until("CANCELLED")
    assert cluster.log(f"steps/{running}/stdout") == "tidied up\n"
    os.kill(int(child.read_text()), 0)
    cluster.until_state("WAITING")  # A cancelled step is no failed one.
    (answer,) = cluster.client.cancel_steps(ClusterId=cluster.id, StepIds=[running])["CancelStepsInfoList"]
    assert answer == {"StepId": running, "Status": "FAILED", "Reason": "Cannot cancel step. It is already CANCELLED."}
    cluster.client.terminate_job_flows(JobFlowIds=[cluster.id])
    cluster.ended()
    cluster.until_true(lambda: str(gate) not in " ".join(processes_naming(gate).values()))


def test_a_step_that_is_killed_ends_with_all_its_descendants(emr: LocalEMR, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    cluster = Cluster(emr, shell(f"trap '' TERM; cat {gate}; cat {gate}"), keep_alive=True)
    cluster.until("RUNNING")
    cluster.until_true(lambda: len(processes_naming(gate)) == 2)
    (running,) = (s["Id"] for s in cluster.steps())
    cancel = {"ClusterId": cluster.id, "StepIds": [running]}
    cluster.client.cancel_steps(**cancel)
    assert cluster.states() == ["CANCEL_PENDING"]
    cluster.client.cancel_steps(**cancel, StepCancellationOption="TERMINATE_PROCESS")
    cluster.until("CANCELLED")
    cluster.until_true(lambda: processes_naming(gate) == {})
    cluster.client.terminate_job_flows(JobFlowIds=[cluster.id])


def test_a_cluster_that_is_terminated_ends_its_steps(emr: LocalEMR, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    cluster = Cluster(emr, shell(f"trap '' TERM; cat {gate}; cat {gate}"), shell("echo never"))
    cluster.until("RUNNING", "PENDING")
    cluster.until_true(lambda: len(processes_naming(gate)) == 2)
    cluster.client.terminate_job_flows(JobFlowIds=[cluster.id])
    assert cluster.ended() == ("TERMINATED", "USER_REQUEST", "Terminated by user request")
    assert cluster.states() == ["CANCELLED", "CANCELLED"]
    assert processes_naming(gate) == {}
    with pytest.raises(
        ClientError, match="A job flow that is shutting down, terminated, or finished may not be modified"
    ):
        cluster.add(shell("exit 0"))


def test_a_cluster_ends_when_it_has_been_idle_for_long_enough(emr: LocalEMR) -> None:
    cluster = Cluster(emr, keep_alive=True, AutoTerminationPolicy={"IdleTimeout": 100})
    cluster.until_state("WAITING")
    policy = cluster.client.get_auto_termination_policy(ClusterId=cluster.id)["AutoTerminationPolicy"]
    assert policy == {"IdleTimeout": 100}
    cluster.client.put_auto_termination_policy(ClusterId=cluster.id, AutoTerminationPolicy={"IdleTimeout": 1})
    assert cluster.ended()[0] == "TERMINATED"


@pytest.mark.parametrize(
    ("where", "code", "step_state"),
    [
        ("provisioning", "VALIDATION_ERROR", "CANCELLED"),
        ("bootstrap", "BOOTSTRAP_FAILURE", "CANCELLED"),
        ("running", "INSTANCE_FAILURE", "INTERRUPTED"),
    ],
)
def test_a_cluster_fails_where_it_is_asked_to(emr: LocalEMR, where: str, code: str, step_state: str) -> None:
    emr.set_faults(Faults(cluster_fails=where))
    cluster = Cluster(emr, shell("echo never"))
    assert cluster.ended()[:2] == ("TERMINATED_WITH_ERRORS", code)
    assert cluster.states() == [step_state]


def test_a_step_fails_when_it_is_asked_to(emr: LocalEMR, tmp_path: Path) -> None:
    emr.set_faults(Faults(fail_steps=("load-*",)))
    cluster = Cluster(emr, shell(f"touch {tmp_path / 'ran'}", name="load-orders"), shell("exit 0", name="check"))
    assert cluster.ended()[2] == "Steps completed with errors"
    assert cluster.states() == ["FAILED", "COMPLETED"]
    assert not (tmp_path / "ran").exists()


def test_logs_are_lost_or_late_when_they_are_asked_to_be(emr: LocalEMR) -> None:
    emr.set_faults(Faults(lose_logs=True))
    cluster = Cluster(emr, shell("echo lost"))
    cluster.ended()
    assert cluster.log_names() == []

    emr.set_faults(Faults(log_delay_seconds=2.5))
    cluster = Cluster(emr, shell("echo late"), keep_alive=True)
    cluster.until_true(lambda: len(cluster.log_names()) == 4)
    (step,) = cluster.client.list_steps(ClusterId=cluster.id)["Steps"]
    logs = emr.client().list_objects_v2(Bucket=BUCKET, Prefix=f"logs/{cluster.id}/")["Contents"]
    first = min(log["LastModified"] for log in logs)
    # A time of S3 is in whole seconds.
    assert first - step["Status"]["Timeline"]["EndDateTime"] >= timedelta(seconds=1.5)
    cluster.client.terminate_job_flows(JobFlowIds=[cluster.id])


def test_every_so_many_th_call_is_throttled(emr: LocalEMR) -> None:
    emr.set_faults(Faults(throttle_every=1))
    client = emr.emr_client()
    codes = []
    client.meta.events.register(
        "needs-retry.emr", lambda response, **_: codes.append(response[1]["Error"]["Code"]), "first"
    )
    with pytest.raises(ClientError, match="Rate exceeded"):
        client.list_clusters()
    # botocore takes it for what it is, and asks again, as on AWS.
    assert len(codes) > 1
    assert set(codes) == {"ThrottlingException"}
    emr.set_faults(Faults(throttle_every=2))
    assert "Clusters" in emr.emr_client().list_clusters()
    assert "Clusters" in emr.emr_client().list_clusters()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (step("hive-script", "--run"), "Hive is not here: run the query with Spark SQL in a Spark step"),
        (
            step("s3-dist-cp", "--src", "s3://a"),
            "S3DistCp is not here: copy with `hadoop fs -cp`, with Spark or with boto3",
        ),
        (step("yarn", "application", "-list"), "yarn application: not here"),
        (step("no-such-program"), 'Cannot run program "no-such-program"'),
        (step(), 'Cannot run program ""'),
    ],
)
def test_a_command_that_is_not_here_fails_by_name(emr: LocalEMR, given: dict[str, object], message: str) -> None:
    cluster = Cluster(emr, given)
    cluster.ended()
    (failed,) = cluster.steps()
    assert failed["Status"]["State"] == "FAILED"
    assert message in failed["Status"]["FailureDetails"]["Message"]


def test_a_jar_that_is_not_there_is_a_failed_step_and_a_script_that_is_there_runs(emr: LocalEMR) -> None:
    emr.create_bucket(BUCKET)
    emr.client().put_object(Bucket=BUCKET, Key="code/run.sh", Body=b'echo "ran with $1"')
    missing = {"Name": "jar", "ActionOnFailure": "CONTINUE", "HadoopJarStep": {"Jar": f"s3://{BUCKET}/code/none.jar"}}
    runner = "s3://us-east-1.elasticmapreduce/libs/script-runner/script-runner.jar"
    script = {"Jar": runner, "Args": [f"s3://{BUCKET}/code/run.sh", "an argument"]}
    cluster = Cluster(emr, missing, {"Name": "script", "ActionOnFailure": "CONTINUE", "HadoopJarStep": script})
    cluster.ended()
    failed, ran = cluster.steps()
    assert "Not Found" in failed["Status"]["FailureDetails"]["Message"]
    assert cluster.log(f"steps/{ran['Id']}/stdout") == "ran with an argument\n"


def test_a_step_sees_its_clusters_variables_and_nobody_elses(emr: LocalEMR, monkeypatch: pytest.MonkeyPatch) -> None:
    exported = {"OF_HADOOP": "with 'quotes' and $dollars"}
    configurations = [
        {"Classification": "hadoop-env", "Configurations": [{"Classification": "export", "Properties": exported}]}
    ]
    cluster = Cluster(emr, shell("env -0"), Configurations=configurations)
    cluster.ended()
    (ran,) = cluster.steps()
    variables = dict(e.split("=", 1) for e in cluster.log(f"steps/{ran['Id']}/stdout").split("\0") if e)
    assert variables["OF_HADOOP"] == exported["OF_HADOOP"]
    assert variables["EMR_STEP_ID"] == ran["Id"]
    assert variables["AWS_ENDPOINT_URL"] == emr.endpoint_url
    assert "PYTHONPATH" not in variables
    assert variables["PATH"].startswith(str(emr.folder))


def test_a_signal_to_the_step_itself_is_a_failure(emr: LocalEMR) -> None:
    cluster = Cluster(emr, shell("kill -9 $$"))
    cluster.ended()
    (failed,) = cluster.steps()
    assert failed["Status"]["State"] == "FAILED"
    assert f"exit code {-signal.SIGKILL}" in cluster.log(f"steps/{failed['Id']}/controller")


@pytest.mark.parametrize("exit_code", [0, 1])
def test_a_quick_step_leaves_time_to_see_its_cluster_running(emr: LocalEMR, exit_code: int) -> None:
    """The waiter of Dagster's own client asks every 30 s, and fails if it sees a cluster that has ended."""
    on_failure = "TERMINATE_CLUSTER"
    cluster = Cluster(emr, shell(f"exit {exit_code}", on_failure=on_failure), shell("true", on_failure=on_failure))
    cluster.until("COMPLETED", "COMPLETED") if exit_code == 0 else cluster.until("FAILED", "PENDING")
    # Only ListSteps was asked.
    cluster.wait("cluster_running")
    code = "ALL_STEPS_COMPLETED" if exit_code == 0 else "STEP_FAILURE"
    assert cluster.ended()[1] == code
    assert cluster.states()[1] == ("COMPLETED" if exit_code == 0 else "CANCELLED")


@pytest.mark.parametrize("state", ["STARTING", "BOOTSTRAPPING", "RUNNING"])
def test_a_state_is_held_until_other_faults_are_given(emr: LocalEMR, state: Any) -> None:
    emr.set_faults(Faults(hold_state=state))
    cluster = Cluster(emr, shell("true"))
    cluster.until_state(state)
    if state == "RUNNING":
        cluster.until("COMPLETED")
    for _ in range(5):
        assert cluster.describe()["Status"]["State"] == state
    emr.set_faults(None)
    assert cluster.ended()[1] == "ALL_STEPS_COMPLETED"
    assert cluster.states() == ["COMPLETED"]


def test_a_cluster_in_a_held_state_can_be_terminated(emr: LocalEMR) -> None:
    emr.set_faults(Faults(hold_state="STARTING"))
    cluster = Cluster(emr, shell("true"))
    cluster.until_state("STARTING")
    cluster.client.terminate_job_flows(JobFlowIds=[cluster.id])
    assert cluster.ended()[1] == "USER_REQUEST"
