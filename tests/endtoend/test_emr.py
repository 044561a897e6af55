"""Jobs as steps on EMR: which cluster, what is sent, what arrives, and every way in which a step ends."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
import pytest
from dagster_pipes import decode_param

from dagster_pipes_jvm import (
    EMRStepJob,
    InvalidParameterError,
    PipesJvmEMRLogMessageReader,
    PipesJvmS3MessageReader,
    PipesSparkEMRClient,
    SparkJob,
)
from dagster_pipes_jvm.texts import PAGE_URL
from dagster_pipes_jvm_standin import Faults, LocalEMR
from tests.conftest import REPOSITORY
from tests.endtoend.conftest import MIGRATION, Spark
from tests.support.dagster_runs import Finished
from tests.support.emr import BUCKET, Cluster, step, until_true
from tests.support.emr_client import OnEMR, bash, job_flow, launched_step, links


def texts(run: Finished) -> list[str]:
    return [text for _, text in run.logs]


# What a step says, and where it is seen.


def test_a_job_on_a_cluster_that_is_there_materializes_its_asset(on_emr: OnEMR, cluster: Cluster) -> None:
    run = on_emr.run(on_emr.job("report"))
    assert run.success, run.failure
    step_id = launched_step(run)
    (materialization,) = run.materializations
    run_id = on_emr.runs.instance.get_runs()[0].run_id
    assert materialization.metadata["run"].value == run_id
    assert [text for text in texts(run) if text.startswith("line ")] == ["line 0", "line 1", "line 2"]

    console = "https://us-east-1.console.aws.amazon.com"
    page, folder = f"{console}/emr/home?region=us-east-1", f"logs/{cluster.id}/steps/{step_id}/"
    where = {
        "AWS EMR Cluster ID": cluster.id,
        "AWS EMR Cluster": f"{page}#/clusterDetails/{cluster.id}",
        "AWS EMR Step ID": step_id,
        "AWS EMR Step": f"{page}&stepId={step_id}#/clusterDetails/{cluster.id}",
        "AWS EMR Spark History": "http://localhost:18080",
        "AWS EMR Log URI": f"{console}/s3/buckets/{BUCKET}?region=us-east-1&prefix={folder}",
        "AWS EMR Log Folder": f"s3://{BUCKET}/{folder}",
    }
    assert links(run) == where
    metadata = run.metadata
    assert where.items() <= metadata.items()
    assert metadata["AWS EMR Pending Seconds"] >= 0
    assert metadata["AWS EMR Running Seconds"] > 0
    assert metadata["dagster_pipes_jvm/messages_received"] == 7
    (name,) = [s["Name"] for s in on_emr.steps() if s["Id"] == step_id]
    assert re.fullmatch(rf"spark-submit \[dagster {run_id} probe 0\.0 [0-9a-f]{{8}}\]", name)
    assert on_emr.state(step_id) == "COMPLETED"
    # Neither messages nor contexts stay.
    assert on_emr.objects() == []
    # The cluster goes on.
    cluster.until_state("WAITING")


@pytest.mark.parametrize("given", [{"cluster_name": "shared"}, {"cluster_tags": {"team": "blue"}}])
def test_the_only_cluster_of_a_name_or_of_tags_is_found(on_emr: OnEMR, cluster: Cluster, given: dict[str, Any]) -> None:
    run = on_emr.run(bash("echo done"), on_emr.client(**given))
    assert run.success, run.failure
    assert run.metadata["AWS EMR Cluster ID"] == cluster.id


def test_no_cluster_and_two_clusters_that_fit_are_errors_that_list_them(on_emr: OnEMR, cluster: Cluster) -> None:
    run = on_emr.run(bash("echo done"), on_emr.client(cluster_name="elsewhere"))
    assert "Expected exactly one cluster with the name 'elsewhere'" in run.failure
    assert "of which none fits, in the states STARTING, BOOTSTRAPPING, RUNNING, WAITING" in run.failure
    assert f"{cluster.id} ('shared')" in run.failure

    twin = Cluster(on_emr.emr, keep_alive=True, Name="shared")
    run = on_emr.run(bash("echo done"), on_emr.client(cluster_name="shared"))
    assert "got 2 that fit: " in run.failure
    assert {cluster.id, twin.id} == set(re.findall(r"j-\w+", run.failure))
    run = on_emr.run(bash("echo done"), on_emr.client(cluster_name="shared", cluster_tags={"team": "blue"}))
    assert run.success, run.failure

    twin.client.terminate_job_flows(JobFlowIds=[twin.id])
    twin.ended()
    run = on_emr.run(bash("echo done"), on_emr.client(cluster_id=twin.id))
    assert f"got '{twin.id}', which is TERMINATED (USER_REQUEST: Terminated by user request)" in run.failure
    run = on_emr.run(bash("echo done"), on_emr.client(cluster_id="j-NOWHERE"))
    assert "'j-NOWHERE', of which EMR says: " in run.failure
    assert "Cluster id 'j-NOWHERE' is not valid." in run.failure


@pytest.mark.parametrize("language", ["Scala", pytest.param("PySpark", marks=pytest.mark.matrix)])
def test_a_new_cluster_runs_the_job_and_ends_with_it(
    on_emr: OnEMR, sparks: dict[str, Spark], flights_csv: Path, language: str
) -> None:
    """With everything on S3: the input, the application, the bridge jar, which the client puts there, and the output."""
    files = {
        "flights.csv": str(flights_csv),
        "jobs.jar": sparks["4.3"].jobs_jar,
        "job.py": str(MIGRATION / "upstream.py"),
    }
    for name, file in files.items():
        on_emr.emr.client().upload_file(file, BUCKET, f"code/{name}")
    code = f"s3://{BUCKET}/code"
    job = {
        "Scala": SparkJob(f"{code}/jobs.jar", main_class="migration.Upstream"),
        "PySpark": SparkJob(f"{code}/job.py"),
    }[language]
    given = job_flow(bash("echo the step before", on_failure="CONTINUE"), tags={"team": "red"})
    before = repr(given)
    extras = {"flights_csv": f"{code}/flights.csv", "output_path": f"s3://{BUCKET}/tables/{language}"}
    client = on_emr.client(job_flow=given, bridge_jar_uri=None, conf={"spark.ui.enabled": False})
    run = on_emr.run(job, client, extras=extras)
    assert run.success, run.failure
    assert run.metadata["rows"] == 400
    assert repr(given) == before
    staged = {"Scala": {".jar"}, "PySpark": {".jar", ".zip"}}[language]
    assert {Path(key).suffix for key in on_emr.objects("dagster-pipes-jvm/dagster-pipes-jvm-")} == staged

    cluster_id = run.metadata["AWS EMR Cluster ID"]
    cluster = on_emr.cluster(cluster_id)
    run_id = on_emr.runs.instance.get_runs()[0].run_id
    assert re.fullmatch(rf"for one run \[dagster {run_id} probe 0\.0 [0-9a-f]{{8}}\]", cluster["Name"])
    tags = {tag["Key"]: tag["Value"] for tag in cluster["Tags"]}
    assert tags["team"] == "red"
    assert (tags["dagster/run_id"], tags["dagster/step_key"]) == (run_id, "probe")
    assert [s["Status"]["State"] for s in on_emr.steps(cluster_id)] == ["COMPLETED", "COMPLETED"]
    ours = on_emr.steps(cluster_id)[-1]
    assert ours["Id"] == run.metadata["AWS EMR Step ID"]
    assert ours["ActionOnFailure"] == "TERMINATE_CLUSTER"
    until_terminated(on_emr, cluster_id)


def until_terminated(on_emr: OnEMR, cluster_id: str) -> dict[str, Any]:
    until_true(lambda: on_emr.cluster(cluster_id)["Status"]["State"].startswith("TERMINATED"))
    return on_emr.cluster(cluster_id)["Status"]["StateChangeReason"]


# What is sent.


def test_a_given_step_gets_the_session_behind_spark_submit_and_keeps_everything_else(on_emr: OnEMR) -> None:
    given = step("bash", "-c", f"echo 'it is me' && spark-submit --class Step {on_emr.step_jar} report", name="nightly")
    job = EMRStepJob.from_step({**given, "ExecutionRoleArn": "arn:aws:iam::123456789012:role/job"})
    client = on_emr.client(deploy_mode="client")
    plan = client.plan(job)
    assert "spark-submit --conf spark.dagster.pipes.context=..." in plan
    run = on_emr.run(job, client)
    assert run.success, run.failure
    answer: Any = on_emr.emr.emr_client().describe_step(ClusterId=on_emr.cluster_id, StepId=launched_step(run))
    sent = answer["Step"]
    assert sent["ExecutionRoleArn"] == "arn:aws:iam::123456789012:role/job"
    assert sent["Name"].startswith("nightly [dagster ")
    script = sent["Config"]["Args"][2]
    assert script.startswith("echo 'it is me' && spark-submit --conf spark.dagster.pipes.context=")
    assert script.endswith(f" --class Step {on_emr.step_jar} report")


def test_an_unmodified_script_reports_what_it_writes(on_emr: OnEMR, tmp_path: Path) -> None:
    script = (Path(__file__).parent / "jobs" / "counted.py").read_bytes()
    on_emr.emr.client().put_object(Bucket=BUCKET, Key="code/counted.py", Body=script)
    job = SparkJob(
        f"s3://{BUCKET}/code/counted.py",
        args=[str(tmp_path / "out")],
        instrument="strict",
        conf={"spark.ui.enabled": False},
    )
    run = on_emr.run(job)
    assert run.success, run.failure
    assert run.metadata["dagster/row_count"] == 100
    assert run.metadata["dagster/uri"].endswith("/out")
    args = on_emr.steps()[-1]["Config"]["Args"]
    assert any(re.search(r"^s3://.*/script_runner-[0-9a-f]{16}\.py$", arg) for arg in args)


@pytest.mark.parametrize("language", ["Scala", pytest.param("PySpark", marks=pytest.mark.matrix)])
def test_a_given_step_of_an_unmodified_application_reports_what_it_writes(
    on_emr: OnEMR, flights_csv: Path, tmp_path: Path, language: str
) -> None:
    """The class of the jar is only in its manifest."""
    code = f"s3://{BUCKET}/code"
    files = {
        "delays.jar": REPOSITORY / "examples" / "zero_code" / "target" / "zero-code_2.13.jar",
        "counted.py": Path(__file__).parent / "jobs" / "counted.py",
    }
    for name, file in files.items():
        on_emr.emr.client().upload_file(str(file), BUCKET, f"code/{name}")
    output = (tmp_path / "out").as_uri()
    words = {
        "Scala": f"{code}/delays.jar {flights_csv.as_uri()} {output}",
        "PySpark": f"{code}/counted.py {output}",
    }
    script = f"set -e; OUT=x; timeout 600 spark-submit --conf spark.ui.enabled=false {words[language]} 2>&1 | cat"
    given = step("bash", "-c", script, name="unmodified")
    job = EMRStepJob.from_step(given, instrument=True)
    shown = on_emr.client().plan(job)
    run = on_emr.run(job)
    assert run.success, run.failure
    assert run.metadata["dagster/row_count"] > 0
    assert urlsplit(run.metadata["dagster/uri"]).path.startswith(urlsplit(output).path)  # Spark: "file:/"
    sent = on_emr.steps()[-1]["Config"]["Args"][2]
    assert sent.startswith("set -e; OUT=x; timeout 600 spark-submit --conf spark.")
    if language == "Scala":
        assert " --class dagsterpipes.instrument.PipesMain " in sent
        assert f"{code}/delays.jar delays.Delays file:" in sent
        assert f"{code}/delays.jar '(Main-Class of {code}/delays.jar)' file:" in shown
    without = on_emr.client().plan(EMRStepJob.from_step(given, pipes="off"))
    assert json.loads(without) == given


@pytest.mark.matrix
@pytest.mark.parametrize("way", ["spark-sql", "SparkJob"])
def test_a_file_of_sql_statements_reports_what_it_writes(on_emr: OnEMR, tmp_path: Path, way: str) -> None:
    output = tmp_path / "out"
    statements = f"insert overwrite directory '{output}' using parquet select id from range(7) -- a;b\n;"
    key = f"code/{way} report.sql"
    on_emr.emr.client().put_object(Bucket=BUCKET, Key=key, Body=statements.encode())
    warehouse = {"spark.ui.enabled": "false", "spark.sql.catalogImplementation": "in-memory"}
    if way == "spark-sql":
        conf = [word for pair in warehouse.items() for word in ("--conf", "=".join(pair))]
        job: SparkJob = EMRStepJob.from_step(
            step("spark-sql", "-S", *conf, "-f", f"s3://{BUCKET}/{key}", name="sql"), instrument=True
        )
    else:
        job = SparkJob(f"s3://{BUCKET}/{key}", conf=warehouse, instrument="strict")
    run = on_emr.run(job)
    assert run.success, run.failure
    assert run.metadata["dagster/row_count"] == 7
    assert run.metadata["dagster/uri"] == str(output)
    sent = on_emr.steps()[-1]["Config"]["Args"]
    expected = "spark-sql" if way == "spark-sql" else "spark-submit"
    assert (sent[0], "dagsterpipes.instrument.SqlMain" in sent) == (expected, way == "SparkJob")
    assert "spark.plugins.defaultList=dagsterpipes.instrument.PipesPlugin" in on_emr.client().plan(job)


def test_pipes_off_sends_the_step_as_it_was_given(on_emr: OnEMR) -> None:
    given = step("bash", "-c", "echo done", name="as it was")
    run = on_emr.run(EMRStepJob.from_step(given, pipes="off"))
    assert run.success, run.failure
    (sent,) = [s for s in on_emr.steps() if s["Id"] == launched_step(run)]
    assert sent["Name"] == "as it was"
    assert sent["Config"]["Args"] == given["HadoopJarStep"]["Args"]
    assert on_emr.client().plan(EMRStepJob.from_step(given)).startswith(" {")


def test_a_context_that_is_too_long_for_a_step_goes_by_s3(on_emr: OnEMR) -> None:
    noise = {str(number): f"{number:x}" * 7 for number in range(3000)}
    run = on_emr.run(on_emr.job("report"), extras=noise)
    assert run.success, run.failure
    sent = dict(arg.split("=", 1) for arg in on_emr.steps()[-1]["Config"]["Args"] if arg.startswith("spark.dagster."))
    assert decode_param(sent["spark.dagster.pipes.context"]).keys() == {"bucket", "key"}
    assert on_emr.objects() == []


def test_a_job_that_is_too_long_by_itself_is_refused_with_the_excess(on_emr: OnEMR) -> None:
    run = on_emr.run(on_emr.job("report", "x" * 10_240))
    assert "Expected a step of at most 10,240 characters" in run.failure
    assert "too many, even with the Pipes context on S3" in run.failure


def test_results_stream_while_the_step_runs(on_emr: OnEMR, tmp_path: Path) -> None:
    gate = tmp_path / "gate"

    def body(context: dg.AssetExecutionContext) -> Iterator[Any]:
        for result in on_emr.client().stream(context=context, job=on_emr.job("report", str(gate))):
            gate.touch()
            yield result

    @dg.multi_asset(specs=[dg.AssetSpec("probe")])
    def streamed(context: dg.AssetExecutionContext) -> Iterator[Any]:
        yield from body(context)

    run = on_emr.runs.materialize(streamed)
    assert run.success, run.failure
    assert len(run.materializations) == 1


@pytest.mark.matrix
def test_a_job_that_reaches_no_bucket_reports_by_the_logs_of_its_step(on_emr: OnEMR) -> None:
    reader = PipesJvmEMRLogMessageReader(client=on_emr.emr.client(), poll_interval_seconds=0.5, quiet_seconds=1.0)
    run = on_emr.run(on_emr.job("report"), on_emr.client(message_reader=reader))
    assert run.success, run.failure
    assert run.metadata["dagster_pipes_jvm/messages_received"] == 7
    run = on_emr.run(on_emr.job("fail"), on_emr.client(message_reader=reader))
    assert "The job reported java.lang.IllegalStateException: " in run.failure


# How a step ends.


def test_a_failed_job_is_told_with_all_that_is_known_and_its_output_is_in_the_compute_logs(
    on_emr: OnEMR, cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    run = on_emr.run(on_emr.job("fail"))
    assert "cannot read the orders\n" in capfd.readouterr().err
    assert not run.success
    step_id = launched_step(run)
    expected = (
        r"The job reported java\.lang\.IllegalStateException: .*outer\..*the orders are missing.*"
        rf"\nEMR step {step_id} \({re.escape(on_emr.step_jar)} Step\) on cluster {cluster.id} ended as FAILED after \d+ s\."
        r"\nReason: Unknown Error\.(\nMessage: .*Exception.*\.)?"
        rf"\nThe cluster is \w+ \(.*\)\.\nWhat to do: See {re.escape(PAGE_URL)}#emr-step-failed"
        rf"\nStep: https://us-east-1\S+stepId={step_id}#/clusterDetails/{cluster.id}"
        rf"\nLog: s3://{BUCKET}/logs/{cluster.id}/steps/{step_id}/stderr\.gz https://\S+/steps/{step_id}/"
        r"\nThe end of the driver's stderr:\n"
    )
    assert re.search(expected, run.failure, re.DOTALL), run.failure
    assert "cannot read the orders" in run.failure
    # A failed step does not end the cluster, nor what others run there.
    cluster.until_state("WAITING")


@pytest.mark.parametrize("pipes", ["required", pytest.param("optional", marks=pytest.mark.matrix)])
def test_a_job_that_never_closes_its_session_fails_the_step_where_it_must(on_emr: OnEMR, pipes: Any) -> None:
    run = on_emr.run(on_emr.job("vanish", pipes=pipes))
    assert run.success == (pipes == "optional")
    text = "opened its Pipes session, whose end did not arrive; 5 messages arrived"
    step_id = launched_step(run)
    how = f"The job ended as COMPLETED (EMR step {step_id} on cluster {on_emr.cluster_id}), and {text}"
    assert how in (run.failure if pipes == "required" else "\n".join(texts(run)))


def test_a_step_that_somebody_cancels_fails_as_cancelled(on_emr: OnEMR, cluster: Cluster) -> None:
    def cancel() -> None:
        cluster.client.cancel_steps(
            ClusterId=cluster.id,
            StepIds=[on_emr.steps()[-1]["Id"]],
            StepCancellationOption="TERMINATE_PROCESS",
        )

    on_emr.when_logged("step RUNNING", cancel)
    run = on_emr.run(bash("sleep 200"), on_emr.client(wait_for_logs_seconds=600.0))
    assert re.search(r"ended as CANCELLED after \d+ s\.", run.failure), run.failure
    assert any(text.endswith("has ended as CANCELLED; no logs are awaited.") for text in texts(run))
    assert "or somebody cancelled this one (CancelSteps in CloudTrail says who)" in run.failure


def test_a_step_behind_one_that_fails_with_cancel_and_wait_fails_as_cancelled(on_emr: OnEMR, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    busy = Cluster(on_emr.emr, keep_alive=True)
    busy.add(step("bash", "-c", f"until [ -e {gate} ]; do sleep 0.1; done; exit 1", on_failure="CANCEL_AND_WAIT"))
    on_emr.when_logged("step PENDING", gate.touch)
    run = on_emr.run(bash("echo never"), on_emr.client(cluster_id=busy.id))
    busy.client.terminate_job_flows(JobFlowIds=[busy.id])
    assert "ended as CANCELLED, before it started." in run.failure
    assert "An earlier step failed with ActionOnFailure=CANCEL_AND_WAIT" in run.failure


@pytest.mark.parametrize(
    ("fault", "state", "why", "remedy"),
    [
        (
            "provisioning",
            "CANCELLED, before it started.",
            r"The cluster is (TERMINATING|TERMINATED_WITH_ERRORS) \(VALIDATION_ERROR: The requested instance type",
            "Correct what the reason names: roles, subnet, instance types or limits of the account.",
        ),
        (
            "bootstrap",
            "CANCELLED, before it started.",
            r"The cluster is (TERMINATING|TERMINATED_WITH_ERRORS) \(BOOTSTRAP_FAILURE: On the master instance",
            "Read the bootstrap action's log under the cluster's LogUri, node/INSTANCE/bootstrap-actions/.",
        ),
        (
            "running",
            "INTERRUPTED after 0 s.",
            r"The cluster is (TERMINATING|TERMINATED_WITH_ERRORS) \(INSTANCE_FAILURE: The master node was terminated",
            "Instances were lost; on spot, use on-demand for the primary node, or a retry policy in Dagster.",
        ),
    ],
)
def test_a_cluster_that_fails_is_told_apart(on_emr: OnEMR, fault: Any, state: str, why: str, remedy: str) -> None:
    on_emr.emr.set_faults(Faults(cluster_fails=fault))
    run = on_emr.run(bash("echo never"), on_emr.client(job_flow=job_flow(), wait_for_logs_seconds=0.5))
    assert not run.success
    assert f"ended as {state}" in run.failure
    assert re.search(why, run.failure), run.failure
    assert remedy in run.failure


def test_a_cluster_that_somebody_terminates_under_the_step_is_told(on_emr: OnEMR) -> None:
    doomed = Cluster(on_emr.emr, keep_alive=True)
    on_emr.when_logged("step RUNNING", lambda: doomed.client.terminate_job_flows(JobFlowIds=[doomed.id]))
    run = on_emr.run(bash("sleep 200"), on_emr.client(cluster_id=doomed.id, wait_for_logs_seconds=0.5))
    assert "ended as CANCELLED after" in run.failure
    assert "(USER_REQUEST: Terminated by user request)" in run.failure
    assert "Somebody terminated the cluster; CloudTrail's TerminateJobFlows says who." in run.failure


def test_a_failed_step_ends_the_cluster_that_was_started_for_it(on_emr: OnEMR) -> None:
    job = bash("echo 'no disk' >&2; exit 3", on_failure="TERMINATE_CLUSTER")
    run = on_emr.run(job, on_emr.client(job_flow=job_flow()))
    assert "ended as FAILED after" in run.failure
    assert "Message: no disk." in run.failure
    assert run.failure.rstrip().endswith("no disk")
    (cluster_id,) = set(re.findall(r"on cluster (j-\w+) ended", run.failure))
    assert until_terminated(on_emr, cluster_id)["Code"] == "STEP_FAILURE"


def test_without_logs_the_error_has_the_rest(on_emr: OnEMR) -> None:
    on_emr.emr.set_faults(Faults(lose_logs=True))
    run = on_emr.run(bash("exit 3"), on_emr.client(wait_for_logs_seconds=0.5))
    assert "ended as FAILED after" in run.failure
    assert "The end of the driver's stderr" not in run.failure
    assert re.search(r"\nLog: s3://\S+/stderr\.gz https://\S+/steps/s-\w+/$", run.failure.rstrip()), run.failure


def test_throttling_costs_time_and_nothing_else(on_emr: OnEMR) -> None:
    on_emr.emr.set_faults(Faults(throttle_every=2))
    run = on_emr.run(on_emr.job("report"))
    assert run.success, run.failure


# Time limits.


def test_a_step_over_its_time_limit_is_ended(on_emr: OnEMR) -> None:
    run = on_emr.run(bash("sleep 200"), on_emr.client(step_time_limit_seconds=0.5))
    assert re.search(
        r"EMR step s-\w+ on cluster j-\w+ is RUNNING after \d+ s, longer than `step_time_limit_seconds`, which is 0\.5;"
        r" it is ended now\. The cluster is RUNNING",
        run.failure,
    ), run.failure
    assert on_emr.state(launched_step(run)) == "CANCELLED"


def test_a_step_that_does_not_start_in_time_is_cancelled(on_emr: OnEMR, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    busy = Cluster(on_emr.emr, keep_alive=True)
    busy.add(step("bash", "-c", f"until [ -e {gate} ]; do sleep 0.1; done"))
    run = on_emr.run(bash("echo never"), on_emr.client(cluster_id=busy.id, start_time_limit_seconds=0.5))
    gate.touch()
    assert "is PENDING after" in run.failure
    assert "longer than `start_time_limit_seconds`" in run.failure
    assert on_emr.state(launched_step(run), busy.id) == "CANCELLED"
    busy.client.terminate_job_flows(JobFlowIds=[busy.id])


# What is refused before anything starts.


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({}, "cluster_id"),
        ({"cluster_id": "j-1", "cluster_name": "shared"}, "cluster_id"),
        ({"cluster_id": "j-1", "poll_interval_seconds": 0}, "poll_interval_seconds"),
        ({"cluster_id": "j-1", "message_reader": None}, "message_reader"),
    ],
)
def test_a_parameter_that_cannot_work_is_named(emr: LocalEMR, given: dict[str, Any], parameter: str) -> None:
    reader = PipesJvmS3MessageReader(bucket=BUCKET, client=emr.client())
    with pytest.raises(InvalidParameterError) as raised:
        PipesSparkEMRClient(**{"message_reader": reader, "client": emr.emr_client(), **given})
    assert raised.value.parameter == parameter
    assert str(raised.value).endswith(f"See {PAGE_URL}#emr-client")
