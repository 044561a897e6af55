"""A job as the step that is sent to EMR: one value, our additions attached to it, written once.

Our additions are directly after `spark-submit`. If a list of the user would hide an addition, the addition is put at
the end of that list. The rest of a step stays unchanged.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, Literal

from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.platforms.emr.configurations import spark_defaults_of
from dagster_pipes_jvm.platforms.emr.failure_actions import FailureActions
from dagster_pipes_jvm.platforms.emr.names import launch_name
from dagster_pipes_jvm.platforms.emr.requests import fields_of
from dagster_pipes_jvm.platforms.emr.size import MAX_STEP_CHARACTERS, StepSize, check_characters
from dagster_pipes_jvm.platforms.emr.spellings import COMMAND_RUNNER
from dagster_pipes_jvm.platforms.emr.step import EMRStep
from dagster_pipes_jvm.platforms.emr.step_job import EMRStepJob
from dagster_pipes_jvm.redaction import SPARK_KEY, shown_words
from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm.submit.attach import attached, not_waiting, without_session
from dagster_pipes_jvm.submit.instrument import instrumented
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit
from dagster_pipes_jvm.submit.templates import template_notes
from dagster_pipes_jvm.wire import CONTEXT_CONF_KEY

DeployMode = Literal["client", "cluster"]

_DEFAULT_NAME = "spark-submit"
_ACTIONS = FailureActions()


@dataclass(frozen=True)
class RenderedStep:
    """A job as it is sent to EMR.

    Args:
        step: an item of `Steps`.
        request: fields that AddJobFlowSteps takes beside `Steps`, such as `ExecutionRoleArn`.
        has_session: whether the job gets the parameters of the Pipes session.
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
    """A step with the additions of one run, not yet written.

    Args:
        given: the step as the user has it.
        users: the same with the changes of `override`.
        sent: the same with our additions.
        has_session: whether the job gets the parameters of the Pipes session.
        context_characters: the number of characters of our additions that a move of the context to S3 removes.
        notes: the notes for the user, each a sentence.
    """

    given: EMRStep
    users: EMRStep
    sent: EMRStep
    has_session: bool
    context_characters: int = 0
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> StepSize:
        """The length of the step."""
        users = self.users.characters
        return StepSize(users, self.sent.characters - users, self.context_characters)

    @property
    def is_single_attempt(self) -> bool:
        """Whether the platform never restarts the job by itself."""
        return self._reporting is None or self._reporting.is_single_attempt

    @property
    def is_cluster_mode(self) -> bool:
        """Whether the driver runs on YARN by itself, and may outlive its step; also true if that is not known."""
        return self._reporting is None or self._reporting.may_be_yarn_cluster

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

    def command_line(self) -> str:
        """The command as a user would type it, without the session's properties and without secrets."""
        submit = self.sent.submit
        step = self.sent if submit is None else self.sent.with_submit(without_session(submit))
        jar_step = step.written()["HadoopJarStep"]
        program = [] if jar_step["Jar"] == COMMAND_RUNNER else [jar_step["Jar"]]
        also = None if submit is None else submit.spark_property(SPARK_KEY)
        return shlex.join(shown_words([*program, *jar_step.get("Args", ())], also))

    @property
    def _reporting(self) -> SparkSubmit | None:
        return self.sent.submit if self.has_session else None


def attach_step(
    job: SparkJob,
    *,
    session_conf: Mapping[str, str] = MappingProxyType({}),
    bridge_jar_uri: str | None = None,
    pyspark_zip_uri: str | None = None,
    deploy_mode: DeployMode = "cluster",
    cluster_configurations: Sequence[Mapping[str, Any]] | None = None,
    launch: LaunchIdentity | None = None,
    name: str | None = None,
    actions: FailureActions = _ACTIONS,
    script_runner_uri: str = "",
    main_class: str | None = None,
) -> AttachedStep:
    """The step of a job, with the additions of one run; a pure function.

    With `pipes="off"` the step has none of our additions, and a given step without overrides stays unchanged.

    Args:
        job: the job, also an `EMRStepJob`.
        session_conf: the Spark properties that carry the Pipes session.
        bridge_jar_uri: the URI of the bridge jar, or `None` if it is on the cluster or in the application.
        pyspark_zip_uri: the URI of the PySpark zip, for a PySpark script, or `None` if it is on the cluster.
        deploy_mode: the deploy mode of a job without its own step; a given step keeps its deploy mode.
        cluster_configurations: EMR's `Configurations` of the cluster, whose lists of jars, plugins and tags stay.
        launch: the identity that is put into the step's name and `spark.yarn.tags`.
        name: the name of the step, for a job without its own step; the default is the job's name.
        actions: the rules for the step's `ActionOnFailure`.
        script_runner_uri: the URI of the file that runs an instrumented PySpark script.
        main_class: the main class in the manifest of an instrumented jar, for a job without its own.
    """
    given = users = _given(job, name or job.name or _DEFAULT_NAME, actions, deploy_mode)
    of_job: str | None = None
    if isinstance(job, EMRStepJob):
        users, of_job = job.step_to_send, job.action_on_failure
    action, notes = actions.of(given.given.get("ActionOnFailure"), of_job)
    users = replace(users, action_on_failure=action)
    notes = (*notes, *template_notes(users.strings))
    if users.submit is None:
        note = f'The step {users.name!r} runs untouched, as with pipes="off": {users.untouched_because}.'
        return AttachedStep(given, users, users, has_session=False, notes=(*notes, note))
    submit = replace(users.submit, defaults=spark_defaults_of(cluster_configurations))
    if job.pipes == "off":
        return AttachedStep(
            given, users, users, has_session=False, notes=(*notes, *_notes_without_pipes(users, submit))
        )
    submit = instrumented(submit, job, main_class=main_class, runner=script_runner_uri)
    too_long: list[SparkSubmit] = []

    def fits(longer: SparkSubmit) -> bool:
        if users.with_submit(longer).characters > MAX_STEP_CHARACTERS:
            too_long.append(longer)
        return not too_long

    submit = attached(
        submit,
        session_conf=session_conf,
        bridge_jar=bridge_jar_uri,
        pyspark_zip=pyspark_zip_uri,
        yarn_tag=launch.tag if launch is not None else None,
        environment_fits=fits if submit.is_python else None,
        # Bootstrap actions and the Configurations of instance groups may set more.
        is_machine_known=False,
    )
    sent = users.with_submit(submit)
    notes = (*notes, *submit.notes)
    if submit.may_be_yarn_cluster and any(PurePosixPath(word).name == "timeout" for word in users.words_before):
        notes = (
            *notes,
            "`timeout` ends only spark-submit, and a driver in cluster mode continues to run. Pass step_time_limit_seconds to"
            " the client: it ends both.",
        )
    if too_long:
        notes = (
            *notes,
            "The step is too long for the environment of Dagster's own open_dagster_pipes(): the job needs"
            " dagster_pipes_jvm.pyspark.open_pipes.",
        )
    if launch is not None:
        sent = replace(sent, name=launch_name(sent.name, launch))
    return AttachedStep(given, users, sent, True, len(session_conf.get(CONTEXT_CONF_KEY, "")), notes)


def _notes_without_pipes(step: EMRStep, submit: SparkSubmit) -> tuple[str, ...]:
    property_of_user = not_waiting(submit)
    if property_of_user is None:
        return ()
    return (
        f"The step {step.name!r} ends as COMPLETED when its application is submitted, because of {property_of_user}: Dagster"
        " does not see how the application ends.",
    )


def _given(job: SparkJob, name: str, actions: FailureActions, deploy_mode: DeployMode) -> EMRStep:
    if isinstance(job, EMRStepJob):
        return job.step
    return EMRStep.of(job, name=name, action_on_failure=actions.wanted or actions.default, deploy_mode=deploy_mode)
