"""A step that runs: what is said while it does, how long it may, its end, and how it is ended."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Lock
from typing import Any

from botocore import exceptions as boto
from dagster import AssetExecutionContext, DagsterRunStatus, OpExecutionContext
from dagster_pipes import PipesException

from dagster_pipes_jvm.errors import EMRStepFailedError, EMRTimeLimitError, PassingFaultError, PipesJvmError, see
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.launch.emr.context import RunContext
from dagster_pipes_jvm.launch.emr.ends import failure
from dagster_pipes_jvm.launch.emr.links import step_metadata
from dagster_pipes_jvm.launch.emr.logs import StepLogs
from dagster_pipes_jvm.launch.emr.reattach import LaunchedStep, record_end
from dagster_pipes_jvm.launch.emr.states import ClusterNow, StepNow
from dagster_pipes_jvm.launch.emr.watch import Clock, ClusterWatch, Look
from dagster_pipes_jvm.launch.running import RunningJob
from dagster_pipes_jvm.read.handler import PipesJvmMessageHandler

_CANCELLED_RUN = (DagsterRunStatus.CANCELING, DagsterRunStatus.CANCELED)
# How long a cancelled step may take to end, and how long a job that was asked to stop may take to say `closed`.
_CANCEL_LIMIT_SECONDS = 60.0
_STOP_LIMIT_SECONDS = 20.0
_CANCEL_POLL_SECONDS = 1.0


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


class LeftRunningError(PipesJvmError):
    """Nobody waits any more for a step that runs on: the process that did was told to stop."""


class RunningStep(RunningJob):
    """One step, on a cluster that was there or that was started for it.

    Args:
        context: the execution context of the asset or op.
        client: a `boto3.client("emr")`.
        s3_client: for the logs; `None` for none.
        handler: of the run.
        launched: the step.
        run_context: where its Pipes context is.
        request_stop: asks the job to stop by way of its message channel; `None` where that cannot be.
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
        request_stop: Callable[[str], None] | None,
        patience: Patience,
        clock: Clock,
    ) -> None:
        self._context = context
        self._client = client
        self._s3_client = s3_client
        self._handler = handler
        self._launched = launched
        self._run_context = run_context
        self._request_stop = request_stop
        self._patience = patience
        self._clock = clock
        self._started_at = clock.now()
        self._running_since: float | None = None
        self._said: tuple[str, str] = ("", "")
        self._has_said_trouble = False
        self._logs: StepLogs | None = None
        self._terminating = Lock()
        self._is_over = False
        self._left = Event()
        self._end_state = ""
        # Ends the wait, while somebody waits.
        self._on_left: Callable[[Exception], None] = lambda _: None

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
            self._on_left = watched.fail
            for look in watched.looks():
                self._say(look)
                self._check_limits(look)
            step = watched.latest.step
        assert step is not None
        with self._terminating:
            self._is_over = True
        cluster = ClusterNow.of(self._client.describe_cluster(ClusterId=self._launched.cluster_id)["Cluster"])
        self._end_state = step.state
        self._say(Look(step, cluster))
        is_success = step.state == "COMPLETED"
        tail = self._finish_logs(wait=not is_success or self._patience.waits_for_logs_of_success)
        return StepEnd(step, cluster, self._client.meta.region_name, tail)

    def terminate(self, *, interrupted: bool) -> None:
        """End the step and what it has started; or leave it, where this process is only stopped and a retry can go on."""
        with self._terminating:
            if self._is_over or self._left.is_set():
                return
            if interrupted and self._patience.leaves_running_when_stopped and not self._is_run_cancelled():
                self._leave_running()
                return
            self._is_over = True
            self._end(self._why())
        self._finish_logs(wait=False)

    def judged(self) -> None:
        """Note in the event log that a retry shall launch anew."""
        record_end(self._context, self._launched.step_id, self._end_state)

    def _say(self, look: Look) -> None:
        if look.trouble and not self._has_said_trouble:
            self._context.log.warning(f"[pipes] {look.trouble}")
        self._has_said_trouble = bool(look.trouble)
        step_state = look.step.state if look.step else ""
        cluster_state = look.cluster.state if look.cluster else ""
        if (step_state, cluster_state) != self._said and step_state:
            self._said = (step_state, cluster_state)
            self._context.log.info(f"[pipes] {self.description}: step {step_state}, cluster {cluster_state}")
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
                f" which is {limit:,.0f}; it was ended.{where} {see('emr-time-limit')}"
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

    def _leave_running(self) -> None:
        self._left.set()
        self._handler.keep_messages = True
        self._run_context.keep()
        self._context.log.warning(
            f"[pipes] This process is told to stop, and the run is not cancelled: {self.description} runs on. A retry of this"
            " step goes on with it; terminate the run to end it."
        )
        self._on_left(LeftRunningError("left running"))
        self._finish_logs(wait=False)

    def _end(self, why: str) -> None:
        step_id, cluster_id = self._launched.step_id, self._launched.cluster_id
        try:
            if self._launched.started_cluster:
                self._client.terminate_job_flows(JobFlowIds=[cluster_id])
                self._context.log.info(f"[pipes] {why}: cluster {cluster_id}, which was started for it, is terminated.")
                return
            self._cancel(why)
        except (boto.ClientError, boto.BotoCoreError) as e:
            self._context.log.error(
                f"[pipes] {self.description} could not be ended and may run on: {e}. End it with `aws emr cancel-steps"
                f" --cluster-id {cluster_id} --step-ids {step_id}`. {see('emr-cancel')}"
            )

    def _cancel(self, why: str) -> None:
        step_id, cluster_id = self._launched.step_id, self._launched.cluster_id
        was_pending = self._step().state == "PENDING"
        answer = self._client.cancel_steps(
            ClusterId=cluster_id, StepIds=[step_id], StepCancellationOption="TERMINATE_PROCESS"
        )
        for info in answer.get("CancelStepsInfoList", ()):
            if info.get("Status") == "FAILED":
                self._context.log.warning(f"[pipes] EMR does not cancel {info['StepId']}: {info.get('Reason', '')}")
        if not was_pending:
            # EMR ends the spark-submit of a step; its application on YARN goes on.
            self._end_application(why)
        give_up_at = self._clock.now() + _CANCEL_LIMIT_SECONDS
        while not (step := self._step()).is_over and self._clock.now() < give_up_at:
            self._clock.wait(Event(), _CANCEL_POLL_SECONDS)
        self._end_state = step.state
        self._context.log.info(f"[pipes] {why}: {self.description} is {step.state}.")

    def _end_application(self, why: str) -> None:
        if self._request_stop is not None and self._handler.received_opened_message:
            try:
                self._request_stop(why)
            except PipesJvmError as e:
                kind = "now" if isinstance(e, PassingFaultError) else "by its messages' store"
                self._context.log.warning(f"[pipes] the job cannot be asked {kind} to stop: {e}")
            give_up_at = self._clock.now() + _STOP_LIMIT_SECONDS
            while not self._handler.received_closed_message and self._clock.now() < give_up_at:
                self._clock.wait(Event(), _CANCEL_POLL_SECONDS)
            if self._handler.received_closed_message:
                return
        if self._launched.yarn_tag is None:
            return
        answer = self._client.add_job_flow_steps(
            JobFlowId=self._launched.cluster_id, Steps=[_kill_step(self._launched.yarn_tag)]
        )
        self._context.log.info(
            f"[pipes] EMR step {answer['StepIds'][0]} ends the YARN application with the tag {self._launched.yarn_tag}."
        )

    def _step(self) -> StepNow:
        answer = self._client.describe_step(ClusterId=self._launched.cluster_id, StepId=self._launched.step_id)
        return StepNow.of(answer["Step"])


def _kill_step(yarn_tag: str) -> dict[str, Any]:
    """`yarn application -kill` for what has the tag, on the cluster itself: EMR has no request for it."""
    script = (
        f"for id in $(yarn application -list -appTags {yarn_tag} -appStates NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING"
        " | grep -o '^application_[0-9_]*'); do yarn application -kill $id; done"
    )
    return {
        "Name": f"end of {yarn_tag}",
        "ActionOnFailure": "CONTINUE",
        "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["bash", "-c", script]},
    }
