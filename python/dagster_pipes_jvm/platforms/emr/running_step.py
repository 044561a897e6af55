"""A step that runs: what is said while it does, how long it may, its end, and how it is ended."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from botocore import exceptions as boto
from dagster import AssetExecutionContext, DagsterRunStatus, OpExecutionContext
from dagster_pipes import PipesException

from dagster_pipes_jvm._dagster import EngineEventData
from dagster_pipes_jvm.errors import EMRRequestError, EMRStepFailedError, EMRTimeLimitError, PipesJvmError, see
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.platforms.emr.context import RunContext
from dagster_pipes_jvm.platforms.emr.ending import StepEnding
from dagster_pipes_jvm.platforms.emr.ends import failure
from dagster_pipes_jvm.platforms.emr.links import step_links, step_metadata
from dagster_pipes_jvm.platforms.emr.logs import StepLogs
from dagster_pipes_jvm.platforms.emr.reattach import LaunchedStep, record_end
from dagster_pipes_jvm.platforms.emr.states import ClusterNow, StepNow
from dagster_pipes_jvm.platforms.emr.watch import Clock, ClusterWatch, Look
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.run.running import RunningJob

_CANCELLED_RUN = (DagsterRunStatus.CANCELING, DagsterRunStatus.CANCELED)


@dataclass(frozen=True)
class Patience:
    """How long what may take; `None` is no limit. All in seconds.

    Args:
        poll_interval_seconds: between two looks at the cluster.
        start_time_limit_seconds: until the step runs: the cluster's start and the steps before it.
        step_time_limit_seconds: while it runs.
        wait_for_logs_seconds: for the logs of a step that failed.
        waits_for_logs_of_success: whether those of one that did not are waited for as well.
        leaves_running_when_stopped: whether a step runs on when Dagster's process is told to stop and the run is not cancelled.
    """

    poll_interval_seconds: float
    start_time_limit_seconds: float | None
    step_time_limit_seconds: float | None
    wait_for_logs_seconds: float
    waits_for_logs_of_success: bool
    leaves_running_when_stopped: bool


@dataclass(frozen=True)
class StepEnd:
    """How a step ended; a `JobEnd`."""

    step: StepNow
    cluster: ClusterNow
    region: str
    stderr_tail: Sequence[str]

    @property
    def is_success(self) -> bool:
        """Whether EMR calls it COMPLETED."""
        return self.step.state == "COMPLETED"

    @property
    def how(self) -> str:
        """The end state in words."""
        return f"ended as {self.step.state} (EMR step {self.step.id} on cluster {self.cluster.id})"

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Ids, links, times."""
        return step_metadata(self.region, self.cluster, self.step)

    def failure(self, job: SparkJob, exception: PipesException | None) -> EMRStepFailedError:
        """The error of a step that did not succeed."""
        error = failure(
            step=self.step,
            cluster=self.cluster,
            job_name=f"{job.application} {job.main_class or ''}".strip(),
            exception=exception,
            stderr_tail=self.stderr_tail,
        )
        assert error is not None
        return error


class _NoLongerAwaitedError(PipesJvmError):
    """Nobody sees it: whoever ends or leaves a step takes no result."""


class RunningStep(RunningJob):
    """One step, on a cluster that was there or that was started for it.

    Args:
        context: the execution context of the asset or op.
        client: a `boto3.client("emr")`.
        s3_client: for the logs; `None` for none.
        handler: of the run.
        launched: the step.
        run_context: where its Pipes context is.
        ending: how it is ended.
        patience: how long what may take.
        clock: the time.
    """

    def __init__(
        self,
        context: OpExecutionContext | AssetExecutionContext,
        client: Any,
        s3_client: Any,
        handler: PipesJvmMessageHandler,
        launched: LaunchedStep,
        run_context: RunContext,
        ending: StepEnding,
        patience: Patience,
        clock: Clock,
    ) -> None:
        self._context = context
        self._client = client
        self._s3_client = s3_client
        self._handler = handler
        self._launched = launched
        self._run_context = run_context
        self._ending = ending
        self._patience = patience
        self._clock = clock
        self._started_at = clock.now()
        self._running_since: float | None = None
        self._said: tuple[str, str] = ("", "")
        self._has_said_trouble = False
        self._logs: StepLogs | None = None
        self._terminating = Lock()
        self._is_over = False
        self._is_awaited = True
        self._end_state = ""
        # Ends the wait, while somebody waits.
        self._fail_wait: Callable[[Exception], None] = lambda _: None
        self._has_said_links = False

    @property
    def description(self) -> str:
        """The step, its cluster, and where they are seen."""
        return f"EMR step {self._launched.step_id} on cluster {self._launched.cluster_id}"

    def wait(self) -> StepEnd:
        """Wait until EMR shows the step's end.

        Raises:
            EMRTimeLimitError: a limit of the user's is over; the step is ended then.
            EMRRequestError: EMR refuses to show it.
        """
        with ClusterWatch.watching(
            self._client,
            self._launched.cluster_id,
            self._launched.step_id,
            poll_interval_seconds=self._patience.poll_interval_seconds,
            clock=self._clock,
        ) as watched:
            self._handler.on_closed = watched.look_now
            self._fail_wait = watched.fail
            if not self._is_awaited:
                raise _NoLongerAwaitedError
            try:
                for look in watched.looks():
                    self._say(look)
                    self._check_limits(look)
            except EMRRequestError:
                seen = watched.latest.cluster
                if seen is None or not seen.is_over:
                    self._leave_running("EMR does not show the step any more")
                raise
            step, last_seen = watched.latest.step, watched.latest.cluster
        assert step is not None
        with self._terminating:
            self._is_over = True
        cluster = self._cluster(last_seen)
        self._end_state = step.state
        self._say(Look(step, cluster))
        is_success = step.state == "COMPLETED"
        # One that never ran has no log.
        has_log = step.started is not None
        tail = self._finish_logs(wait=has_log and (not is_success or self._patience.waits_for_logs_of_success))
        return StepEnd(step, cluster, self._client.meta.region_name, tail)

    def terminate(self, *, interrupted: bool) -> None:
        """End the step and what it has started; or leave it, where this process is only stopped and a retry can go on."""
        with self._terminating:
            if self._is_over and interrupted and self._end_state in ("", "COMPLETED"):
                self._keep()  # It has not been judged, and a retry does that.
            if self._is_over or not self._is_awaited:
                return
            try:
                if interrupted and self._patience.leaves_running_when_stopped and not self._is_run_cancelled():
                    self._leave_running("This process is told to stop, and the run is not cancelled")
                else:
                    self._is_awaited = False
                    self._ending.end(self._why())
            finally:
                self._fail_wait(_NoLongerAwaitedError())
        self._finish_logs(wait=False)

    def judged(self) -> None:
        """Note in the event log that a retry shall launch anew."""
        record_end(self._context, self._launched.step_id, self._end_state)

    def _say(self, look: Look) -> None:
        if look.trouble and not self._has_said_trouble:
            self._context.log.warning(f"[pipes] {look.trouble}")
        self._has_said_trouble = bool(look.trouble)
        step_state = look.step.state if look.step else ""
        # What the cluster does is of interest while the step waits for it.
        cluster_state = look.cluster.state if look.cluster and step_state == "PENDING" else ""
        if step_state and (step_state, cluster_state) != self._said:
            self._said = (step_state, cluster_state)
            cluster = f", cluster {cluster_state}" if cluster_state else ""
            self._context.log.info(f"[pipes] {self.description}: step {step_state}{cluster}")
        if look.step and look.step.started and look.cluster and not self._has_said_links:
            self._has_said_links = True
            self._context.instance.report_engine_event(
                f"[pipes] {self.description} has started.",
                dagster_run=self._context.run,
                engine_event_data=EngineEventData(
                    metadata=step_links(self._client.meta.region_name, look.cluster, look.step)
                ),
                step_key=self._context.get_step_execution_context().step.key,
            )
        if self._logs is None and look.cluster and look.cluster.log_uri and self._s3_client is not None:
            self._logs = StepLogs(
                self._context,
                self._handler,
                self._s3_client,
                look.cluster.log_uri,
                self._launched.cluster_id,
                self._launched.step_id,
                self._patience.wait_for_logs_seconds,
            )

    def _cluster(self, last_seen: ClusterNow | None) -> ClusterNow:
        """As it is now, or as it was seen last: the step has ended, and EMR's silence does not change how."""
        try:
            return ClusterNow.of(self._client.describe_cluster(ClusterId=self._launched.cluster_id)["Cluster"])
        except (boto.ClientError, boto.BotoCoreError):
            if last_seen is None:
                raise
            return last_seen

    def _check_limits(self, look: Look) -> None:
        if look.step is None or look.step.is_over:
            return
        now = self._clock.now()
        if look.step.state == "PENDING":
            limit, since, what = self._patience.start_time_limit_seconds, self._started_at, "start"
        else:
            self._running_since = self._running_since or now
            limit, since, what = self._patience.step_time_limit_seconds, self._running_since, "step"
        if limit is not None and now - since > limit:
            where = f" The cluster is {look.cluster.why}." if look.cluster else ""
            raise EMRTimeLimitError(
                f"{self.description} is {look.step.state} after {now - since:,.0f} s, longer than `{what}_time_limit_seconds`,"
                f" which is {limit:,.0f}; it is ended now.{where} {see('emr-time-limit')}"
            )

    def _finish_logs(self, *, wait: bool) -> list[str]:
        logs, self._logs = self._logs, None
        return logs.finish(wait=wait) if logs is not None else []

    def _is_run_cancelled(self) -> bool:
        run = self._context.instance.get_run_by_id(self._context.run.run_id)
        return run is not None and run.status in _CANCELLED_RUN

    def _why(self) -> str:
        return f"the Dagster run {self._context.run.run_id} " + (
            "was cancelled" if self._is_run_cancelled() else "ended before its job"
        )

    def _keep(self) -> None:
        self._handler.account.keep_messages = True
        self._run_context.keep()

    def _leave_running(self, why: str) -> None:
        self._is_awaited = False
        self._keep()
        self._context.log.warning(f"[pipes] {why}: {self.description} runs on. A retry of this step goes on with it.")
