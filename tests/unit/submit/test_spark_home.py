from pathlib import Path

import pytest

from dagster_pipes_jvm import JavaNotFoundError, SparkNotFoundError
from dagster_pipes_jvm.submit import spark_home as module
from dagster_pipes_jvm.submit.spark_defaults import spark_defaults
from dagster_pipes_jvm.submit.spark_home import check_java, find_spark_home
from dagster_pipes_jvm.texts import PAGE_URL


def make_spark(home: Path) -> Path:
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "spark-submit").write_text("#!/bin/sh\n")
    (home / "bin" / "spark-submit").chmod(0o755)
    return home


def test_the_parameter_goes_before_the_environment_and_that_before_pyspark(tmp_path: Path) -> None:
    given, variable = make_spark(tmp_path / "given"), make_spark(tmp_path / "variable")
    environment = {"SPARK_HOME": str(variable)}
    assert find_spark_home(str(given), environment) == given
    assert find_spark_home(None, environment) == variable
    assert find_spark_home(None, {}).name == "pyspark"


def test_spark_submit_on_the_path_is_found_through_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    home = make_spark(tmp_path / "spark")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "spark-submit").symlink_to(home / "bin" / "spark-submit")
    assert find_spark_home(None, {"PATH": str(tmp_path / "bin")}) == home


def test_a_place_that_was_named_is_not_replaced_by_another(tmp_path: Path) -> None:
    with pytest.raises(SparkNotFoundError) as caught:
        find_spark_home(str(tmp_path), {})
    assert str(caught.value) == (
        f"No Spark was found: the parameter `spark_home` of `PipesSparkSubmitClient` is {tmp_path}, which has no"
        " bin/spark-submit. Correct it, or leave it out and install pyspark beside Dagster (`pip install pyspark`)."
        f" See {PAGE_URL}#spark-not-found"
    )


def test_without_any_spark_the_error_says_where_it_was_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(SparkNotFoundError) as caught:
        find_spark_home(None, {"PATH": ""})
    assert str(caught.value) == (
        "No Spark was found: pyspark is not installed beside Dagster, PATH has no spark-submit of a Spark installation, and"
        " neither `spark_home` of `PipesSparkSubmitClient` nor SPARK_HOME names one. Install pyspark beside Dagster"
        f" (`pip install pyspark`), or set one of the two. See {PAGE_URL}#spark-not-found"
    )


@pytest.mark.parametrize(
    ("environment", "looked_at"),
    [
        ({"PATH": ""}, "JAVA_HOME is not set and PATH has no java"),
        ({"JAVA_HOME": "nowhere", "PATH": "/usr/bin"}, "JAVA_HOME is nowhere, which has no bin/java"),
    ],
)
def test_without_java_the_error_says_where_it_was_looked_for(environment: dict[str, str], looked_at: str) -> None:
    with pytest.raises(JavaNotFoundError) as caught:
        check_java(environment)
    assert str(caught.value) == (
        f"spark-submit needs a JDK or JRE, and there is none: {looked_at}. Install JDK 17 and set JAVA_HOME to it, in"
        f" Dagster's environment or in the client's `env`. See {PAGE_URL}#no-jdk"
    )


def test_the_defaults_file_is_read_as_spark_reads_it(tmp_path: Path) -> None:
    (tmp_path / "spark-defaults.conf").write_text(
        "# comment\n\nspark.jars  a.jar,b.jar\nspark.a=1\nspark.b = x y \nspark.c: =z\nspark.d\n! other\n"
    )
    assert spark_defaults(tmp_path, {"SPARK_CONF_DIR": str(tmp_path)}) == {
        "spark.jars": "a.jar,b.jar",
        "spark.a": "1",
        "spark.b": "x y",
        "spark.c": "=z",
        "spark.d": "",
    }
    assert spark_defaults(tmp_path, {}) == {}
