"""The additions of a run to a spark-submit, which are the same for a process of this machine and a step."""

from dataclasses import replace
from typing import Any

import pytest

from dagster_pipes_jvm.submit.attach import attached, with_driver_environment, without_session
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit

CONTEXT = {"spark.dagster.pipes.context": "b"}


def on(master: str, deploy_mode: str = "cluster") -> SparkSubmit:
    return SparkSubmit.read(["--master", master, "--deploy-mode", deploy_mode, "job.py"])


@pytest.mark.parametrize(
    ("master", "expected"),
    [
        ("yarn", {"spark.yarn.appMasterEnv.DAGSTER_PIPES_CONTEXT": "b"}),
        ("k8s://https://host", {"spark.kubernetes.driverEnv.DAGSTER_PIPES_CONTEXT": "b"}),
        ("spark://host:7077", {}),
        ("local[2]", {}),
    ],
)
def test_a_driver_in_the_cluster_gets_its_environment_by_properties(master: str, expected: dict[str, str]) -> None:
    assert with_driver_environment(on(master), CONTEXT).changes.properties == expected
    assert with_driver_environment(on(master, "client"), CONTEXT) == on(master, "client")


def test_a_value_that_yarns_shell_could_not_carry_is_left_out() -> None:
    assert with_driver_environment(on("yarn"), {"spark.dagster.pipes.context": "b" * 60_001}) == on("yarn")


def test_what_is_attached_twice_is_there_once_and_without_the_session_the_rest_stays() -> None:
    ours: Any = {"session_conf": CONTEXT, "bridge_jar": "ours.jar", "pyspark_zip": "ours.zip", "yarn_tag": "tag"}
    once = attached(on("yarn"), **ours)
    assert attached(once, **ours) == once
    shown = without_session(with_driver_environment(once, CONTEXT)).changes.properties
    assert shown == {
        "spark.yarn.dist.jars": "ours.jar",
        "spark.yarn.dist.pyFiles": "ours.zip",
        "spark.yarn.tags": "tag",
        "spark.yarn.maxAppAttempts": "1",
    }


CLUSTER = ("--master", "yarn", "--deploy-mode", "cluster")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["job.py"], ["--conf", "spark.submit.pyFiles=ours.zip", "job.py"]),
        (["--py-files", "a.zip,b.py", "job.py"], ["--py-files", "a.zip,b.py,ours.zip", "job.py"]),
        (
            ["--conf", "spark.submit.pyFiles=a.zip", "job.py"],
            ["--conf", "spark.submit.pyFiles=a.zip,ours.zip", "job.py"],
        ),
        # YARN merges the two lists.
        (
            [*CLUSTER, "--py-files", "a.zip", "job.py"],
            ["--conf", "spark.yarn.dist.pyFiles=ours.zip", *CLUSTER, "--py-files", "a.zip", "job.py"],
        ),
        (
            [*CLUSTER, "--conf", "spark.yarn.dist.pyFiles=a.zip", "job.py"],
            [*CLUSTER, "--conf", "spark.yarn.dist.pyFiles=a.zip,ours.zip", "job.py"],
        ),
        (
            ["--master", "k8s://h", "--deploy-mode", "cluster", "job.py"],
            ["--conf", "spark.submit.pyFiles=ours.zip", "--master", "k8s://h", "--deploy-mode", "cluster", "job.py"],
        ),
        (["--class", "acme.Job", "job.jar"], ["--class", "acme.Job", "job.jar"]),
    ],
)
def test_only_a_python_application_gets_the_pyspark_zip_behind_its_own_files(
    words: list[str], expected: list[str]
) -> None:
    submit = attached(SparkSubmit.read(words), session_conf={}, bridge_jar=None, pyspark_zip="ours.zip")
    assert submit.without_properties({"spark.yarn.maxAppAttempts"}).words() == expected


def test_the_pyspark_zip_joins_the_files_of_the_machine() -> None:
    machine = {"spark.submit.pyFiles": "of-machine.zip", "spark.yarn.dist.pyFiles": "of-yarn.zip"}
    for words, key, value in (
        (["job.py"], "spark.submit.pyFiles", "of-machine.zip,ours.zip"),
        ([*CLUSTER, "job.py"], "spark.yarn.dist.pyFiles", "of-yarn.zip,ours.zip"),
    ):
        submit = replace(SparkSubmit.read(words), defaults=machine)
        done = attached(submit, session_conf={}, bridge_jar=None, pyspark_zip="ours.zip")
        assert done.changes.properties[key] == value


def test_a_change_is_seen_by_the_next_one() -> None:
    words = ["--jars", "a.jar", "--conf", "spark.yarn.tags=team", "job.py", "x"]
    submit = SparkSubmit.read(words).with_entries("spark.jars", ["b.jar"]).with_entries("spark.jars", ["c.jar"])
    assert submit.spark_property("spark.jars") == "a.jar,b.jar,c.jar"
    submit = submit.with_property("spark.yarn.tags", "other").with_entries("spark.yarn.tags", ["ours"])
    assert submit.spark_property("spark.yarn.tags") == "other,ours"
    submit = submit.with_args(["y"]).with_args_before("first")
    assert submit.words() == [
        *("--jars", "a.jar,b.jar,c.jar", "--conf", "spark.yarn.tags=other,ours", "job.py", "first", "y"),
    ]
    assert submit.args == ("first", "y")
    assert SparkSubmit.read(words).words() == words


def test_a_change_to_what_is_there_already_is_none() -> None:
    submit = SparkSubmit.read(["--executor-memory=4g", "--conf", "spark.a=1", "job.py", "x"])
    same = submit.with_properties({"spark.executor.memory": "4g", "spark.a": "1"}).with_args(["x"])
    assert same is submit
    hidden = replace(submit, defaults={"spark.b": "1"}).with_property("spark.b", "1")
    assert hidden.words()[:2] == ["--conf", "spark.b=1"]
