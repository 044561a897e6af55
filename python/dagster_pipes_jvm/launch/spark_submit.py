"""`spark-submit` on this machine, to any master."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import IO, Any, Literal
from uuid import uuid4

from dagster import AssetExecutionContext, OpExecutionContext
from dagster._core.pipes.client import PipesContextInjector, PipesMessageReader
from dagster._core.pipes.context import PipesSession
from dagster._core.pipes.utils import PipesEnvContextInjector, PipesTempFileContextInjector
from dagster_pipes import PipesExtras

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.invocation import PipesSparkCompletedInvocation
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.launch.client import PipesSparkClient
from dagster_pipes_jvm.launch.command import (
    Submission,
    check_application,
    needs_s3a,
    submit_environment,
    with_s3a,
    with_session,
)
from dagster_pipes_jvm.launch.failures import submit_failure
from dagster_pipes_jvm.launch.process import GroupProcess
from dagster_pipes_jvm.launch.session import check_session, open_session
from dagster_pipes_jvm.launch.spark_home import check_java, find_spark_home
from dagster_pipes_jvm.launch.yarn import kill_applications
from dagster_pipes_jvm.protocol import BUFFERED_STDIO_KEY, STDIO_KEY
from dagster_pipes_jvm.read.files import PipesJvmFileMessageReader
from dagster_pipes_jvm.read.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.read.lines import MessageLines

_CALL = "PipesSparkSubmitClient"
_YARN_TAGS_KEY = "spark.yarn.tags"
_WAIT_KEYS = ("spark.yarn.submit.waitAppCompletion", "spark.kubernetes.submission.waitAppCompletion")


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
        injector = self._context_injector or (
            PipesEnvContextInjector() if submission.is_cluster_mode else PipesTempFileContextInjector()
        )
        reader = self._message_reader or PipesJvmFileMessageReader()
        self._check_reader(submission, reader)
        handler = PipesJvmMessageHandler(context, reader)
        with open_session(context, handler, injector, extras) as session:
            submission = self._enrich(submission, session, extras)
            self._run_to_end(context, submission, session, handler)
        if submission.job.pipes != "off":
            check_session(context, handler, injector, reader, submission.job.pipes, "ended with exit code 0")
        return PipesSparkCompletedInvocation(session, handler.received_by_method)

    def _prepare(self, job: SparkJob) -> Submission:
        job = job.override(conf={**self._conf, **job.conf})
        check_application(job)
        environment = {**os.environ, **self._env}
        spark_home = find_spark_home(self._spark_home, environment)
        check_java(environment)
        master = self._master or job.conf.get("spark.master")
        deploy_mode = self._deploy_mode or job.conf.get("spark.submit.deployMode") or "client"
        for key in _WAIT_KEYS:
            if deploy_mode == "cluster" and job.conf.get(key, "true").strip().lower() == "false":
                raise _invalid(
                    f"conf[{key!r}]",
                    "true: the step ends when the application does, and spark-submit has to wait for it",
                    "'false'",
                    remedy="Leave the property out.",
                    anchor="cluster-mode",
                )
        return Submission(
            spark_home=spark_home,
            job=job,
            master=master,
            deploy_mode=deploy_mode,
            environment=submit_environment(spark_home, job, master, environment, self._python),
        )

    def _check_reader(self, submission: Submission, reader: PipesMessageReader) -> None:
        if not submission.is_cluster_mode or submission.job.pipes == "off":
            return
        if self._message_reader is None or (isinstance(reader, PipesJvmFileMessageReader) and not reader.is_shared):
            raise _invalid(
                "message_reader",
                "a reader that reaches what the driver writes, because in cluster mode it runs on another machine",
                "None" if self._message_reader is None else f"{type(reader).__name__} on a temporary file",
                remedy="Pass PipesJvmS3MessageReader(bucket=..., client=...), or PipesJvmFileMessageReader(directory=...) with"
                " a directory that both machines mount.",
                anchor="cluster-mode",
            )

    def _enrich(self, submission: Submission, session: PipesSession, extras: PipesExtras | None) -> Submission:
        if submission.job.pipes == "off":
            return submission
        submission = with_session(submission, session)
        attach = self._attach_s3a
        if attach is None:
            attach = needs_s3a(submission.job, extras, [session.message_reader_params, session.context_injector_params])
        return with_s3a(submission) if attach else submission

    def _run_to_end(
        self,
        context: OpExecutionContext | AssetExecutionContext,
        submission: Submission,
        session: PipesSession,
        handler: PipesJvmMessageHandler,
    ) -> None:
        tag = f"dagster-pipes-{uuid4()}"
        on_yarn_cluster = submission.is_cluster_mode and submission.master == "yarn"
        if on_yarn_cluster:
            tags = filter(None, [submission.job.conf.get(_YARN_TAGS_KEY), tag])
            submission = replace(submission, job=submission.job.override(conf={_YARN_TAGS_KEY: ",".join(tags)}))
        started = time.monotonic()
        process = self._start(context, submission, session, handler)
        try:
            exit_code = process.wait()
        except BaseException:
            self._terminate(context, submission, process, tag if on_yarn_cluster else None)
            raise
        if exit_code:
            raise submit_failure(
                submission.job.application,
                submission.job.main_class,
                exit_code,
                time.monotonic() - started,
                process.stderr_tail,
                handler.exception,
            )

    def _start(
        self,
        context: OpExecutionContext | AssetExecutionContext,
        submission: Submission,
        session: PipesSession,
        handler: PipesJvmMessageHandler,
    ) -> GroupProcess:
        carrier = None
        if submission.job.pipes != "off":
            params = session.message_reader_params
            carrier = params.get(STDIO_KEY) or params.get(BUFFERED_STDIO_KEY)
        process = GroupProcess(
            submission.command(),
            environment=submission.environment,
            cwd=self._cwd,
            on_stdout=_forward("stdout", sys.stdout, handler if carrier == "stdout" else None),
            on_stderr=_forward("stderr", sys.stderr, handler if carrier == "stderr" else None),
        )
        context.log.info(f"[pipes] started process {process.pid}: {submission.command_line()}")
        return process

    def _terminate(
        self,
        context: OpExecutionContext | AssetExecutionContext,
        submission: Submission,
        process: GroupProcess,
        yarn_tag: str | None,
    ) -> None:
        context.log.info(f"[pipes] execution interrupted, ending spark-submit (process group {process.pid}).")
        process.terminate(self._termination_grace_seconds)
        if yarn_tag is None:
            return
        try:
            ids = kill_applications(submission.spark_home, submission.environment, yarn_tag, timeout_seconds=60)
        except (OSError, subprocess.SubprocessError) as e:
            output = getattr(e, "stderr", None) or ""
            context.log.error(
                f"[pipes] could not end the YARN application with tag {yarn_tag}; end it by hand with"
                f" `yarn application -list -appTags {yarn_tag}` and `-kill`: {e} {output}"
            )
        else:
            context.log.info(f"[pipes] ended YARN applications {ids or 'none, none was live'}.")


def _forward(name: str, target: IO[str], handler: PipesJvmMessageHandler | None) -> Callable[[str], None]:
    """What happens to a line of the driver's output: messages go to the handler, the rest to the step's compute log."""
    lines = MessageLines(handler, f"the driver's {name}") if handler else None

    def on_line(line: str) -> None:
        rest = lines.feed_output(line, "a line") if lines else line
        if rest is not None:
            target.write(rest)

    return on_line


def _invalid(
    parameter: str, expected: str, got: str, *, anchor: str, remedy: str = "Correct the call."
) -> InvalidParameterError:
    return InvalidParameterError(
        parameter=parameter, call=_CALL, expected=expected, got=got, remedy=remedy, anchor=anchor
    )
