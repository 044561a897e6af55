"""What only a real YARN can show: the application ends with the step that started it."""

import os
import signal
import threading
from pathlib import Path
from typing import Any

import dagster as dg

from dagster_pipes_jvm import PipesJvmFileMessageReader, PipesJvmS3MessageReader, PipesSparkSubmitClient, SparkJob
from dagster_pipes_jvm_standin.s3_server import LocalS3
from dagster_pipes_jvm_standin.yarn import MiniYarn
from tests.endtoend.conftest import Spark
from tests.support.dagster_runs import DagsterRuns

JOBS = Path(__file__).parent / "jobs"
ECHO = str(JOBS / "echo.py")


def client(yarn: MiniYarn, spark: Spark, tmp_path: Path, s3: LocalS3 | None = None) -> PipesSparkSubmitClient:
    conf: dict[str, Any] = {"spark.ui.enabled": False, **yarn.spark_conf(spark.home)}
    env = {"HADOOP_CONF_DIR": str(yarn.conf_dir)}
    if s3 is not None:
        variables = s3.environment()
        env |= variables
        conf |= s3.spark_conf() | {f"spark.yarn.appMasterEnv.{name}": value for name, value in variables.items()}
    return PipesSparkSubmitClient(
        "yarn",
        deploy_mode="cluster",
        conf=conf,
        env=env,
        cwd=str(tmp_path),
        python=str(spark.python),
        message_reader=(
            PipesJvmS3MessageReader(bucket="pipes", client=s3.client())
            if s3 is not None
            else PipesJvmFileMessageReader(str(tmp_path))
        ),
    )


def test_an_interruption_ends_the_application(
    runs: DagsterRuns, yarn: MiniYarn, sparks: dict[str, Spark], tmp_path: Path
) -> None:
    """spark-submit in cluster mode only watches: killing it alone would leave the application running and paid for."""

    def interrupt(run_id: str) -> None:
        poll = threading.Event()
        while "waiting" not in [entry.user_message for entry in runs.instance.all_logs(run_id)]:
            poll.wait(0.2)
        os.kill(os.getpid(), signal.SIGINT)

    def body(context: dg.AssetExecutionContext) -> Any:
        threading.Thread(target=interrupt, args=(context.run_id,), daemon=True).start()
        return client(yarn, sparks["4.3"], tmp_path).run(context=context, job=SparkJob(ECHO, args=["wait"]))

    before = set(yarn.applications())
    run = runs.run_body(body)
    assert not run.success
    ((_, state, final_status),) = set(yarn.applications()) - before
    assert (state, final_status) == ("KILLED", "KILLED")
    assert any("[pipes] ended YARN applications ['application_" in text for _, text in run.logs)


def test_of_two_attempts_both_are_heard_and_the_last_one_counts(
    runs: DagsterRuns, yarn: MiniYarn, sparks: dict[str, Spark], s3: LocalS3, tmp_path: Path
) -> None:
    custom: list[Any] = []

    def body(context: dg.AssetExecutionContext) -> Any:
        job = SparkJob(str(JOBS / "attempts.py"), conf={"spark.yarn.maxAppAttempts": 2})
        invocation = client(yarn, sparks["4.3"], tmp_path, s3).run(context=context, job=job)
        custom.extend(invocation.get_custom_messages())
        return invocation.get_materialize_result()

    before = set(yarn.applications())
    run = runs.run_body(body)
    assert run.success, run.failure
    ((_, state, final_status),) = set(yarn.applications()) - before
    assert (state, final_status) == ("FINISHED", "SUCCEEDED")
    assert run.metadata["attempt"] == 2
    assert custom == [{"attempt": 2}]
    texts = [text for _, text in run.logs]
    (again,) = [text for text in texts if "the job was started again: attempt 2 begins." in text]
    assert "the first attempt gives up; its 2 report(s) do not count." in again
    assert texts.index("attempt 1 works") < texts.index(again) < texts.index("attempt 2 works")


def test_a_spark_submit_that_would_not_wait_is_refused(
    runs: DagsterRuns, yarn: MiniYarn, sparks: dict[str, Spark], tmp_path: Path
) -> None:
    conf = {"spark.yarn.submit.waitAppCompletion": False}
    job = SparkJob(ECHO, conf=conf)
    run = runs.run_body(lambda c: client(yarn, sparks["4.3"], tmp_path).run(context=c, job=job))
    assert (
        "Invalid value for parameter `conf['spark.yarn.submit.waitAppCompletion']` of `PipesSparkSubmitClient`. Expected true:"
        " the step ends when the application does, and spark-submit has to wait for it, got 'false'. Leave the property out."
        " See TROUBLESHOOTING.md#cluster-mode"
    ) in run.failure
