"""A job as the step that EMR is sent: one value, what is ours attached to it, written once.

What is ours goes right behind `spark-submit`, and a list of the user's that would hide ours gets it at its end; nothing else
of a step changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.platforms.emr.configurations import spark_defaults_of
from dagster_pipes_jvm.platforms.emr.names import launch_name
from dagster_pipes_jvm.platforms.emr.requests import fields_of
from dagster_pipes_jvm.platforms.emr.size import MAX_STEP_CHARACTERS, StepSize, check_characters
from dagster_pipes_jvm.platforms.emr.step import EMRStep
from dagster_pipes_jvm.platforms.emr.step_job import EMRStepJob
from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm.submit.attach import attached
from dagster_pipes_jvm.submit.instrument import instrumented
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit
from dagster_pipes_jvm.wire import CONTEXT_CONF_KEY

DeployMode = Literal["client", "cluster"]

_DEFAULT_NAME = "spark-submit"


@dataclass(frozen=True)
class RenderedStep:
    """A job as EMR is sent it.

    Args:
        step: an item of `Steps`.
        request: fields that AddJobFlowSteps takes beside `Steps`, such as `ExecutionRoleArn`.
        has_session: whether the job is told of the Pipes session.
        is_cluster_mode: see `AttachedStep`.
    """

    step: dict[str, Any]
    request: dict[str, Any]
    has_session: bool
    is_cluster_mode: bool

    def add_job_flow_steps(self, cluster_id: str) -> dict[str, Any]:
        """The parameters of AddJobFlowSteps."""
        return {"JobFlowId": cluster_id, "Steps": [self.step], **self.request}


@dataclass(frozen=True)
class AttachedStep:
    """A step with what one run adds, not yet written.

    Args:
        given: the step as the user has it.
        users: the same with what `override` has changed.
        sent: the same with what is ours.
        has_session: whether the job is told of the Pipes session.
        context_characters: of what is ours that which goes away when the context is put on S3.
        notes: what the user should be told, each a sentence.
    """

    given: EMRStep
    users: EMRStep
    sent: EMRStep
    has_session: bool
    context_characters: int = 0
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> StepSize:
        """Its length."""
        users = self.users.characters
        return StepSize(users, self.sent.characters - users, self.context_characters)

    @property
    def is_single_attempt(self) -> bool:
        """Whether the platform never starts the job again by itself."""
        return self._reporting is None or self._reporting.is_single_attempt

    @property
    def is_cluster_mode(self) -> bool:
        """Whether the driver runs on YARN by itself, and may outlive its step; also where that is not known."""
        return self._reporting is None or self._reporting.is_yarn_cluster

    def rendered(self) -> RenderedStep:
        """The step as it is sent.

        Raises:
            InvalidParameterError: a string has a character that AWS does not take.
        """
        step = self.sent.written()
        check_characters(step)
        of_request = fields_of("AddJobFlowSteps") - {"JobFlowId", "Steps"}
        return RenderedStep(
            step={key: value for key, value in step.items() if key not in of_request},
            request={key: value for key, value in step.items() if key in of_request},
            has_session=self.has_session,
            is_cluster_mode=self.is_cluster_mode,
        )

    @property
    def _reporting(self) -> SparkSubmit | None:
        return self.sent.submit if self.has_session else None


def attach_step(
    job: SparkJob,
    *,
    session_conf: Mapping[str, str] = MappingProxyType({}),
    bridge_jar_uri: str | None = None,
    deploy_mode: DeployMode = "cluster",
    cluster_configurations: Sequence[Mapping[str, Any]] | None = None,
    launch: LaunchIdentity | None = None,
    name: str | None = None,
    action_on_failure: str = "CONTINUE",
    script_runner_uri: str = "",
) -> AttachedStep:
    """The step of a job, with what one run adds; a pure function.

    With `pipes="off"` nothing of ours is in it, and a given step without overrides is as it was given.

    Args:
        job: the job, also an `EMRStepJob`.
        session_conf: the Spark properties that carry the Pipes session.
        bridge_jar_uri: where the bridge jar is; `None` where it is on the cluster or in the application.
        deploy_mode: of a job without a step of its own; a given step keeps what it says.
        cluster_configurations: EMR's `Configurations` of the cluster, whose lists of jars, plugins and tags stay.
        launch: put into the step's name and `spark.yarn.tags`.
        name: of the step, for a job without a step of its own; the job's own by default.
        action_on_failure: of a job without a step of its own.
        script_runner_uri: where what runs an instrumented PySpark script is.
    """
    given = users = _given(job, name or job.name or _DEFAULT_NAME, action_on_failure, deploy_mode)
    if isinstance(job, EMRStepJob):
        users = job.step_to_send
    if users.submit is None:
        note = f'The step {users.name!r} runs untouched, as with pipes="off": {users.untouched_because}.'
        return AttachedStep(given, users, users, has_session=False, notes=(note,))
    if job.pipes == "off":
        return AttachedStep(given, users, users, has_session=False)
    submit = replace(users.submit, defaults=spark_defaults_of(cluster_configurations))
    submit = instrumented(submit, job, runner=script_runner_uri)
    too_long: list[SparkSubmit] = []

    def fits(longer: SparkSubmit) -> bool:
        if users.with_submit(longer).characters > MAX_STEP_CHARACTERS:
            too_long.append(longer)
        return not too_long

    submit = attached(
        submit,
        session_conf=session_conf,
        bridge_jar=bridge_jar_uri,
        yarn_tag=launch.tag if launch is not None else None,
        environment_fits=fits if submit.is_python else None,
    )
    sent = users.with_submit(submit)
    notes = submit.notes
    if too_long:
        notes = (
            *notes,
            "The step is too long for the environment of Dagster's own open_dagster_pipes(): the job needs"
            " dagster_pipes_jvm.pyspark.open_pipes.",
        )
    if launch is not None:
        sent = replace(sent, name=launch_name(sent.name, launch))
    return AttachedStep(given, users, sent, True, len(session_conf.get(CONTEXT_CONF_KEY, "")), notes)


def _given(job: SparkJob, name: str, action_on_failure: str, deploy_mode: DeployMode) -> EMRStep:
    if isinstance(job, EMRStepJob):
        return job.step
    return EMRStep.of(job, name=name, action_on_failure=action_on_failure, deploy_mode=deploy_mode)
