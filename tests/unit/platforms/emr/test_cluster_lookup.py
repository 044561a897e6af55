"""The lookup of an existing cluster: few requests for many launches, and never an ended cluster."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from dagster_pipes_jvm.errors import EMRRequestError, InvalidParameterError
from dagster_pipes_jvm.platforms.emr.cluster_lookup import ClusterLookup
from dagster_pipes_jvm.platforms.emr.clusters import ExistingCluster
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm.texts import PAGE_URL
from tests.support.emr_answers import ScriptedEMR, VirtualClock

BLUE = ExistingCluster(tags={"team": "blue"})


class Account:
    """An account with clusters that the test starts, ends and tags."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.emr = ScriptedEMR(self.clock, lambda _, seconds: "RUNNING")
        self.clusters: dict[str, dict[str, Any]] = {}
        self.refusal: tuple[int, str] | None = None
        self.emr.answer("ListClusters", self._list)
        self.emr.answer("DescribeCluster", self._describe)

    def start(self, cluster_id: str, team: str) -> None:
        self.clusters[cluster_id] = {
            "Id": cluster_id,
            "Name": "shared",
            "Status": {"State": "WAITING"},
            "Tags": [{"Key": "team", "Value": team}],
        }

    def end(self, cluster_id: str) -> None:
        self.clusters[cluster_id]["Status"] = {"State": "TERMINATED"}

    def lookup(self, existing: ExistingCluster = BLUE) -> ClusterLookup:
        return ClusterLookup(existing, self.emr.client, Patience(clock=self.clock), call="PipesSparkEMRClient")

    def requests(self) -> dict[str, int]:
        return {name: len(self.emr.of(name)) for name in ("ListClusters", "DescribeCluster")}

    def _list(self, parameters: dict[str, Any]) -> Any:
        active = [cluster for cluster in self.clusters.values() if cluster["Status"]["State"] == "WAITING"]
        keys = ("Id", "Name", "Status")
        return self.refusal or {"Clusters": [{key: cluster[key] for key in keys} for cluster in active]}

    def _describe(self, parameters: dict[str, Any]) -> Any:
        return self.refusal or {"Cluster": self.clusters[parameters["ClusterId"]]}


@pytest.fixture
def account() -> Account:
    account = Account()
    account.start("j-blue", "blue")
    for number in range(20):
        account.start(f"j-{number}", "red")
    return account


def test_a_search_is_made_once_a_minute_and_the_found_cluster_is_checked_by_one_request(account: Account) -> None:
    assert {account.lookup().find().id for _ in range(10)} == {"j-blue"}
    assert account.requests() == {"ListClusters": 1, "DescribeCluster": 21 + 9}
    account.clock.seconds += 61
    account.lookup().find()
    assert account.requests() == {"ListClusters": 2, "DescribeCluster": 30 + 21}


def test_launches_at_the_same_time_share_the_requests(account: Account) -> None:
    everyone = Barrier(50)

    def find(_: int) -> str:
        everyone.wait()
        return account.lookup().find().id

    with ThreadPoolExecutor(50) as pool:
        assert set(pool.map(find, range(50))) == {"j-blue"}
    assert account.requests()["ListClusters"] == 1
    assert account.requests()["DescribeCluster"] < 21 + 50


def test_a_cluster_that_ended_is_not_used_a_moment_later(account: Account) -> None:
    assert account.lookup().find().id == "j-blue"
    account.end("j-blue")
    with pytest.raises(InvalidParameterError, match="of which none fits"):
        account.lookup().find()
    account.start("j-new", "blue")
    assert account.lookup().find().id == "j-new"


def test_a_cluster_that_lost_its_tag_is_not_used(account: Account) -> None:
    assert account.lookup().find().id == "j-blue"
    account.start("j-blue", "red")
    with pytest.raises(InvalidParameterError, match="of which none fits"):
        account.lookup().find()


def test_other_tags_and_other_accounts_have_a_search_of_their_own(account: Account) -> None:
    assert account.lookup().find().id == "j-blue"
    other = Account()
    other.start("j-other", "blue")
    assert other.lookup().find().id == "j-other"
    with pytest.raises(InvalidParameterError, match="20 that fit"):
        account.lookup(ExistingCluster(tags={"team": "red"})).find()


@pytest.mark.parametrize(
    ("existing", "parameter", "named"),
    [
        (ExistingCluster("j-blue"), "cluster_id", "'j-blue'"),
        (BLUE, "cluster_tags", "the cluster with the tags {'team': 'blue'}"),
        (ExistingCluster(name="shared"), "cluster_name", "the cluster with the name 'shared'"),
    ],
)
def test_a_refusal_before_the_launch_names_the_parameter_and_the_right(
    account: Account, existing: ExistingCluster, parameter: str, named: str
) -> None:
    account.refusal = (400, "AccessDeniedException")
    with pytest.raises(EMRRequestError) as raised:
        account.lookup(existing).find_for_launch()
    text = str(raised.value)
    assert text.startswith(
        f"Invalid value for parameter `{parameter}` of `PipesSparkEMRClient`. Expected a cluster that"
    )
    assert f"got {named}, of which EMR says: An error occurred (AccessDeniedException)" in text
    assert "Allow elasticmapreduce:DescribeCluster and elasticmapreduce:ListClusters to the credentials" in text
    assert text.endswith(f"Nothing was started. See {PAGE_URL}#emr-access")


def test_an_emr_that_does_not_answer_before_the_launch_is_no_matter_of_rights(account: Account) -> None:
    account.refusal = (400, "ThrottlingException")
    with pytest.raises(EMRRequestError, match=r"Run the step again when EMR answers\. Nothing was started\."):
        account.lookup().find_for_launch()
