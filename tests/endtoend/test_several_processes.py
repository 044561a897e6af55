"""Several processes of one job, each with its own session: all reports count, and each session must be complete."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import (
    PipesJvmFileMessageReader,
    PipesJvmFilesystemMessageReader,
    PipesJvmLogFileMessageReader,
    PipesJvmS3MessageReader,
)
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.conftest import REPOSITORY
from tests.support.dagster_runs import DagsterRuns, Finished, warnings_of

_SOURCE = Path(__file__).parent / "jobs" / "Reporter.java"
_PYTHON = """
from dagster_pipes_jvm.pyspark import open_pipes

with open_pipes() as pipes:
    for n in range(50):
        pipes.log.info(f"a {n}")
    pipes.report_asset_materialization(asset_key="a", metadata={"by": "a"})
"""
CHANNELS = ["file", "s3", "s3, single_attempt=True", "s3, single_attempt=False", "filesystem", "stdout", "stderr"]


@pytest.fixture(scope="module")
def reporter(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command of the program, without its arguments."""
    program = REPOSITORY / "jvm" / "conformance" / "command.py"
    java, _, class_path, _ = json.loads(subprocess.check_output([sys.executable, program]))
    classes = tmp_path_factory.mktemp("reporter")
    javac = str(Path(java).with_name("javac")) if os.sep in java else "javac"
    subprocess.run([javac, "-cp", class_path, "-d", classes, _SOURCE], check=True)
    return [java, "-cp", os.pathsep.join([str(classes), class_path]), "Reporter"]


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with LocalS3() as server:
        server.create_bucket("messages")
        yield server


@pytest.fixture(params=CHANNELS)
def run(
    request: pytest.FixtureRequest, runs: DagsterRuns, s3: LocalS3, tmp_path: Path, reporter: list[str]
) -> Callable[[str], Finished]:
    """Runs a shell script, in which `report` is the program, as the job of two assets."""
    log = tmp_path / "output"
    name, _, option = request.param.partition(", single_attempt=")
    redirected = {"stdout": f" >> {log}", "stderr": f" 2>> {log}"}.get(name, "")

    def reader() -> Any:
        if name == "s3":
            attempts = {"single_attempt": option == "True"} if option else {}
            return PipesJvmS3MessageReader(bucket="messages", client=s3.client(), require_closed=True, **attempts)
        if name == "filesystem":
            return PipesJvmFilesystemMessageReader(str(tmp_path), require_closed=True)
        if name == "file":
            return PipesJvmFileMessageReader(require_closed=True)
        return PipesJvmLogFileMessageReader(str(log), stream=name, require_closed=True)  # type: ignore[arg-type]  # one of the two names

    def run_script(script: str) -> Finished:
        program = f'report() {{ {shlex.join(reporter)} "$@"; }}\n'
        client = dg.PipesSubprocessClient(env={**os.environ, **s3.environment()}, message_reader=reader())

        @dg.multi_asset(specs=[dg.AssetSpec("a"), dg.AssetSpec("b")])
        def both(context: dg.AssetExecutionContext):  # type: ignore[no-untyped-def]  # Dagster reads the type
            command = ["bash", "-c", f"{program}{{ {script}\n}}{redirected}"]
            return client.run(context=context, command=command).get_results()

        return runs.materialize(both)

    return run_script


def metadata(done: Finished) -> dict[str, Any]:
    return {
        one.asset_key.to_user_string(): one.metadata["by"].value
        for one in done.materializations
        if "by" in one.metadata
    }


@pytest.mark.parametrize("way", ["one after the other", "at once", "one starts the other", "Python and the JVM"])
def test_the_reports_of_both_count(
    run: Callable[[str], Finished], tmp_path: Path, way: str, request: pytest.FixtureRequest
) -> None:
    if way == "Python and the JVM" and "[filesystem" in request.node.name:
        pytest.skip("Python writes there through the JVM")
    script = tmp_path / "reports.py"
    script.write_text(_PYTHON, encoding="utf-8")
    together = tmp_path / "together"
    together.mkdir()
    scripts = {
        "one after the other": "report a close - && report b close -",
        "at once": f"report a close {together} & report b close {together} & wait",
        "one starts the other": "report a close - b close -",
        "Python and the JVM": f"{sys.executable} {script} && report b close -",
    }
    done = run(scripts[way])
    assert done.success, done.failure
    assert metadata(done) == {"a": "a", "b": "b"}
    texts = [text for _, text in done.logs]
    for name in ("a", "b"):
        assert [text for text in texts if text.startswith(f"{name} ")] == [f"{name} {n}" for n in range(50)]
    assert [text for text in warnings_of(done) if "[pipes]" in text] == []


def test_one_that_dies_before_its_session_closes_is_named(run: Callable[[str], Finished]) -> None:
    done = run("report a close - && report b halt -")
    assert not done.success
    assert "the end of 1 of its 2 Pipes sessions did not arrive; from the first of these 52 messages" in done.failure
    assert "; without an end: session " in done.failure
