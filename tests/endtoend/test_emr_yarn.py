"""`PipesSparkEMRClient` where drivers are on a real YARN, in cluster mode: what only that shows."""

import os
import re
import runpy
import shutil
import signal
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from dagster_pipes_jvm import EMRStepJob, SparkJob, bridge_jar
from dagster_pipes_jvm_standin import LocalEMR
from tests.conftest import REPOSITORY
from tests.endtoend.conftest import MIGRATION, Spark
from tests.support.dagster_runs import DagsterRuns, Finished
from tests.support.emr import BUCKET, Cluster, step, until_true
from tests.support.emr_client import STARTED, OnEMR, bash, job_flow

JOBS_JAR = MIGRATION / "jobs" / "target" / "migration-jobs_2.13.jar"
JOBS = Path(__file__).parent / "jobs"
CONFIGURATIONS = [{"Classification": "spark-defaults", "Properties": {"spark.ui.enabled": "false"}}]


@pytest.fixture(scope="module")
def emr(sparks: dict[str, Spark], step_jar: str, flights_csv: Path) -> Iterator[LocalEMR]:
    with LocalEMR("yarn", provisioning_seconds=0.2, spark_home=str(sparks["4.3"].home)) as server:
        server.create_bucket(BUCKET)
        files = {
            "step.jar": step_jar,
            "bridge.jar": bridge_jar(),
            "jobs.jar": sparks["4.3"].jobs_jar,
            "job.py": MIGRATION / "upstream.py",
            "endless.py": JOBS / "endless.py",
            "flights.csv": flights_csv,
        }
        for name, file in files.items():
            server.client().upload_file(str(file), BUCKET, f"code/{name}")
        yield server


@pytest.fixture
def on_emr(emr: LocalEMR, runs: DagsterRuns) -> OnEMR:
    cluster = Cluster(emr, keep_alive=True, Configurations=CONFIGURATIONS)
    return OnEMR(emr, runs, f"s3://{BUCKET}/code/step.jar", cluster.id)


def client(on_emr: OnEMR, **given: Any) -> Any:
    return on_emr.client(bridge_jar_uri=f"s3://{BUCKET}/code/bridge.jar", **given)


@pytest.mark.parametrize("language", ["PySpark", pytest.param("Scala", marks=pytest.mark.matrix)])
def test_a_job_in_cluster_mode_materializes_its_asset(
    on_emr: OnEMR, language: str, capfd: pytest.CaptureFixture[str]
) -> None:
    code = f"s3://{BUCKET}/code"
    job = {
        "Scala": SparkJob(f"{code}/jobs.jar", main_class="migration.Upstream"),
        "PySpark": SparkJob(f"{code}/job.py"),
    }[language]
    extras = {"flights_csv": f"{code}/flights.csv", "output_path": f"s3://{BUCKET}/tables/{language}"}
    run = on_emr.run(job, client(on_emr, wait_for_logs_of_success=True), extras=extras)
    assert run.success, run.failure
    assert run.metadata["rows"] == 400
    # The driver's own log, from its container.
    assert "Submitted application: " in capfd.readouterr().err


def test_a_script_that_fails_before_its_session_is_told_with_the_log_of_its_container(on_emr: OnEMR) -> None:
    on_emr.emr.client().put_object(Bucket=BUCKET, Key="code/early.py", Body=b"import nope\n")
    run = on_emr.run(SparkJob(f"s3://{BUCKET}/code/early.py"), client(on_emr))
    assert "ModuleNotFoundError: No module named 'nope'" in run.failure
    log = rf"\nLog: s3://\S+/{on_emr.cluster_id}/containers/application_\w+/container_\w+_000001/stdout\.gz https://"
    assert re.search(log, run.failure), run.failure


def cancelled(
    on_emr: OnEMR, job: SparkJob, when: str, ready: Callable[[], bool] = lambda: True, **given: Any
) -> Finished:
    """A run that a person cancels when this is in the event log and the job is ready for it."""

    faults: list[BaseException] = []

    def cancel() -> None:
        try:
            until_true(ready)
            (run,) = on_emr.runs.instance.get_runs()
            on_emr.runs.instance.report_run_canceling(run)
        except BaseException as e:
            faults.append(e)
        os.kill(os.getpid(), signal.SIGINT)

    on_emr.when_logged(when, cancel)
    run = on_emr.run(job, client(on_emr, **given))
    assert faults == []
    assert not run.success
    return run


@pytest.fixture
def live(emr: LocalEMR) -> Callable[[], list[str]]:
    """The states of this test's applications that have not ended."""
    before = {application.id for application in emr.yarn.applications()}

    def states() -> list[str]:
        found = [a.state for a in emr.yarn.applications() if a.id not in before]
        return [state for state in found if state not in ("FINISHED", "FAILED", "KILLED")]

    return states


def test_a_cancelled_run_has_the_bridge_end_the_application_with_the_truth(
    on_emr: OnEMR, live: Callable[[], list[str]], tmp_path: Path
) -> None:
    run = cancelled(on_emr, on_emr.job("spark", str(tmp_path / "never")), "waiting", lambda: live() == ["RUNNING"])
    (cancelled_step,) = on_emr.steps()  # No other one was added: the job said `closed`.
    assert cancelled_step["Status"]["State"] == "CANCELLED"
    (error,) = run.engine_errors
    (run_id,) = {entry.run_id for entry in run.entries}
    assert f"the Dagster run {run_id} was cancelled" in error.message
    until_true(lambda: live() == [], live)


# Two minutes each: the other way to end an application is above.
@pytest.mark.matrix
@pytest.mark.parametrize("pipes", ["off", "required"])
def test_a_cancelled_run_of_a_job_without_the_bridge_has_its_application_killed(
    on_emr: OnEMR, live: Callable[[], list[str]], pipes: Any
) -> None:
    code, marks = f"s3://{BUCKET}/code/endless.py", f"marks/{uuid4()}"
    given = step("spark-submit", "--deploy-mode", "cluster", code, f"s3://{BUCKET}/{marks}")
    if pipes == "required":  # Only the shell knows the mode.
        given = step("bash", "-c", f"MODE=cluster; spark-submit --deploy-mode $MODE {code} s3://{BUCKET}/{marks}")

    def has_begun() -> bool:
        return f"{marks}/_SUCCESS" in on_emr.objects(marks)

    cancelled(on_emr, EMRStepJob.from_step(given, pipes=pipes), "step RUNNING", has_begun)
    cancelled_step, kill_step = on_emr.steps()
    assert cancelled_step["Status"]["State"] == "CANCELLED"
    assert kill_step["Name"] == f"end of {cancelled_step['Id']}"
    said = f"[pipes] EMR step {kill_step['Id']} kills what step {cancelled_step['Id']} has left on YARN."
    assert said in on_emr.logged()
    assert kill_step["Status"]["State"] == "COMPLETED"
    until_true(lambda: live() == [], live)


def test_a_cancelled_run_terminates_the_cluster_that_was_started_for_it(on_emr: OnEMR) -> None:
    run = cancelled(on_emr, bash("sleep 200"), "step RUNNING", job_flow=job_flow())
    (launched,) = [text for _, text in run.logs if text.startswith(STARTED)]
    cluster_id = launched.split()[7].rstrip(":")
    assert any(f"cluster {cluster_id}, which was started for it, is terminated." in text for _, text in run.logs)
    until_true(lambda: on_emr.cluster(cluster_id)["Status"]["State"] == "TERMINATED")


def environment_archive(folder: Path) -> Path:
    """A Python of its own: the environment of examples/emr/README.md, without the packages of a job."""
    environment = folder / "environment"
    venv.create(environment, symlinks=False)
    return Path(shutil.make_archive(str(environment), "gztar", environment))


@pytest.mark.matrix
def test_a_pyspark_step_with_its_python_in_an_archive_and_a_scala_step_share_an_asset_graph(
    emr: LocalEMR, runs: DagsterRuns, flights_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = REPOSITORY / "examples" / "emr"
    Cluster(emr, keep_alive=True, Configurations=CONFIGURATIONS, Tags=[{"Key": "team", "Value": "data"}])
    store = emr.client()
    store.upload_file(str(flights_csv), BUCKET, "raw/flights.csv")
    for name, file in {
        "flights.py": example / "flights.py",
        "environment.tar.gz": environment_archive(tmp_path),
        "migration-jobs.jar": JOBS_JAR,
    }.items():
        store.upload_file(str(file), BUCKET, f"code/{name}")
    for name, value in {**emr.environment(), "EMR_EXAMPLE_BUCKET": BUCKET}.items():
        monkeypatch.setenv(name, value)
    defs = runpy.run_path(str(example / "definitions.py"))["defs"]
    result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=runs.instance, raise_on_error=False
    )
    run = Finished(result.success, [*runs.instance.all_logs(result.run_id)])
    assert run.success, run.failure
    flights, delays = run.materializations
    assert flights.metadata["rows"].value == 400
    # In the container, not of this machine.
    assert str(flights.metadata["python"].value).endswith("/environment")
    assert str(flights.metadata["python"].value).startswith(str(emr.folder))
    assert delays.metadata["flights"].value == 400
    assert [check.passed for check in run.checks] == [True]
