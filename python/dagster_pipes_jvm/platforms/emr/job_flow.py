"""The parameters of a new cluster, from a few words: the reusable function of the migration guide."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.platforms.emr.failure_actions import FailureActions
from dagster_pipes_jvm.platforms.emr.render import DeployMode, attach_step
from dagster_pipes_jvm.platforms.emr.requests import check_request, fields_of

_CALL = "emr_job_flow"
_IDLE_SECONDS = (60, 604_800)


def emr_job_flow(
    name: str,
    jobs: Sequence[SparkJob] = (),
    *,
    release_label: str = "emr-7.12.0",
    log_uri: str | None = None,
    instances: Mapping[str, Any] | None = None,
    instance_type: str = "m5.xlarge",
    core_instance_count: int = 2,
    service_role: str = "EMR_DefaultRole",
    job_flow_role: str = "EMR_EC2_DefaultRole",
    configurations: Sequence[Mapping[str, Any]] = (),
    tags: Mapping[str, str] | None = None,
    auto_termination_idle_seconds: int | None = None,
    step_concurrency: int = 1,
    deploy_mode: DeployMode = "cluster",
    **overrides: Any,
) -> dict[str, Any]:
    """Parameters of RunJobFlow: a cluster that runs the jobs, one step each, and ends.

    Nothing of Pipes is in it; a client adds that. No argument is changed or kept.

    Args:
        name: of the cluster.
        jobs: its steps, in order; an `EMRStepJob` as its step was given.
        release_label: of EMR.
        log_uri: an `s3://` URI for the logs; without one nobody reads why a step has failed.
        instances: EMR's `Instances`, which takes the place of the two parameters below; whether the cluster stays alive without
            steps is added where it says nothing.
        instance_type: of the primary and the core nodes.
        core_instance_count: how many core nodes; 0 for a cluster of the primary node alone.
        service_role: of EMR itself.
        job_flow_role: the instance profile, whose rights the jobs have.
        configurations: EMR's `Configurations`.
        tags: of the cluster.
        auto_termination_idle_seconds: keep the cluster for further steps, until it has been idle that long, in seconds
            (60 to 604,800); `None` ends it after its last step.
        step_concurrency: how many steps may run at once, 1 to 256. Above 1 a failed step cannot end the cluster.
        deploy_mode: of the jobs without a step of their own.
        overrides: any other field of RunJobFlow, or one of the above in its place, by AWS's name.

    Raises:
        InvalidParameterError: for what EMR would refuse, as far as boto3 knows.

    Source: https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html
    """
    unknown = overrides.keys() - fields_of("RunJobFlow")
    if unknown:
        raise _invalid(
            "overrides",
            "fields of RunJobFlow",
            ", ".join(sorted(unknown)),
            "Write each as AWS does, in upper and lower case; a newer boto3 knows newer fields.",
        )
    if "Steps" in overrides and jobs:
        raise _invalid(
            "jobs", "either `jobs` or `Steps`", "both", "Make jobs of the steps: EMRStepJob.from_step(step)."
        )
    if not 1 <= step_concurrency <= 256:
        raise _invalid("step_concurrency", "1 to 256", repr(step_concurrency), "Pass a number that AWS takes.")
    stays = auto_termination_idle_seconds is not None
    if auto_termination_idle_seconds is not None:
        low, high = _IDLE_SECONDS
        if not low <= auto_termination_idle_seconds <= high:
            raise _invalid(
                "auto_termination_idle_seconds",
                f"{low} to {high:,} seconds",
                repr(auto_termination_idle_seconds),
                "Pass a time that AWS takes, or None to end the cluster after its last step.",
            )
    steps, role_arn = _steps(jobs, deploy_mode, "CONTINUE" if stays or step_concurrency > 1 else "TERMINATE_CLUSTER")
    request = {
        "Name": name,
        "ReleaseLabel": release_label,
        "Applications": [{"Name": "Spark"}],
        "Instances": _instances(instances, instance_type, core_instance_count, stays),
        "ServiceRole": service_role,
        "JobFlowRole": job_flow_role,
        "StepConcurrencyLevel": step_concurrency,
        "VisibleToAllUsers": True,
        **({"LogUri": log_uri} if log_uri is not None else {}),
        **({"Configurations": deepcopy(list(configurations))} if configurations else {}),
        **({"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]} if tags else {}),
        **({"AutoTerminationPolicy": {"IdleTimeout": auto_termination_idle_seconds}} if stays else {}),
        **({"Steps": steps} if steps else {}),
        **({"StepExecutionRoleArn": role_arn} if role_arn else {}),
        **deepcopy(overrides),
    }
    check_request("RunJobFlow", request, call=_CALL)
    _check_failures(request)
    return request


def _steps(jobs: Sequence[SparkJob], deploy_mode: DeployMode, action: str) -> tuple[list[dict[str, Any]], str | None]:
    steps = []
    roles = set()
    for job in jobs:
        step = attach_step(replace(job, pipes="off"), deploy_mode=deploy_mode, actions=FailureActions(default=action))
        step.size.decision()
        rendered = step.rendered()
        steps.append(rendered.step)
        roles.add(rendered.request.get("ExecutionRoleArn"))
    if len(roles) > 1:
        raise _invalid(
            "jobs",
            "jobs with one ExecutionRoleArn, because RunJobFlow has one `StepExecutionRoleArn`",
            ", ".join(sorted(map(str, roles))),
            "Start the cluster first, and add the steps to it.",
        )
    return steps, next(iter(roles), None)


def _instances(given: Mapping[str, Any] | None, instance_type: str, core_count: int, stays: bool) -> dict[str, Any]:
    if given is not None:
        if not isinstance(given, Mapping):
            raise _invalid(
                "instances",
                "a mapping, EMR's `Instances`",
                repr(given),
                "Pass a dict, or `instance_type` and `core_instance_count` in its place.",
            )
        return {"KeepJobFlowAliveWhenNoSteps": stays, **deepcopy(dict(given))}
    if not isinstance(core_count, int) or core_count < 0:
        raise _invalid(
            "core_instance_count", "0 or more", repr(core_count), "Pass 0 for a cluster of the primary node alone."
        )
    groups = [
        {"Name": role.lower(), "InstanceRole": role, "InstanceType": instance_type, "InstanceCount": count}
        for role, count in (("MASTER", 1), ("CORE", core_count))
        if count
    ]
    return {"InstanceGroups": groups, "KeepJobFlowAliveWhenNoSteps": stays, "TerminationProtected": False}


def _check_failures(request: Mapping[str, Any]) -> None:
    if request["StepConcurrencyLevel"] == 1:
        return
    for step in request.get("Steps", ()):
        if step.get("ActionOnFailure", "CONTINUE") != "CONTINUE":
            raise _invalid(
                "step_concurrency",
                "1, or jobs whose steps say ActionOnFailure=CONTINUE: with steps side by side AWS takes nothing else",
                f"{request['StepConcurrencyLevel']}, and {step['ActionOnFailure']} of the step {step['Name']!r}",
                "Say CONTINUE in the step, or run one step at a time.",
            )


def _invalid(parameter: str, expected: str, got: str, remedy: str) -> InvalidParameterError:
    return InvalidParameterError(
        parameter=parameter, call=_CALL, expected=expected, got=got, remedy=remedy, anchor="emr-request"
    )
