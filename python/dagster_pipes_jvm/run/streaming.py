"""Results while the job still runs, and a job that ends with the step that takes them."""

import logging
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import Event, Thread, current_thread, main_thread
from typing import Any

from dagster import AssetExecutionContext, DagsterEventType, OpExecutionContext, PipesExecutionResult
from dagster_pipes import PipesExtras

from dagster_pipes_jvm.run.invocation import PipesSparkCompletedInvocation
from dagster_pipes_jvm.run.port import Launch
from dagster_pipes_jvm.run.running import INTERRUPTIONS, JobRun

_ENDS_OF_A_STEP = {
    DagsterEventType.STEP_SUCCESS,
    DagsterEventType.STEP_FAILURE,
    DagsterEventType.STEP_UP_FOR_RETRY,
}
_MAIN_THREAD_POLL_SECONDS = 0.5


def stream_results(
    context: OpExecutionContext | AssetExecutionContext, launch: Launch[Any], extras: PipesExtras | None
) -> Generator[PipesExecutionResult, None, None]:
    """Run a job and yield each result as soon as it is here; see `PipesSparkClient.stream`."""
    run = JobRun(context, launch, extras)
    news: SimpleQueue[None] = SimpleQueue()
    run.handler.on_result = lambda: news.put(None)
    conductor = _Conductor(context, run, on_end=lambda: news.put(None))
    taken = 0
    try:
        conductor.start()
        while True:
            _await(news)
            # Asked before the results are: what is there when it has ended is all there is.
            is_last = conductor.outcome.done()
            if is_last and conductor.outcome.exception() is None:
                break
            for result in run.handler.get_reported_results()[taken:]:
                taken += 1
                yield result
            if is_last:
                break
        yield from conductor.outcome.result().get_results()[taken:]
    except INTERRUPTIONS:
        conductor.interrupted = True
        raise
    finally:
        # The step was interrupted, or its body failed or wants no more results.
        conductor.end()


def _await(news: SimpleQueue[None]) -> None:
    """Wait for news, and let a signal end the wait.

    A signal that another thread takes, or that arrives just before the wait, does not wake this thread. Python runs its
    handler when this thread executes code again, so a wait without a timeout could last until the job's end.
    """
    while True:
        try:
            return news.get(timeout=_MAIN_THREAD_POLL_SECONDS)
        except Empty:
            continue


class _Conductor:
    """Runs a job in a thread of its own, which ends the job with the step.

    The generator that takes the results cannot be relied upon for that: where its consumer fails, Dagster keeps the
    exception, with it the frames, and with them the suspended generator.

    Lifecycle: `start`, then `end`. Threads: two, not daemons, so that a process that exits ends the job first.

    Args:
        context: the step's.
        run: the run.
        on_end: called when `outcome` is there.
    """

    def __init__(
        self, context: OpExecutionContext | AssetExecutionContext, run: JobRun, on_end: Callable[[], None]
    ) -> None:
        self.outcome: Future[PipesSparkCompletedInvocation] = Future()
        self.interrupted = False
        self._context = context
        self._run = run
        self._on_end = on_end
        self._is_over = Event()
        self._consumer = current_thread()
        self._step_end = _StepEnd(self._is_over)
        # A reader or an injector of the user may ask for `AssetExecutionContext.get()`.
        surroundings = copy_context()
        # Said, because a thread inherits it: where the step's own thread is a daemon, these are not.
        self._conductor = Thread(target=lambda: surroundings.run(self._conduct), name="job of a stream", daemon=False)
        self._guard = Thread(target=self._watch, name="guard of a stream", daemon=False)

    def start(self) -> None:
        """Start the job."""
        self._context.log.addHandler(self._step_end)
        self._guard.start()
        self._conductor.start()

    def end(self) -> None:
        """End the job where it still runs. Returns when it has ended, but in a thread that is not the consumer's."""
        self._is_over.set()
        # The garbage collector may close the generator in any thread, in one that has to go on for the job to end, too.
        if current_thread() is self._consumer and self._conductor.ident is not None:
            self._conductor.join()

    def _conduct(self) -> None:
        try:
            self.outcome.set_result(self._run.conduct())
        except BaseException as e:
            self.outcome.set_exception(e)
        finally:
            self._is_over.set()
            self._context.log.removeHandler(self._step_end)
            self._on_end()

    def _watch(self) -> None:
        while not self._is_over.wait(_MAIN_THREAD_POLL_SECONDS) and main_thread().is_alive():
            pass
        try:
            self._run.stop(interrupted=self.interrupted or self._step_end.is_interruption)
        except Exception as e:
            self._context.log.error(f"[pipes] the job could not be ended with its step: {type(e).__name__}: {e}")


class _StepEnd(logging.Handler):
    """Sees the end of a step among the events that Dagster writes through the step's own log manager."""

    def __init__(self, has_ended: Event) -> None:
        super().__init__()
        self.is_interruption = False
        self._has_ended = has_ended

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "dagster_event", None)
        if event is not None and event.event_type in _ENDS_OF_A_STEP:
            error = getattr(event.event_specific_data, "error", None)
            self.is_interruption = error is not None and error.cls_name in {c.__name__ for c in INTERRUPTIONS}
            self._has_ended.set()
