"""Launching once: AddJobFlowSteps and RunJobFlow have no client token, so what may have happened is looked up, not repeated."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from typing import Any

from botocore import exceptions as boto

from dagster_pipes_jvm.errors import EMRRequestError, see
from dagster_pipes_jvm.platforms.emr.faults import is_throttling
from dagster_pipes_jvm.platforms.emr.names import Launch, find_launch
from dagster_pipes_jvm.platforms.emr.states import CLUSTER_STATES_BEFORE_END
from dagster_pipes_jvm.platforms.emr.watch import Clock

_ATTEMPTS = 5
_PAUSE_SECONDS = 5.0
_LISTED_STEPS_PAGES = 4
# AWS's words where 256 steps are pending or running; ValidationException alone says many other things.
_NO_ROOM = "Maximum number of active steps"


class _UnknownOutcomeError(Exception):
    """The request may have been carried out, though no answer says so."""


def add_step(
    client: Any,
    cluster_id: str,
    request: Mapping[str, Any],
    launch: Launch | None,
    *,
    clock: Clock,
    poll_interval_seconds: float,
    wait_for_room: Callable[[], None],
) -> str:
    """Add a step once, and return its id.

    Args:
        client: a `boto3.client("emr")`.
        cluster_id: the cluster.
        request: the parameters of AddJobFlowSteps, with one step whose name carries `launch`.
        launch: by which the step is found where an answer was lost; `None` for a step whose name does not carry it.
        clock: the time.
        poll_interval_seconds: between two requests to a cluster without room, in seconds.
        wait_for_room: called before each wait for one; raises where nobody wants to wait any longer.

    Raises:
        EMRRequestError: EMR refuses; or nobody can tell whether it has the step.
    """

    def send() -> str:
        while True:
            try:
                return str(client.add_job_flow_steps(**request)["StepIds"][0])
            except boto.ClientError as e:
                if _NO_ROOM not in str(e):
                    raise
            wait_for_room()
            clock.wait(Event(), poll_interval_seconds)

    def find() -> str | None:
        if launch is None:
            raise EMRRequestError(
                f"EMR did not answer whether it has added the step {request['Steps'][0]['Name']!r} to cluster {cluster_id},"
                ' and a step with pipes="off" has no mark to find it by. Look at the cluster before this step is run again.'
                f" {see('emr-access')}"
            )
        pages = client.get_paginator("list_steps").paginate(
            ClusterId=cluster_id, PaginationConfig={"MaxItems": 50 * _LISTED_STEPS_PAGES}
        )
        return next((step["Id"] for page in pages for step in find_launch(page["Steps"], launch)), None)

    return _once(client, "AddJobFlowSteps", send, find, clock)


def run_job_flow(client: Any, request: Mapping[str, Any], launch: Launch, *, clock: Clock) -> str:
    """Start a cluster once, and return its id.

    Args:
        client: a `boto3.client("emr")`.
        request: the parameters of RunJobFlow, whose name carries `launch`.
        launch: by which the cluster is found where an answer was lost.
        clock: the time.

    Raises:
        EMRRequestError: EMR refuses.
    """

    def find() -> str | None:
        pages = client.get_paginator("list_clusters").paginate(ClusterStates=list(CLUSTER_STATES_BEFORE_END))
        return next((cluster["Id"] for page in pages for cluster in find_launch(page["Clusters"], launch)), None)

    return _once(client, "RunJobFlow", lambda: str(client.run_job_flow(**request)["JobFlowId"]), find, clock)


def _once(client: Any, operation: str, send: Callable[[], str], find: Callable[[], str | None], clock: Clock) -> str:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with _no_blind_retries(client, operation):
                return send()
        except _UnknownOutcomeError as e:
            clock.wait(Event(), _PAUSE_SECONDS)
            if found := find():
                return found
            if attempt == _ATTEMPTS:
                raise EMRRequestError(
                    f"EMR does not answer {operation}: {e.__cause__}. Nothing was started, as far as it says."
                    f" {see('emr-access')}"
                ) from e.__cause__
        except (boto.ClientError, boto.BotoCoreError) as e:
            raise EMRRequestError(
                f"EMR refuses {operation}, and nothing was started: {e}. Check the parameters that this names, or"
                f" elasticmapreduce:{operation} for the credentials of `client`. {see('emr-access')}"
            ) from e
    raise AssertionError("the last attempt returns or raises")


@contextmanager
def _no_blind_retries(client: Any, operation: str) -> Iterator[None]:
    """Keep botocore from sending a request again that may have been carried out."""
    event = f"needs-retry.emr.{operation}"
    identifier = f"dagster-pipes-jvm-{operation}"
    client.meta.events.register_first(event, _decide, unique_id=identifier, unique_id_uses_count=True)
    try:
        yield
    finally:
        client.meta.events.unregister(event, _decide, unique_id=identifier, unique_id_uses_count=True)


def _decide(response: Any, operation: Any, caught_exception: Exception | None, **_: Any) -> None:
    """Called by botocore before it decides whether to send a request again; nothing said leaves that to it."""
    if caught_exception is not None:
        if isinstance(caught_exception, boto.ConnectTimeoutError | boto.EndpointConnectionError):
            return  # Nothing was sent.
        raise _UnknownOutcomeError from caught_exception
    status, parsed = response[0].status_code, response[1]
    if status >= 500 and not is_throttling(parsed.get("Error", {}).get("Code", "")):
        raise _UnknownOutcomeError from boto.ClientError(parsed, operation.name)
