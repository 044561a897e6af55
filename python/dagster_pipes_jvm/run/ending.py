"""The end of a job and of its remains: it is told to end, asked to stop, and swept."""

from collections.abc import Callable

from dagster_pipes_jvm.errors import PassingFaultError, PipesJvmError
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.run.jobs import JobRef, RefusedError, Seen
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm.run.port import AnyPlatform
from dagster_pipes_jvm.run.reattach import LaunchBook


class JobEnding:
    """Ends one job.

    The platform is told to end it. A driver that may outlive the job is also asked to stop through its message channel.
    After the job's end, or after a time limit, the platform sweeps the remains.

    Args:
        book: the launch. The end is recorded there.
        handler: the run's message handler. Messages are still read.
        ref: the job.
        request_stop: asks the job to stop through its message channel. `None` if the channel cannot do that.
        patience: the time limits and intervals.
    """

    def __init__(
        self,
        book: LaunchBook,
        handler: PipesJvmMessageHandler,
        ref: JobRef,
        request_stop: Callable[[str], None] | None,
        patience: Patience,
    ) -> None:
        self._book = book
        self._log = book.context.log
        self._platform: AnyPlatform = book.platform
        self._handler = handler
        self._ref = ref
        self._request_stop = request_stop
        self._patience = patience

    def end(self, why: str) -> None:
        """End the job. The event log gets every error, with its remedy. After an error a retry continues with the job.

        Args:
            why: for the job and for the event log.
        """
        try:
            what = self._platform.end(self._ref, self._log)
            if what is not None:
                self._log.info(f"[pipes] {why}: {what}")
            else:
                self._wait_and_sweep(why)
        except PipesJvmError as e:
            if not self._is_gone(self._ref):
                self._say_may_run_on(str(e))
                return
        except BaseException as e:
            self._say_may_run_on(type(e).__name__)
            raise
        self._book.record_end(self._ref, "ended by Dagster")

    def _wait_and_sweep(self, why: str) -> None:
        platform, ref = self._platform, self._ref
        seen: Seen | None = None
        try:
            may_outlive = platform.may_outlive(ref)
            is_asked = may_outlive and self._ask_to_stop(why)
            seen = self._look_until_over(ref, self._patience.end_limit_seconds)
            if is_asked:
                self._wait(lambda: self._handler.received_closed_message, self._patience.stop_limit_seconds)
        finally:  # Also where a second interruption ends the wait.
            sweeper = platform.sweep(ref, seen, has_closed=self._handler.received_closed_message, log=self._log)
            self._log.info(f"[pipes] {why}: {platform.describe_end(ref, seen)}")
        if sweeper is not None:
            self._wait_for_sweeper(sweeper)

    def _ask_to_stop(self, why: str) -> bool:
        if self._request_stop is None or not self._handler.received_opened_message:
            return False
        try:
            self._request_stop(why)
        except PipesJvmError as e:
            self._log.warning(f"[pipes] the job cannot be asked to stop: {e}")
            return False
        return True

    def _wait_for_sweeper(self, sweeper: JobRef) -> None:
        try:
            seen = self._look_until_over(sweeper, self._patience.sweep_limit_seconds)
            if seen is not None and seen.is_success:
                return
            state = seen.state if seen is not None else "not seen"
        except (PassingFaultError, RefusedError) as e:
            state = f"out of sight ({e})"
        if self._is_gone(sweeper):
            return
        self._log.warning(f"[pipes] {self._platform.describe_sweep(self._ref, sweeper, state)}")

    def _look_until_over(self, ref: JobRef, seconds: float) -> Seen | None:
        seen: Seen | None = None

        def is_over() -> bool:
            nonlocal seen
            earlier = {} if seen is None else {ref.id: seen}
            seen = self._platform.look([ref], earlier).get(ref.id, seen)
            return seen is not None and (seen.is_over or bool(seen.lost))

        self._wait(is_over, seconds)
        return seen

    def _wait(self, condition: Callable[[], bool], seconds: float) -> None:
        clock = self._patience.clock
        give_up_at = clock.now() + seconds
        while not condition() and clock.now() < give_up_at:
            self._patience.pause(self._patience.end_poll_seconds)

    def _is_gone(self, ref: JobRef) -> bool:
        """Whether nothing can run on, because the place has ended."""
        try:
            return self._platform.is_gone(ref)
        except PipesJvmError:
            return False

    def _say_may_run_on(self, error: str) -> None:
        self._log.error(
            f"[pipes] {self._platform.describe(self._ref)} could not be ended and may run on: {error}."
            f" {self._platform.by_hand(self._ref)}".strip()
        )
