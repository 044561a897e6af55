"""What only a real YARN can show: the application ends with the step that started it."""

import os
import signal
import threading
from pathlib import Path
from typing import Any

import dagster as dg

from dagster_pipes_jvm import PipesJvmFileMessageReader, PipesSparkSubmitClient, SparkJob
from dagster_pipes_jvm.standin.yarn import MiniYarn
from tests.endtoend.conftest import Spark
from tests.support.dagster_runs import DagsterRuns

ECHO = str(Path(__file__).parent / "jobs" / "echo.py")


def client(yarn: MiniYarn, spark: Spark, tmp_path: Path) -> PipesSparkSubmitClient:
    return PipesSparkSubmitClient(
        "yarn",
        deploy_mode="cluster",
        conf={"spark.ui.enabled": False, **yarn.spark_conf(spark.home)},
        env={"HADOOP_CONF_DIR": str(yarn.conf_dir)},
        cwd=str(tmp_path),
        python=str(spark.python),
        message_reader=PipesJvmFileMessageReader(str(tmp_path)),
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
