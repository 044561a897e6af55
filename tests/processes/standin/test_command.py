"""The commands on the PATH of a step, as processes."""

import json
import subprocess
from pathlib import Path

import pytest

from dagster_pipes_jvm.texts import PAGE_URL
from dagster_pipes_jvm_standin import _command


def write_settings(folder: Path) -> Path:
    settings = folder / "settings.json"
    settings.write_text(json.dumps({"engine": "local", "spark_home": str(folder), "local_master": "local"}))
    return settings


def test_a_step_gets_the_installed_spark_whatever_its_python_path_says(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    spark = tmp_path / "bin" / "spark-submit"
    spark.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    spark.chmod(0o755)
    for package in ("dagster_pipes_jvm", "dagster_pipes_jvm_standin", "dataclasses"):
        (tmp_path / f"{package}.py").write_text("raise ImportError('of the user')")
    program = _command.words(write_settings(tmp_path), "spark-submit")
    done = subprocess.run(
        [*program, "--master", "yarn", "job.py", "a  b"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "DAGSTER_PIPES_JVM_STEP_FOLDER": str(tmp_path)},
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["--deploy-mode", "client", "--master", "local", "job.py", "a  b"]
    assert (tmp_path / "submitted").is_file()


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (
            ["spark-submit", "--jars", "s3://b/a.jar,/usr/lib/hudi/hudi-spark-bundle.jar", "job.py"],
            "/usr/lib/hudi/hudi-spark-bundle.jar is a jar that EMR brings, and this machine has not",
        ),
        (
            ["spark-submit", "--conf", "spark.jars=/usr/share/aws/delta/lib/delta-core.jar", "job.py"],
            "delta-core.jar is a jar",
        ),
        (["hive-script"], "hive-script: Hive is not here"),
        (["hadoop", "distcp"], "hadoop distcp: not here; here are: hadoop fs, jar, version"),
        (["yarn"], "yarn (nothing): not here"),
        (["yarn", "application", "-list"], "yarn application: not here"),
    ],
)
def test_what_is_not_here_ends_with_127_and_says_so(command: list[str], says: str, tmp_path: Path) -> None:
    program = _command.words(write_settings(tmp_path), command[0])
    done = subprocess.run([*program, *command[1:]], capture_output=True, text=True)
    assert done.returncode == 127
    assert says in done.stderr
    assert f"{PAGE_URL}#standin" in done.stderr
