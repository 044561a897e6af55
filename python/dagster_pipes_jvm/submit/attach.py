"""The additions of one run to its spark-submit: the session's parameters, our files, a tag, and one attempt.

The functions are pure, and the same for a process on this machine and a step on a cluster.
"""

from collections.abc import Callable, Mapping

from dagster_pipes_jvm.submit.pex import with_python_path_in_pex
from dagster_pipes_jvm.submit.spark_submit import ATTEMPTS_KEY, SparkSubmit
from dagster_pipes_jvm.wire import CONF_KEY_BY_VARIABLE

YARN_TAGS_KEY = "spark.yarn.tags"
# spark-submit merges this property with `--jars` (SparkSubmit's mergeFileLists, 2.3 to 4.x). In cluster mode its jars
# are on the driver's class path, in client mode only on the executors' class path.
_CLUSTER_JARS_KEY = "spark.yarn.dist.jars"
JARS_KEY = "spark.jars"
# The same for `--py-files`: YARN puts it on the Python path of driver and executors. In cluster mode pyspark would warn
# of an entry of `spark.submit.pyFiles`, because the file is not at that place on the driver's machine.
_CLUSTER_PY_FILES_KEY = "spark.yarn.dist.pyFiles"
PY_FILES_KEY = "spark.submit.pyFiles"

# Each master's property that makes spark-submit wait for the end of a driver in cluster mode; whether it does so by
# default.
_WAIT_KEY_BY_SCHEME = {
    "yarn": ("spark.yarn.submit.waitAppCompletion", True),
    "k8s": ("spark.kubernetes.submission.waitAppCompletion", True),
    "spark": ("spark.standalone.submit.waitAppCompletion", False),
}

_ENVIRONMENT_PREFIX_BY_SCHEME = {
    "yarn": "spark.yarn.appMasterEnv.",
    "k8s": "spark.kubernetes.driverEnv.",
}
# YARN writes the variables of the application master into a shell script; 60,000 characters were seen to work there.
_MAX_ENVIRONMENT_CHARACTERS = 60_000


def attached(
    submit: SparkSubmit,
    *,
    session_conf: Mapping[str, str],
    bridge_jar: str | None,
    pyspark_zip: str | None = None,
    yarn_tag: str | None = None,
    environment_fits: Callable[[SparkSubmit], bool] | None = None,
    is_machine_known: bool = True,
    python: str = "",
) -> SparkSubmit:
    """A spark-submit that reports to one run.

    A deploy mode that is not known here gets the additions of both modes. Jars and Python files are then in the lists
    of client mode, which spark-submit distributes in cluster mode, too.

    Args:
        submit: the user's spark-submit.
        session_conf: the Spark properties that carry the Pipes session; a property that the user sets keeps its value.
        bridge_jar: the place of the bridge jar, or `None` if it is on the cluster or in the application.
        pyspark_zip: the place of the PySpark zip, or `None` if it is on the cluster. Only a Python application gets it.
        yarn_tag: the tag by which the application is found; `None` for no tag.
        environment_fits: whether a spark-submit with `with_driver_environment` can be sent; `None` leaves the
            environment out.
        is_machine_known: whether the properties that the machine sets are all known.
        python: the Python that the environment of spark-submit names; empty if it names none.
    """
    submit = submit.with_properties({key: value for key, value in session_conf.items() if not submit.is_given(key)})
    if bridge_jar is not None:
        submit = submit.with_entries(_CLUSTER_JARS_KEY if submit.is_yarn_cluster else JARS_KEY, [bridge_jar])
    if pyspark_zip is not None and submit.is_python:
        submit = submit.with_entries(_CLUSTER_PY_FILES_KEY if submit.is_yarn_cluster else PY_FILES_KEY, [pyspark_zip])
    if yarn_tag is not None and submit.may_be_yarn:
        submit = submit.with_entries(YARN_TAGS_KEY, [yarn_tag])
    submit = with_waiting(with_one_attempt(submit), is_machine_known=is_machine_known)
    submit = with_python_path_in_pex(submit, _driver_environment_prefix(submit), python)
    if submit.unknown_mode:
        submit = submit.with_note(
            f"The deploy mode is not known here, because of {submit.unknown_mode}: the job gets the additions of client"
            " and cluster mode, and a driver on YARN is ended with it."
        )
    if environment_fits is None:
        return submit
    longer = with_driver_environment(submit, session_conf)
    return longer if longer == submit or environment_fits(longer) else submit


def with_one_attempt(submit: SparkSubmit) -> SparkSubmit:
    """One attempt of a YARN application, unless the user or the machine sets the number of attempts.

    The cluster's default is often 2. Dagster makes the retries, and reports need not wait for a second attempt.
    """
    if submit.may_be_yarn_cluster and submit.attempts is None:
        return submit.with_property(ATTEMPTS_KEY, "1")
    return submit


def with_waiting(submit: SparkSubmit, *, is_machine_known: bool = True) -> SparkSubmit:
    """A spark-submit that ends with its application, also if the user's properties say the contrary.

    If it ended before, its exit code would say nothing about the application, and a retry would start a second one.

    Args:
        submit: the spark-submit.
        is_machine_known: whether the properties that the machine sets are all known.
    """
    for key, value in _waits(submit).items():
        if value is not None and _ends_early(value):
            submit = submit.with_note(
                f"{key}={value.strip()} is replaced by true: otherwise spark-submit would end before its application, whose"
                " end nobody would see, and a retry would start a second one."
            )
        elif value is not None or (is_machine_known and submit.is_known(key) and _is_default(key)):
            continue
        submit = submit.with_property(key, "true")
    return submit


def not_waiting(submit: SparkSubmit) -> str | None:
    """The property, with its value, that keeps spark-submit from waiting for its application; `None` if it waits."""
    return next(
        (f"{key}={value.strip()}" for key, value in _waits(submit).items() if value is not None and _ends_early(value)),
        None,
    )


def _waits(submit: SparkSubmit) -> dict[str, str | None]:
    """The properties that make spark-submit wait for a driver elsewhere, with their values; empty in client mode."""
    if not submit.may_be_cluster_mode:
        return {}
    scheme = submit.master.partition(":")[0]
    keys = [
        key
        for name, (key, _) in _WAIT_KEY_BY_SCHEME.items()
        if name == scheme or (submit.may_be_yarn and not submit.is_yarn)
    ]
    return {key: submit.spark_property(key) for key in keys}


def _ends_early(value: str) -> bool:
    return value.strip().lower() != "true"


def _is_default(key: str) -> bool:
    return dict(_WAIT_KEY_BY_SCHEME.values())[key]


def with_driver_environment(submit: SparkSubmit, session_conf: Mapping[str, str]) -> SparkSubmit:
    """The session's parameters as environment of a driver on another machine, for Dagster's own `open_dagster_pipes()`.

    Nothing is added for other masters than YARN and Kubernetes, or if YARN's shell could not carry a value. The job
    then needs `dagster_pipes_jvm.pyspark.open_pipes` or the bridge, which read the Spark properties.
    """
    prefix = _driver_environment_prefix(submit)
    values = {
        prefix + v: session_conf[key] for v, key in CONF_KEY_BY_VARIABLE.items() if key in session_conf and prefix
    }
    if not submit.may_be_cluster_mode or any(len(value) > _MAX_ENVIRONMENT_CHARACTERS for value in values.values()):
        return submit
    return submit.with_properties({key: value for key, value in values.items() if not submit.is_given(key)})


def _driver_environment_prefix(submit: SparkSubmit) -> str | None:
    return _ENVIRONMENT_PREFIX_BY_SCHEME.get(submit.master.partition(":")[0])


def without_session(submit: SparkSubmit) -> SparkSubmit:
    """The spark-submit to show: without the session's parameters, which are long and belong to one run."""
    prefixes = ("", *_ENVIRONMENT_PREFIX_BY_SCHEME.values())
    names = {name for pair in CONF_KEY_BY_VARIABLE.items() for name in pair}
    return submit.without_properties({prefix + name for prefix in prefixes for name in names})
