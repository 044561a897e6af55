"""The step is sent, once, and written down: to a cluster that is there, or with a new one."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from dagster import AssetExecutionContext, OpExecutionContext, PipesSession

from dagster_pipes_jvm.errors import EMRRequestError, EMRTimeLimitError, see
from dagster_pipes_jvm.platforms.emr.context import RunContext
from dagster_pipes_jvm.platforms.emr.links import console_url
from dagster_pipes_jvm.platforms.emr.names import Launch, find_launch, launch_name
from dagster_pipes_jvm.platforms.emr.once import add_step, run_job_flow
from dagster_pipes_jvm.platforms.emr.reattach import LaunchedStep, record_launch
from dagster_pipes_jvm.platforms.emr.render import RenderedStep
from dagster_pipes_jvm.platforms.emr.running_step import Patience
from dagster_pipes_jvm.platforms.emr.states import ClusterNow
from dagster_pipes_jvm.platforms.emr.watch import Clock
from dagster_pipes_jvm.read.messages.accounted import account_of


@dataclass(frozen=True)
class Place:
    """Where steps go.

    Args:
        client: a `boto3.client("emr")`.
        clock: the time.
        patience: how long what may take.
        cluster: the cluster that is there; `None` to start one.
        job_flow: the parameters of that one.
    """

    client: Any
    clock: Clock
    patience: Patience
    cluster: ClusterNow | None
    job_flow: Mapping[str, Any] | None


def launch_on(
    place: Place,
    context: OpExecutionContext | AssetExecutionContext,
    rendered: RenderedStep,
    name: Launch,
    session: PipesSession,
    run_context: RunContext,
) -> LaunchedStep:
    """Send the step, and write into the event log what a later attempt needs to go on with it.

    Raises:
        EMRTimeLimitError: the cluster has had no room for another step for too long.
    """
    if place.cluster is not None:
        cluster_id = place.cluster.id
        step_id = _add(place, context, rendered, name, cluster_id)
    else:
        cluster_id, step_id = _start(place, rendered, name)
    launched = LaunchedStep(
        cluster_id=cluster_id,
        step_id=step_id,
        started_cluster=place.cluster is None,
        messages_params=session.message_reader_params,
        context_params=run_context.params,
        yarn_tag=name.yarn_tag if rendered.has_session else None,
        is_cluster_mode=rendered.is_cluster_mode,
        log_uri=place.cluster.log_uri if place.cluster else (place.job_flow or {}).get("LogUri"),
    )
    try:
        record_launch(context, launched, name.call_number, console_url(place.client.meta.region_name, cluster_id))
        session.report_launched(launched.as_reported)
    except BaseException:
        account_of(session.message_handler).keep_messages = True
        run_context.keep()
        context.log.error(
            f"[pipes] EMR step {step_id} on cluster {cluster_id} was started, and runs on. A retry of this step goes on with it."
        )
        raise
    return launched


def _add(
    place: Place,
    context: OpExecutionContext | AssetExecutionContext,
    rendered: RenderedStep,
    name: Launch,
    cluster_id: str,
) -> str:
    begun = place.clock.now()
    limit = place.patience.start_time_limit_seconds
    has_said = False

    def wait_for_room() -> None:
        nonlocal has_said
        if not has_said:
            context.log.info(f"[pipes] cluster {cluster_id} has 256 active steps, AWS's limit; waiting for room.")
            has_said = True
        if limit is not None and place.clock.now() - begun > limit:
            raise EMRTimeLimitError(
                f"Cluster {cluster_id} has had no room for another step for longer than `start_time_limit_seconds`, which is"
                f" {limit:,.0f}; nothing was started. {see('emr-time-limit')}"
            )

    return add_step(
        place.client,
        cluster_id,
        rendered.add_job_flow_steps(cluster_id),
        name if rendered.has_session else None,
        clock=place.clock,
        poll_interval_seconds=place.patience.poll_interval_seconds,
        wait_for_room=wait_for_room,
    )


def _start(place: Place, rendered: RenderedStep, name: Launch) -> tuple[str, str]:
    request = deepcopy(dict(place.job_flow or {}))
    request["Name"] = launch_name(request["Name"], name)
    request["Tags"] = [*request.get("Tags", ()), *name.emr_tags]
    request["Steps"] = [*request.get("Steps", ()), rendered.step]
    if role_arn := rendered.request.get("ExecutionRoleArn"):
        request["StepExecutionRoleArn"] = role_arn
    cluster_id = run_job_flow(place.client, request, name, clock=place.clock)
    try:
        return cluster_id, _our_step(place.client, cluster_id, rendered, name)
    except BaseException:
        place.client.terminate_job_flows(JobFlowIds=[cluster_id])
        raise


def _our_step(client: Any, cluster_id: str, rendered: RenderedStep, name: Launch) -> str:
    """RunJobFlow answers with the cluster alone; ours is the last of its steps, which are listed newest first."""
    pages = client.get_paginator("list_steps").paginate(ClusterId=cluster_id)
    steps = [step for page in pages for step in page["Steps"]]
    for step in (*find_launch(steps, name), *steps):
        if step["Name"] == rendered.step["Name"]:
            return str(step["Id"])
    raise EMRRequestError(
        f"Cluster {cluster_id} was started for the step {rendered.step['Name']!r}, which EMR does not list; it is terminated."
        f" {see('emr-step-failed')}"
    )
