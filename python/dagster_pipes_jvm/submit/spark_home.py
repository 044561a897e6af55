"""Which Spark and which Java a submission uses."""

import os
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from dagster_pipes_jvm.errors import JavaNotFoundError, SparkNotFoundError
from dagster_pipes_jvm.texts import invalid_value, see


def find_spark_home(spark_home: str | None, environment: Mapping[str, str]) -> Path:
    """The Spark installation: the one given, `SPARK_HOME`, that of an installed pyspark, or that of `spark-submit` on `PATH`.

    Raises:
        SparkNotFoundError: where none of them holds `bin/spark-submit`.
    """
    looked_at = []
    for source, home in _spark_homes(spark_home, environment):
        if (home / "bin" / "spark-submit").is_file():
            return home
        looked_at.append(f"{source} ({home})")
        if source in ("the parameter `spark_home`", "the environment variable SPARK_HOME"):
            break  # A place that was named must be right: another Spark is not what its author meant.
    raise SparkNotFoundError(
        invalid_value(
            parameter="spark_home",
            call="PipesSparkSubmitClient",
            expected="a Spark installation with bin/spark-submit",
            got=f"none; looked at {', '.join(looked_at) or 'an installed pyspark and PATH'}",
            remedy="Set `spark_home` or SPARK_HOME, or install pyspark beside dagster.",
            anchor="spark-not-found",
        )
    )


def _spark_homes(spark_home: str | None, environment: Mapping[str, str]) -> list[tuple[str, Path]]:
    homes = []
    if spark_home:
        homes.append(("the parameter `spark_home`", Path(spark_home)))
    if environment.get("SPARK_HOME"):
        homes.append(("the environment variable SPARK_HOME", Path(environment["SPARK_HOME"])))
    spec = find_spec("pyspark")
    if spec and spec.origin:
        homes.append(("the installed pyspark", Path(spec.origin).parent))
    on_path = shutil.which("spark-submit", path=environment.get("PATH"))
    if on_path:
        homes.append(("spark-submit on PATH", Path(on_path).resolve().parents[1]))
    return homes


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
