"""What only a real YARN can show: the application ends with the step that started it."""

import logging
import os
import signal
import threading
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import PipesJvmFileMessageReader, PipesJvmS3MessageReader, PipesSparkSubmitClient, SparkJob
from dagster_pipes_jvm_standin.s3_server import LocalS3
from dagster_pipes_jvm_standin.yarn import MiniYarn
from tests.endtoend.conftest import Spark
from tests.support.dagster_runs import DagsterRuns
from tests.support.job_jars import compiled

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


# YARN's launch script and Spark's file of properties pass these on. The client refuses the rest.
ARGUMENTS = [
    "plain",
    "",
    " leading and trailing ",
    "--conf",
    "a=b=c",
    "\"double\" 'single'",
    "$HOME ${HOME} $(id) %HOME% !!",
    "back\\slash \\n \\d+ ends with \\",
    "line\nbreak\ttab",
    "carriage\rreturn\r\n",
    "* ? [a-z] {a,b} ~ # & | ; < > ( )",
    '{"a": {"b": 1} }',
    "é ß 漢字 \U0001f680 \u2028",
    "control \x01 \x7f",
]
PROPERTIES = [value for value in ARGUMENTS if value and value == value.strip()]
ONLY_PROPERTIES = ['{{a}} }} <LOG_DIR> <CPS> `id` \\\\ \\$ \\"']
LOCALE = {"spark.yarn.appMasterEnv.LC_ALL": "C.UTF-8"}


@pytest.fixture(scope="module")
def echo_on_spark(sparks: dict[str, Spark], tmp_path_factory: pytest.TempPathFactory) -> SparkJob:
    jars = f"{sparks['4.3'].home}/jars/*"
    jar = compiled("EchoOnSpark", tmp_path_factory.mktemp("echo") / "classes", jars)
    return SparkJob(jar, main_class="EchoOnSpark")


@pytest.mark.parametrize("language", ["jar", "py"])
def test_arguments_and_properties_reach_a_driver_on_yarn_exactly_as_given(
    runs: DagsterRuns, yarn: MiniYarn, sparks: dict[str, Spark], echo_on_spark: SparkJob, tmp_path: Path, language: str
) -> None:
    job = SparkJob(ECHO) if language == "py" else echo_on_spark
    conf = {f"spark.echo.{number}": value for number, value in enumerate([*PROPERTIES, *ONLY_PROPERTIES])}
    custom: list[Any] = []

    def body(context: dg.AssetExecutionContext) -> Any:
        invocation = client(yarn, sparks["4.3"], tmp_path).run(
            context=context, job=job, args=ARGUMENTS, conf={**conf, **LOCALE}
        )
        custom.extend(invocation.get_custom_messages())
        return invocation.get_materialize_result()

    run = runs.run_body(body)
    assert run.success, run.failure
    assert custom[0]["args"] == ARGUMENTS
    assert custom[0]["conf"] == conf


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"args": ['{"a": {"b": 1}}']}, "args[0]"),
        ({"args": ["`id`"]}, "args[0]"),
        ({"args": ["é"]}, "args[0]"),
        ({"conf": {"spark.yarn.appMasterEnv.A": "$(id)"}}, "conf['spark.yarn.appMasterEnv.A']"),
        ({"args": ["x" * 70_000, "y" * 70_000]}, "args"),
    ],
)
def test_a_string_that_yarn_would_change_is_refused_before_anything_is_submitted(
    runs: DagsterRuns, yarn: MiniYarn, sparks: dict[str, Spark], tmp_path: Path, given: dict[str, Any], parameter: str
) -> None:
    before = yarn.applications()
    run = runs.run_body(lambda c: client(yarn, sparks["4.3"], tmp_path).run(context=c, job=SparkJob(ECHO), **given))
    assert f"Invalid value for parameter `{parameter}` of `SparkJob`." in run.failure
    assert yarn.applications() == before


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
    ((_, state, final_status, _),) = set(yarn.applications()) - before
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
    ((_, state, final_status, _),) = set(yarn.applications()) - before
    assert (state, final_status) == ("FINISHED", "SUCCEEDED")
    assert run.metadata["attempt"] == 2
    assert custom == [{"attempt": 2}]
    texts = [text for _, text in run.logs]
    (again,) = [text for text in texts if "the job was started again: attempt 2 begins." in text]
    assert "the first attempt gives up; its 2 report(s) do not count." in again
    assert texts.index("attempt 1 works") < texts.index(again) < texts.index("attempt 2 works")


def test_a_spark_submit_that_would_not_wait_is_made_to_wait(
    runs: DagsterRuns, yarn: MiniYarn, sparks: dict[str, Spark], tmp_path: Path
) -> None:
    job = SparkJob(ECHO, args=["#{day}"], conf={"spark.yarn.submit.waitAppCompletion": False})
    before = set(yarn.applications())
    run = runs.run_body(
        lambda c: client(yarn, sparks["4.3"], tmp_path).run(context=c, job=job).get_materialize_result()
    )
    assert run.success, run.failure
    ((_, state, final_status, _),) = set(yarn.applications()) - before
    assert (state, final_status) == ("FINISHED", "SUCCEEDED")
    warnings = [text for level, text in run.logs if level == logging.WARNING]
    assert any(text.startswith("[pipes] spark.yarn.submit.waitAppCompletion=false is replaced") for text in warnings)
    assert any(
        text.startswith("[pipes] Nothing renders #{day}: the job gets the template itself.") for text in warnings
    )
