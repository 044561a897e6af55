"""The changes that make an unmodified application report: our plugin in its Spark, and our main around its own.

The JVM side is `dagsterpipes.instrument.PipesPlugin` and `PipesMain`; docs/zero-code.md says what they see.
"""

from pathlib import Path

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.injob import script_runner
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.submit.attach import PY_FILES_KEY
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit
from dagster_pipes_jvm.submit.uris import fetched_name, spark_uri

# Spark puts it before `spark.plugins`, which keeps the value of the user or the cluster.
_DEFAULT_PLUGINS_KEY = "spark.plugins.defaultList"

_PLUGIN = "dagsterpipes.instrument.PipesPlugin"
_MAIN = "dagsterpipes.instrument.PipesMain"
_MAIN_KEY = "spark.dagster.pipes.instrument.main"
_S3_SCHEMES = ("s3://", "s3a://", "s3n://")


SCRIPT_RUNNER = Path(script_runner.__file__)
"""The file that runs a PySpark script, and tells the JVM side how it ended."""


def check_instrument(job: SparkJob) -> None:
    """Refuse a job with `instrument` if this machine cannot know its main class.

    Raises:
        InvalidParameterError: the job is a jar on another machine, and only its manifest names the main class.
    """
    if job.instrument and not job.is_python and job.main_class is None:
        raise no_main_class("the class to run, because its jar is not on this machine")


def no_main_class(expected: str, remedy: str = 'Pass `main_class="acme.Downstream"`.') -> InvalidParameterError:
    """The error of a job whose `main_class` has to be named."""
    return InvalidParameterError(
        parameter="main_class",
        call="SparkJob",
        expected=expected,
        got="None",
        remedy=remedy,
        anchor="main-class",
    )


def not_instrumentable(submit: SparkSubmit) -> str | None:
    """The reason why the application of a given spark-submit cannot be instrumented; `None` if it can."""
    line, application = submit.line, submit.application
    is_unknown = line.application_index in line.unknown
    if submit.is_python:
        return f"only the shell knows the script {application}" if is_unknown else None
    option = line.option("--class")
    if is_unknown and not application.endswith(".jar"):
        return f"only the shell knows whether {application} is a jar or a script"
    if option is None:
        if application.endswith(".jar") and application.startswith(_S3_SCHEMES) and not is_unknown:
            return None
        return f"it has no --class, and {application} is no jar on S3 whose manifest could be read"
    if option.index in line.unknown:
        return f"only the shell knows the class {option.value}"
    return None


def instrumented(
    submit: SparkSubmit,
    job: SparkJob,
    *,
    main_class: str | None = None,
    script: Path | None = None,
    runner: str = str(SCRIPT_RUNNER),
) -> SparkSubmit:
    """The instrumented spark-submit of a job with `instrument`; other jobs get the same value back.

    `outputs` and `inputs` of the job are in the Pipes context, because thousands exceed the length of an argument.

    Args:
        submit: the job's spark-submit.
        job: the job.
        main_class: the main class in the jar's manifest, for a job without a `main_class`.
        script: the path of a PySpark script on the machine that runs the driver, or `None` if Spark has to bring it
            there.
        runner: the place where spark-submit finds `SCRIPT_RUNNER`.
    """
    if not job.instrument:
        return submit
    submit = submit.with_entries(_DEFAULT_PLUGINS_KEY, [_PLUGIN])
    if not submit.is_python:
        wrapped = submit.line.value("--class") or main_class
        if not wrapped and not job.main_class:
            raise no_main_class("the class to run, because its jar is not on this machine")
        return submit.with_option("--class", _MAIN).with_args_before(*filter(None, [wrapped]))
    name = str(script) if script else fetched_name(submit.application)
    if not script:
        # Spark puts it into a folder of the driver's Python path.
        submit = submit.with_entries(PY_FILES_KEY, [spark_uri(submit.application, is_application=True)])
    return submit.with_property(_MAIN_KEY, "python").with_application(runner).with_args_before(name)
