"""How a step is ended for good, with what it has started on YARN."""

from collections.abc import Callable
from threading import Event
from typing import Any

from botocore import exceptions as boto
from dagster import AssetExecutionContext, OpExecutionContext

from dagster_pipes_jvm.errors import PipesJvmError, see
from dagster_pipes_jvm.platforms.emr.kill_step import kill_step
from dagster_pipes_jvm.platforms.emr.reattach import LaunchedStep, record_end
from dagster_pipes_jvm.platforms.emr.states import StepNow
from dagster_pipes_jvm.platforms.emr.watch import Clock
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler

# How long a cancelled step may take to end, and how long a job that was asked to stop may take to say `closed`.
_CANCEL_LIMIT_SECONDS = 60.0
_STOP_LIMIT_SECONDS = 20.0
# The step that kills may have to wait for others. All three together stay below the 180 s after which Dagster's run monitoring
# takes a run for cancelled.
_KILL_LIMIT_SECONDS = 60.0
_POLL_SECONDS = 1.0


class StepEnding:
    """Ends one step: a cluster that was started for it is terminated, on another one the step is cancelled.

    EMR ends the spark-submit of a step. A driver in cluster mode goes on in its container: the job is asked to stop by way of
    its message channel, and where it does not say `closed`, a step that is added for it kills the application.

    Args:
        context: the execution context of the asset or op.
        client: a `boto3.client("emr")`.
        handler: of the run; its messages are still read.
        launched: the step.
        request_stop: asks the job to stop by way of its message channel; `None` where that cannot be.
        clock: the time.
    """

    def __init__(
        self,
        context: OpExecutionContext | AssetExecutionContext,
        client: Any,
        handler: PipesJvmMessageHandler,
        launched: LaunchedStep,
        request_stop: Callable[[str], None] | None,
        clock: Clock,
    ) -> None:
        self._context = context
        self._client = client
        self._handler = handler
        self._launched = launched
        self._request_stop = request_stop
        self._clock = clock

    def end(self, why: str) -> None:
        """End the step. What goes wrong is said in the event log, with what to do; a retry then goes on with the step.

        Args:
            why: for the job and for the event log.
        """
        launched = self._launched
        try:
            if launched.started_cluster:
                self._client.terminate_job_flows(JobFlowIds=[launched.cluster_id])
                self._context.log.info(
                    f"[pipes] {why}: cluster {launched.cluster_id}, which was started for it, is terminated."
                )
            else:
                self._cancel(why)
        except (boto.ClientError, boto.BotoCoreError) as e:
            self._say_may_run_on(str(e))
            return
        except BaseException as e:
            self._say_may_run_on(type(e).__name__)
            raise
        record_end(self._context, launched.step_id, "ended by Dagster")

    def _cancel(self, why: str) -> None:
        step_id, cluster_id = self._launched.step_id, self._launched.cluster_id
        # The other option, SIGTERM to spark-submit's JVM, would leave a Python driver running.
        answer = self._client.cancel_steps(
            ClusterId=cluster_id, StepIds=[step_id], StepCancellationOption="TERMINATE_PROCESS"
        )
        for info in answer.get("CancelStepsInfoList", ()):
            if info.get("Status") == "FAILED":
                self._context.log.warning(f"[pipes] EMR does not cancel {info['StepId']}: {info.get('Reason', '')}")
        is_asked = self._launched.is_cluster_mode and self._ask_to_stop(why)
        self._wait(lambda: self._step(step_id).is_over, _CANCEL_LIMIT_SECONDS)
        if is_asked:
            self._wait(lambda: self._handler.received_closed_message, _STOP_LIMIT_SECONDS)
        step = self._step(step_id)
        self._context.log.info(f"[pipes] {why}: EMR step {step_id} on cluster {cluster_id} is {step.state}.")
        has_run = step.started is not None
        if has_run and self._launched.is_cluster_mode and not self._handler.received_closed_message:
            self._add_kill_step()

    def _ask_to_stop(self, why: str) -> bool:
        if self._request_stop is None or not self._handler.received_opened_message:
            return False
        try:
            self._request_stop(why)
        except PipesJvmError as e:
            self._context.log.warning(f"[pipes] the job cannot be asked to stop: {e}")
            return False
        return True

    def _add_kill_step(self) -> None:
        answer = self._client.add_job_flow_steps(JobFlowId=self._launched.cluster_id, Steps=[kill_step(self._launched)])
        (kill_id,) = answer["StepIds"]
        left = f"what step {self._launched.step_id} has left on YARN"
        self._context.log.info(f"[pipes] EMR step {kill_id} kills {left}.")
        try:
            self._wait(lambda: self._step(kill_id).is_over, _KILL_LIMIT_SECONDS)
            state = self._step(kill_id).state
        except (boto.ClientError, boto.BotoCoreError) as e:
            state = f"out of sight ({e})"
        if state != "COMPLETED":
            self._context.log.warning(
                f"[pipes] EMR step {kill_id}, which is to kill {left}, is {state}: an application may run on. Look for it with"
                f" `yarn application -list` on cluster {self._launched.cluster_id}, and end it with `yarn application -kill ID`."
                f" {see('emr-cancel')}"
            )

    def _wait(self, condition: Callable[[], bool], seconds: float) -> None:
        give_up_at = self._clock.now() + seconds
        while not condition() and self._clock.now() < give_up_at:
            self._clock.wait(Event(), _POLL_SECONDS)

    def _step(self, step_id: str) -> StepNow:
        answer = self._client.describe_step(ClusterId=self._launched.cluster_id, StepId=step_id)
        return StepNow.of(answer["Step"])

    def _say_may_run_on(self, error: str) -> None:
        launched = self._launched
        command = (
            f"terminate-clusters --cluster-ids {launched.cluster_id}"
            if launched.started_cluster
            else f"cancel-steps --cluster-id {launched.cluster_id} --step-ids {launched.step_id}"
        )
        self._context.log.error(
            f"[pipes] EMR step {launched.step_id} on cluster {launched.cluster_id} could not be ended and may run on:"
            f" {error}. End it with `aws emr {command}`. {see('emr-cancel')}"
        )
