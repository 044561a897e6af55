"""A spark-submit that runs: its output, its end, and the YARN application that it may have started."""

import subprocess
import time
from threading import Lock
from uuid import uuid4

from dagster import PipesSession

from dagster_pipes_jvm.platforms.local.failures import Ended, is_by_signal
from dagster_pipes_jvm.platforms.local.process import GroupProcess
from dagster_pipes_jvm.platforms.yarn.applications import kill_applications
from dagster_pipes_jvm.read.logs.output import DriverOutput, Stream
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.read.messages.lines import MessageLines
from dagster_pipes_jvm.run.running import RunningJob
from dagster_pipes_jvm.submit.command import Submission
from dagster_pipes_jvm.wire import BUFFERED_STDIO_KEY, STDIO_KEY

_YARN_TAGS_KEY = "spark.yarn.tags"
_STREAMS: tuple[Stream, Stream] = ("stdout", "stderr")


class SubmittedJob(RunningJob):
    """One spark-submit in a process group of its own; constructing starts it.

    Args:
        submission: what to start.
        session: the session, whose parameters say whether a stream of the driver carries messages.
        handler: gets those.
        cwd: the working directory.
        termination_grace_seconds: time between SIGTERM and SIGKILL, in seconds.
    """

    def __init__(
        self,
        submission: Submission,
        session: PipesSession,
        handler: PipesJvmMessageHandler,
        *,
        cwd: str | None,
        termination_grace_seconds: float,
    ) -> None:
        self._context = session.context
        self._termination_grace_seconds = termination_grace_seconds
        self._terminating = Lock()
        self._has_ended = False
        self._yarn_tag: str | None = None
        if submission.is_cluster_mode and submission.effective_master == "yarn":
            self._yarn_tag = f"dagster-pipes-{uuid4()}"
            tags = filter(None, [submission.spark_property(_YARN_TAGS_KEY), self._yarn_tag])
            submission = submission.with_conf({_YARN_TAGS_KEY: ",".join(tags)})
            # A reader of container logs finds the application by it.
            session.report_launched({"extras": {"yarn_tag": self._yarn_tag}})
        self._submission = submission
        carrier = session.message_reader_params.get(STDIO_KEY) or session.message_reader_params.get(BUFFERED_STDIO_KEY)
        outputs = [
            DriverOutput(
                name,
                self._context.log.warning,
                messages=MessageLines(handler, f"the driver's {name}") if carrier == name else None,
                # What the job could not send by its channel; without a session nobody would hand it over. Spark joins the two
                # streams of a Python driver.
                undelivered=handler.account.undelivered if session.message_reader_params else None,
            )
            for name in _STREAMS
        ]
        self._started = time.monotonic()
        self._process = GroupProcess(
            submission.command(),
            environment=submission.environment,
            cwd=cwd,
            on_stdout=outputs[0].on_line,
            on_stderr=outputs[1].on_line,
            # Spark's PythonRunner writes the stderr of a Python driver, tracebacks among it, to its own stdout.
            keeps_stdout=submission.job.is_python and not submission.is_cluster_mode and carrier != "stdout",
        )

    @property
    def description(self) -> str:
        """The process, and its command line."""
        return f"process {self._process.pid}: {self._submission.command_line()}"

    def wait(self) -> Ended:
        """Wait until spark-submit has ended, nothing of its group is left, and its output is read."""
        exit_code = self._process.wait()
        with self._terminating:
            if not self._has_ended and self._yarn_tag is not None and is_by_signal(exit_code):
                # spark-submit was killed, by the system for its memory for example; the application does not know.
                self._kill_on_yarn(self._yarn_tag)
            self._has_ended = True
        return Ended(exit_code, time.monotonic() - self._started, self._process.tail)

    def terminate(self, *, interrupted: bool) -> None:  # noqa: ARG002
        """End the process group, and on YARN in cluster mode the application; nobody could go on with it."""
        with self._terminating:
            if self._has_ended:
                return
            try:
                # In cluster mode this process only watches: it needs no grace, and the time is the application's.
                self._process.terminate(0 if self._submission.is_cluster_mode else self._termination_grace_seconds)
            finally:
                self._has_ended = True
                if self._yarn_tag is not None:
                    self._kill_on_yarn(self._yarn_tag)
                self._context.log.info(
                    f"[pipes] interrupted: ended spark-submit and its process group {self._process.pid}."
                )

    def _kill_on_yarn(self, tag: str) -> None:
        context, submission = self._context, self._submission
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
