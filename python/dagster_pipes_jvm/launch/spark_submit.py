"""`spark-submit` on this machine, to any master."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import uuid4

from dagster import AssetExecutionContext, OpExecutionContext
from dagster._core.pipes.client import PipesContextInjector, PipesMessageReader
from dagster._core.pipes.context import PipesSession
from dagster._core.pipes.utils import (
    PipesEnvContextInjector,
    PipesTempFileContextInjector,
    PipesTempFileMessageReader,
)
from dagster_pipes import PipesExtras

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.invocation import PipesSparkCompletedInvocation
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.launch.client import PipesSparkClient
from dagster_pipes_jvm.launch.cluster_mode import for_cluster_mode
from dagster_pipes_jvm.launch.command import (
    Submission,
    check_application,
    needs_s3a,
    with_locale_and_python,
    with_s3a,
    with_session,
)
from dagster_pipes_jvm.launch.failures import Ended, is_by_signal
from dagster_pipes_jvm.launch.instrument import check_written
from dagster_pipes_jvm.launch.output import DriverOutput
from dagster_pipes_jvm.launch.process import GroupProcess
from dagster_pipes_jvm.launch.session import check_session, open_session, unopened_session
from dagster_pipes_jvm.launch.spark_defaults import spark_defaults
from dagster_pipes_jvm.launch.spark_home import check_java, find_spark_home
from dagster_pipes_jvm.launch.yarn import kill_applications
from dagster_pipes_jvm.maven import s3a_jars
from dagster_pipes_jvm.protocol import BUFFERED_STDIO_KEY, STDIO_KEY
from dagster_pipes_jvm.read.files import PipesJvmFileMessageReader
from dagster_pipes_jvm.read.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.read.stdio import PipesJvmStdioMessageReader

_CALL = "PipesSparkSubmitClient"
_YARN_TAGS_KEY = "spark.yarn.tags"


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
        context_injector: by default a temporary file in client mode, and the parameters themselves in cluster mode.
        message_reader: by default a temporary file in client mode; cluster mode needs one that both sides reach.
        termination_grace_seconds: time between SIGTERM and SIGKILL when a run is to end, in seconds.

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
    ) -> None:
        if deploy_mode not in (None, "client", "cluster"):
            raise _invalid("deploy_mode", "'client' or 'cluster'", repr(deploy_mode), anchor="cluster-mode")
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
        self._termination_grace_seconds = termination_grace_seconds

    def run(  # type: ignore[override]  # Dagster's base takes **kwargs
        self,
        *,
        context: OpExecutionContext | AssetExecutionContext,
        job: SparkJob,
        extras: PipesExtras | None = None,
        args: Sequence[str] | None = None,
        conf: Mapping[str, Any] | None = None,
    ) -> PipesSparkCompletedInvocation:
        """Run the job, wait until it has ended, and hand over what it reported.

        Args:
            context: the execution context of the asset or op.
            job: what to run.
            extras: JSON-serializable values that the job reads as Pipes extras.
            args: takes the place of the job's `args` for this run.
            conf: laid over the job's `conf` for this run.

        Raises:
            SparkSubmitFailedError: spark-submit ended with a non-zero exit code.
            PipesNotClosedError: the job ended well, but never opened or never closed its session (`pipes="required"`).
            InvalidParameterError: for a value that cannot work, before anything is started.
        """
        submission = self._prepare(job.override(args=args, conf=conf))
        if submission.job.pipes == "off":
            return self._run_without_pipes(context, submission)
        injector = self._context_injector or (
            PipesEnvContextInjector() if submission.is_cluster_mode else PipesTempFileContextInjector()
        )
        reader = self._message_reader or PipesJvmFileMessageReader()
        self._check_reaches_driver(submission, injector, reader)
        handler = PipesJvmMessageHandler(context, reader)
        ended: Ended | None = None
        reading_failure: Exception | None = None
        try:
            with open_session(context, handler, injector, extras) as session:
                submission = self._enrich(context, submission, session, extras)
                ended = self._run_to_end(context, submission, session, handler)
        except Exception as e:
            if ended is None or ended.exit_code == 0:
                raise
            reading_failure = e
        # Only now is everything read that the job reported, its exception among it.
        if ended.exit_code:
            raise ended.failure(job, handler.exception) from reading_failure
        check_session(context, handler, injector, reader, submission.job.pipes, "ended with exit code 0")
        check_written(context, session, job)
        return PipesSparkCompletedInvocation(session, handler.received_by_method)

    def _run_without_pipes(
        self, context: OpExecutionContext | AssetExecutionContext, submission: Submission
    ) -> PipesSparkCompletedInvocation:
        handler = PipesJvmMessageHandler(context, PipesJvmFileMessageReader())
        session = unopened_session(context, handler)
        ended = self._run_to_end(context, submission, session, handler)
        if ended.exit_code:
            raise ended.failure(submission.job, None)
        return PipesSparkCompletedInvocation(session, {})

    def _prepare(self, job: SparkJob) -> Submission:
        job = job.override(conf={**self._conf, **job.conf})
        check_application(job, self._cwd)
        environment = {**os.environ, **self._env}
        spark_home = find_spark_home(self._spark_home, environment)
        check_java(environment)
        submission = Submission(
            spark_home=spark_home,
            job=job,
            master=self._master,
            deploy_mode=self._deploy_mode,
            environment=environment,
            defaults=spark_defaults(spark_home, environment),
        )
        if submission.is_cluster_mode:
            submission = for_cluster_mode(submission)
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
        session: PipesSession,
        extras: PipesExtras | None,
    ) -> Submission:
        submission = with_session(submission, session, self._cwd)
        attach = self._attach_s3a
        if attach is None:
            attach = needs_s3a(submission, extras, session)
        if not attach:
            return submission
        jars = s3a_jars(
            submission.spark_home,
            ivy_settings=submission.spark_property("spark.jars.ivySettings"),
            environment=submission.environment,
            say=lambda what: context.log.info(f"[pipes] {what}"),
        )
        return with_s3a(submission, [str(jar) for jar in jars])

    def _run_to_end(
        self,
        context: OpExecutionContext | AssetExecutionContext,
        submission: Submission,
        session: PipesSession,
        handler: PipesJvmMessageHandler,
    ) -> Ended:
        yarn_tag = None
        if submission.is_cluster_mode and submission.effective_master == "yarn":
            yarn_tag = f"dagster-pipes-{uuid4()}"
            tags = filter(None, [submission.spark_property(_YARN_TAGS_KEY), yarn_tag])
            submission = submission.with_conf({_YARN_TAGS_KEY: ",".join(tags)})
        carrier = session.message_reader_params.get(STDIO_KEY) or session.message_reader_params.get(BUFFERED_STDIO_KEY)
        outputs = [
            DriverOutput(name, target, handler if carrier == name else None, context.log.warning)
            for name, target in (("stdout", sys.stdout), ("stderr", sys.stderr))
        ]
        started = time.monotonic()
        process = GroupProcess(
            submission.command(),
            environment=submission.environment,
            cwd=self._cwd,
            on_stdout=outputs[0].on_line,
            on_stderr=outputs[1].on_line,
        )
        try:
            context.log.info(f"[pipes] started process {process.pid}: {submission.command_line()}")
            exit_code = process.wait()
        except BaseException:
            self._terminate(context, submission, process, yarn_tag)
            raise
        if yarn_tag and is_by_signal(exit_code):
            # spark-submit was killed, by the system for its memory for example; the application does not know.
            self._kill_on_yarn(context, submission, yarn_tag)
        return Ended(exit_code, time.monotonic() - started, process.stderr_tail)

    def _terminate(
        self,
        context: OpExecutionContext | AssetExecutionContext,
        submission: Submission,
        process: GroupProcess,
        yarn_tag: str | None,
    ) -> None:
        try:
            # In cluster mode this process only watches: it needs no grace, and the time is the application's.
            process.terminate(0 if submission.is_cluster_mode else self._termination_grace_seconds)
        finally:
            if yarn_tag is not None:
                self._kill_on_yarn(context, submission, yarn_tag)
            context.log.info(f"[pipes] interrupted: ended spark-submit and its process group {process.pid}.")

    def _kill_on_yarn(
        self, context: OpExecutionContext | AssetExecutionContext, submission: Submission, tag: str
    ) -> None:
        try:
            ids = kill_applications(submission.spark_home, submission.environment, tag, timeout_seconds=60)
        except (OSError, subprocess.SubprocessError) as e:
            output = getattr(e, "stderr", None) or ""
            context.log.error(
                f"[pipes] could not end the YARN application with tag {tag}; end it by hand with"
                f" `yarn application -list -appTags {tag}` and `-kill`: {e} {output}"
            )
        else:
            context.log.info(f"[pipes] ended YARN applications {ids or 'none, none was live'}.")


def _invalid(
    parameter: str, expected: str, got: str, *, anchor: str, remedy: str = "Correct the call."
) -> InvalidParameterError:
    return InvalidParameterError(
        parameter=parameter, call=_CALL, expected=expected, got=got, remedy=remedy, anchor=anchor
    )
