"""What the end of a step means: success, or an error that tells the ways to fail apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dagster_pipes import PipesException

from dagster_pipes_jvm.errors import EMRStepFailedError, see
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.platforms.emr.links import console_url, folder_url, step_metadata
from dagster_pipes_jvm.platforms.emr.states import ClusterNow, StepNow
from dagster_pipes_jvm.run.failure import (
    end_of_output,
    end_of_stderr,
    why,
    without_secrets,
)
from dagster_pipes_jvm.run.log_tail import holder_of
from dagster_pipes_jvm.submit.causes import cause_in

# StateChangeReason codes of a cluster: https://docs.aws.amazon.com/emr/latest/APIReference/API_ClusterStateChangeReason.html
_REMEDY_BY_CLUSTER_REASON = {
    "BOOTSTRAP_FAILURE": "Read the bootstrap action's log under the cluster's LogUri, node/INSTANCE/bootstrap-actions/.",
    "VALIDATION_ERROR": "Correct what the reason names: roles, subnet, instance types or limits of the account.",
    "INSTANCE_FAILURE": "Instances were lost; on spot, use on-demand for the primary node, or a retry policy in Dagster.",
    "INSTANCE_FLEET_TIMEOUT": "There was no capacity in time: name more instance types or subnets, or more time.",
    "INTERNAL_ERROR": "Let Dagster's retry policy run the step again; where it comes back, ask AWS with the cluster's id.",
    "USER_REQUEST": "Somebody terminated the cluster; CloudTrail's TerminateJobFlows says who.",
}


@dataclass(frozen=True)
class StepEnd:
    """How a step ended; a `JobEnd`.

    Args:
        step: the step then.
        cluster: its cluster then.
        region: of both.
        stderr_tail: the last lines of the step's stderr, where they are known.
    """

    step: StepNow
    cluster: ClusterNow
    region: str
    stderr_tail: Sequence[str]

    @property
    def is_success(self) -> bool:
        """Whether EMR calls it COMPLETED."""
        return self.step.state == "COMPLETED"

    @property
    def how(self) -> str:
        """The end state in words."""
        return f"ended as {self.step.state} (EMR step {self.step.id} on cluster {self.cluster.id})"

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Ids, links, times."""
        return step_metadata(self.region, self.cluster, self.step)

    def failure(self, job: SparkJob, exception: PipesException | None) -> EMRStepFailedError:
        """The error of a step that did not succeed.

        Args:
            job: what it ran.
            exception: what the job's session closed with, where it reported one.
        """
        return _failure(self, job, exception)


def _failure(
    end: StepEnd,
    job: SparkJob,
    exception: PipesException | None,
) -> EMRStepFailedError:
    step, cluster = end.step, end.cluster
    job_name = f"{job.application} {job.main_class or ''}".strip()
    ran = f" after {step.running_seconds:.0f} s" if step.running_seconds is not None else ", before it started"
    # EMR's message has a part of the output, also if the logs come too late.
    output = [*filter(None, (step.failure.get("Message"), step.reason)), *end.stderr_tail]
    reasons = why(output, exception)
    advice = f"{_remedy(step, cluster, is_known=bool(reasons.headline))} {see('emr-step-failed')}".strip()
    lines = [
        reasons.headline,
        f"EMR step {step.id} ({job_name}) on cluster {cluster.id} ended as {step.state}{ran}.",
        *_reasons(step, f"{reasons.headline} {reasons.detail}"),
        reasons.detail,
        f"The cluster is {cluster.why}.",
        f"What to do: {advice}",
        f"Step: {console_url(end.region, cluster.id, step.id)}",
        *_places_of_logs(end),
    ]
    # The further lines of a message are indented, so that each fact stays one entry.
    text = "\n".join(line.replace("\n", "\n  ") for line in lines if line)
    if end.stderr_tail:
        text += f"\n{(end_of_stderr if exception else end_of_output)(end.stderr_tail)}"
    return EMRStepFailedError(
        without_secrets(text, job),
        cluster_id=cluster.id,
        step_id=step.id,
        step_state=step.state,
        cluster_state=cluster.state,
        failure_details=step.failure,
        stderr_tail=end.stderr_tail,
    )


def _reasons(step: StepNow, told: str) -> list[str]:
    """EMR's own words that are new: the reason of the state often repeats the message, which repeats the exception.

    Args:
        step: the step.
        told: the words of the other lines.
    """
    reason, message = step.failure.get("Reason", ""), step.failure.get("Message", "")
    said = [
        ("EMR says", "" if step.reason in (reason, message) else step.reason),
        ("Reason", reason),
        ("Message", message),
    ]
    return [f"{name}: {text.rstrip('.')}." for name, text in said if text and text.rstrip(".") not in told]


def _places_of_logs(end: StepEnd) -> list[str]:
    """The file with the exception, else the one that EMR names, and its folder as a page of the console."""
    folder = end.cluster.log_uri
    cause = cause_in(end.stderr_tail)
    file = holder_of(end.stderr_tail, cause.lines[-1]) if cause is not None else ""
    file = (
        file or end.step.failure.get("LogFile") or (folder.step_folder(end.cluster.id, end.step.id) if folder else "")
    )
    return [f"Log: {file} {folder_url(end.region, file)}"] if file else []


def _remedy(step: StepNow, cluster: ClusterNow, *, is_known: bool) -> str:
    is_cluster_gone = cluster.is_over or cluster.state == "TERMINATING"
    if is_cluster_gone and cluster.reason_code in _REMEDY_BY_CLUSTER_REASON:
        return _REMEDY_BY_CLUSTER_REASON[cluster.reason_code]
    if step.state == "CANCELLED":
        return (
            "An earlier step failed with ActionOnFailure=CANCEL_AND_WAIT, or somebody cancelled this one (CancelSteps in"
            " CloudTrail says who)."
        )
    if step.state == "INTERRUPTED":
        return "The step was cancelled while it ran, or its cluster ended under it; a retry policy in Dagster runs it again."
    return "" if is_known else "The step's log has the reason; read it from its end upwards."
