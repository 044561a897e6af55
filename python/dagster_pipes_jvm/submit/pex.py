"""A PEX as the Python of a PySpark job."""

from dagster_pipes_jvm.submit.spark_submit import SparkSubmit

INHERIT_PATH = "PEX_INHERIT_PATH"
"""The variable of a PEX that is built without `--inherit-path`. Source: https://docs.pex-tool.org/api/vars.html."""
BEHIND_ITS_OWN = "fallback"
"""Its value for packages of the Python path that are used where the PEX has none of that name."""

_PYTHON_KEYS = ("spark.pyspark.driver.python", "spark.pyspark.python")
_PYTHON_VARIABLES = ("PYSPARK_DRIVER_PYTHON", "PYSPARK_PYTHON")
_EXECUTOR_PREFIX = "spark.executorEnv."


def with_python_path_in_pex(submit: SparkSubmit, driver_prefix: str | None, python: str = "") -> SparkSubmit:
    """A spark-submit whose PEX imports what Spark puts on the Python path: PySpark, `--py-files` and our zip.

    A PEX drops all of that by default, so PySpark and `dagster_pipes_jvm` would be missing. Its own packages stay
    first. A job with another Python, and a value that the user sets, stay unchanged.

    Args:
        submit: the spark-submit.
        driver_prefix: what makes a Spark property of an environment variable of the driver; `None` if none does.
        python: the Python that the environment of spark-submit names; empty if it names none.
    """
    if not is_pex(submit, driver_prefix, python):
        return submit
    prefixes = [_EXECUTOR_PREFIX, *([driver_prefix] if driver_prefix and submit.may_be_cluster_mode else [])]
    wanted = {f"{prefix}{INHERIT_PATH}": BEHIND_ITS_OWN for prefix in prefixes}
    return submit.with_properties({key: value for key, value in wanted.items() if not submit.spark_property(key)})


def is_pex(submit: SparkSubmit, driver_prefix: str | None = None, python: str = "") -> bool:
    """Whether the Python of a PySpark script is a PEX, as far as its name says that."""
    keys = [*_PYTHON_KEYS, *(f"{driver_prefix}{name}" for name in _PYTHON_VARIABLES if driver_prefix)]
    values = [python, *((submit.spark_property(key) or "").strip() for key in keys)]
    return submit.is_python and any(value.endswith(".pex") for value in values)
