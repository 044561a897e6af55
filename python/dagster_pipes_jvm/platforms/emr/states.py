"""The states of EMR steps and clusters.

Source: https://docs.aws.amazon.com/emr/latest/APIReference/API_StepStatus.html and API_ClusterStatus.html.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from dagster_pipes_jvm.errors import see
from dagster_pipes_jvm.platforms.emr.log_uri import LogUri
from dagster_pipes_jvm.run.jobs import JobRef, Seen

STEP_STATES_BEFORE_END = ("PENDING", "RUNNING", "CANCEL_PENDING")
CLUSTER_STATES_BEFORE_END = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING")
CLUSTER_STATES_THAT_TAKE_STEPS = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING")


@dataclass(frozen=True)
class StepNow:
    """A step, as ListSteps or DescribeStep has it. Times are aware; `None` for what has not happened."""

    id: str
    name: str
    state: str
    reason: str
    failure: Mapping[str, str]
    created: datetime | None
    started: datetime | None
    ended: datetime | None

    @classmethod
    def of(cls, summary: Mapping[str, Any]) -> "StepNow":
        """From an entry of `ListSteps` or the `Step` of `DescribeStep`."""
        status = summary["Status"]
        timeline = status.get("Timeline", {})
        return cls(
            id=summary["Id"],
            name=summary.get("Name", ""),
            state=status["State"],
            reason=status.get("StateChangeReason", {}).get("Message", ""),
            failure=dict(status.get("FailureDetails", {})),
            created=timeline.get("CreationDateTime"),
            started=timeline.get("StartDateTime"),
            ended=timeline.get("EndDateTime"),
        )

    @property
    def is_over(self) -> bool:
        """Whether its state is a last one."""
        return self.state not in STEP_STATES_BEFORE_END

    @property
    def pending_seconds(self) -> float | None:
        """How long it waited for the cluster, `None` where it never started."""
        return _seconds(self.created, self.started)

    @property
    def running_seconds(self) -> float | None:
        """How long it has run, or ran; `None` where it never started."""
        return _seconds(self.started, self.ended or datetime.now(timezone.utc)) if self.started else None


@dataclass(frozen=True)
class ClusterNow:
    """A cluster, as DescribeCluster has it."""

    id: str
    name: str
    state: str
    reason_code: str
    reason: str
    errors: Sequence[str]
    log_uri: LogUri | None
    primary_dns_name: str | None
    step_concurrency: int
    normalized_instance_hours: int | None
    configurations: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, cluster: Mapping[str, Any]) -> "ClusterNow":
        """From the `Cluster` of `DescribeCluster`."""
        status = cluster["Status"]
        why = status.get("StateChangeReason", {})
        return cls(
            id=cluster["Id"],
            name=cluster.get("Name", ""),
            state=status["State"],
            reason_code=why.get("Code", ""),
            reason=why.get("Message", ""),
            errors=[_error_text(error) for error in status.get("ErrorDetails", ())],
            log_uri=LogUri.of_cluster(cluster.get("LogUri")),
            primary_dns_name=cluster.get("MasterPublicDnsName") or None,
            step_concurrency=cluster.get("StepConcurrencyLevel", 1),
            normalized_instance_hours=cluster.get("NormalizedInstanceHours"),
            configurations=cluster.get("Configurations", ()),
        )

    @property
    def is_over(self) -> bool:
        """Whether it has ended for good."""
        return self.state not in CLUSTER_STATES_BEFORE_END

    @property
    def why(self) -> str:
        """Its state with the reason, in words: `TERMINATED_WITH_ERRORS (BOOTSTRAP_FAILURE: On the master instance ...)`."""
        reason = ": ".join(filter(None, [self.reason_code, self.reason]))
        text = f"{self.state} ({reason})" if reason else self.state
        return "; ".join([text, *self.errors])


@dataclass(frozen=True, kw_only=True)
class EmrStep(JobRef):
    """A step that was launched; its place is its cluster.

    Args:
        started_cluster: whether the cluster was started for it.
        yarn_tag: the tag of its application, or `None` if it has no tag of this package.
        is_cluster_mode: whether its driver may outlive the step.
        log_uri: where its cluster keeps logs, `None` for nowhere.
    """

    started_cluster: bool
    yarn_tag: str | None
    is_cluster_mode: bool
    log_uri: str | None


@dataclass(frozen=True, kw_only=True)
class SeenStep(Seen):
    """The states of an EMR step and of its cluster.

    Args:
        step: the EMR step, or `None` if EMR does not list it.
        cluster: the cluster, `cluster_age` polls ago.
        cluster_age: the number of polls since the cluster was described.
    """

    step: StepNow | None
    cluster: ClusterNow
    cluster_age: int = 0

    @classmethod
    def of(
        cls, step_id: str, step: StepNow | None, cluster: ClusterNow, cluster_age: int = 0, trouble: str = ""
    ) -> "SeenStep":
        """From what EMR says of both."""
        is_over = step is not None and step.is_over
        state = step.state if step else ""
        # The cluster's state is of interest while the EMR step waits for it.
        said = f"step {state}, cluster {cluster.state}" if state == "PENDING" else f"step {state}" if state else ""
        lost = (
            f"The cluster {cluster.id} is {cluster.why}, and EMR does not say how its step {step_id} ended."
            f" {see('emr-step-failed')}"
        )
        return cls(
            state=state or "not listed",
            has_run=step is not None and step.started is not None,
            is_over=is_over,
            is_success=state == "COMPLETED",
            said=said,
            around=f"The cluster is {cluster.why}.",
            lost=lost if cluster.is_over and not is_over else "",
            step=step,
            trouble=trouble,
            has_explaining_logs=state != "CANCELLED",
            cluster=cluster,
            cluster_age=cluster_age,
        )


def _error_text(error: Mapping[str, Any]) -> str:
    return f"{error.get('ErrorCode', 'error')}: {error.get('ErrorMessage', '')}"


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return (end - start).total_seconds() if start and end else None
