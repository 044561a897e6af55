"""`PipesSparkSubmitClient` against a real spark-submit: what reaches the job, how its end becomes the step's end."""

import json
import os
import signal
import subprocess
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import (
    PipesJvmFileMessageReader,
    PipesJvmS3MessageReader,
    PipesJvmStdioMessageReader,
    PipesSparkSubmitClient,
    SparkJob,
    SparkSubmitFailedError,
    bridge_jar,
)
from dagster_pipes_jvm.texts import PAGE_URL
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.support.dagster_runs import DagsterRuns
from tests.support.job_jars import compiled

JOBS = Path(__file__).parent / "jobs"
ECHO_PY = str(JOBS / "echo.py")
NO_UI = {"spark.ui.enabled": False}

EVERY_CHARACTER = [
    "plain",
    "",
    " leading and trailing ",
    "--conf",
    "a=b=c",
    "\"double\" 'single' `backtick`",
    "$HOME ${HOME} $(id) %HOME% !!",
    "back\\slash \\n \\\\",
    "line\nbreak\ttab",
    "carriage\rreturn\r\n",
    "* ? [a-z] {a,b} ~ # & | ; < > ( )",
    "é ß 漢字 \U0001f680 \u2028",
    "ends with a line break\n",
]


@pytest.fixture(params=["jar", "py"])
def echo(request: pytest.FixtureRequest, echo_jar: str) -> SparkJob:
    return SparkJob(ECHO_PY) if request.param == "py" else SparkJob(echo_jar, main_class="Echo")


def local_client(**arguments: Any) -> PipesSparkSubmitClient:
    return PipesSparkSubmitClient("local[1]", conf=NO_UI, **arguments)


# Values with a carriage return take another way to the JVM than the rest: bin/spark-class would drop it.
@pytest.mark.parametrize(
    "values", [EVERY_CHARACTER, [v for v in EVERY_CHARACTER if "\r" not in v]], ids=["all", "no CR"]
)
def test_arguments_and_properties_reach_the_job_exactly_as_given(
    runs: DagsterRuns, echo: SparkJob, tmp_path: Path, values: list[str]
) -> None:
    conf = {f"spark.echo.{number}": value for number, value in enumerate(values)}
    custom: list[Any] = []

    def body(context: dg.AssetExecutionContext) -> Any:
        # A JVM in this locale takes its arguments for ASCII.
        client = local_client(cwd=str(tmp_path), env={"LC_ALL": "C", "LANG": "C"})
        invocation = client.run(context=context, job=echo, args=values, conf=conf)
        custom.extend(invocation.get_custom_messages())
        return invocation.get_materialize_result()

    run = runs.run_body(body)
    assert run.success, run.failure
    assert custom[0]["args"] == values
    assert custom[0]["conf"] == conf


def test_an_exception_fails_the_step_with_the_jobs_own_words(runs: DagsterRuns, echo: SparkJob, tmp_path: Path) -> None:
    run = runs.run_body(lambda c: local_client(cwd=str(tmp_path)).run(context=c, job=echo, args=["fail"]))
    assert not run.success
    assert f"spark-submit of {echo.application}" in run.failure
    assert "failed with exit code 1 after" in run.failure
    assert "The job reported" in run.failure
    assert "The end of the driver's stderr:\n" in run.failure
    assert "the orders are missing" in run.failure
    (error,) = run.engine_errors
    assert "the orders are missing" in (error.cause or error).message
    assert any("Echo.java" in line or "echo.py" in line for line in error.stack)


def test_a_job_that_never_closed_fails_the_step_though_its_exit_code_is_0(
    runs: DagsterRuns, echo: SparkJob, tmp_path: Path
) -> None:
    run = runs.run_body(
        lambda c: local_client(cwd=str(tmp_path)).run(context=c, job=echo, args=["exit-without-closing"])
    )
    assert not run.success
    assert (
        "PipesNotClosedError: The job ended with exit code 0, and opened its Pipes session, whose end did not arrive;"
        in run.failure
    )
    assert "2 messages arrived, the last one" in run.failure
    assert f"See {PAGE_URL}#not-closed" in run.failure


def test_python_and_the_jvm_code_it_calls_share_one_ordered_session(runs: DagsterRuns, tmp_path: Path) -> None:
    jar = compiled("Mixed", tmp_path / "mixed")
    messages = tmp_path / "messages.jsonl"
    reader = dg.PipesFileMessageReader(str(messages), cleanup_file=False)
    job = SparkJob(str(JOBS / "mixed.py"), args=[str(tmp_path / "too_late")], jars=[jar])
    client = local_client(cwd=str(tmp_path), message_reader=reader)
    run = runs.run_body(lambda c: client.run(context=c, job=job, extras={"from": "Dagster"}).get_materialize_result())
    assert run.success, run.failure
    assert run.metadata["by"] == "both"
    reported = [text for _, text in run.logs if text[:1].isdigit() or "5 JVM" in text]
    failed = "The JVM's part of this job failed: java.lang.IllegalStateException: 5 JVM"
    assert reported[4].startswith(failed)
    assert reported[:4] == ["1 Python", "2 JVM with extras from Dagster", "3 Python", "4 JVM"]
    assert reported[5:] == ["6 Python", "7 JVM after stop, from Dagster"]
    methods = [json.loads(line)["method"] for line in messages.read_text(encoding="ascii").splitlines()]
    assert methods == ["opened", *["log"] * 7, "report_asset_materialization", "closed"]
    assert "A Pipes session with the same message parameters has ended." in (tmp_path / "too_late").read_text()


def write_script(directory: Path, text: str) -> SparkJob:
    script = directory / "job.py"
    script.write_text(text, encoding="utf-8")
    return SparkJob(str(script))


# Runs under spark-submit, without the seconds that a SparkSession takes.
SHOW_COMMAND = """
import os, pathlib, sys
print("pipes variables:", sorted(n for n in os.environ if n.startswith("DAGSTER_PIPES")))
parent = pathlib.Path(f"/proc/{os.getppid()}/cmdline")
if parent.exists():
    pathlib.Path("command").write_bytes(parent.read_bytes())
"""


@pytest.mark.parametrize("mode", ["required", "optional", "off"])
def test_how_much_a_job_must_report_is_what_its_mode_says(runs: DagsterRuns, tmp_path: Path, mode: Any) -> None:
    job = replace(write_script(tmp_path, SHOW_COMMAND), pipes=mode)
    run = runs.run_body(lambda c: local_client(cwd=str(tmp_path)).run(context=c, job=job).get_materialize_result())
    # Where Dagster's web UI shows it from: the step's compute log.
    output = "".join(log.read_text(encoding="utf-8") for log in tmp_path.glob("dagster_home/storage/**/*.out"))
    attached = "spark.dagster.pipes" in (tmp_path / "command").read_bytes().decode()
    if mode == "required":
        assert not run.success
        assert "PipesNotClosedError: The job ended with exit code 0, and never opened its Pipes session." in run.failure
        assert 'SparkJob(..., pipes="optional")' in run.failure
    else:
        assert run.success, run.failure
        assert len(run.materializations) == 1
    assert attached == (mode != "off")
    assert "deploy-mode" not in (tmp_path / "command").read_bytes().decode()
    assert ("DAGSTER_PIPES_CONTEXT" in output) == (mode != "off")
    assert "pipes variables:" in output


def test_dagsters_own_open_dagster_pipes_works_unchanged(runs: DagsterRuns, tmp_path: Path) -> None:
    script = """
from dagster_pipes import open_dagster_pipes
with open_dagster_pipes() as pipes:
    pipes.report_asset_materialization(metadata={"table": pipes.get_extra("table")})
"""
    job = write_script(tmp_path, script)

    def body(context: dg.AssetExecutionContext) -> Any:
        extras = {"table": "orders"}
        return local_client(cwd=str(tmp_path)).run(context=context, job=job, extras=extras).get_materialize_result()

    run = runs.run_body(body)
    assert run.success, run.failure
    assert run.metadata["table"] == "orders"


def test_jars_that_spark_defaults_name_stay_on_the_class_path(runs: DagsterRuns, tmp_path: Path, echo_jar: str) -> None:
    conf_dir = tmp_path / "conf"
    conf_dir.mkdir()
    (conf_dir / "spark-defaults.conf").write_text(f"spark.jars {echo_jar}\n", encoding="utf-8")
    script = """
from pyspark.sql import SparkSession
from dagster_pipes_jvm.pyspark import open_pipes
spark = SparkSession.builder.getOrCreate()
with open_pipes(spark) as pipes:
    jars = spark.conf.get("spark.jars")
    pipes.report_asset_materialization(metadata={"jars": jars})
"""
    job = write_script(tmp_path, script)
    env = {"SPARK_CONF_DIR": str(conf_dir)}
    run = runs.run_body(
        lambda c: local_client(cwd=str(tmp_path), env=env).run(context=c, job=job).get_materialize_result()
    )
    assert run.success, run.failure
    assert echo_jar in run.metadata["jars"]
    assert bridge_jar().name in run.metadata["jars"]


def test_an_application_on_s3_runs_and_reports_over_s3(
    runs: DagsterRuns, s3: LocalS3, tmp_path: Path, echo_jar: str
) -> None:
    s3.client().upload_file(echo_jar, "pipes", "code/echo.jar")
    job = SparkJob("s3://pipes/code/echo.jar", main_class="Echo")
    reader = PipesJvmS3MessageReader(bucket="pipes", client=s3.client())
    client = PipesSparkSubmitClient(
        "local[1]",
        conf={**NO_UI, **s3.spark_conf()},
        env=s3.environment(),
        cwd=str(tmp_path),
        message_reader=reader,
    )
    run = runs.run_body(lambda c: client.run(context=c, job=job).get_materialize_result())
    assert run.success, run.failure
    assert run.metadata["dagster_pipes_jvm/messages_received"] == 4
    # The reason of a failure is in the last chunk, which is read after the process has ended.
    run = runs.run_body(lambda c: client.run(context=c, job=job, args=["fail"]))
    assert "The job reported java.lang.IllegalStateException: outer." in run.failure


def test_an_interruption_ends_the_whole_process_group(runs: DagsterRuns, echo: SparkJob, tmp_path: Path) -> None:
    """Dagster interrupts a step by a signal; the job must not go on without it."""
    group: list[int] = []

    def body(context: dg.AssetExecutionContext) -> Any:
        client = local_client(cwd=str(tmp_path), termination_grace_seconds=10)
        threading.Thread(target=interrupt_when, args=(runs, context.run_id, "waiting", group), daemon=True).start()
        return client.run(context=context, job=echo, args=["wait"]).get_materialize_result()

    run = runs.run_body(body)
    assert not run.success
    assert group
    listed = subprocess.run(["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    processes = [line.split(None, 2) for line in listed.splitlines()]
    # A zombie has ended; who shall reap it is the machine's affair.
    assert [p for p in processes if int(p[0]) == group[0] and not p[1].startswith("Z")] == []


def interrupt_when(runs: DagsterRuns, run_id: str, said: str, group: list[int]) -> None:
    poll = threading.Event()
    while True:
        texts = [entry.user_message for entry in runs.instance.all_logs(run_id)]
        if said in texts:
            (started,) = [text for text in texts if text.startswith("[pipes] started process ")]
            group.append(int(started.split()[3].rstrip(":")))
            os.kill(os.getpid(), signal.SIGINT)
            return
        poll.wait(0.1)


def test_a_jar_without_a_main_class_is_refused_before_spark_starts(runs: DagsterRuns, echo_jar: str) -> None:
    run = runs.run_body(lambda c: local_client().run(context=c, job=SparkJob(echo_jar)))
    assert (
        "InvalidParameterError: Invalid value for parameter `main_class` of `SparkJob`. Expected the class to run, because the"
        ' manifest of echo.jar has no Main-Class, got None. Pass `main_class="acme.Downstream"`.'
        f" See {PAGE_URL}#main-class"
    ) in run.failure


def test_a_class_that_the_jar_lacks_is_named(runs: DagsterRuns, echo_jar: str, tmp_path: Path) -> None:
    job = SparkJob(echo_jar, main_class="acme.Nowhere")
    run = runs.run_body(lambda c: local_client(cwd=str(tmp_path)).run(context=c, job=job))
    assert "failed with exit code 101" in run.failure
    assert "The application's jar holds no class acme.Nowhere: correct `main_class` of the SparkJob" in run.failure


def test_an_application_that_is_not_there_is_refused_before_spark_starts(runs: DagsterRuns) -> None:
    run = runs.run_body(lambda c: local_client().run(context=c, job=SparkJob("nowhere/job.py")))
    assert (
        "Expected an existing file or a URI with a scheme, got nowhere/job.py (no such file, in working directory"
        in run.failure
    )


def test_without_java_the_step_says_so_before_spark_starts(runs: DagsterRuns, tmp_path: Path) -> None:
    client = local_client(env={"JAVA_HOME": str(tmp_path)})
    run = runs.run_body(lambda c: client.run(context=c, job=SparkJob(ECHO_PY)))
    assert (
        f"JavaNotFoundError: spark-submit needs a JDK or JRE, and there is none: JAVA_HOME is {tmp_path}" in run.failure
    )


def test_without_spark_the_step_says_so(runs: DagsterRuns, tmp_path: Path) -> None:
    client = local_client(spark_home=str(tmp_path))
    run = runs.run_body(lambda c: client.run(context=c, job=SparkJob(ECHO_PY)))
    assert (
        "SparkNotFoundError: No Spark was found: the parameter `spark_home` of `PipesSparkSubmitClient`" in run.failure
    )


@pytest.mark.parametrize("bucket", ["no-such-bucket", "pipes"])
def test_s3_refusing_the_job_is_an_error_with_its_remedy(
    runs: DagsterRuns, s3: LocalS3, tmp_path: Path, echo_jar: str, bucket: str
) -> None:
    """404 for a bucket that is not there, 403 for wrong credentials: the job's side, seen from the step."""
    params = {"bucket": bucket, "key_prefix": "p", "upload_interval_millis": 300}

    class Params(dg.PipesTempFileMessageReader):
        def read_messages(self, handler: Any) -> Any:
            from contextlib import nullcontext

            return nullcontext(params)

    wrong = {"AWS_SECRET_ACCESS_KEY": "wrong"} if bucket == "pipes" else {}
    client = PipesSparkSubmitClient(
        "local[1]",
        conf={**NO_UI, **s3.spark_conf()},
        env={**s3.environment(), **wrong},
        cwd=str(tmp_path),
        message_reader=Params(),
    )
    run = runs.run_body(lambda c: client.run(context=c, job=SparkJob(echo_jar, main_class="Echo")))
    assert not run.success
    assert f"{PAGE_URL}#s3-access" in run.failure
    assert f"s3://{bucket}" in run.failure or f"s3a://{bucket}" in run.failure


@pytest.mark.parametrize(
    ("reader", "got"),
    [
        (None, "None"),
        (PipesJvmFileMessageReader(), "PipesJvmFileMessageReader"),
        (PipesJvmStdioMessageReader(), "PipesJvmStdioMessageReader"),
        (dg.PipesTempFileMessageReader(), "PipesTempFileMessageReader"),
    ],
)
def test_cluster_mode_asks_for_a_reader_that_both_sides_reach(runs: DagsterRuns, reader: Any, got: str) -> None:
    client = PipesSparkSubmitClient("yarn", deploy_mode="cluster", message_reader=reader)
    run = runs.run_body(lambda c: client.run(context=c, job=SparkJob(ECHO_PY)))
    assert (
        "InvalidParameterError: Invalid value for parameter `message_reader` of `PipesSparkSubmitClient`. Expected a reader that"
        f" reaches what the driver writes, because in cluster mode it runs on another machine, got {got}. Pass"
        " PipesJvmS3MessageReader(bucket=..., client=...), or PipesJvmFileMessageReader(directory=...) with a directory that"
        f" both machines mount. See {PAGE_URL}#cluster-mode"
    ) in run.failure


def test_cluster_mode_asks_for_an_injector_that_both_sides_reach(runs: DagsterRuns, tmp_path: Path) -> None:
    client = PipesSparkSubmitClient(
        "yarn",
        deploy_mode="cluster",
        message_reader=PipesJvmFileMessageReader(str(tmp_path)),
        context_injector=dg.PipesTempFileContextInjector(),
    )
    run = runs.run_body(lambda c: client.run(context=c, job=SparkJob(ECHO_PY)))
    assert "Invalid value for parameter `context_injector` of `PipesSparkSubmitClient`." in run.failure


def test_extras_that_no_argument_can_hold_are_refused(runs: DagsterRuns, tmp_path: Path) -> None:
    client = local_client(context_injector=dg.PipesEnvContextInjector(), cwd=str(tmp_path))
    extras = {"big": os.urandom(120_000).hex()}
    run = runs.run_body(lambda c: client.run(context=c, job=SparkJob(ECHO_PY), extras=extras))
    assert "Invalid value for parameter `extras` of `PipesSparkSubmitClient.run`." in run.failure
    assert "PipesS3ContextInjector" in run.failure


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"args": ["a", "x" * 140_000]}, "`args[1]` of `SparkJob`"),
        ({"conf": {"spark.a": "x" * 140_000}}, "`conf['spark.a']` of `SparkJob`"),
        ({"args": ["x" * 100_000] * 30}, "`args` of `SparkJob`"),
    ],
)
def test_arguments_that_linux_cannot_pass_are_refused_before_the_launch(
    runs: DagsterRuns, tmp_path: Path, given: dict[str, Any], parameter: str
) -> None:
    run = runs.run_body(lambda c: local_client(cwd=str(tmp_path)).run(context=c, job=SparkJob(ECHO_PY), **given))
    assert f"Invalid value for parameter {parameter}." in run.failure
    assert " too many" in run.failure
    assert f"See {PAGE_URL}#argument-size" in run.failure


def test_long_arguments_and_a_long_context_that_linux_can_pass_reach_the_job(runs: DagsterRuns, tmp_path: Path) -> None:
    custom: list[Any] = []
    args = ["x" * 131_071, *["y" * 100_000] * 10]

    def body(context: dg.AssetExecutionContext) -> Any:
        extras = {"big": os.urandom(300_000).hex()}
        invocation = local_client(cwd=str(tmp_path)).run(
            context=context, job=SparkJob(ECHO_PY), args=args, extras=extras
        )
        custom.extend(invocation.get_custom_messages())
        return invocation.get_materialize_result()

    run = runs.run_body(body)
    assert run.success, run.failure
    assert custom[0]["args"] == args


def test_the_error_carries_the_exit_code_and_the_end_of_stderr() -> None:
    error = SparkSubmitFailedError("failed", exit_code=3, stderr_tail=["a", "b"])
    assert (error.exit_code, error.stderr_tail) == (3, ("a", "b"))
