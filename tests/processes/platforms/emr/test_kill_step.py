"""The script of the step that kills an application, with a `yarn` that lists and kills what files say."""

import os
import subprocess
from pathlib import Path

from dagster_pipes_jvm.platforms.emr.kill_step import kill_step

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
