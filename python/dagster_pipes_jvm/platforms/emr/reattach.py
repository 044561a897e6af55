"""A retry that finds the step of the attempt before: what is written down at launch, and what is done with it.

A launch handle in the event log is found again for a step retry, a resumed run and a run that is retried from its failure.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dagster import AssetExecutionContext, DagsterEventType, DagsterRun, MetadataValue, OpExecutionContext

from dagster_pipes_jvm._dagster import EngineEventData, PipesLaunchedData
from dagster_pipes_jvm.run.launch_handles import LaunchHandle, LaunchHandles

_CLIENT_NAME = "PipesSparkEMRClient"
_ENDED_KEY = "dagster_pipes_jvm/ended_step"

Context = OpExecutionContext | AssetExecutionContext


@dataclass(frozen=True)
class LaunchedStep:
    """A step that was launched for this Dagster step.

    Args:
        cluster_id: its cluster.
        step_id: the step.
        started_cluster: whether the cluster was started for it.
        messages_params: where its messages are.
        context_params: where its context is.
        yarn_tag: the tag of its application, `None` where it has none of ours.
        is_cluster_mode: whether its driver may outlive the step.
        log_uri: where its cluster keeps logs, `None` for nowhere.
    """

    cluster_id: str
    step_id: str
    started_cluster: bool
    messages_params: Mapping[str, Any]
    context_params: Mapping[str, Any]
    yarn_tag: str | None
    is_cluster_mode: bool
    log_uri: str | None

    @property
    def as_reported(self) -> PipesLaunchedData:
        """What message and log readers are told."""
        known = {"cluster_id": self.cluster_id, "step_id": self.step_id, "log_uri": self.log_uri}
        return {"extras": {key: value for key, value in known.items() if value}}


def record_launch(context: Context, launched: LaunchedStep, call_number: int, url: str) -> None:
    """Write into the event log what a later attempt of the Dagster step needs, with the link to the console."""
    LaunchHandles(context).record(_handle(launched, call_number, url))


def record_end(context: Context, step_id: str, state: str) -> None:
    """Write into the event log that a step has ended and was judged: a retry then launches anew."""
    context.instance.report_engine_event(
        f"[pipes] EMR step {step_id} has ended as {state}, and what it reported is here.",
        dagster_run=context.run,
        engine_event_data=EngineEventData(metadata={_ENDED_KEY: MetadataValue.text(step_id)}),
        step_key=context.get_step_execution_context().step.key,
    )


def find_launched(context: Context, call_number: int) -> LaunchedStep | None:
    """The step that an earlier attempt of this Dagster step launched and did not see to its end; `None` where there is none."""
    handle = LaunchHandles(context).find(_client_name(call_number))
    if handle is None or handle.external_run_id in ended_steps(context):
        return None
    return LaunchedStep(**handle.extras)


def record_reattach(context: Context, launched: LaunchedStep, call_number: int, url: str) -> None:
    """Write into the event log that this attempt goes on with the step of an earlier one, recorded by that or not."""
    LaunchHandles(context).record_reattach(_handle(launched, call_number, url))


def ended_steps(context: Context) -> set[str]:
    """The steps that were judged in this run, or in those that it retries."""
    ended: set[str] = set()
    run: DagsterRun | None = context.run
    seen: set[str] = set()
    while run is not None and run.run_id not in seen:
        seen.add(run.run_id)
        for entry in context.instance.all_logs(run.run_id, of_type=DagsterEventType.ENGINE_EVENT):
            metadata = entry.dagster_event.engine_event_data.metadata if entry.dagster_event else {}
            if _ENDED_KEY in metadata:
                ended.add(str(metadata[_ENDED_KEY].value))
        run = context.instance.get_run_by_id(run.parent_run_id) if run.parent_run_id else None
    return ended


def _handle(launched: LaunchedStep, call_number: int, url: str) -> LaunchHandle:
    return LaunchHandle(_client_name(call_number), launched.step_id, url, asdict(launched))


def _client_name(call_number: int) -> str:
    return _CLIENT_NAME if call_number == 0 else f"{_CLIENT_NAME}/{call_number}"
