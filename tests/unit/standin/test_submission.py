"""The arguments that the emulator's spark-submit gives to the installed Spark."""

from dataclasses import replace
from pathlib import Path

import pytest

from dagster_pipes_jvm.submit.spark_submit import SparkSubmit
from dagster_pipes_jvm_standin import _submission

SUBMISSION = ["--class", "acme.Jobs", "--conf", "spark.a=b c", "s3://b/jobs.jar", "--master", "of the job"]


def local(words: list[str], jars_of_cluster: str = "") -> list[str]:
    submit = replace(SparkSubmit.read(words), defaults={"spark.jars": jars_of_cluster})
    return _submission.for_local(submit, "local[2]").words()


@pytest.mark.parametrize(
    ("chosen", "becomes"),
    [
        (["--master", "yarn", "--deploy-mode", "cluster"], ["--master", "local[2]", "--deploy-mode", "client"]),
        (
            ["--master=yarn", "--verbose", "--deploy-mode=cluster"],
            ["--master=local[2]", "--verbose", "--deploy-mode=client"],
        ),
        (
            ["--verbose", "--supervise", "--deploy-mode", "client"],
            ["--master", "local[2]", "--verbose", "--supervise", "--deploy-mode", "client"],
        ),
        (
            ["--master", "yarn", "--master", "k8s://x"],
            ["--deploy-mode", "client", "--master", "yarn", "--master", "local[2]"],
        ),
        (
            ["--conf", "spark.master=yarn", "--conf=spark.submit.deployMode=cluster"],
            [
                *["--master", "local[2]", "--deploy-mode", "client"],
                *["--conf", "spark.master=yarn", "--conf=spark.submit.deployMode=cluster"],
            ],
        ),
        ([], ["--master", "local[2]", "--deploy-mode", "client"]),
    ],
)
def test_locally_the_master_and_the_mode_change_and_the_rest_stays(chosen: list[str], becomes: list[str]) -> None:
    assert local([*chosen, *SUBMISSION]) == [*becomes, *SUBMISSION]


@pytest.mark.parametrize(
    ("given", "becomes"),
    [
        ([], ["--conf", "spark.jars=cluster.jar,bridge.jar"]),
        (["--conf", "spark.jars=a.jar"], ["--conf", "spark.jars=a.jar,bridge.jar"]),
        (["--jars=a.jar", "--jars", "b.jar"], ["--jars=a.jar", "--jars", "b.jar,bridge.jar"]),
        (["--jars", "bridge.jar"], ["--jars", "bridge.jar"]),
    ],
)
def test_locally_the_jars_of_cluster_mode_follow_the_others_on_the_class_path(
    given: list[str], becomes: list[str]
) -> None:
    mode = ["--master", "yarn", "--deploy-mode", "cluster", "--conf", "spark.yarn.dist.jars=bridge.jar"]
    words = local([*given, *mode, "job.jar"], "cluster.jar")
    local_mode = ["--master", "local[2]", "--deploy-mode", "client", "--conf", "spark.yarn.dist.jars=bridge.jar"]
    assert words == [*becomes, *local_mode, "job.jar"]


def test_locally_the_python_files_of_cluster_mode_follow_the_others() -> None:
    mode = ["--master", "yarn", "--deploy-mode", "cluster", "--conf", "spark.yarn.dist.pyFiles=ours.zip"]
    words = local(["--py-files", "a.zip", *mode, "job.py"])
    local_mode = ["--master", "local[2]", "--deploy-mode", "client", "--conf", "spark.yarn.dist.pyFiles=ours.zip"]
    assert words == ["--py-files", "a.zip,ours.zip", *local_mode, "job.py"]


@pytest.mark.parametrize(
    ("given", "becomes"),
    [
        ([], ["--conf", "spark.yarn.tags=theirs,tag"]),
        (["--conf", "spark.yarn.tags=mine"], ["--conf", "spark.yarn.tags=mine,tag"]),
        (["--conf=spark.yarn.tags=mine"], ["--conf=spark.yarn.tags=mine,tag"]),
        (["-c", "spark.yarn.tags=mine"], ["-c", "spark.yarn.tags=mine,tag"]),
    ],
)
def test_on_yarn_the_tag_of_the_step_follows_those_of_the_job_or_of_the_cluster(
    given: list[str], becomes: list[str]
) -> None:
    chosen = ["--master", "yarn", "--deploy-mode", "cluster"]
    submit = replace(SparkSubmit.read([*given, *chosen, *SUBMISSION]), defaults={"spark.yarn.tags": "theirs"})
    assert _submission.for_yarn(submit, "tag").words() == [*becomes, *chosen, *SUBMISSION]


@pytest.mark.parametrize(
    ("name", "given", "becomes"),
    [
        ("spark-sql", ["-e", "SELECT 1", "--master=yarn", "-S"], ["-e", "SELECT 1", "--master=local", "-S"]),
        ("spark-shell", ["-I", "a.scala", "--master", "yarn"], ["-I", "a.scala", "--master", "local"]),
        ("pyspark", [], ["--master", "local", "--deploy-mode", "client"]),
    ],
)
def test_a_shell_takes_its_own_arguments_between_the_options(name: str, given: list[str], becomes: list[str]) -> None:
    settings = {"engine": "local", "local_master": "local", "spark_home": "absent"}
    mode = [] if name == "pyspark" else ["--deploy-mode", "client"]
    assert _submission.adapted(name, given, settings, {}) == [*mode, *becomes]


@pytest.mark.parametrize("words", [["--version"], ["--master", "yarn"], ["--speed", "9", "job.py"], ["--conf"]])
def test_spark_itself_answers_what_submits_nothing(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    settings = {"engine": "local", "local_master": "local", "spark_home": "absent"}
    assert _submission.adapted("spark-submit", words, settings, {}) == words
    assert capsys.readouterr().err.startswith("spark-submit: Spark gets the arguments unchanged, because ")


def test_the_properties_of_the_cluster_are_those_that_spark_reads(tmp_path: Path) -> None:
    (tmp_path / "spark-defaults.conf").write_text("spark.yarn.tags theirs\n")
    settings = {"engine": "yarn", "local_master": "local", "spark_home": "absent"}
    environment = {"SPARK_CONF_DIR": str(tmp_path), "EMR_STEP_ID": "s-AB12"}
    words = _submission.adapted("spark-submit", ["job.py"], settings, environment)
    assert words == ["--conf", "spark.yarn.tags=theirs,emr-step-s-ab12", "job.py"]
