"""What EMR says of a step and of a cluster.

Source: https://docs.aws.amazon.com/emr/latest/APIReference/API_StepStatus.html and API_ClusterStatus.html.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

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
    log_uri: str | None
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
            # EMR shows s3n:// for what was given as s3://.
            log_uri=(cluster.get("LogUri") or "").replace("s3n://", "s3://", 1) or None,
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


def _error_text(error: Mapping[str, Any]) -> str:
    return f"{error.get('ErrorCode', 'error')}: {error.get('ErrorMessage', '')}"


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return (end - start).total_seconds() if start and end else None
