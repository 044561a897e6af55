"""A PEX as the Python of a script: Spark's Python path stays visible in it."""

import pytest

from dagster_pipes_jvm.submit.attach import attached
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit

ON_DRIVER = "spark.yarn.appMasterEnv.PEX_INHERIT_PATH"
ON_EXECUTORS = "spark.executorEnv.PEX_INHERIT_PATH"
CLUSTER = ("--master", "yarn", "--deploy-mode", "cluster")


def values(*words: str, python: str = "") -> list[str | None]:
    submit = attached(SparkSubmit.read(words), session_conf={}, bridge_jar=None, python=python)
    return [submit.spark_property(key) for key in (ON_DRIVER, ON_EXECUTORS)]


@pytest.mark.parametrize(
    "words",
    [
        ("--conf", "spark.pyspark.python=./env.pex", "--files", "s3://b/env.pex"),
        ("--conf", "spark.pyspark.driver.python=./env.pex", "--archives", "s3://b/env.pex"),
        ("--conf", "spark.yarn.appMasterEnv.PYSPARK_PYTHON=./env.pex"),
        ("--conf", "spark.yarn.appMasterEnv.PYSPARK_DRIVER_PYTHON=./env.pex"),
    ],
)
def test_a_pex_inherits_the_python_path_behind_its_own_packages(words: tuple[str, ...]) -> None:
    assert values(*CLUSTER, *words, "job.py") == ["fallback", "fallback"]
    assert values("--master", "yarn", *words, "job.py")[0] is None  # The driver is on this machine.


def test_a_deploy_mode_that_is_not_known_counts_as_both() -> None:
    words = ("--properties-file", "s3://b/spark.conf", "--conf", "spark.pyspark.python=./env.pex", "job.py")
    assert values("--master", "yarn", *words) == ["fallback", "fallback"]


def test_the_environment_of_spark_submit_may_name_it() -> None:
    assert values(*CLUSTER, "job.py", python="./env.pex") == ["fallback", "fallback"]


def test_the_users_own_value_stays() -> None:
    own = ("--conf", f"{ON_DRIVER}=prefer")
    assert values(*CLUSTER, "--conf", "spark.pyspark.python=./env.pex", *own, "job.py") == ["prefer", "fallback"]


@pytest.mark.parametrize(
    "words", [("job.py",), ("--conf", "spark.pyspark.python=./env/bin/python", "job.py"), ("--class", "A", "job.jar")]
)
def test_other_jobs_get_nothing(words: tuple[str, ...]) -> None:
    assert values(*CLUSTER, *words) == [None, None]
