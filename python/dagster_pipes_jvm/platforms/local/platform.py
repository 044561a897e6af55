"""spark-submit as a platform: a process group of this machine, and the YARN application that it may have started."""

import subprocess
import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from logging import Logger

from dagster import MetadataValue

from dagster_pipes_jvm.platforms.local.failures import Ended, is_by_signal
from dagster_pipes_jvm.platforms.yarn.applications import ALL_STATES, kill_applications, listing
from dagster_pipes_jvm.platforms.yarn.driver_output import OpenLogs, application_in, driver_output
from dagster_pipes_jvm.redaction import shown_text
from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm.run.jobs import JobRef, Seen, Surroundings, Written
from dagster_pipes_jvm.run.port import Platform
from dagster_pipes_jvm.run.process import GroupProcess
from dagster_pipes_jvm.submit.attach import YARN_TAGS_KEY
from dagster_pipes_jvm.submit.causes import with_cause
from dagster_pipes_jvm.submit.command import Submission

_YARN_COMMAND_SECONDS = 60.0
_HERE = "this machine"


@dataclass(frozen=True, kw_only=True)
class WrittenSubmission(Written):
    """A submission with everything of its run.

    Args:
        submission: the command and its environment.
        cwd: its working directory; `None` for that of Dagster's process.
        keeps_stdout: whether the driver's stdout holds what belongs to its stderr.
        open_driver_logs: opens the logs of a driver on YARN, or returns `None`.
        wait_for_logs_seconds: how long to wait for these logs if the driver fails.
    """

    submission: Submission
    cwd: str | None
    keeps_stdout: bool
    open_driver_logs: OpenLogs
    wait_for_logs_seconds: float


@dataclass(frozen=True, kw_only=True)
class SubmittedProcess(JobRef):
    """A spark-submit that was started; it lives as long as this process does.

    Args:
        process: the process.
        written: what it runs.
        submission: the submission with the tag of its application.
        yarn_tag: the tag of its application, which may outlive it. `None` if it has none.
        started: when, by the machine's monotonic clock.
        log: writes into the event log.
    """

    process: GroupProcess
    written: WrittenSubmission
    submission: Submission
    yarn_tag: str | None
    started: float
    log: Logger


@dataclass(frozen=True, kw_only=True)
class SeenProcess(Seen):
    """The state of a process.

    Args:
        exit_code: the exit code. A negative one is the number of the signal that killed it. `None` while it runs.
        seconds: how long it has run.
        driver_output: the end of the output of a failed driver on YARN.
    """

    exit_code: int | None
    seconds: float
    driver_output: Sequence[str] = ()


class SparkSubmitPlatform(Platform[WrittenSubmission, SubmittedProcess, SeenProcess]):
    """Processes of this machine. They end with Dagster's process, and no later attempt can continue with one."""

    name = "spark-submit"
    client_name = "PipesSparkSubmitClient"

    @property
    def key(self) -> Hashable:
        """All of this machine's are one."""
        return _HERE

    def start(
        self, written: WrittenSubmission, identity: LaunchIdentity, surroundings: Surroundings
    ) -> SubmittedProcess:
        """Start spark-submit in a process group of its own."""
        submission, yarn_tag = written.submission, None
        if submission.submit.is_yarn_cluster:
            yarn_tag = identity.tag
            submission = replace(submission, submit=submission.submit.with_entries(YARN_TAGS_KEY, [yarn_tag]))
        started = time.monotonic()
        process = GroupProcess(
            submission.command(),
            environment=submission.environment,
            cwd=written.cwd,
            on_stdout=lambda data: surroundings.on_output("stdout", data),
            on_stderr=lambda data: surroundings.on_output("stderr", data),
            on_end=surroundings.on_news,
            keeps_stdout=written.keeps_stdout,
        )
        return SubmittedProcess(
            str(process.pid),
            _HERE,
            process=process,
            written=written,
            submission=submission,
            yarn_tag=yarn_tag,
            started=started,
            log=surroundings.log,
        )

    def reported(self, ref: SubmittedProcess) -> Mapping[str, str]:
        """The tag, by which a reader of container logs finds the application."""
        return {"yarn_tag": ref.yarn_tag} if ref.yarn_tag else {}

    def look(self, refs: Sequence[SubmittedProcess], earlier: Mapping[str, SeenProcess]) -> Mapping[str, SeenProcess]:
        """Which of them have ended."""
        return {ref.id: _seen(ref) for ref in refs}

    def settle(self, ref: SubmittedProcess, seen: SeenProcess) -> SeenProcess:
        """Wait until nothing of the group is left and its output is read."""
        exit_code = ref.process.wait()
        if ref.yarn_tag is not None and is_by_signal(exit_code):
            # spark-submit was killed, by the system for its memory for example; the application does not know.
            _kill_on_yarn(ref)
        seen = replace(seen, seconds=time.monotonic() - ref.started)
        return seen if exit_code == 0 else replace(seen, driver_output=_driver_output(ref))

    def end_of(self, ref: SubmittedProcess, seen: SeenProcess, stderr_tail: Sequence[str]) -> Ended:
        """The exit code, and what the process wrote last."""
        assert seen.exit_code is not None
        tail = with_cause(ref.process.stdout_tail, ref.process.tail)
        advice = ""
        if ref.yarn_tag is not None and not seen.driver_output and (application := application_in(ref.process.tail)):
            advice = (
                "The driver's own output is in the log of its YARN container:"
                f" `yarn logs -applicationId {application} -am ALL`."
            )
        return Ended(seen.exit_code, seen.seconds, [*tail, *seen.driver_output], advice, ref.submission.is_cluster_mode)

    def end(self, ref: SubmittedProcess, log: Logger) -> None:
        """SIGTERM for the group. In cluster mode it only watches, and needs no time to end."""
        ref.process.ask_to_end()

    def sweep(
        self,
        ref: SubmittedProcess,
        seen: SeenProcess | None,
        *,
        has_closed: bool,
        log: Logger,
    ) -> None:
        """SIGKILL for what is left of the group; on YARN in cluster mode the application ends as well."""
        try:
            ref.process.kill()
        finally:
            if ref.yarn_tag is not None:
                _kill_on_yarn(ref)

    def describe(self, ref: SubmittedProcess) -> str:
        """The process."""
        return f"process {ref.id}"

    def describe_start(self, ref: SubmittedProcess, written: WrittenSubmission | None) -> str:
        """The process, the application, and where it runs."""
        submission = ref.submission
        mode = " in cluster mode" if submission.is_cluster_mode else ""
        return f"process {ref.id}: {submission.job.title} on {shown_text(submission.effective_master)}{mode}"

    def start_metadata(self, ref: SubmittedProcess, written: WrittenSubmission) -> Mapping[str, MetadataValue]:
        """The whole command, without the session's properties and without secrets."""
        return {"command": MetadataValue.text(ref.submission.command_line())}

    def describe_end(self, ref: SubmittedProcess, seen: SeenProcess | None) -> str:
        """The processes that were ended."""
        return f"ended spark-submit and its process group {ref.id}."

    def by_hand(self, ref: SubmittedProcess) -> str:
        """`kill`."""
        return f"End it with `kill -- -{ref.id}`."


def _seen(ref: SubmittedProcess) -> SeenProcess:
    exit_code = ref.process.poll()
    return SeenProcess(
        state="RUNNING" if exit_code is None else "ENDED",
        is_over=exit_code is not None,
        is_success=exit_code == 0,
        exit_code=exit_code,
        seconds=time.monotonic() - ref.started,
    )


def _driver_output(ref: SubmittedProcess) -> Sequence[str]:
    application = application_in(ref.process.tail)
    if ref.yarn_tag is None or application is None:
        return ()  # Without an application no driver was started.
    source = ref.written.open_driver_logs({"application_id": application, "yarn_tag": ref.yarn_tag})
    return [] if source is None else driver_output(source, wait_seconds=ref.written.wait_for_logs_seconds)


def _kill_on_yarn(ref: SubmittedProcess) -> None:
    submission, tag = ref.submission, ref.yarn_tag
    assert tag is not None
    try:
        ids = kill_applications(
            submission.spark_home, submission.environment, tag, timeout_seconds=_YARN_COMMAND_SECONDS
        )
    except (OSError, subprocess.SubprocessError) as e:
        output = getattr(e, "stderr", None) or ""
        ref.log.error(
            f"[pipes] could not end the YARN application with tag {tag}; end it by hand with"
            f" `yarn {' '.join(listing(tag, ALL_STATES))}` and `-kill`: {e} {output}"
        )
    else:
        ref.log.info(f"[pipes] ended YARN applications {ids or 'none, none was live'}.")
