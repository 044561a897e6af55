"""Jobs that fail before their Pipes session opens: the error shows the reason, which nobody has reported."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from dagster_pipes_jvm import PipesJvmFileMessageReader, PipesJvmStdioMessageReader, PipesSparkSubmitClient, SparkJob
from dagster_pipes_jvm_standin.yarn import MiniYarn
from tests.endtoend.conftest import Spark
from tests.support.dagster_runs import DagsterRuns
from tests.support.emr_client import OnEMR, launched_step
from tests.support.job_jars import compiled

MEMORY = "SIGKILL ended the driver, and the usual sender is the system or the cluster when memory runs out"
SCRIPTS = {
    "import": ("import nope\n", "ModuleNotFoundError: No module named 'nope'", "import nope"),
    "syntax": ("x = 1\ndef f(:\n    pass\n", "SyntaxError: ", "def f(:"),
    "raise": ("def f():\n    raise KeyError('orders')\nf()\n", "KeyError: 'orders'", "raise KeyError('orders')"),
}


def script(tmp_path: Path, text: str) -> str:
    path = tmp_path / "job.py"
    path.write_text(text, encoding="utf-8")
    return str(path)


def failure(runs: DagsterRuns, job: SparkJob, tmp_path: Path, **given: Any) -> str:
    defaults = {"master": "local[1]", "conf": {"spark.ui.enabled": False}, "cwd": str(tmp_path)}
    client = PipesSparkSubmitClient(**{**defaults, **given})
    run = runs.run_body(lambda c: client.run(context=c, job=job).get_materialize_result())
    assert not run.success
    return run.failure


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("channel", ["file", "stdout"])
def test_the_traceback_of_a_script_is_in_the_error(runs: DagsterRuns, tmp_path: Path, name: str, channel: str) -> None:
    text, cause, line = SCRIPTS[name]
    given = {"message_reader": PipesJvmStdioMessageReader()} if channel == "stdout" else {}
    error = failure(runs, SparkJob(script(tmp_path, text)), tmp_path, **given)
    assert "failed with exit code 1 after" in error
    assert f"The last exception in the driver's output is {cause}" in error
    assert line in error


def test_a_script_that_ends_itself_is_no_exception(runs: DagsterRuns, tmp_path: Path) -> None:
    error = failure(runs, SparkJob(script(tmp_path, "import sys\nsys.exit(3)\n")), tmp_path)
    assert "failed with exit code 3 after" in error
    assert "The script ended itself with exit code 3." in error
    assert "The last exception" not in error


@pytest.mark.parametrize("how", ["driver", "spark-submit"])
def test_a_killed_driver_hints_at_memory(runs: DagsterRuns, tmp_path: Path, how: str) -> None:
    pid = "os.getpid()" if how == "driver" else "os.getppid()"
    text = f"import os, signal, time\nos.kill({pid}, signal.SIGKILL)\ntime.sleep(600)\n"
    error = failure(runs, SparkJob(script(tmp_path, text)), tmp_path)
    assert f"failed with {'exit code 137' if how == 'driver' else 'signal 9'} after" in error
    assert MEMORY in error


@pytest.fixture(scope="module")
def early_jar(tmp_path_factory: pytest.TempPathFactory) -> str:
    return compiled("Early", tmp_path_factory.mktemp("early") / "classes")


@pytest.mark.parametrize(
    ("main_class", "cause", "remedy"),
    [
        (
            "Early",
            "java.lang.ExceptionInInitializerError, caused by java.lang.IllegalStateException: no configuration",
            "",
        ),
        (
            "Early$NoMain",
            "java.lang.NoSuchMethodException: Early$NoMain.main",
            "has no method `public static void main",
        ),
        ("acme.None", "Error: Failed to load class acme.None", "holds no class acme.None"),
    ],
)
def test_the_exception_of_a_jar_is_in_the_error(
    runs: DagsterRuns, early_jar: str, tmp_path: Path, main_class: str, cause: str, remedy: str
) -> None:
    error = failure(runs, SparkJob(early_jar, main_class=main_class), tmp_path)
    assert f"The last exception in the driver's output is {cause}" in error
    assert remedy in error


def test_a_full_heap_is_the_reason_though_the_jvm_writes_it_to_stdout(
    runs: DagsterRuns, early_jar: str, tmp_path: Path
) -> None:
    conf = {
        "spark.ui.enabled": False,
        "spark.driver.memory": "64m",
        "spark.testing.memory": "600000000",
        "spark.driver.extraJavaOptions": "-XX:+ExitOnOutOfMemoryError",
    }
    error = failure(runs, SparkJob(early_jar, main_class="Early$Full"), tmp_path, conf=conf)
    assert "failed with exit code 3 after" in error
    assert "Terminating due to java.lang.OutOfMemoryError: Java heap space. The driver had too little memory" in error


@pytest.mark.parametrize("deploy_mode", ["client", "cluster"])
def test_on_emr_the_traceback_is_in_the_error_and_in_the_message_of_the_step(
    on_emr: OnEMR, tmp_path: Path, deploy_mode: Any
) -> None:
    text, cause, line = SCRIPTS["import"]
    run = on_emr.run(SparkJob(script(tmp_path, text)), on_emr.client(deploy_mode=deploy_mode))
    assert not run.success
    assert f"The last exception in the driver's output is {cause}" in run.failure
    assert line in run.failure
    step_id = launched_step(run)
    # Spark's PythonRunner writes the traceback to stdout. Without YARN that is the stdout of the step in both modes.
    log = rf"\nLog: s3://\S+/{on_emr.cluster_id}/steps/{step_id}/stdout\.gz https://"
    assert re.search(log, run.failure), run.failure
    details: Any = on_emr.emr.emr_client().describe_step(ClusterId=on_emr.cluster_id, StepId=step_id)
    assert details["Step"]["Status"]["FailureDetails"]["Message"] == cause


def test_on_emr_a_killed_step_hints_at_memory(on_emr: OnEMR, tmp_path: Path) -> None:
    text = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
    run = on_emr.run(SparkJob(script(tmp_path, text)), on_emr.client(deploy_mode="client"))
    assert MEMORY in run.failure


class OnYarn:
    """A YARN that keeps the logs of ended applications, and its `yarn` on a path of its own."""

    def __init__(self, yarn: MiniYarn, spark: Spark, folder: Path) -> None:
        self.yarn = yarn
        self.spark = spark
        self.command_folder = folder
        command = folder / "yarn"
        command.write_text(f'#!/bin/sh\nexec {" ".join(yarn.yarn_command())} "$@"\n', encoding="utf-8")
        command.chmod(0o755)

    def failure(self, runs: DagsterRuns, job: SparkJob, tmp_path: Path, *, has_command: bool) -> str:
        path = os.environ["PATH"]
        return failure(
            runs,
            job,
            tmp_path,
            master="yarn",
            deploy_mode="cluster",
            conf=self.yarn.spark_conf(self.spark.home),
            env={
                "HADOOP_CONF_DIR": str(self.yarn.conf_dir),
                "PATH": f"{self.command_folder}{os.pathsep}{path}" if has_command else path,
            },
            python=str(self.spark.python),
            message_reader=PipesJvmFileMessageReader(str(tmp_path)),
        )


@pytest.fixture(scope="module")
def on_yarn(tmp_path_factory: pytest.TempPathFactory, sparks: dict[str, Spark]) -> Any:
    with MiniYarn(tmp_path_factory.mktemp("yarn"), aggregates_logs=True) as yarn:
        yield OnYarn(yarn, sparks["4.3"], tmp_path_factory.mktemp("bin"))


def test_on_yarn_the_traceback_comes_from_the_log_of_the_container(
    runs: DagsterRuns, on_yarn: OnYarn, tmp_path: Path
) -> None:
    text, cause, line = SCRIPTS["import"]
    error = on_yarn.failure(runs, SparkJob(script(tmp_path, text)), tmp_path, has_command=True)
    assert f"The last exception in the driver's output is {cause}" in error
    assert line in error


def test_on_yarn_the_error_has_the_command_for_the_log_if_nothing_reads_it(
    runs: DagsterRuns, on_yarn: OnYarn, early_jar: str, tmp_path: Path
) -> None:
    error = on_yarn.failure(runs, SparkJob(early_jar, main_class="Early"), tmp_path, has_command=False)
    assert (
        "The driver's own output is in the log of its YARN container: `yarn logs -applicationId application_" in error
    )


def test_on_yarn_a_killed_driver_hints_at_memory(runs: DagsterRuns, on_yarn: OnYarn, tmp_path: Path) -> None:
    text = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n"
    error = on_yarn.failure(runs, SparkJob(script(tmp_path, text)), tmp_path, has_command=False)
    assert MEMORY in error
