"""Which Spark and which Java a submission uses."""

import os
import shutil
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from dagster_pipes_jvm.errors import JavaNotFoundError, SparkNotFoundError
from dagster_pipes_jvm.texts import see


def find_spark_home(spark_home: str | None, environment: Mapping[str, str]) -> Path:
    """The Spark installation: the one given, `SPARK_HOME`, that of an installed pyspark, or that of `spark-submit` on `PATH`.

    Raises:
        SparkNotFoundError: where none of them holds `bin/spark-submit`.
    """
    for source, home in _named_homes(spark_home, environment):
        if _has_spark_submit(home):
            return home
        # A named place must be right: the author of the name did not mean another Spark.
        raise SparkNotFoundError(
            f"No Spark was found: {source} is {home}, which has no bin/spark-submit. Correct it, or leave it out and install"
            f" pyspark beside Dagster (`pip install pyspark`). {see('spark-not-found')}"
        )
    pyspark = _home_of_pyspark()
    if pyspark is not None and _has_spark_submit(pyspark):
        return pyspark
    on_path = shutil.which("spark-submit", path=environment.get("PATH"))
    if on_path and _has_spark_submit(home := Path(on_path).resolve().parents[1]):
        return home
    raise SparkNotFoundError(
        "No Spark was found:"
        f" {'pyspark is not installed beside Dagster' if pyspark is None else f'{pyspark} has no bin/spark-submit'}, PATH has no"
        " spark-submit of a Spark installation, and neither `spark_home` of `PipesSparkSubmitClient` nor SPARK_HOME names one."
        f" Install pyspark beside Dagster (`pip install pyspark`), or set one of the two. {see('spark-not-found')}"
    )


def _has_spark_submit(home: Path) -> bool:
    return (home / "bin" / "spark-submit").is_file()


def _named_homes(spark_home: str | None, environment: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    if spark_home:
        yield "the parameter `spark_home` of `PipesSparkSubmitClient`", Path(spark_home)
    if environment.get("SPARK_HOME"):
        yield "the environment variable SPARK_HOME", Path(environment["SPARK_HOME"])


def _home_of_pyspark() -> Path | None:
    spec = find_spec("pyspark")
    return Path(spec.origin).parent if spec and spec.origin else None


def has_spark_sql(spark_home: Path) -> bool:
    """Whether a Spark installation has the program behind `spark-sql`, which some distributions leave out."""
    return any((spark_home / "jars").glob("spark-hive-thriftserver_*.jar"))


def check_java(environment: Mapping[str, str]) -> Path:
    """The `java` that spark-submit will use: that of `JAVA_HOME`, else the first on `PATH`.

    Raises:
        JavaNotFoundError: where there is none.
    """
    java_home = environment.get("JAVA_HOME")
    if java_home:
        java = Path(java_home) / "bin" / "java"
        if java.is_file() and os.access(java, os.X_OK):
            return java
        looked_at = f"JAVA_HOME is {java_home}, which has no bin/java"
    else:
        on_path = shutil.which("java", path=environment.get("PATH"))
        if on_path:
            return Path(on_path)
        looked_at = "JAVA_HOME is not set and PATH has no java"
    raise JavaNotFoundError(
        f"spark-submit needs a JDK or JRE, and there is none: {looked_at}. Install JDK 17 and set JAVA_HOME to it, in"
        f" Dagster's environment or in the client's `env`. {see('no-jdk')}"
    )
