"""`spark-submit` on this machine, to any master."""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from dagster import (
    AssetExecutionContext,
    OpExecutionContext,
    PipesContextInjector,
    PipesEnvContextInjector,
    PipesMessageReader,
    PipesTempFileContextInjector,
    PipesTempFileMessageReader,
)
from dagster_pipes import PipesExtras

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.inject.bootstrap import bootstrap_conf, is_too_long
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.platforms.local.cluster_mode import check_attempts, for_cluster_mode
from dagster_pipes_jvm.platforms.local.platform import SparkSubmitPlatform, WrittenSubmission
from dagster_pipes_jvm.platforms.yarn.driver_output import logs_by_command
from dagster_pipes_jvm.platforms.yarn.log_readers import PipesJvmYarnLogMessageReader
from dagster_pipes_jvm.read.logs.stdio import PipesJvmStdioMessageReader
from dagster_pipes_jvm.read.messages.file import PipesJvmFileMessageReader
from dagster_pipes_jvm.read.messages.log_events import DEFAULT_MAX_LOG_EVENTS
from dagster_pipes_jvm.run.client import PipesSparkClient
from dagster_pipes_jvm.run.jobs import Order
from dagster_pipes_jvm.run.output import carrier_of
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm.run.port import Launch
from dagster_pipes_jvm.submit.cluster_strings import DriverStrings
from dagster_pipes_jvm.submit.command import (
    Submission,
    check_application,
    needs_s3a,
    with_locale_and_python,
    with_s3a,
    with_session,
)
from dagster_pipes_jvm.submit.maven import s3a_jars
from dagster_pipes_jvm.submit.process_limits import ProcessLimits, check_launch_command, check_process
from dagster_pipes_jvm.submit.spark_defaults import spark_defaults
from dagster_pipes_jvm.submit.spark_home import check_java, find_spark_home
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit
from dagster_pipes_jvm.submit.templates import template_notes

_CALL = "PipesSparkSubmitClient"
# A poll of the processes of this machine costs nothing. The end of their output causes one immediately.
_PATIENCE = Patience(poll_interval_seconds=0.2, end_poll_seconds=0.05, wait_for_logs_seconds=30.0)


class PipesSparkSubmitClient(PipesSparkClient):
    """Runs a `SparkJob` with `spark-submit` on this machine and receives what it reports.

    The process is started in a group of its own. When the step is interrupted, or anything else goes wrong here, the whole
    group ends, and on YARN in cluster mode the application with it. A non-zero exit code fails the step with the end of the
    driver's stderr. The driver's output is forwarded to the step's compute logs.

    Lifecycle: a resource; one client serves any number of runs, one after another and at once.

    Args:
        master: `--master` (`local[*]`, `yarn`, `spark://...`, `k8s://...`); `None` leaves it to the job's conf and Spark's
            defaults.
        deploy_mode: `--deploy-mode`; `None` takes `spark.submit.deployMode` of the conf, else `client`.
        conf: Spark properties for every job of this client; a job's own `conf` goes before.
        env: variables for the spark-submit process, beside those of Dagster's process.
        cwd: its working directory; `None` for that of Dagster's process.
        spark_home: the Spark installation; by default `SPARK_HOME`, an installed pyspark, or `spark-submit` on `PATH`.
        python: the Python of PySpark drivers and workers; by default what the environment or the conf says, else, for a
            local master, the Python that runs Dagster.
        attach_s3a: whether to give Spark S3A where it lacks it, fetched from Maven Central once; `None` does so for jobs
            that are given an `s3://` or `s3a://` path or a Pipes session on S3.
        context_injector: by default a temporary file in client mode. In cluster mode by default the parameters
            themselves, and the bucket of a `PipesJvmS3MessageReader` for a context that is too long for them.
        message_reader: by default a temporary file in client mode; cluster mode needs one that both sides reach.
        termination_grace_seconds: time between SIGTERM and SIGKILL when a run is to end, in seconds.
        max_log_events: how many log messages of a run become events, below WARNING, and as many again from WARNING on; what is
            beyond goes to the step's compute log. `None` for all: an event log takes a few hundred a second.
        patience: all other time limits and intervals; `run_time_limit_seconds` ends a job that runs longer.

    Raises:
        InvalidParameterError: for a value that cannot work.

    Source: https://spark.apache.org/docs/latest/submitting-applications.html
    """

    def __init__(
        self,
        master: str | None = None,
        *,
        deploy_mode: Literal["client", "cluster"] | None = None,
        conf: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        spark_home: str | None = None,
        python: str | None = None,
        attach_s3a: bool | None = None,
        context_injector: PipesContextInjector | None = None,
        message_reader: PipesMessageReader | None = None,
        termination_grace_seconds: float = 20.0,
        max_log_events: int | None = DEFAULT_MAX_LOG_EVENTS,
        patience: Patience = _PATIENCE,
    ) -> None:
        if max_log_events is not None and (type(max_log_events) is not int or max_log_events < 0):
            raise _invalid(
                "max_log_events",
                "a number of messages, 0 or more, or None",
                repr(max_log_events),
                remedy="Pass a whole number, or None for every message.",
                anchor="log-flood",
            )
        if deploy_mode not in (None, "client", "cluster"):
            raise _invalid(
                "deploy_mode",
                "'client' or 'cluster'",
                repr(deploy_mode),
                remedy="Pass one of the two, or leave it out.",
                anchor="cluster-mode",
            )
        self._master = master
        self._deploy_mode = deploy_mode
        self._conf = dict(conf or {})
        self._env = dict(env or {})
        self._cwd = cwd
        self._spark_home = spark_home
        self._python = python
        self._attach_s3a = attach_s3a
        self._context_injector = context_injector
        self._message_reader = message_reader
        self._patience = patience.with_own(
            _CALL, "spark-submit-failed", end_limit_seconds=("termination_grace_seconds", termination_grace_seconds)
        )
        self._platform = SparkSubmitPlatform()
        self._max_log_events = max_log_events

    def _launch(
        self, context: OpExecutionContext | AssetExecutionContext, job: SparkJob, extras: PipesExtras | None
    ) -> Launch[WrittenSubmission]:
        submission = self._prepare(job)
        injector = self._context_injector or (
            PipesEnvContextInjector() if submission.is_cluster_mode else PipesTempFileContextInjector()
        )
        reader = self._message_reader or PipesJvmFileMessageReader()
        if submission.job.pipes != "off":
            self._check_reaches_driver(submission, injector, reader)
            check_attempts(submission, reader)

        def write(order: Order) -> WrittenSubmission:
            is_told = submission.job.pipes != "off"
            written = self._enrich(context, submission, order, extras) if is_told else submission
            check_process(
                submission.job, written.command(), written.environment, ProcessLimits.of_this_machine(), call=_CALL
            )
            return WrittenSubmission(
                submission=written,
                cwd=self._cwd,
                # Spark's PythonRunner writes the stderr of a Python driver, tracebacks among it, to its own stdout.
                keeps_stdout=written.job.is_python
                and not written.is_cluster_mode
                and carrier_of(order.session) != "stdout",
                open_driver_logs=reader.open_logs
                if isinstance(reader, PipesJvmYarnLogMessageReader)
                else logs_by_command(written.environment, _CALL),
                wait_for_logs_seconds=self._patience.wait_for_logs_seconds,
                single_attempt=submission.submit.is_single_attempt,
                notes=(*job.notes, *template_notes(submission.submit.words()), *written.submit.notes),
            )

        return Launch(
            job=submission.job,
            platform=self._platform,
            write=write,
            context_injector=injector,
            fallback_injector=_same_place_injector(reader) if submission.is_cluster_mode else None,
            message_reader=reader,
            max_log_events=self._max_log_events,
            # In cluster mode the process only watches: it needs no grace, and the time is the application's.
            patience=replace(self._patience, end_limit_seconds=0.0) if submission.is_cluster_mode else self._patience,
        )

    def _prepare(self, job: SparkJob) -> Submission:
        job = job.override(conf={**self._conf, **job.conf})
        check_application(job, self._cwd)
        environment = {**os.environ, **self._env}
        spark_home = find_spark_home(self._spark_home, environment)
        check_java(environment)
        submit = SparkSubmit.of(job, master=self._master, deploy_mode=self._deploy_mode)
        submit = replace(submit, defaults=spark_defaults(spark_home, environment))
        submission = Submission(spark_home=spark_home, job=job, submit=submit, environment=environment)
        if submission.is_cluster_mode:
            submission = for_cluster_mode(submission)
        if changed := DriverStrings(submission.submit).changed():
            raise changed[0].error("SparkJob")
        check_launch_command(submission.submit)
        return with_locale_and_python(submission, self._python)

    def _check_reaches_driver(
        self, submission: Submission, injector: PipesContextInjector, reader: PipesMessageReader
    ) -> None:
        if not submission.is_cluster_mode:
            return
        is_temporary = isinstance(reader, PipesJvmFileMessageReader) and not reader.is_shared
        if is_temporary or isinstance(reader, PipesTempFileMessageReader | PipesJvmStdioMessageReader):
            raise _invalid(
                "message_reader",
                "a reader that reaches what the driver writes, because in cluster mode it runs on another machine",
                "None" if self._message_reader is None else type(reader).__name__,
                remedy="Pass PipesJvmS3MessageReader(bucket=..., client=...), or PipesJvmFileMessageReader(directory=...) with"
                " a directory that both machines mount.",
                anchor="cluster-mode",
            )
        if isinstance(injector, PipesTempFileContextInjector):
            raise _invalid(
                "context_injector",
                "an injector whose context the driver reaches, because in cluster mode it runs on another machine",
                type(injector).__name__,
                remedy="Leave it out, or pass dagster_aws.pipes.PipesS3ContextInjector.",
                anchor="cluster-mode",
            )

    def _enrich(
        self,
        context: OpExecutionContext | AssetExecutionContext,
        submission: Submission,
        order: Order,
        extras: PipesExtras | None,
    ) -> Submission:
        session = order.session
        if order.move_context is not None and is_too_long(session):
            session = order.move_context()
        submission = with_session(submission, bootstrap_conf(session, call=f"{_CALL}.run"), self._cwd)
        attach = self._attach_s3a
        if attach is None:
            attach = needs_s3a(submission, extras, session.message_reader_params, session.context_injector_params)
        if not attach:
            return submission
        jars = s3a_jars(
            submission.spark_home,
            ivy_settings=submission.spark_property("spark.jars.ivySettings"),
            environment=submission.environment,
            say=lambda what: context.log.info(f"[pipes] {what}"),
        )
        return with_s3a(submission, [str(jar) for jar in jars])


def _same_place_injector(reader: PipesMessageReader) -> PipesContextInjector | None:
    """The injector for a context that is too long for an argument: into the store of the messages, if there is one."""
    # Without the reader's extra the module cannot be imported, and the reader is another one.
    s3 = sys.modules.get("dagster_pipes_jvm.read.chunks.s3")
    if s3 is None or not isinstance(reader, s3.PipesJvmS3MessageReader):
        return None
    from dagster_pipes_jvm.inject.s3 import PipesJvmS3ContextInjector  # Only here is dagster-aws installed for certain.

    return PipesJvmS3ContextInjector.beside(reader)


def _invalid(parameter: str, expected: str, got: str, *, anchor: str, remedy: str) -> InvalidParameterError:
    return InvalidParameterError(
        parameter=parameter, call=_CALL, expected=expected, got=got, remedy=remedy, anchor=anchor
    )
