"""A cancelled step whose application is to be killed: what becomes of the step that kills is said."""

import os
import subprocess
from pathlib import Path

import dagster as dg
import pytest

from dagster_pipes_jvm import PipesJvmFileMessageReader
from dagster_pipes_jvm.platforms.emr.kill_step import kill_step
from dagster_pipes_jvm.platforms.emr.platform import EmrPlatform
from dagster_pipes_jvm.platforms.emr.states import EmrStep
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.run.ending import JobEnding
from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm.run.reattach import LaunchBook
from tests.support.dagster_runs import DagsterRuns, Finished
from tests.support.emr_answers import ADDED, Refusal, ScriptedEMR, VirtualClock

STEP = EmrStep("s-1", "j-1", started_cluster=False, yarn_tag="tag", is_cluster_mode=True, log_uri=None)
KILLS = f"[pipes] EMR step {ADDED} kills what step s-1 has left on YARN."


def ended(runs: DagsterRuns, kill_states: dict[float, str | Refusal]) -> tuple[Finished, ScriptedEMR]:
    """A run that ends its step, where the step that kills has these states from these virtual seconds on."""
    clock = VirtualClock()

    def state(step_id: str, seconds: float) -> str | Refusal:
        return [s for at, s in kill_states.items() if at <= seconds][-1] if step_id == ADDED else "CANCELLED"

    emr = ScriptedEMR(clock, state)

    def body(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        handler = PipesJvmMessageHandler(context, PipesJvmFileMessageReader())
        book = LaunchBook(context, EmrPlatform(emr.client, None, None, {}), LaunchIdentity(context.run.run_id, "probe"))
        JobEnding(book, handler, STEP, None, Patience(clock=clock)).end("cancelled by hand")
        return dg.MaterializeResult()

    return runs.run_body(body), emr


def warnings(run: Finished) -> list[str]:
    return [text for _, text in run.logs if "an application may run on" in text]


def test_a_step_that_has_killed_the_application_is_waited_for(runs: DagsterRuns) -> None:
    run, emr = ended(runs, {0: "PENDING", 20: "RUNNING", 30: "COMPLETED"})
    assert run.success
    assert KILLS in [text for _, text in run.logs]
    assert warnings(run) == []
    ((_, added),) = emr.of("AddJobFlowSteps")
    assert added["Steps"] == [kill_step("s-1", "tag")]


@pytest.mark.parametrize(
    ("states", "last"),
    [
        ({0: "RUNNING", 9: "FAILED"}, "FAILED"),
        ({0: "PENDING"}, "PENDING"),
        ({0: "PENDING", 9: (400, "AccessDeniedException")}, "out of sight (An error occurred (AccessDeniedException)"),
    ],
)
def test_one_that_fails_or_does_not_get_its_turn_is_said_with_what_to_do(
    runs: DagsterRuns, states: dict[float, str | Refusal], last: str
) -> None:
    run, emr = ended(runs, states)
    assert run.success
    (warning,) = warnings(run)
    assert f"EMR step {ADDED}, which is to kill what step s-1 has left on YARN, is {last}" in warning
    assert "`yarn application -kill ID`" in warning
    assert emr.requests[-1][0] <= 70


# A `yarn` that lists and kills what the files say.
YARN = """#!/bin/bash
case "$2" in
  -list) cat listed || exit 1; cp later listed 2>/dev/null; true;;
  -kill) echo "$3" >> killed; ! grep -qx "$3" unkillable 2>/dev/null;;
esac
"""


def run_script(directory: Path, yarn_tag: str | None = "tag", **files: str) -> tuple[int, list[str]]:
    """The exit code of the kill step's script, and the applications that it had YARN kill."""
    yarn = directory / "bin" / "yarn"
    yarn.parent.mkdir()
    yarn.write_text(YARN, encoding="utf-8")
    yarn.chmod(0o755)
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8")
    command = kill_step("s-1", yarn_tag, pause_seconds=0)["HadoopJarStep"]["Args"]
    env = {**os.environ, "PATH": f"{yarn.parent}{os.pathsep}{os.environ['PATH']}"}
    code = subprocess.run(command, cwd=directory, env=env, capture_output=True, check=False).returncode
    killed = directory / "killed"
    return code, killed.read_text(encoding="utf-8").split() if killed.exists() else []


def test_the_script_kills_what_has_the_tag(tmp_path: Path) -> None:
    listed = "Total number of applications: 2\napplication_1_0001\tjob\napplication_1_0002\tjob\n"
    assert run_script(tmp_path, listed=listed) == (0, ["application_1_0001", "application_1_0002"])


def test_the_script_waits_for_an_application_that_comes_late(tmp_path: Path) -> None:
    assert run_script(tmp_path, listed="", later="application_1_0001\tjob\n") == (0, ["application_1_0001"])


def test_the_script_kills_what_a_step_without_a_tag_has_named(tmp_path: Path) -> None:
    step = tmp_path / "s-1"
    step.mkdir()
    (step / "stderr").write_text("INFO Client: Submitted application application_1_0007\n", encoding="utf-8")
    own = tmp_path / "s-2"
    own.mkdir()
    assert run_script(own, None) == (0, ["application_1_0007"])


def test_the_script_fails_where_yarn_does_not_answer(tmp_path: Path) -> None:
    assert run_script(tmp_path) == (1, [])


def test_the_script_fails_where_one_of_several_is_not_killed(tmp_path: Path) -> None:
    listed = "application_1_0001\napplication_1_0002\n"
    code, killed = run_script(tmp_path, listed=listed, unkillable="application_1_0001\n")
    assert (code, killed) == (1, ["application_1_0001", "application_1_0002"])


def test_the_script_ends_well_where_nothing_is_left(tmp_path: Path) -> None:
    assert run_script(tmp_path, listed="Total number of applications: 0\n") == (0, [])
