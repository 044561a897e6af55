"""Messages between the lines of real drivers' logs: of a JVM in a file, of a driver on YARN; and what a job could not send."""

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import (
    PipesJvmFileLogReader,
    PipesJvmLogFileMessageReader,
    PipesJvmS3MessageReader,
    PipesJvmYarnLogMessageReader,
    PipesSparkSubmitClient,
    SparkJob,
    bridge_jar,
)
from dagster_pipes_jvm.submit.spark_home import check_java
from dagster_pipes_jvm_standin.s3_server import LocalS3
from dagster_pipes_jvm_standin.yarn import MiniYarn
from tests.endtoend.conftest import Spark
from tests.faults.proxy import CutAnswer, FaultProxy, Refuse, Request
from tests.support.dagster_runs import DagsterRuns
from tests.support.job_jars import compiled


@pytest.fixture(scope="module")
def chatter_jar(tmp_path_factory: pytest.TempPathFactory, sparks: dict[str, Spark]) -> str:
    return compiled("Chatter", tmp_path_factory.mktemp("chatter") / "classes", f"{sparks['4.3'].home}/jars/*")


def check_lines(output: str) -> None:
    """A line end behind a message is the message's: what was printed in front of it goes on behind it."""
    lines = [line for line in output.splitlines() if "line " in line]
    assert lines == ["line 0", *(f"no end, line {n}" for n in range(1, 300))]


def texts(run: Any) -> list[str]:
    return [text for _, text in run.logs if text.startswith("report ")]


def test_a_jvms_messages_and_lines_are_told_apart_in_the_file_that_its_output_goes_to(
    runs: DagsterRuns,
    conformance_command: list[str],
    chatter_jar: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    log = tmp_path / "driver.log"
    log.write_text('{"__dagster_pipes_version": "0.1", "method": "log", "params": {"message": "an earlier run"}}\n')
    reader = PipesJvmLogFileMessageReader(log, require_closed=True)
    class_path = os.pathsep.join((str(bridge_jar()), chatter_jar))
    command = shlex.join([str(check_java(os.environ)), "-cp", class_path, "Chatter", "300"])
    client = dg.PipesSubprocessClient(message_reader=reader)
    # A shell that appends, and one that writes the file anew.
    for redirect in (">>", ">"):
        shell = ["sh", "-c", f"exec {command} {redirect} {shlex.quote(str(log))}"]
        run = runs.run_body(lambda c, command=shell: client.run(context=c, command=command).get_materialize_result())  # type: ignore[misc]  # mypy does not infer a lambda with a default
        assert run.success, run.failure
        assert texts(run) == [f"report {n}" for n in range(300)]
        assert run.metadata == {"rows": 300}
        assert not any("an earlier run" in text for _, text in run.logs)
        output = capfd.readouterr().out
        check_lines(output)
        assert "__dagster_pipes_version" not in output


@pytest.fixture(params=["log_dirs", pytest.param("yarn logs", marks=pytest.mark.matrix)])
def yarn_and_reader(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[MiniYarn, PipesJvmYarnLogMessageReader]]:
    """`yarn logs` finds the logs of an ended application only where YARN has taken them from the node."""
    if request.param == "log_dirs":
        yarn = request.getfixturevalue("yarn")
        yield (
            yarn,
            PipesJvmYarnLogMessageReader(
                log_dirs=yarn.log_dirs, yarn_command=yarn.yarn_command(), env=yarn.environment()
            ),
        )
    else:
        with MiniYarn(tmp_path_factory.mktemp("yarn"), aggregates_logs=True) as yarn:
            yield yarn, PipesJvmYarnLogMessageReader(yarn_command=yarn.yarn_command(), poll_interval_seconds=3.0)


def test_the_messages_of_a_driver_on_yarn_are_found_in_its_container_log(
    runs: DagsterRuns,
    yarn_and_reader: tuple[MiniYarn, PipesJvmYarnLogMessageReader],
    sparks: dict[str, Spark],
    chatter_jar: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    yarn, reader = yarn_and_reader
    for name, value in yarn.environment().items():
        monkeypatch.setenv(name, value)
    client = PipesSparkSubmitClient(
        "yarn",
        deploy_mode="cluster",
        conf={"spark.ui.enabled": False, **yarn.spark_conf(sparks["4.3"].home)},
        cwd=str(tmp_path),
        message_reader=reader,
    )
    job = SparkJob(chatter_jar, main_class="Chatter", args=["300", "spark"])
    run = runs.run_body(lambda context: client.run(context=context, job=job).get_materialize_result())
    assert run.success, run.failure
    assert texts(run) == [f"report {n}" for n in range(300)]
    assert run.metadata["rows"] == 300
    captured = capfd.readouterr()
    check_lines(captured.out)
    assert captured.out.count("after the session") == 1
    assert captured.err.count("said on stderr") == 1


class FailsFromTheThirdChunk:
    """The third arrives each time, though the writer never hears of it; nothing behind it does."""

    def __init__(self) -> None:
        self.refused: set[str] = set()

    def __call__(self, request: Request) -> CutAnswer | Refuse | None:
        if request.method != "PUT" or not request.is_chunk or request.path.endswith(("/1.json", "/2.json")):
            return None
        self.refused.add(request.path)
        return CutAnswer() if request.path.endswith("/3.json") else Refuse(503, "SlowDown")


def test_what_a_job_could_not_send_to_s3_is_taken_from_its_output_once_and_behind_the_rest(
    runs: DagsterRuns, s3: LocalS3, echo_jar: str, chatter_jar: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fault = FailsFromTheThirdChunk()
    reader = PipesJvmS3MessageReader(bucket="pipes", client=s3.client())
    with FaultProxy(s3.endpoint_url, fault) as proxy:
        client = PipesSparkSubmitClient(
            "local[1]",
            conf={
                "spark.ui.enabled": False,
                **{k: v.replace(s3.endpoint_url, proxy.endpoint) for k, v in s3.spark_conf().items()},
                "spark.dagster.pipes.closeTimeoutMillis": 3000,
                "spark.dagster.pipes.hadoop.fs.s3a.attempts.maximum": 1,
            },
            env={k: v.replace(s3.endpoint_url, proxy.endpoint) for k, v in s3.environment().items()},
            cwd=str(tmp_path),
            message_reader=reader,
        )
        job = SparkJob(chatter_jar, main_class="Chatter", args=["300", "slow"])
        run = runs.run_body(lambda context: client.run(context=context, job=job).get_materialize_result())
    assert run.success, run.failure
    ((_, _, prefix, chunk),) = (path.split("/") for path in fault.refused)
    assert chunk == "3.json"
    assert texts(run) == [f"report {n}" for n in range(300)]
    assert run.metadata["rows"] == 300
    (said,) = [text for _, text in run.logs if "and wrote them here" in text]
    assert "the job could not send" in said
    assert "__dagster_pipes_version" not in "".join(capfd.readouterr())
    # Everything has arrived, so nothing is left for a person to look at.
    assert "Contents" not in s3.client().list_objects_v2(Bucket="pipes", Prefix=prefix)


CUT_OFF_JOB = """
import sys
from dagster_pipes import open_dagster_pipes
from dagster_pipes_jvm.injob.write.s3 import PipesJvmS3MessageWriter

with open_dagster_pipes(message_writer=PipesJvmS3MessageWriter(close_timeout_seconds=1)) as pipes:
    for n in range(300):
        pipes.log.info(f"report {n}")
        print(f"line {n}", file=sys.stderr)
    pipes.report_asset_materialization(metadata={"rows": 300})
"""


def test_with_dagsters_client_a_log_reader_brings_what_the_job_could_not_send(
    runs: DagsterRuns, s3: LocalS3, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "stderr.log"
    reader = PipesJvmS3MessageReader(
        bucket="pipes",
        client=s3.client(),
        require_closed=True,
        log_readers=[PipesJvmFileLogReader(log, stream="stderr")],
    )
    with FaultProxy(
        s3.endpoint_url,
        lambda r: Refuse(503, "SlowDown") if r.method == "PUT" and not r.path.endswith("/1.json") else None,
    ) as proxy:
        env = {k: v.replace(s3.endpoint_url, proxy.endpoint) for k, v in s3.environment().items()}
        client = dg.PipesSubprocessClient(message_reader=reader, env=env)
        command = f"exec {shlex.quote(sys.executable)} -c {shlex.quote(CUT_OFF_JOB)} 2> {shlex.quote(str(log))}"
        run = runs.run_body(
            lambda context: client.run(context=context, command=["sh", "-c", command]).get_materialize_result()
        )
    assert run.success, run.failure
    assert texts(run) == [f"report {n}" for n in range(300)]
    assert run.metadata == {"rows": 300}
    lines = capfd.readouterr().err.splitlines()
    assert [line for line in lines if line.startswith("line ")] == [f"line {n}" for n in range(300)]
    assert any("could not be written to" in text for _, text in run.logs)
