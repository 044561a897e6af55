"""The changes that make an unmodified application report: our plugin in its Spark, and our main around its own.

The JVM side is `dagsterpipes.instrument.PipesPlugin` and `PipesMain`; docs/zero-code.md says what they see.
"""

from pathlib import Path

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.injob import script_runner
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.submit.application_name import with_plain_name
from dagster_pipes_jvm.submit.attach import PY_FILES_KEY
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit
from dagster_pipes_jvm.submit.uris import fetched_name, spark_uri

# Spark puts it before `spark.plugins`, which keeps the value of the user or the cluster.
_DEFAULT_PLUGINS_KEY = "spark.plugins.defaultList"

_PLUGIN = "dagsterpipes.instrument.PipesPlugin"
_MAIN = "dagsterpipes.instrument.PipesMain"
_SQL_MAIN = "dagsterpipes.instrument.SqlMain"
_MAIN_KEY = "spark.dagster.pipes.instrument.main"
_FILES_KEY = "spark.files"
_NO_RESOURCE = "spark-internal"  # spark-submit's application if the class is in another jar.
_S3_SCHEMES = ("s3://", "s3a://", "s3n://")


SCRIPT_RUNNER = Path(script_runner.__file__)
"""The file that runs a PySpark script, and tells the JVM side how it ended."""


def check_instrument(job: SparkJob) -> None:
    """Refuse a job with `instrument` if this machine cannot know its main class.

    Raises:
        InvalidParameterError: the job is a jar on another machine, and only its manifest names the main class.
    """
    if job.instrument and not (job.is_python or job.is_sql) and job.main_class is None:
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
    if submit.is_sql:
        return None
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
    application_file: Path | None = None,
    has_spark_sql: bool = True,
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
        application_file: the application on this machine, or `None` if it is elsewhere.
        has_spark_sql: whether the Spark that runs it has `spark-sql`.
        runner: the place where spark-submit finds `SCRIPT_RUNNER`.
    """
    if not job.instrument:
        return submit
    submit = submit.with_entries(_DEFAULT_PLUGINS_KEY, [_PLUGIN])
    if submit.is_sql:
        return _instrumented_sql(submit, application_file, has_spark_sql=has_spark_sql)
    submit = with_plain_name(submit, application_file)
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


def _instrumented_sql(submit: SparkSubmit, file: Path | None, *, has_spark_sql: bool) -> SparkSubmit:
    """A file of SQL statements as `spark-sql` runs it, with our plugin; if that is impossible, our main runs it.

    Spark refuses `spark-sql` in cluster mode. A shell's words stay: they are given, and Spark's refusal is the user's.
    """
    if submit.line.sql_args is not None or not (submit.is_cluster_mode or not has_spark_sql):
        return submit
    submit = with_plain_name(submit.with_option("--class", _SQL_MAIN), file, name=fetched_name(submit.application))
    if file is not None and submit.is_cluster_mode:
        submit = submit.with_entries(_FILES_KEY, [spark_uri(submit.application)])
        submit = submit.with_application(fetched_name(submit.application))
    return submit.with_word(submit.line.application_index - 1, _NO_RESOURCE)
