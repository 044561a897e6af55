"""One run of a job, whoever started it: session opened, job started, waited for, and judged when it has ended.

A client says how a job is started, waited for and ended (`Launch`, `RunningJob`), and has `run` and `stream` for it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Lock
from typing import Any, Protocol

from dagster import (
    AssetExecutionContext,
    DagsterExecutionInterruptedError,
    OpExecutionContext,
    PipesContextInjector,
    PipesMessageReader,
    PipesSession,
)
from dagster_pipes import PipesException, PipesExtras

from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.read.messages.account import RunAccount
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.run.invocation import PipesSparkCompletedInvocation
from dagster_pipes_jvm.run.session import check_session, open_session, unopened_session
from dagster_pipes_jvm.run.written import check_written

INTERRUPTIONS = (DagsterExecutionInterruptedError, KeyboardInterrupt)


class JobEnd(Protocol):
    """How a job ended, as its platform has it."""

    @property
    def is_success(self) -> bool:
        """Whether the platform calls it successful."""

    @property
    def how(self) -> str:
        """The end state in words that follow "The job", such as "ended with exit code 0"."""

    @property
    def stderr_tail(self) -> Sequence[str]:
        """The last lines of the driver's stderr as far as they are known, oldest first."""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What every materialization of the run gets beside what the job reports."""

    def failure(self, job: SparkJob, exception: PipesException | None) -> Exception:
        """The error of a job that did not succeed.

        Args:
            job: the job.
            exception: what its session closed with, where it reported one.
        """


class RunningJob(ABC):
    """A job that a client has started. Threads: `wait` in one, `terminate` in any, also while another one waits."""

    @property
    @abstractmethod
    def description(self) -> str:
        """What was started, for the event log: "process 12: spark-submit ..."."""

    @abstractmethod
    def wait(self) -> JobEnd:
        """Wait until it has ended, for whatever reason, and everything that it wrote is read."""

    @abstractmethod
    def terminate(self, *, interrupted: bool) -> None:
        """End it for good, so that `wait` returns; does nothing when it has ended, and may be called again.

        Args:
            interrupted: whether Dagster's process was told to stop, and nothing is wrong with the job: where a later attempt
                of the step can go on with it, it may be left running.
        """

    def judged(self) -> None:  # noqa: B027
        """Called when it has ended and everything that it reported was read, whatever the verdict is."""


@dataclass(frozen=True)
class Launch:
    """What a client has prepared for one run.

    Args:
        job: the job with everything of this run; its `pipes` says how the session is judged.
        context_injector: takes the context to the job; `message_reader` brings its messages.
        start: starts the job with the session's parameters, or without any where `job.pipes` is "off". Once something
            runs it must return or end it.
        single_attempt: whether the platform never starts the job again by itself, see `MessageLines`.
        max_log_events: see `LogEvents`.
        stop_poll_interval_millis: how often the job looks whether it shall stop, see `PipesJvmS3MessageReader.request_stop`;
            `None` where its platform ends it.
    """

    job: SparkJob
    context_injector: PipesContextInjector
    message_reader: PipesMessageReader
    start: Callable[[PipesSession, PipesJvmMessageHandler], RunningJob]
    single_attempt: bool
    max_log_events: int | None
    stop_poll_interval_millis: int | None = None


class JobRun:
    """One run. Lifecycle: call `conduct` once. Threads: `stop` from any.

    Args:
        context: the execution context of the asset or op.
        launch: what the client has prepared.
        extras: JSON-serializable values that the job reads as Pipes extras.
    """

    def __init__(
        self,
        context: OpExecutionContext | AssetExecutionContext,
        launch: Launch,
        extras: PipesExtras | None,
    ) -> None:
        self._context = context
        self._launch = launch
        self._extras = extras
        self._lock = Lock()
        self._stopped = Event()
        self._running: RunningJob | None = None
        self._ended_job: RunningJob | None = None
        self._is_interrupted = False
        self.handler = PipesJvmMessageHandler(
            context,
            launch.message_reader,
            account=RunAccount(
                single_attempt=launch.single_attempt, stop_poll_interval_millis=launch.stop_poll_interval_millis
            ),
            max_log_events=launch.max_log_events,
        )

    def conduct(self) -> PipesSparkCompletedInvocation:
        """Run the job and wait until it has ended and everything that it reported is here.

        Whatever is raised here while the job runs, an interruption for example, ends the job.

        Raises:
            PipesNotClosedError: see `check_session`, as for MessagesMissingError.
            Exception: what `Launch.start` raises, and `JobEnd.failure` gives.
        """
        try:
            invocation = self._conduct()
        except Exception:
            self._tell_judged()
            raise
        self._tell_judged()
        return invocation

    def _conduct(self) -> PipesSparkCompletedInvocation:
        context, launch, handler = self._context, self._launch, self.handler
        mode = launch.job.pipes
        ended: JobEnd | None = None
        reading_failure: Exception | None = None
        if mode == "off":
            session = unopened_session(context, handler)
            ended = self._run_to_end(session)
        else:
            try:
                with open_session(context, handler, launch.context_injector, self._extras) as session:
                    ended = self._run_to_end(session)
            except Exception as e:
                if ended is None or ended.is_success:
                    raise
                reading_failure = e
        # Only now is everything read that the job reported, its exception among it.
        if not ended.is_success:
            raise ended.failure(launch.job, handler.exception) from reading_failure
        if mode != "off":
            check_session(
                context,
                handler,
                launch.context_injector,
                launch.message_reader,
                mode,
                ended.how,
                stderr_tail=ended.stderr_tail,
            )
            check_written(context, session, launch.job)
        return PipesSparkCompletedInvocation(session, handler.received_by_method, ended.metadata)

    def stop(self, *, interrupted: bool) -> None:
        """End the job where it runs, and keep it from starting where it does not yet; `conduct` then returns or raises.

        Args:
            interrupted: see `RunningJob.terminate`.
        """
        with self._lock:
            self._is_interrupted = interrupted
            self._stopped.set()
            running = self._running
        if running is not None:
            running.terminate(interrupted=interrupted)

    def _tell_judged(self) -> None:
        if self._ended_job is not None:
            self._ended_job.judged()

    def _run_to_end(self, session: PipesSession) -> JobEnd:
        if self._stopped.is_set():
            raise _StoppedError("the job was stopped before it started")
        running = self._launch.start(session, self.handler)
        try:
            with self._lock:
                self._running = running
            if self._stopped.is_set():
                running.terminate(interrupted=self._is_interrupted)
            self._context.log.info(f"[pipes] started {running.description}")
            ended = running.wait()
            self._ended_job = running
            return ended
        except BaseException as e:
            running.terminate(interrupted=isinstance(e, INTERRUPTIONS))
            raise
        finally:
            with self._lock:
                self._running = None


class _StoppedError(Exception):
    """Nobody sees it: whoever stops a run takes no result."""
