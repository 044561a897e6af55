"""One run of a job on any platform: it opens the session, starts the job once, waits for its end, and judges it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from threading import Event, Lock
from typing import Any

from dagster import AssetExecutionContext, DagsterExecutionInterruptedError, OpExecutionContext, PipesSession
from dagster_pipes import PipesExtras

from dagster_pipes_jvm.read.messages.account import RunAccount
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.run.already_running import check_already_running
from dagster_pipes_jvm.run.awaiting import AwaitedJob, News, RunningJob
from dagster_pipes_jvm.run.context import RunContext
from dagster_pipes_jvm.run.ending import JobEnding
from dagster_pipes_jvm.run.failure import without_secrets
from dagster_pipes_jvm.run.identity import identity_of
from dagster_pipes_jvm.run.invocation import PipesSparkCompletedInvocation
from dagster_pipes_jvm.run.jobs import Found, JobEnd, Order, Surroundings
from dagster_pipes_jvm.run.once import other_job, start_once
from dagster_pipes_jvm.run.output import PipedOutput
from dagster_pipes_jvm.run.port import Launch
from dagster_pipes_jvm.run.reattach import LaunchBook
from dagster_pipes_jvm.run.session import check_session, open_session, unopened_session
from dagster_pipes_jvm.run.written import check_threads, check_written
from dagster_pipes_jvm.wire import RUN_TOKEN_KEY

INTERRUPTIONS = (DagsterExecutionInterruptedError, KeyboardInterrupt)


class JobRun:
    """One run. Threads: `stop` may be called from any.

    Lifecycle: the constructor looks for a job of an earlier attempt; then call `conduct` once.

    Args:
        context: the execution context of the asset or op.
        launch: the launch that the client has prepared.
        extras: JSON-serializable values that the job reads as Pipes extras.

    Raises:
        PassingFaultError: the platform does not show whether an earlier attempt's job still runs, as for RefusedError.
    """

    def __init__(
        self,
        context: OpExecutionContext | AssetExecutionContext,
        launch: Launch[Any],
        extras: PipesExtras | None,
    ) -> None:
        self._context = context
        self._launch = launch
        self._extras = extras
        self._lock = Lock()
        self._stopped = Event()
        self._running: AwaitedJob | None = None
        self._ended_job: AwaitedJob | None = None
        self._is_interrupted = False
        self._was_sent_twice = False
        identity = identity_of(context, launch.job, extras)
        self._book = LaunchBook(context, launch.platform, identity, launch.patience)
        self._earlier = self._book.find_earlier()
        reader: Any = launch.message_reader
        if self._earlier is not None and self._earlier.messages_params and hasattr(reader, "resuming"):
            reader = reader.resuming(self._earlier.messages_params)
        self._reader = reader
        self._run_context = RunContext(
            launch.context_injector,
            launch.fallback_injector,
            known=None if self._earlier is None else dict(self._earlier.context_params),
        )
        self.handler = PipesJvmMessageHandler(
            context,
            reader,
            # Whether there is one attempt is known when the job has been recorded, before the first message comes.
            account=RunAccount(
                single_attempt=self._earlier is not None and self._earlier.single_attempt,
                stop_poll_interval_millis=launch.stop_poll_interval_millis,
                run_token=None if self._earlier is None else self._earlier.messages_params.get(RUN_TOKEN_KEY),
                may_be_resumed=self._book.is_kept,
                launch=identity.short_tag if launch.may_start_twice else None,
            ),
            max_log_events=launch.max_log_events,
        )

    def conduct(self) -> PipesSparkCompletedInvocation:
        """Run the job, and wait until it has ended and all its reports have arrived.

        An exception in this method while the job runs, such as an interruption, ends the job. If the platform can
        continue the job, the exception leaves it to a later attempt instead.

        Raises:
            PipesNotClosedError: see `check_session`, as for MessagesMissingError.
            Exception: the errors of `Launch.write` and `start_once`, and the error that `JobEnd.failure` returns.
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
                with open_session(context, handler, self._run_context, self._extras, launch.job) as session:
                    ended = self._run_to_end(session)
            except Exception as e:
                if ended is None or ended.is_success:
                    raise
                reading_failure = e
        # Only now have all reports of the job been read, also its exception.
        if not ended.is_success:
            raise ended.failure(launch.job, handler.exception) from reading_failure
        if mode != "off":
            check_session(
                context,
                handler,
                self._run_context,
                self._reader,
                mode,
                ended.how,
                stderr_tail=[without_secrets(line, launch.job) for line in ended.stderr_tail],
            )
            check_threads(handler.exception)
            check_written(context, session, launch.job)
        return PipesSparkCompletedInvocation(
            session, handler.received_by_method, ended.metadata, lost_reports=handler.account.lost_reports
        )

    def stop(self, *, interrupted: bool) -> None:
        """End the job if it runs, and else keep it from starting; `conduct` then returns or raises.

        Args:
            interrupted: see `AwaitedJob.terminate`.
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
        news = News()
        self.handler.on_closed = news
        details: Mapping[str, Any] = {}
        if self._earlier is not None:
            found, description = self._earlier, self._going_on(self._earlier)
        else:
            found, description, details = self._started(session, news)
        ended = self._awaited(found, description, details, session, news)
        if not ended.is_success and self._was_sent_twice:
            first = other_job(self._launch.platform, self._book.identity, found.ref)
            if first is not None:
                # The one that has ended was the second one, and has left the launch to the first one.
                self._tell_judged()
                description = self._launch.platform.describe(first)
                self._context.log.warning(
                    f"[pipes] {description} is the first job of this launch, and was not listed when it was started again."
                    " This run continues with it."
                )
                ended = self._awaited(replace(found, ref=first), description, details, session, news)
        return ended

    def _awaited(
        self, found: Found[Any], description: str, details: Mapping[str, Any], session: PipesSession, news: News
    ) -> JobEnd:
        running = AwaitedJob(self._running_job(found, session, news))
        self._write_down(found, running, session)
        try:
            with self._lock:
                self._running = running
            if self._stopped.is_set():
                running.terminate(interrupted=self._is_interrupted)
            self._context.log.info(f"[pipes] started {description}")
            if details:
                self._book.write_event(f"Details of {self._launch.platform.describe(found.ref)}.", details)
            ended = running.wait()
            self._ended_job = running
            return ended
        except BaseException as e:
            running.terminate(interrupted=isinstance(e, INTERRUPTIONS), because=e)
            raise
        finally:
            with self._lock:
                self._running = None

    def _started(self, session: PipesSession, news: News) -> tuple[Found[Any], str, Mapping[str, Any]]:
        launch, identity = self._launch, self._book.identity
        check_already_running(self._context, launch.platform, identity, launch.when_already_running)
        written = launch.write(Order(identity, session, self._mover(session)))
        for note in written.notes:
            self._context.log.warning(f"[pipes] {note}")
        self.handler.account.single_attempt = written.single_attempt
        self._book.begin_launch()
        surroundings = Surroundings(PipedOutput(session, self.handler).on_output, news, self._context.log)
        ref, self._was_sent_twice = start_once(launch.platform, written, identity, surroundings, launch.patience)
        found = Found(
            ref,
            session.message_reader_params,
            self._run_context.params,
            identity.digest,
            single_attempt=written.single_attempt,
        )
        return found, launch.platform.describe_start(ref, written), launch.platform.start_metadata(ref, written)

    def _going_on(self, found: Found[Any]) -> str:
        description = self._launch.platform.describe(found.ref)
        self._context.log.info(
            f"[pipes] an earlier attempt of this step has started {description}; this one continues with it."
        )
        return description

    def _write_down(self, found: Found[Any], running: AwaitedJob, session: PipesSession) -> None:
        """Write into the event log what a later attempt needs to continue with the job; tell readers where it is."""
        try:
            if self._earlier is not None:
                self._book.record_reattach(found)
            else:
                self._book.record_launch(found)
            if reported := self._launch.platform.reported(found.ref):
                session.report_launched({"extras": dict(reported)})
        except BaseException as e:
            if self._book.is_kept:
                running.leave_unrecorded()
            else:
                running.terminate(interrupted=isinstance(e, INTERRUPTIONS), because=e)
            raise

    def _running_job(self, found: Found[Any], session: PipesSession, news: News) -> RunningJob:
        launch, reader = self._launch, self._reader
        can_ask = launch.stop_poll_interval_millis is not None and launch.job.pipes != "off"
        request_stop = (
            (lambda why: reader.request_stop(session.message_reader_params, why))
            if can_ask and hasattr(reader, "request_stop")
            else None
        )
        return RunningJob(
            book=self._book,
            ref=found.ref,
            handler=self.handler,
            run_context=self._run_context,
            patience=launch.patience,
            news=news,
            ending=JobEnding(self._book, self.handler, found.ref, request_stop, launch.patience),
        )

    def _mover(self, session: PipesSession) -> Callable[[], PipesSession] | None:
        if not self._run_context.can_move:
            return None
        return lambda: replace(session, context_injector_params=self._run_context.move(session.context_data))


class _StoppedError(Exception):
    """No user sees it: a caller that stops a run takes no result."""
