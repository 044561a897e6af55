"""What makes a job report that knows nothing of Dagster: our plugin in its Spark, and our main around its own.

Its JVM side is `dagsterpipes.instrument.PipesPlugin` and `PipesMain`; docs/zero-code.md says what they see.
"""

import json
import posixpath
from pathlib import Path
from urllib.parse import urlsplit

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.injob import script_runner
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit

# Spark puts it before `spark.plugins`, which stays what the user or the cluster says.
_DEFAULT_PLUGINS_KEY = "spark.plugins.defaultList"
_PY_FILES_KEY = "spark.submit.pyFiles"

_PLUGIN = "dagsterpipes.instrument.PipesPlugin"
_MAIN = "dagsterpipes.instrument.PipesMain"
_KEY_PREFIX = "spark.dagster.pipes.instrument."


SCRIPT_RUNNER = Path(script_runner.__file__)
"""What runs a PySpark script, and tells how it ended."""


def check_instrument(job: SparkJob) -> None:
    """Refuse a job with `instrument` of which nobody here can know what runs in it.

    Raises:
        InvalidParameterError: it is a jar elsewhere whose main class only its manifest names.
    """
    if job.instrument and not job.is_python and job.main_class is None:
        raise no_main_class("the class to run, because its jar is not on this machine")


def no_main_class(expected: str) -> InvalidParameterError:
    """The error of a job whose `main_class` has to be named."""
    return InvalidParameterError(
        parameter="main_class",
        call="SparkJob",
        expected=expected,
        got="None",
        remedy='Pass `main_class="acme.Downstream"`.',
        anchor="main-class",
    )


def instrumented(
    submit: SparkSubmit,
    job: SparkJob,
    *,
    main_class: str | None = None,
    script: Path | None = None,
    runner: str = str(SCRIPT_RUNNER),
) -> SparkSubmit:
    """What is launched of a job with `instrument`; the same value for one without.

    Args:
        submit: the job's, with everything else that is added to it.
        job: the job.
        main_class: what the jar's manifest names, for a job without a `main_class`.
        script: where a PySpark script is on the machine that runs the driver; `None` where Spark has to bring it there.
        runner: where spark-submit finds `SCRIPT_RUNNER`.
    """
    if not job.instrument:
        return submit
    submit = submit.with_entries(_DEFAULT_PLUGINS_KEY, [_PLUGIN])
    for name, patterns in (("outputs", job.outputs), ("inputs", job.inputs)):
        if patterns:
            submit = submit.with_property(_KEY_PREFIX + name, json.dumps(dict(patterns)))
    if not submit.is_python:
        wrapped = submit.line.value("--class") or main_class
        if not wrapped and not job.main_class:
            raise no_main_class("the class to run, because its jar is not on this machine")
        return submit.with_option("--class", _MAIN).with_args_before(*filter(None, [wrapped]))
    name = str(script) if script else posixpath.basename(urlsplit(submit.application).path)
    if not script:
        # Spark puts it into a folder of the driver's Python path.
        submit = submit.with_entries(_PY_FILES_KEY, [submit.application])
    return submit.with_property(_KEY_PREFIX + "main", "python").with_application(runner).with_args_before(name)
