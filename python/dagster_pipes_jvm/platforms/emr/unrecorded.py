"""A step that was started by a process that died before it could write that down: found by the mark in its name."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dagster import AssetExecutionContext, OpExecutionContext
from dagster_pipes import decode_param

from dagster_pipes_jvm.platforms.emr.names import Launch, is_launch_of
from dagster_pipes_jvm.platforms.emr.reattach import LaunchedStep, ended_steps
from dagster_pipes_jvm.platforms.emr.states import STEP_STATES_BEFORE_END, ClusterNow
from dagster_pipes_jvm.run.launch_handles import is_from_failure, runs_gone_on_with
from dagster_pipes_jvm.wire import CONTEXT_CONF_KEY, MESSAGES_CONF_KEY

Context = OpExecutionContext | AssetExecutionContext


def is_retry(context: Context) -> bool:
    """Whether there was an earlier attempt of this Dagster step that may have started something."""
    return context.retry_number > 0 or is_from_failure(context.run)


def find_unrecorded(client: Any, cluster: ClusterNow, context: Context, call_number: int) -> LaunchedStep | None:
    """A step of an earlier attempt that runs on the cluster.

    Args:
        client: a `boto3.client("emr")`.
        cluster: where it would be.
        context: of this attempt.
        call_number: which call of the client in the Dagster step.
    """
    step_key = context.get_step_execution_context().step.key
    launches = [Launch(run.run_id, step_key, call_number=call_number) for run in runs_gone_on_with(context)]
    ended = ended_steps(context)
    pages = client.get_paginator("list_steps").paginate(ClusterId=cluster.id, StepStates=list(STEP_STATES_BEFORE_END))
    for step in (step for page in pages for step in page["Steps"]):
        if step["Id"] in ended or not any(is_launch_of(step["Name"], launch) for launch in launches):
            continue
        args = step.get("Config", {}).get("Args", ())
        messages, context_params = (_session_value(args, key) for key in (MESSAGES_CONF_KEY, CONTEXT_CONF_KEY))
        if messages is not None and context_params is not None:
            return LaunchedStep(
                cluster_id=cluster.id,
                step_id=step["Id"],
                started_cluster=False,
                messages_params=messages,
                context_params=context_params,
                yarn_tag=None,  # Its application is found by the step's stderr.
                is_cluster_mode=True,
                log_uri=cluster.log_uri,
            )
    return None


def _session_value(args: Sequence[str], key: str) -> Mapping[str, Any] | None:
    found = re.search(rf"{re.escape(key)}=([A-Za-z0-9+/=_-]+)", "\n".join(args))
    return decode_param(found[1]) if found else None
