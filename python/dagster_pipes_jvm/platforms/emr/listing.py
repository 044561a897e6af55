"""The steps and clusters that carry the mark of a launch in their names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from dagster_pipes_jvm.platforms.emr.names import split_launch_name
from dagster_pipes_jvm.platforms.emr.states import CLUSTER_STATES_BEFORE_END, STEP_STATES_BEFORE_END, ClusterNow
from dagster_pipes_jvm.run.jobs import Listed

_NEWEST_STEPS = 200
_DAY = timedelta(hours=24)


@dataclass(frozen=True)
class ListedStep:
    """A step that carries a mark, as ListSteps has it."""

    cluster: ClusterNow
    summary: Mapping[str, Any]


def steps_with_marks(client: Any, cluster: ClusterNow, *, newest: bool = False) -> list[Listed]:
    """The steps of a cluster that have not ended, the newest first.

    Args:
        client: a `boto3.client("emr")`.
        cluster: the cluster.
        newest: whether the newest steps are listed, too, if they have ended.
    """
    steps = _newest_and_running(client, cluster.id) if newest else _running(client, cluster.id)
    marked = [(split_launch_name(step["Name"])[1], step) for step in steps]
    return [Listed(mark, ListedStep(cluster, step)) for mark, step in marked if mark is not None]


def clusters_with_marks(client: Any, *, of_last_day: bool = False) -> list[Listed]:
    """The clusters that have not ended, the newest first. EMR lists them in no order.

    Args:
        client: a `boto3.client("emr")`.
        of_last_day: whether all clusters of the last day are listed, too, if they have ended.
    """
    queries: list[dict[str, Any]] = [{"ClusterStates": list(CLUSTER_STATES_BEFORE_END)}]
    if of_last_day:
        queries.append({"CreatedAfter": datetime.now(timezone.utc) - _DAY})
    found: dict[str, Mapping[str, Any]] = {}
    for query in queries:
        for page in client.get_paginator("list_clusters").paginate(**query):
            found.update((cluster["Id"], cluster) for cluster in page["Clusters"])
    marked = [(split_launch_name(cluster["Name"])[1], cluster) for cluster in found.values()]
    listed = [Listed(mark, cluster) for mark, cluster in marked if mark is not None]
    return sorted(listed, key=lambda one: _created(one.detail), reverse=True)


def _running(client: Any, cluster_id: str) -> Iterator[Mapping[str, Any]]:
    pages = client.get_paginator("list_steps").paginate(ClusterId=cluster_id, StepStates=list(STEP_STATES_BEFORE_END))
    for page in pages:
        yield from page["Steps"]


def _newest_and_running(client: Any, cluster_id: str) -> Iterator[Mapping[str, Any]]:
    paginator = client.get_paginator("list_steps")
    seen = set()
    for page in paginator.paginate(ClusterId=cluster_id, PaginationConfig={"MaxItems": _NEWEST_STEPS}):
        for step in page["Steps"]:
            seen.add(step["Id"])
            yield step
    if len(seen) == _NEWEST_STEPS:
        yield from (step for step in _running(client, cluster_id) if step["Id"] not in seen)


def _created(cluster: Mapping[str, Any]) -> datetime:
    created: datetime | None = cluster["Status"].get("Timeline", {}).get("CreationDateTime")
    return created or datetime.min.replace(tzinfo=timezone.utc)
