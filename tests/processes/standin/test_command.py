"""The commands of a step's PATH: what they make of their arguments."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_pipes_jvm_standin import _command

SUBMISSION = ["--class", "acme.Jobs", "--conf", "spark.a=b c", "s3://b/jobs.jar", "--master", "of the job"]


@pytest.mark.parametrize(
    "chosen",
    [
        ["--master", "yarn", "--deploy-mode", "cluster"],
        ["--master=yarn", "--deploy-mode=cluster", "--verbose"],
        ["--verbose", "--supervise", "--deploy-mode", "client"],
        [],
    ],
)
def test_locally_the_master_and_the_mode_are_ours_and_the_rest_stays(chosen: list[str]) -> None:
    kept = [word for word in chosen if word in ("--verbose", "--supervise")]
    assert _command.for_local([*chosen, *SUBMISSION], "local[2]") == [
        *["--master", "local[2]", "--deploy-mode", "client", *kept],
        *SUBMISSION,
    ]


@pytest.mark.parametrize(
    ("given", "jars"),
    [([], "cluster.jar"), (["--conf", "spark.jars=a.jar"], "a.jar"), (["--jars=a.jar", "--jars", "b.jar"], "b.jar")],
)
def test_locally_the_jars_of_cluster_mode_are_on_the_class_path_behind_the_others(given: list[str], jars: str) -> None:
    dist = ["--conf", "spark.yarn.dist.jars=bridge.jar"]
    words = _command.for_local([*given, *dist, "job.jar"], "local", "cluster.jar")
    assert words[4:] == [*given, *dist, "--jars", f"{jars},bridge.jar", "job.jar"]


def test_on_yarn_everything_stays_and_a_tag_is_added() -> None:
    chosen = ["--master", "yarn", "--deploy-mode", "cluster"]
    added = ["--conf", "spark.yarn.tags=emr-step-s-1"]
    options, rest = SUBMISSION[:4], SUBMISSION[4:]
    assert _command.for_yarn([*chosen, *SUBMISSION], "emr-step-s-1", "") == [*chosen, *options, *added, *rest]


@pytest.mark.parametrize(
    "given", [["--conf", "spark.yarn.tags=mine"], ["--conf=spark.yarn.tags=mine"], ["-c", "spark.yarn.tags=mine"]]
)
def test_tags_of_the_job_stay_and_go_before_those_of_the_cluster(given: list[str]) -> None:
    tagged = _command.for_yarn([*given, "job.py"], "tag", "the cluster's")
    assert tagged == ["--conf", "spark.yarn.tags=mine,tag", "job.py"]
    assert _command.for_yarn(["job.py"], "tag", "theirs") == ["--conf", "spark.yarn.tags=theirs,tag", "job.py"]


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
    settings = tmp_path / "settings.json"
    settings.write_text(
        json.dumps({"engine": "local", "spark_home": str(tmp_path), "local_master": "local", "yarn_tags": ""})
    )
    program = [sys.executable, "-I", _command.__file__, str(settings)]
    done = subprocess.run([*program, *command], capture_output=True, text=True)
    assert done.returncode == 127
    assert says in done.stderr
    assert "TROUBLESHOOTING.md#standin" in done.stderr
