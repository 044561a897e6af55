"""A running job: its lines in the event log, its time limits, and its end."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from dagster_pipes_jvm.errors import JobRequestError, PipesJvmError, TimeLimitError
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.run.cancelled import is_cancelled, reason_of_cancellation
from dagster_pipes_jvm.run.context import RunContext
from dagster_pipes_jvm.run.ending import JobEnding
from dagster_pipes_jvm.run.jobs import JobEnd, JobRef, Seen
from dagster_pipes_jvm.run.output import FollowedLogs
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm.run.port import AnyPlatform
from dagster_pipes_jvm.run.reattach import LaunchBook
from dagster_pipes_jvm.run.watch import Look, Watch


class NoLongerAwaitedError(PipesJvmError):
    """Never shown: the caller that ends or leaves a job takes no result."""


class News:
    """Says that the state of a job may have changed. It does nothing until it has a listener. Threads: any."""

    def __init__(self) -> None:
        self.listener: Callable[[], None] = _nothing

    def __call__(self) -> None:
        """Tell the listener."""
        self.listener()


@dataclass(frozen=True)
class RunningJob:
    """A job that this attempt has started, or continues with.

    Args:
        book: the launch, with context and platform.
        ref: the job.
        handler: the run's message handler.
        run_context: the place of its Pipes context.
        patience: the time limits and intervals.
        news: says that its state may have changed.
        ending: ends it.
    """

    book: LaunchBook
    ref: JobRef
    handler: PipesJvmMessageHandler
    run_context: RunContext
    patience: Patience
    news: News
    ending: JobEnding

    def keep(self) -> None:
        """Leave messages and context to a later attempt."""
        self.handler.account.keep_messages = True
        self.run_context.keep()


class AwaitedJob:
    """Waits for one job. Threads: `wait` in one, `terminate` in any, also while another one waits.

    Args:
        job: the job.
    """

    def __init__(self, job: RunningJob) -> None:
        self._job = job
        self._context = job.book.context
        self._platform: AnyPlatform = job.book.platform
        self._patience = job.patience
        self._started_at = job.patience.clock.now()
        self._running_since: float | None = None
        self._said = ""
        self._expired = ""
        self._troubles = _Troubles()
        self._has_said_links = False
        self._logs: FollowedLogs | None = None
        self._terminating = Lock()
        # Its final state. After that there is nothing to end.
        self._ended: Seen | None = None
        self._is_awaited = True
        # Ends the wait.
        self._fail_wait: Callable[[Exception], None] = lambda _: None

    def wait(self) -> JobEnd:
        """Wait until it has ended, for whatever reason, and everything that it wrote is read.

        Raises:
            TimeLimitError: a time limit has expired. The caller must end the job.
            JobRequestError: the platform refuses to show it.
        """
        job, platform = self._job, self._platform
        with Watch.watching(platform, job.ref, self._patience) as watched:
            job.news.listener = watched.look_now
            self._fail_wait = watched.fail
            if not self._is_awaited:
                raise NoLongerAwaitedError
            try:
                for look in watched.looks():
                    self._say(look)
                    self._check_limits(look)
            except JobRequestError:
                self._lose_sight(watched.latest)
                raise
            seen: Seen = watched.latest
        with self._terminating:
            self._ended = seen
        seen = platform.settle(job.ref, seen)
        self._say(Look(seen))
        return platform.end_of(job.ref, seen, self._finish_logs(wait=self._waits_for_logs(seen)))

    def terminate(self, *, interrupted: bool, because: BaseException | None = None) -> None:
        """End the job, so that `wait` returns. If only this process must stop, the job may be left to a retry.

        It does nothing after the job's end, and may be called several times.

        Args:
            interrupted: whether Dagster's process was told to stop, and nothing is wrong with the job.
            because: the error that makes it necessary, if there is one.
        """
        with self._terminating:
            if self._ended is not None:
                if interrupted and self._ended.is_success and self._job.book.is_kept:
                    self._job.keep()  # It has not been judged, and a retry does that.
            elif self._is_awaited:
                try:
                    leaves = self._patience.leaves_running_when_stopped and self._job.book.is_kept
                    if interrupted and leaves and not is_cancelled(self._context):
                        self._leave_running("This process is told to stop, and the run is not cancelled")
                    else:
                        self._is_awaited = False
                        self._job.ending.end(self._why(because))
                finally:
                    self._fail_wait(NoLongerAwaitedError())
        self._finish_logs(wait=False)

    def leave_unrecorded(self) -> None:
        """Leave a job that could not be written down. A retry finds it by its mark."""
        self._is_awaited = False
        self._job.keep()
        self._context.log.error(
            f"[pipes] {self._platform.describe(self._job.ref)} was started, and continues."
            " A retry of this step continues with it."
        )

    def judged(self) -> None:
        """Note in the event log that this job has ended and all its messages were read: a retry starts a new one."""
        if self._ended is not None:
            self._job.book.record_end(self._job.ref, self._ended.state)

    def _say(self, look: Look) -> None:
        self._say_trouble(look.trouble)
        seen: Seen | None = look.seen
        if seen is None:
            return
        description = self._platform.describe(self._job.ref)
        if seen.said and seen.said != self._said:
            self._said = seen.said
            self._context.log.info(f"[pipes] {description}: {seen.said}")
        if seen.has_run and not self._has_said_links:
            links = self._platform.links(self._job.ref, seen)
            self._has_said_links = bool(links)
            if links:
                self._job.book.write_event(f"Links of {description}.", links)
        if self._logs is None and not seen.lost:
            source = self._platform.logs(self._job.ref, seen)
            if source is not None:
                self._logs = FollowedLogs(source, self._job.handler, self._context.log.warning, self._patience)

    def _say_trouble(self, trouble: str) -> None:
        if trouble and self._troubles.is_due(self._patience.clock.now()):
            self._context.log.warning(f"[pipes] {trouble}")

    def _check_limits(self, look: Look) -> None:
        seen: Seen | None = look.seen
        if seen is None or seen.is_over or seen.lost:
            return
        now = self._patience.clock.now()
        if not seen.has_run:
            limit, since, parameter = (
                self._patience.start_time_limit_seconds,
                self._started_at,
                "start_time_limit_seconds",
            )
        else:
            self._running_since = self._running_since or now
            limit, since = self._patience.run_time_limit_seconds, self._running_since
            parameter = self._platform.run_limit_parameter
        if limit is not None and now - since > limit:
            self._expired = f"`{parameter}` is {limit:,g} s"
            raise self._platform.time_limit_error(
                f"{self._platform.describe(self._job.ref)} is {seen.state} after {now - since:,.0f} s, longer than"
                f" `{parameter}`, which is {limit:,g}; it is ended now."
                + "".join(f" {part}" for part in (seen.around, self._platform.time_limit_remedy) if part)
            )

    def _waits_for_logs(self, seen: Seen) -> bool:
        if seen.is_success:
            return self._patience.waits_for_logs_of_success
        # One that never ran has no log, and nobody looks into that of one that was cancelled.
        waits = seen.has_run and seen.has_explaining_logs
        if self._logs is not None:
            how = (
                f"its logs come within {self._patience.wait_for_logs_seconds:,g} s" if waits else "no logs are awaited"
            )
            self._context.log.info(
                f"[pipes] {self._platform.describe(self._job.ref)} has ended as {seen.state}; {how}."
            )
        return waits

    def _finish_logs(self, *, wait: bool) -> list[str]:
        logs, self._logs = self._logs, None
        # A job that failed before its session has said nothing else.
        needs_driver = wait and not self._job.handler.received_opened_message
        return logs.finish(wait=wait, needs_driver=needs_driver) if logs is not None else []

    def _why(self, because: BaseException | None) -> str:
        if isinstance(because, TimeLimitError):
            return f"the time limit is over{f': {self._expired}' if self._expired else ''}"
        if self._job.book.identity.is_direct:
            return "the direct call ended before its job"
        run = f"the Dagster run {self._job.book.identity.run_id}"
        if not is_cancelled(self._context):
            return f"{run} ended before its job"
        reason = reason_of_cancellation(self._context)
        return f"{run} was cancelled{f' ({reason})' if reason else ''}"

    def _lose_sight(self, seen: Seen | None) -> None:
        """The platform does not show the job any more: its place has ended, or the platform refuses."""
        if seen is not None and seen.lost:
            with self._terminating:
                self._ended = seen
        elif self._job.book.is_kept:
            self._leave_running(f"{self._platform.name} does not show the job any more")

    def _leave_running(self, why: str) -> None:
        self._is_awaited = False
        self._job.keep()
        self._context.log.warning(
            f"[pipes] {why}: {self._platform.describe(self._job.ref)} continues. A retry of this step continues with it."
        )


class _Troubles:
    """When a trouble of polls is written: the first one immediately, and each later one after a longer pause."""

    def __init__(self) -> None:
        self._silent_until: float | None = None
        self._pause_seconds = 600.0

    def is_due(self, now: float) -> bool:
        """Whether a trouble of this moment is written."""
        if self._silent_until is not None and now < self._silent_until:
            return False
        self._silent_until = now + self._pause_seconds
        self._pause_seconds *= 2
        return True


def _nothing() -> None:
    pass
