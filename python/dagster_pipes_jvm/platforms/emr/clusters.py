"""Which cluster a step goes to: one that is named, or the only one that fits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore import exceptions as boto

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.platforms.emr.faults import GONE, code_of
from dagster_pipes_jvm.platforms.emr.states import CLUSTER_STATES_THAT_TAKE_STEPS, ClusterNow

_SHOWN_CLUSTERS = 10


@dataclass(frozen=True)
class ExistingCluster:
    """How the user names a cluster that is there: by its id, or by name and tags, which must fit exactly one.

    Args:
        cluster_id: the id; the rest is not looked at then.
        name: its whole name.
        tags: tags that it has, among others.
        states: of those that are looked at.
    """

    cluster_id: str | None = None
    name: str | None = None
    tags: Mapping[str, str] | None = None
    states: Sequence[str] = CLUSTER_STATES_THAT_TAKE_STEPS

    @property
    def parameter(self) -> str:
        """The parameter that names the cluster."""
        if self.cluster_id is not None:
            return "cluster_id"
        return "cluster_name" if self.tags is None else "cluster_tags"

    @property
    def named(self) -> str:
        """The cluster in the words of the parameters."""
        return repr(self.cluster_id) if self.cluster_id is not None else f"the cluster {self._wanted()}"

    def fits(self, cluster: Mapping[str, Any]) -> bool:
        """Whether a described cluster is one that is looked for.

        Args:
            cluster: the `Cluster` of `DescribeCluster`.
        """
        has_name = self.name is None or cluster["Name"] == self.name
        return has_name and cluster["Status"]["State"] in self.states and self._has_tags(cluster)

    def find(self, client: Any, *, call: str) -> ClusterNow:
        """The cluster.

        Args:
            client: a `boto3.client("emr")`.
            call: the public class whose parameters these are.

        Raises:
            InvalidParameterError: none or several fit, and the text lists them; or the named one takes no steps.
        """
        if self.cluster_id is not None:
            return self._by_id(client, self.cluster_id, call)
        pages = client.get_paginator("list_clusters").paginate(ClusterStates=list(self.states))
        listed = [cluster for page in pages for cluster in page["Clusters"]]
        named = [cluster for cluster in listed if self.name is None or cluster["Name"] == self.name]
        # ListClusters tells no tags.
        described = [client.describe_cluster(ClusterId=cluster["Id"])["Cluster"] for cluster in named]
        fitting = [cluster for cluster in described if self._has_tags(cluster)]
        if len(fitting) == 1:
            return ClusterNow.of(fitting[0])
        shown = fitting or listed
        found = ", ".join(f"{cluster['Id']} ({cluster['Name']!r})" for cluster in shown[:_SHOWN_CLUSTERS])
        more = f" and {len(shown) - _SHOWN_CLUSTERS} more" if len(shown) > _SHOWN_CLUSTERS else ""
        what = "that fit" if fitting else f"of which none fits, in the states {', '.join(self.states)}"
        raise InvalidParameterError(
            parameter=self.parameter,
            call=call,
            expected=f"exactly one cluster {self._wanted()}",
            got=f"{len(shown)} {what}{': ' if shown else ''}{found}{more}",
            remedy="Name the cluster by `cluster_id`, or start one with `job_flow`.",
            anchor="emr-cluster",
        )

    def _by_id(self, client: Any, cluster_id: str, call: str) -> ClusterNow:
        try:
            cluster = ClusterNow.of(client.describe_cluster(ClusterId=cluster_id)["Cluster"])
            if cluster.state in CLUSTER_STATES_THAT_TAKE_STEPS:
                return cluster
            got = f"{cluster_id!r}, which is {cluster.why}"
        except boto.ClientError as e:
            if code_of(e) not in GONE:
                raise
            got = f"{cluster_id!r}, of which EMR says: {e}"
        raise InvalidParameterError(
            parameter="cluster_id",
            call=call,
            expected=f"a cluster that takes steps ({', '.join(CLUSTER_STATES_THAT_TAKE_STEPS)})",
            got=got,
            remedy="Name another one, let it be found by `cluster_name` or `cluster_tags`, or start one with `job_flow`.",
            anchor="emr-cluster",
        )

    def _wanted(self) -> str:
        parts = [f"with the name {self.name!r}" if self.name is not None else ""]
        parts.append(f"with the tags {dict(self.tags)}" if self.tags else "")
        return " and ".join(filter(None, parts))

    def _has_tags(self, cluster: Mapping[str, Any]) -> bool:
        tags = {tag["Key"]: tag.get("Value", "") for tag in cluster.get("Tags", ())}
        return all(tags.get(key) == value for key, value in (self.tags or {}).items())
