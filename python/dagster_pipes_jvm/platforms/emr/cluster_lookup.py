"""The existing cluster of a run, whose lookup the runs of this process share."""

from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from botocore import exceptions as boto

from dagster_pipes_jvm.errors import EMRRequestError
from dagster_pipes_jvm.platforms.emr.clusters import ExistingCluster
from dagster_pipes_jvm.platforms.emr.faults import GONE, code_of, is_passing
from dagster_pipes_jvm.platforms.emr.states import ClusterNow
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm.run.shared_answer import SharedAnswer
from dagster_pipes_jvm.texts import invalid_value

_registry = Lock()
# ListClusters has no tags, so a search describes every active cluster. A client belongs to one account and region.
_searches: WeakKeyDictionary[Any, dict[str, "_Search"]] = WeakKeyDictionary()


class ClusterLookup:
    """The lookup of an existing cluster. Threads: any.

    A search by name or tags is shared by all runs of this process that use the client, and its result is kept for a
    short time. During that time each launch checks the found cluster by one request, which concurrent launches share.
    If the cluster has ended or has lost its tags, the search is repeated.

    Args:
        existing: how the user names the cluster.
        client: a `boto3.client("emr")`.
        patience: its `lookup_seconds` and its clock.
        call: the public class whose parameters these are.
    """

    def __init__(self, existing: ExistingCluster, client: Any, patience: Patience, *, call: str) -> None:
        self._existing = existing
        self._client = client
        self._patience = patience
        self._call = call

    def find(self) -> ClusterNow:
        """The cluster.

        Raises:
            InvalidParameterError: see `ExistingCluster.find`.
            botocore.exceptions.ClientError: EMR refuses, as for BotoCoreError, if it does not answer.
        """
        if self._existing.cluster_id is not None:
            return self._existing.find(self._client, call=self._call)
        with _registry:
            searches = _searches.setdefault(self._client, {})
            search = searches.setdefault(repr(self._existing), _Search())
        return search.get(self._existing, self._client, self._patience, self._call)

    def find_for_launch(self) -> ClusterNow:
        """The cluster for a new job.

        Raises:
            InvalidParameterError: see `ExistingCluster.find`.
            EMRRequestError: EMR refuses, or does not answer. Nothing was started.
        """
        try:
            return self.find()
        except (boto.ClientError, boto.BotoCoreError) as e:
            remedy = (
                "Run the step again when EMR answers."
                if is_passing(e)
                else "Allow elasticmapreduce:DescribeCluster and elasticmapreduce:ListClusters to the credentials of `client`."
            )
            raise EMRRequestError(
                invalid_value(
                    parameter=self._existing.parameter,
                    call=self._call,
                    expected="a cluster that EMR shows to the credentials of `client`",
                    got=f"{self._existing.named}, of which EMR says: {e}",
                    remedy=f"{remedy} Nothing was started.",
                    anchor="emr-access",
                )
            ) from e


class _Search:
    """The result of a search for one cluster, which concurrent launches share. Threads: any."""

    def __init__(self) -> None:
        self._answer: SharedAnswer[ClusterNow] = SharedAnswer()
        self._found: ClusterNow | None = None
        self._searched_at = 0.0

    def get(self, existing: ExistingCluster, client: Any, patience: Patience, call: str) -> ClusterNow:
        """The state of the cluster, from requests that began after this call."""
        return self._answer.get(lambda: self._asked(existing, client, patience, call))

    def _asked(self, existing: ExistingCluster, client: Any, patience: Patience, call: str) -> ClusterNow:
        now, known = patience.clock.now(), self._found
        if known is not None and now - self._searched_at < patience.lookup_seconds:
            try:
                described = client.describe_cluster(ClusterId=known.id)["Cluster"]
            except boto.ClientError as e:
                if code_of(e) not in GONE:
                    raise
            else:
                if existing.fits(described):
                    self._found = ClusterNow.of(described)
                    return self._found
        self._found = existing.find(client, call=call)
        self._searched_at = now
        return self._found
