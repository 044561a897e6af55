"""The EMR calls: what they take, how they list, and the errors, which are AWS's own."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from dagster_pipes_jvm import InvalidParameterError
from dagster_pipes_jvm.texts import PAGE_URL
from dagster_pipes_jvm_standin import Credentials, Faults, LocalEMR, LocalEMRError
from tests.support.emr import Cluster, shell, step


@pytest.fixture(scope="module")
def emr() -> Iterator[LocalEMR]:
    with LocalEMR(provisioning_seconds=0, ignore=["emrfs-site"]) as server:
        yield server


@pytest.fixture(scope="module")
def waiting(emr: LocalEMR) -> Iterator[Cluster]:
    """A cluster that has run a step and waits for more."""
    cluster = Cluster(emr, shell("exit 0"), keep_alive=True, Tags=[{"Key": "Team", "Value": "orders"}])
    cluster.until_state("WAITING")
    yield cluster
    cluster.client.terminate_job_flows(JobFlowIds=[cluster.id])


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_an_unknown_cluster_and_an_unknown_step_are_refused_in_awss_words(emr: LocalEMR, waiting: Cluster) -> None:
    client = emr.emr_client()
    no_cluster = ("InvalidRequestException", "Cluster id 'j-NONE' is not valid.")
    for call in (client.describe_cluster, client.list_steps, client.list_instances, client.list_bootstrap_actions):
        assert refusal(call, ClusterId="j-NONE") == no_cluster
    assert refusal(client.cancel_steps, ClusterId="j-NONE", StepIds=["s-NONE"]) == no_cluster
    assert refusal(client.modify_cluster, ClusterId="j-NONE", StepConcurrencyLevel=2) == no_cluster
    assert refusal(client.add_tags, ResourceId="j-NONE", Tags=[{"Key": "a", "Value": "b"}]) == no_cluster
    no_job_flow = ("ValidationException", "Specified job flow ID not valid.")
    assert refusal(client.add_job_flow_steps, JobFlowId="j-NONE", Steps=[shell("exit 0")]) == no_job_flow
    assert refusal(client.terminate_job_flows, JobFlowIds=["j-NONE"]) == no_job_flow
    no_step = ("InvalidRequestException", "Step id 's-NONE' is not valid.")
    assert refusal(client.describe_step, ClusterId=waiting.id, StepId="s-NONE") == no_step
    assert refusal(client.list_steps, ClusterId=waiting.id, StepIds=["s-NONE"]) == no_step
    assert refusal(client.cancel_steps, ClusterId=waiting.id, StepIds=["s-NONE"]) == no_step


def test_a_step_may_have_10240_characters_and_not_one_more(waiting: Cluster) -> None:
    words = ("bash", "-c", "exit 0")
    rest = 10_240 - len("command-runner.jar") - len("bash-cexit 0")
    (step_id,) = waiting.add(step(*words, "x" * rest))
    waiting.wait("step_complete", StepId=step_id)
    with pytest.raises(ClientError) as caught:
        waiting.add(step(*words, "x" * (rest + 1)))
    code, message = caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]
    assert code == "ValidationException"
    assert "The string values passed into HadoopJarStep object cannot exceed a total of 10240 characters." in message


def test_a_cluster_has_256_active_steps_and_not_one_more(emr: LocalEMR) -> None:
    cluster = Cluster(emr, keep_alive=True)
    cluster.until_state("WAITING")
    cluster.add(*[shell("read forever < /dev/zero; exec sleep 1000")] * 256)
    with pytest.raises(ClientError) as caught:
        cluster.add(shell("exit 0"))
    assert caught.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Maximum number of active steps(State = 'Running', 'Pending' or 'Cancel_Pending') for cluster exceeded.",
    }
    pages = list(cluster.client.get_paginator("list_steps").paginate(ClusterId=cluster.id))
    assert [len(page["Steps"]) for page in pages] == [50, 50, 50, 50, 50, 6]
    everyone = [s["Id"] for page in pages for s in page["Steps"]]
    assert len(set(everyone)) == 256
    cancelled = cluster.client.cancel_steps(ClusterId=cluster.id, StepIds=everyone[:1])["CancelStepsInfoList"]
    assert cancelled[0]["Status"] == "SUBMITTED"
    cluster.add(shell("exit 0"))
    cluster.client.terminate_job_flows(JobFlowIds=[cluster.id])
    cluster.ended()


def test_steps_are_listed_newest_first_or_as_they_are_asked_for(waiting: Cluster) -> None:
    ids = waiting.add(*[shell("exit 0", name=str(n)) for n in range(3)])
    for step_id in ids:
        waiting.wait("step_complete", StepId=step_id)
    (failed,) = waiting.add(shell("exit 1", name="failed"))
    waiting.until_state("WAITING")
    list_steps = waiting.client.list_steps
    assert [s["Id"] for s in list_steps(ClusterId=waiting.id)["Steps"]][:4] == [failed, *ids[::-1]]
    assert [s["Id"] for s in list_steps(ClusterId=waiting.id, StepIds=ids)["Steps"]] == ids
    waiting.until_true(lambda: bool(list_steps(ClusterId=waiting.id, StepStates=["FAILED"])["Steps"]))
    assert [s["Id"] for s in list_steps(ClusterId=waiting.id, StepStates=["FAILED"])["Steps"]] == [failed]
    both = {"StepIds": ids, "StepStates": ["FAILED"]}
    assert refusal(list_steps, ClusterId=waiting.id, **both)[1] == "Cannot specify both StepIds and StepStates."
    assert refusal(list_steps, ClusterId=waiting.id, StepIds=[*ids] * 4)[1].startswith("A maximum of 10 step IDs")


def test_clusters_are_listed_newest_first_and_by_state(emr: LocalEMR, waiting: Cluster) -> None:
    failing = Cluster(emr, shell("exit 1", on_failure="TERMINATE_CLUSTER"))
    failing.ended()
    listed = emr.emr_client().list_clusters()["Clusters"]
    assert listed[0]["Id"] == failing.id
    by_state = emr.emr_client().list_clusters(ClusterStates=["TERMINATED_WITH_ERRORS"])["Clusters"]
    assert [c["Id"] for c in by_state] == [failing.id]
    assert waiting.id in [c["Id"] for c in listed]
    assert refusal(emr.emr_client().add_tags, ResourceId=failing.id, Tags=[{"Key": "a", "Value": "b"}]) == (
        "InvalidRequestException",
        "Tags cannot be modified on terminated clusters.",
    )


def test_a_cluster_describes_itself(emr: LocalEMR, waiting: Cluster) -> None:
    client = emr.emr_client()
    client.add_tags(ResourceId=waiting.id, Tags=[{"Key": "team", "Value": "another"}])
    described = waiting.describe()
    assert {(t["Key"], t["Value"]) for t in described["Tags"]} == {("Team", "orders"), ("team", "another")}
    client.remove_tags(ResourceId=waiting.id, TagKeys=["team"])
    assert [t["Key"] for t in waiting.describe()["Tags"]] == ["Team"]
    assert described["ClusterArn"].endswith(f":cluster/{waiting.id}")
    assert described["InstanceCollectionType"] == "INSTANCE_GROUP"
    groups = client.list_instance_groups(ClusterId=waiting.id)["InstanceGroups"]
    assert {g["InstanceGroupType"]: g["RunningInstanceCount"] for g in groups} == {"MASTER": 1, "CORE": 2}
    nodes = client.list_instances(ClusterId=waiting.id)["Instances"]
    assert [n["PublicIpAddress"] for n in nodes] == ["127.0.0.1"] * 3
    masters = client.list_instances(ClusterId=waiting.id, InstanceGroupTypes=["MASTER"])["Instances"]
    assert len(masters) == 1
    (old,) = client.describe_job_flows(JobFlowIds=[waiting.id])["JobFlows"]
    assert old["ExecutionStatusDetail"]["State"] == "WAITING"
    assert refusal(client.list_instance_fleets, ClusterId=waiting.id)[1].startswith(
        "Instance fleets and instance groups are"
    )


def test_instance_fleets_are_taken(emr: LocalEMR) -> None:
    fleets = [
        {
            "InstanceFleetType": "MASTER",
            "TargetOnDemandCapacity": 1,
            "InstanceTypeConfigs": [{"InstanceType": "m5.xlarge"}],
        }
    ]
    client = emr.emr_client()
    cluster_id = client.run_job_flow(
        Name="fleets", Instances={"InstanceFleets": fleets, "KeepJobFlowAliveWhenNoSteps": True}
    )["JobFlowId"]
    assert client.describe_cluster(ClusterId=cluster_id)["Cluster"]["InstanceCollectionType"] == "INSTANCE_FLEET"
    (fleet,) = client.list_instance_fleets(ClusterId=cluster_id)["InstanceFleets"]
    assert (fleet["InstanceFleetType"], fleet["ProvisionedOnDemandCapacity"]) == ("MASTER", 1)
    client.terminate_job_flows(JobFlowIds=[cluster_id])


def test_policies_are_kept_and_given_back(waiting: Cluster) -> None:
    client = waiting.client
    policy = {"ComputeLimits": {"UnitType": "Instances", "MinimumCapacityUnits": 1, "MaximumCapacityUnits": 3}}
    client.put_managed_scaling_policy(ClusterId=waiting.id, ManagedScalingPolicy=policy)
    assert client.get_managed_scaling_policy(ClusterId=waiting.id)["ManagedScalingPolicy"] == policy
    client.remove_managed_scaling_policy(ClusterId=waiting.id)
    assert "ManagedScalingPolicy" not in client.get_managed_scaling_policy(ClusterId=waiting.id)
    client.put_auto_termination_policy(ClusterId=waiting.id, AutoTerminationPolicy={"IdleTimeout": 3600})
    client.remove_auto_termination_policy(ClusterId=waiting.id)
    assert "AutoTerminationPolicy" not in client.get_auto_termination_policy(ClusterId=waiting.id)
    assert refusal(client.modify_cluster, ClusterId=waiting.id, StepConcurrencyLevel=257)[0] == "ValidationException"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"Configurations": [{"Classification": "hive-site", "Properties": {}}]}, "hive-site (hive is configured"),
        ({"Configurations": [{"Classification": "presto-config"}]}, "presto-config (presto is configured"),
        (
            {
                "Configurations": [
                    {
                        "Classification": "spark-hive-site",
                        "Properties": {"hive.metastore.client.factory.class": "x.AWSGlueDataCatalogHiveClientFactory"},
                    }
                ]
            },
            "glue (there is no Glue catalog: use paths, or a catalog in files",
        ),
        (
            {"BootstrapActions": [{"Name": "b", "ScriptBootstrapAction": {"Path": "s3://b/install.sh"}}]},
            "bootstrap-actions (bootstrap actions would change this machine",
        ),
        ({"SecurityConfiguration": "kms"}, "security-configuration (nothing is encrypted"),
    ],
)
def test_what_is_not_here_is_refused_by_name_with_what_to_do(emr: LocalEMR, given: dict[str, Any], says: str) -> None:
    code, message = refusal(emr.emr_client().run_job_flow, Name="n", Instances={"InstanceCount": 1}, **given)
    assert code == "ValidationException"
    assert f"The EMR of this machine does not have {says}" in message
    assert "--ignore" in message
    assert message.endswith(f"See {PAGE_URL}#standin")


def test_what_the_stand_in_was_told_to_ignore_passes(emr: LocalEMR) -> None:
    cluster = Cluster(emr, shell("exit 0"), Configurations=[{"Classification": "emrfs-site", "Properties": {"a": "b"}}])
    assert cluster.ended()[0] == "TERMINATED"


def test_a_classification_may_be_given_once(emr: LocalEMR) -> None:
    twice = [{"Classification": "spark-defaults", "Properties": {"a": "b"}}] * 2
    _, message = refusal(emr.emr_client().run_job_flow, Name="n", Instances={"InstanceCount": 1}, Configurations=twice)
    assert message == "Duplicate configuration classification: spark-defaults"


@pytest.mark.parametrize(
    ("service", "operation", "message"),
    [
        ("emr", "list_studios", "The EMR of this machine does not serve ListStudios"),
        ("emr-serverless", "list_applications", "EMR Serverless is not here: run the job as a step of a cluster"),
        ("emr-containers", "list_virtual_clusters", "EMR on EKS is not here: run the job as a step of a cluster"),
        ("glue", "get_databases", "There is no Glue catalog here"),
        ("dynamodb", "list_tables", "The service dynamodb is not here, only S3, EMR, IAM and STS are"),
    ],
)
def test_a_call_that_is_not_served_is_refused_by_name(
    emr: LocalEMR, service: Any, operation: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in emr.environment().items():
        monkeypatch.setenv(name, value)
    code, said = refusal(getattr(boto3.session.Session().client(service), operation))
    assert code == "ValidationException"
    assert message in said


def test_signatures_and_policies_are_checked(emr: LocalEMR) -> None:
    wrong = emr.emr_client(Credentials(emr.access_key_id, "wrong"))
    assert refusal(wrong.list_clusters)[0] == "InvalidSignatureException"
    unknown = emr.emr_client(Credentials("AKIAUNKNOWNUNKNOWN12", "wrong"))
    assert refusal(unknown.list_clusters)[0] == "UnrecognizedClientException"
    statement = {"Effect": "Allow", "Action": "elasticmapreduce:ListClusters", "Resource": "*"}
    reader = emr.emr_client(emr.user_with_policy({"Version": "2012-10-17", "Statement": [statement]}))
    assert "Clusters" in reader.list_clusters()
    assert refusal(reader.run_job_flow, Name="n", Instances={"InstanceCount": 1})[0] == "AccessDeniedException"


def test_every_region_has_clusters_of_its_own(emr: LocalEMR, waiting: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in emr.environment().items():
        monkeypatch.setenv(name, value)
    elsewhere = boto3.session.Session().client("emr", region_name="eu-west-1")
    assert waiting.id not in [c["Id"] for c in elsewhere.list_clusters()["Clusters"]]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"engine": "docker"},
            "`engine` of `LocalEMR`. Expected 'local' or 'yarn', got 'docker'."
            " Pass 'local' for jobs in one process, or 'yarn' for a YARN of one node.",
        ),
        (
            {"provisioning_seconds": -1},
            "`provisioning_seconds` of `LocalEMR`. Expected 0 or more seconds, got -1."
            " Pass 0 for clusters that run steps at once.",
        ),
        (
            {"ignore": "emrfs-site"},
            "`ignore` of `LocalEMR`. Expected a sequence of names, got 'emrfs-site'."
            " Pass a list: ignore=['emrfs-site'].",
        ),
        (
            {"faults": Faults(throttle_every=-1)},
            "`faults.throttle_every` of `LocalEMR`. Expected 0 or a positive number of calls, got -1."
            " Pass 0 to throttle no call, or 1 to throttle all.",
        ),
        (
            {"faults": Faults(cluster_fails="x")},  # type: ignore[arg-type]  # the test passes a wrong value
            "`faults.cluster_fails` of `LocalEMR`. Expected 'provisioning', 'bootstrap', 'running' or None, got 'x'."
            " Pass the state in which every new cluster is to fail, or None.",
        ),
        (
            {"faults": Faults(log_delay_seconds=-1)},
            "`faults.log_delay_seconds` of `LocalEMR`. Expected 0 or more seconds, got -1."
            " Pass 0 for logs that arrive before the EMR step ends.",
        ),
    ],
)
def test_an_option_that_cannot_work_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        LocalEMR(**given)
    assert says in str(caught.value)


def test_what_does_not_run_says_so() -> None:
    with pytest.raises(LocalEMRError, match=r"is not running: use it inside `with LocalEMR\(\) as emr:`"):
        _ = LocalEMR().endpoint_url
    with pytest.raises(LocalEMRError, match="has no YARN"):
        _ = LocalEMR().yarn
