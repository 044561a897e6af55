"""Steps and clusters of the tests, and waiting for their states with botocore's own waiters, only faster."""

import gzip
import threading
from collections.abc import Callable
from typing import Any

from dagster_pipes_jvm_standin import LocalEMR

BUCKET = "emr"


def step(*arguments: str, name: str = "step", on_failure: str = "CONTINUE") -> dict[str, Any]:
    """A step that runs a command on the primary node."""
    jar_step = {"Jar": "command-runner.jar", "Args": list(arguments)}
    return {"Name": name, "ActionOnFailure": on_failure, "HadoopJarStep": jar_step}


def shell(script: str, **given: str) -> dict[str, Any]:
    """A step that runs a line of bash."""
    return step("bash", "-c", script, **given)


def until_true(condition: Callable[[], bool], show: Callable[[], Any] = lambda: "") -> None:
    """Wait until it is so; what `show` gives is the error's text where it never is."""
    pause = threading.Event()
    for _ in range(10_000):
        if condition():
            return
        pause.wait(0.05)
    raise AssertionError(show())


class Cluster:
    """A new cluster, with the calls of the tests.

    Args:
        emr: where it is made.
        steps: its first steps.
        given: further parameters of RunJobFlow; `keep_alive` and `protected` are those of `Instances`.
    """

    def __init__(self, emr: LocalEMR, *steps: dict[str, Any], keep_alive: bool = False, **given: Any) -> None:
        self.emr = emr
        self.client = emr.emr_client()
        emr.create_bucket(BUCKET)
        parameters: dict[str, Any] = {
            "Name": "cluster",
            "ReleaseLabel": "emr-7.5.0",
            "LogUri": f"s3://{BUCKET}/logs/",
            "JobFlowRole": "EMR_EC2_DefaultRole",
            "ServiceRole": "EMR_DefaultRole",
            "Instances": {
                "InstanceGroups": [
                    {"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1},
                    {"InstanceRole": "CORE", "InstanceType": "m5.xlarge", "InstanceCount": 2},
                ],
                "KeepJobFlowAliveWhenNoSteps": keep_alive,
                **given.pop("Instances", {}),
            },
            **({"Steps": list(steps)} if steps else {}),
        }
        self.id = self.client.run_job_flow(**{**parameters, **given})["JobFlowId"]

    def wait(self, waiter_name: str, **parameters: str) -> None:
        """botocore's waiter, asking ten times a second."""
        waiter = self.client.get_waiter(waiter_name)
        waiter.config.delay, waiter.config.max_attempts = 0.1, 5000
        waiter.wait(ClusterId=self.id, **parameters)

    def describe(self) -> dict[str, Any]:
        cluster: dict[str, Any] = self.client.describe_cluster(ClusterId=self.id)["Cluster"]
        return cluster

    def ended(self) -> tuple[str, str, str]:
        """State, code and message of the cluster, once it has ended."""
        self.until_true(lambda: self.describe()["Status"]["State"].startswith("TERMINATED"))
        status = self.describe()["Status"]
        return status["State"], status["StateChangeReason"]["Code"], status["StateChangeReason"]["Message"]

    def add(self, *steps: dict[str, Any], **given: Any) -> list[str]:
        ids: list[str] = self.client.add_job_flow_steps(JobFlowId=self.id, Steps=list(steps), **given)["StepIds"]
        return ids

    def steps(self) -> list[dict[str, Any]]:
        """All of them, oldest first."""
        pages = self.client.get_paginator("list_steps").paginate(ClusterId=self.id)
        return [step for page in pages for step in page["Steps"]][::-1]

    def states(self) -> list[str]:
        return [step["Status"]["State"] for step in self.steps()]

    def until(self, *states: str) -> None:
        """Wait until the steps have these states, oldest first."""
        self.until_true(lambda: self.states() == list(states), lambda: self.states())

    def until_state(self, state: str) -> None:
        """Wait until the cluster has this state."""
        self.until_true(lambda: self.describe()["Status"]["State"] == state, lambda: self.describe()["Status"])

    def until_true(self, condition: Callable[[], bool], show: Callable[[], Any] = lambda: "") -> None:
        """See `until_true`."""
        until_true(condition, show)

    def log(self, name: str) -> str:
        """A log below the cluster's prefix, unpacked."""
        body = self.emr.client().get_object(Bucket=BUCKET, Key=f"logs/{self.id}/{name}.gz")["Body"].read()
        return gzip.decompress(body).decode()

    def log_names(self) -> list[str]:
        """What lies below the cluster's prefix."""
        prefix = f"logs/{self.id}/"
        pages = self.emr.client().get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [entry["Key"].removeprefix(prefix) for page in pages for entry in page.get("Contents", [])]
