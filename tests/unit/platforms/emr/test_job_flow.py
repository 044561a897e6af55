import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_pipes_jvm import EMRStepJob, InvalidParameterError, SparkJob, emr_job_flow
from dagster_pipes_jvm.platforms.emr.requests import check_request, fields_of
from tests.unit.platforms.emr.strategies import cluster_configurations, steps

JOB = SparkJob("s3://b/job.jar", main_class="acme.A", name="orders")
ROLE = "arn:aws:iam::123456789012:role/job"


def from_step(**fields: Any) -> SparkJob:
    step = {"Name": "n", "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["spark-submit", "a.py"]}, **fields}
    return EMRStepJob.from_step(step)


def test_a_name_and_a_job_are_enough_for_a_cluster_that_runs_it_and_ends() -> None:
    assert emr_job_flow("nightly", [JOB], log_uri="s3://b/logs/", tags={"team": "data"}) == {
        "Name": "nightly",
        "ReleaseLabel": "emr-7.12.0",
        "Applications": [{"Name": "Spark"}],
        "Instances": {
            "InstanceGroups": [
                {"Name": "master", "InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1},
                {"Name": "core", "InstanceRole": "CORE", "InstanceType": "m5.xlarge", "InstanceCount": 2},
            ],
            "KeepJobFlowAliveWhenNoSteps": False,
            "TerminationProtected": False,
        },
        "ServiceRole": "EMR_DefaultRole",
        "JobFlowRole": "EMR_EC2_DefaultRole",
        "StepConcurrencyLevel": 1,
        "VisibleToAllUsers": True,
        "LogUri": "s3://b/logs/",
        "Tags": [{"Key": "team", "Value": "data"}],
        "Steps": [
            {
                "Name": "orders",
                "ActionOnFailure": "TERMINATE_CLUSTER",
                "HadoopJarStep": {
                    "Jar": "command-runner.jar",
                    "Args": [
                        *("spark-submit", "--deploy-mode", "cluster", "--class", "acme.A", "--name", "orders"),
                        "s3://b/job.jar",
                    ],
                },
            }
        ],
    }


@given(st.lists(steps, max_size=3), cluster_configurations, st.booleans())
def test_any_steps_and_configurations_make_a_request_that_boto3_accepts_and_stay_as_they_are(
    given_steps: list[dict[str, Any]], configurations: Any, is_long_lived: bool
) -> None:
    for step in given_steps:
        step.pop("ExecutionRoleArn", None)
    before = copy.deepcopy((given_steps, configurations))
    request = emr_job_flow(
        "n",
        [EMRStepJob.from_step(step) for step in given_steps],
        configurations=configurations,
        auto_termination_idle_seconds=600 if is_long_lived else None,
    )
    check_request("RunJobFlow", request, call="test")
    assert request.get("Steps", []) == given_steps
    request.get("Configurations", []).append("changed")
    assert (given_steps, configurations) == before


def test_a_cluster_that_waits_for_further_steps_ends_when_idle() -> None:
    request = emr_job_flow("n", [JOB], auto_termination_idle_seconds=600, core_instance_count=0)
    assert request["AutoTerminationPolicy"] == {"IdleTimeout": 600}
    assert request["Instances"]["KeepJobFlowAliveWhenNoSteps"] is True
    assert [group["InstanceRole"] for group in request["Instances"]["InstanceGroups"]] == ["MASTER"]
    assert request["Steps"][0]["ActionOnFailure"] == "CONTINUE"


def test_everything_can_be_overridden_and_any_other_field_passes_through() -> None:
    instances = {"InstanceFleets": [{"InstanceFleetType": "MASTER", "TargetOnDemandCapacity": 1}], "Ec2SubnetId": "s-1"}
    request = emr_job_flow(
        "n",
        instances=instances,
        Applications=[{"Name": "Spark"}, {"Name": "Hive"}],
        ManagedScalingPolicy={
            "ComputeLimits": {"UnitType": "Instances", "MinimumCapacityUnits": 1, "MaximumCapacityUnits": 9}
        },
        VisibleToAllUsers=False,
    )
    assert request["Instances"] == {**instances, "KeepJobFlowAliveWhenNoSteps": False}
    assert [application["Name"] for application in request["Applications"]] == ["Spark", "Hive"]
    assert request["ManagedScalingPolicy"]["ComputeLimits"]["MaximumCapacityUnits"] == 9
    assert request["VisibleToAllUsers"] is False
    assert "Steps" not in request
    assert len(instances) == 2


def test_the_execution_role_of_the_steps_becomes_that_of_the_cluster() -> None:
    job = from_step(ExecutionRoleArn=ROLE)
    assert emr_job_flow("n", [job, job])["StepExecutionRoleArn"] == ROLE
    with pytest.raises(InvalidParameterError, match="Expected jobs with one ExecutionRoleArn"):
        emr_job_flow("n", [job, JOB])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"Nmae": "x"}, "parameter `overrides` of `emr_job_flow`. Expected fields of RunJobFlow, got Nmae."),
        (
            {"jobs": [JOB], "Steps": []},
            "parameter `jobs` of `emr_job_flow`. Expected either `jobs` or `Steps`, got both.",
        ),
        ({"step_concurrency": 0}, "parameter `step_concurrency` of `emr_job_flow`. Expected 1 to 256, got 0."),
        ({"auto_termination_idle_seconds": 5}, "Expected 60 to 604,800 seconds, got 5."),
        ({"core_instance_count": -1}, "parameter `core_instance_count` of `emr_job_flow`. Expected 0 or more, got -1."),
        (
            {"instances": "m5.xlarge"},
            "parameter `instances` of `emr_job_flow`. Expected a mapping, EMR's `Instances`, got",
        ),
        ({"release_label": 7}, "Invalid type for parameter ReleaseLabel, value: 7, type: <class 'int'>"),
        ({"instances": {"Ec2Subnet": "s"}}, 'Unknown parameter in Instances: "Ec2Subnet"'),
        (
            {"jobs": [from_step(ActionOnFailure="TERMINATE_CLUSTER")], "step_concurrency": 2},
            "parameter `step_concurrency` of `emr_job_flow`. Expected 1, or jobs whose steps say ActionOnFailure=CONTINUE",
        ),
        ({"jobs": [SparkJob("job.jar", args=["a" * 11_000])]}, "too many. Shorten `args`"),
    ],
)
def test_bad_input_gets_one_clear_error(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        emr_job_flow("n", **parameters)
    assert message in str(caught.value)


def test_a_step_beside_others_may_not_end_the_cluster() -> None:
    assert emr_job_flow("n", [JOB], step_concurrency=2)["Steps"][0]["ActionOnFailure"] == "CONTINUE"


def test_the_fields_that_stand_beside_steps_are_those_that_aws_has() -> None:
    assert fields_of("AddJobFlowSteps") == {"JobFlowId", "Steps", "ExecutionRoleArn"}
