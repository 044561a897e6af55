"""One step as the API shows it; what moves it is its cluster, in `emr.py`."""

from collections.abc import Mapping
from typing import Any

from moto.emr import models

from dagster_pipes_jvm_standin import steps


class Step(models.Step):  # type: ignore[misc]  # moto has no types
    """One step; its state belongs to its cluster, which holds the lock."""

    def __init__(self, config: Mapping[str, Any], execution_role_arn: str | None) -> None:
        super().__init__(
            state="PENDING",
            name=config.get("Name") or "",
            hadoop_jar_step=dict(config.get("HadoopJarStep") or {}),
            action_on_failure=config.get("ActionOnFailure") or "TERMINATE_CLUSTER",
        )
        self.execution_role_arn = execution_role_arn
        self.process: steps.StepProcess | None = None
        self.message: str | None = None
        self.failure_details: dict[str, str] | None = None

    @property
    def config(self) -> dict[str, Any]:
        """As DescribeStep gives it, and as the old DescribeJobFlows does."""
        return {**super().config, "MainClass": self.hadoop_jar_step.get("MainClass")}

    @property
    def status(self) -> dict[str, Any]:
        """State, reason, failure and times."""
        return {
            **super().status,
            "StateChangeReason": {"Message": self.message} if self.message else {},
            "FailureDetails": self.failure_details,
        }

    def start(self) -> None:
        """Moto starts a cluster's first step when the cluster is made; here the cluster does, when it is ready."""
