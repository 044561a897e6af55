"""An application that knows nothing of Dagster, as a step; see `launch.instrument`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.platforms.emr.configurations import spark_defaults_of
from dagster_pipes_jvm.submit.instrument import DEFAULT_PLUGINS_KEY, instrumented


def check_instrument(job: SparkJob) -> None:
    """Refuse a job with `instrument` that no step can carry so.

    Raises:
        InvalidParameterError: it was made of a step, or is a jar whose main class only its manifest names.
    """
    if job.instrument and job.emr_step is not None:
        raise InvalidParameterError(
            parameter="instrument",
            call="SparkJob",
            expected="False for a job that was made of an EMR step, which is sent as it is",
            got=repr(job.instrument),
            remedy="Write the job as SparkJob(application, main_class=..., args=[...], instrument=True).",
            anchor="instrument",
        )
    if job.instrument and not job.is_python and job.main_class is None:
        raise InvalidParameterError(
            parameter="main_class",
            call="SparkJob",
            expected="the class to run, because its jar is not on this machine",
            got="None",
            remedy='Pass `main_class="acme.Downstream"`.',
            anchor="main-class",
        )


def instrumented_on_emr(
    job: SparkJob, configurations: Sequence[Mapping[str, Any]], stage_runner: Callable[[], str]
) -> SparkJob:
    """The job as its step runs it; the same one without `instrument`.

    Args:
        job: the job.
        configurations: EMR's `Configurations` of the cluster, whose plugins stay.
        stage_runner: puts what runs a PySpark script where the cluster finds it, and says where that is.
    """
    if not job.instrument:
        return job
    plugins = job.conf.get(DEFAULT_PLUGINS_KEY, spark_defaults_of(configurations).get(DEFAULT_PLUGINS_KEY))
    runner = stage_runner() if job.is_python else ""
    return instrumented(job, plugins=plugins, main_class=None, script=None, runner=runner)
