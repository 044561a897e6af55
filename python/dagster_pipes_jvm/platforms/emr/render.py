"""A `SparkJob` as the step that EMR is sent.

What is ours goes right behind `spark-submit`, and a list of the user's that would hide ours gets it at its end; nothing else
of a step changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.platforms.emr.configurations import spark_defaults_of
from dagster_pipes_jvm.platforms.emr.names import Launch, launch_name
from dagster_pipes_jvm.platforms.emr.requests import fields_of
from dagster_pipes_jvm.platforms.emr.size import MAX_STEP_CHARACTERS, StepSize, check_characters, step_characters
from dagster_pipes_jvm.platforms.emr.step import Edits, SubmitStep, read_step, thawed
from dagster_pipes_jvm.submit.options import NotASubmissionError
from dagster_pipes_jvm.wire import CONF_KEY_BY_VARIABLE, CONTEXT_CONF_KEY

DeployMode = Literal["client", "cluster"]

_DEFAULT_NAME = "spark-submit"
_ATTEMPTS_KEY = "spark.yarn.maxAppAttempts"
_TAGS_KEY = "spark.yarn.tags"
# spark-submit merges this one with `--jars` (SparkSubmit's mergeFileLists, 2.3 to 4.x), and in cluster mode its jars are on the
# driver's class path; in client mode only on that of the executors.
_CLUSTER_JARS_KEY = "spark.yarn.dist.jars"
_CLIENT_JARS_KEY = "spark.jars"
_ENVIRONMENT_PREFIX = "spark.yarn.appMasterEnv."


@dataclass(frozen=True)
class RenderedStep:
    """A job as EMR is sent it.

    Args:
        step: an item of `Steps`.
        request: fields that AddJobFlowSteps takes beside `Steps`, such as `ExecutionRoleArn`.
        given: the step without what is ours and without what `override` changed, for `plan`.
        size: its length.
        has_session: whether the job is told of the Pipes session.
        is_single_attempt: whether the platform never starts the job again by itself.
        notes: what the user should be told, each a sentence.
        is_cluster_mode: whether the driver runs on YARN by itself, and may outlive its step; also where that is not known.
    """

    step: dict[str, Any]
    request: dict[str, Any]
    given: dict[str, Any]
    size: StepSize
    has_session: bool
    is_single_attempt: bool = True
    notes: tuple[str, ...] = ()
    is_cluster_mode: bool = True

    def add_job_flow_steps(self, cluster_id: str) -> dict[str, Any]:
        """The parameters of AddJobFlowSteps."""
        return {"JobFlowId": cluster_id, "Steps": [self.step], **self.request}


def render_step(
    job: SparkJob,
    *,
    session_conf: Mapping[str, str] = MappingProxyType({}),
    bridge_jar_uri: str | None = None,
    deploy_mode: DeployMode = "cluster",
    cluster_configurations: Sequence[Mapping[str, Any]] | None = None,
    launch: Launch | None = None,
    name: str | None = None,
    action_on_failure: str = "CONTINUE",
) -> RenderedStep:
    """The step of a job; a pure function.

    With `pipes="off"` nothing of ours is in it, and a given step without overrides is as it was given.

    Args:
        job: the job, also one of `SparkJob.from_emr_step`.
        session_conf: the Spark properties that carry the Pipes session.
        bridge_jar_uri: where the bridge jar is; `None` where it is on the cluster or in the application.
        deploy_mode: of a job without a step of its own; a given step keeps what it says.
        cluster_configurations: EMR's `Configurations` of the cluster, whose lists of jars and tags stay.
        launch: put into the step's name and `spark.yarn.tags`.
        name: of the step, for a job without a step of its own; the job's own by default.
        action_on_failure: of a job without a step of its own.

    Raises:
        InvalidParameterError: for a job that no step can carry. A step that is too long is not refused here, see `StepSize`.
    """
    plain = _plain_step(job, deploy_mode, name, action_on_failure)
    given, request = _divided(plain)
    try:
        submit = read_step(plain)
    except NotASubmissionError as e:
        _check_without_overrides(job, plain, str(e))
        note = f'The step {plain["Name"]!r} runs untouched, as with pipes="off": {e}.'
        size = StepSize(step_characters(given), 0, 0)
        return RenderedStep(given, request, plain, size, False, notes=(note,) if job.emr_step is not None else ())
    users = _Editor(submit, _defaults(submit, cluster_configurations))
    _override(users, job)
    users_step = _with_args(given, submit.edited(users.edits))
    check_characters(users_step)
    size = StepSize(step_characters(users_step), 0, 0)
    if job.pipes == "off":
        return RenderedStep(users_step, request, plain, size, False)

    ours = users.copy()
    _attach(ours, session_conf, bridge_jar_uri, launch)
    step = _with_args(given, submit.edited(ours.edits))
    environment = _driver_environment(ours, session_conf)
    if environment:
        for key, value in environment.items():
            ours.add(key, value)
        with_environment = _with_args(given, submit.edited(ours.edits))
        if step_characters(with_environment) <= MAX_STEP_CHARACTERS:
            step = with_environment
        else:
            ours.notes.append(
                "The step is too long for the environment of Dagster's own open_dagster_pipes(): the job needs"
                " dagster_pipes_jvm.pyspark.open_pipes."
            )
    if launch:
        step["Name"] = launch_name(step["Name"], launch)
    context = len(session_conf.get(CONTEXT_CONF_KEY, ""))
    size = replace(size, ours=step_characters(step) - size.users, context=context)
    is_cluster_mode = _is_yarn(ours) and _is_cluster_mode(ours)
    is_single_attempt = not is_cluster_mode or ours.property(_ATTEMPTS_KEY) == "1"
    return RenderedStep(step, request, plain, size, True, is_single_attempt, tuple(ours.notes), is_cluster_mode)


def _plain_step(job: SparkJob, deploy_mode: str, name: str | None, action_on_failure: str) -> dict[str, Any]:
    if job.emr_step is not None:
        step: dict[str, Any] = thawed(job.emr_step)
        return step
    arguments = job.spark_submit_arguments(deploy_mode=deploy_mode)
    return {
        "Name": name or job.name or _DEFAULT_NAME,
        "ActionOnFailure": action_on_failure,
        "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["spark-submit", *arguments]},
    }


def _divided(plain: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    of_request = fields_of("AddJobFlowSteps") - {"JobFlowId", "Steps"}
    return (
        {key: value for key, value in plain.items() if key not in of_request},
        {key: value for key, value in plain.items() if key in of_request},
    )


def _with_args(step: dict[str, Any], args: list[str]) -> dict[str, Any]:
    return {**step, "HadoopJarStep": {**step["HadoopJarStep"], "Args": args}}


def _defaults(submit: SubmitStep, configurations: Sequence[Mapping[str, Any]] | None) -> dict[str, str]:
    if submit.line.option("--properties-file") and not submit.line.option("--load-spark-defaults"):
        return {}  # spark-submit reads that file instead of the cluster's.
    return spark_defaults_of(configurations)


class _Editor:
    """The changes of one spark-submit, and what it would see with them."""

    def __init__(self, submit: SubmitStep, defaults: Mapping[str, str]) -> None:
        self.submit = submit
        self.edits = Edits()
        self.notes: list[str] = []
        self._inserted: dict[str, str] = {}
        self._defaults = defaults

    def copy(self) -> "_Editor":
        """Another one with the same changes."""
        other = _Editor(self.submit, self._defaults)
        other._inserted = dict(self._inserted)
        other.edits = replace(self.edits, replaced=dict(self.edits.replaced), appended={}, inserted=[])
        other._write()
        return other

    def property(self, key: str) -> str | None:
        """What spark-submit will see: the line's, else what is inserted, else the cluster's."""
        place = self.submit.line.property_place(key)
        if place is not None:
            index, start = place
            if index in self.edits.replaced:
                return self.edits.replaced[index][1]
            return self.submit.line.words[index][start:]
        return self._inserted.get(key, self._defaults.get(key))

    def is_given(self, key: str) -> bool:
        """Whether the line or an override sets a property."""
        return key in self._inserted or self.submit.line.property_place(key) is not None

    def set(self, key: str, value: str) -> None:
        """Set a property, whoever else does."""
        place = self.submit.line.property_place(key)
        if place is not None:
            index, start = place
            self.edits.replaced[index] = (start, value)
        else:
            self.add(key, value)

    def add(self, key: str, value: str) -> None:
        """Set a property right behind `spark-submit`."""
        self._inserted[key] = value
        self._write()

    def append(self, key: str, value: str) -> None:
        """Put an entry at the end of a property that is a list, wherever it is set."""
        given = self.property(key)
        suffix = f",{value}" if given else value
        place = self.submit.line.property_place(key)
        if place is not None:
            self.edits.appended[place[0]] = suffix
            return
        if self.submit.line.option("--properties-file") and key not in self._inserted:
            self.notes.append(f"A {key} in the step's --properties-file is hidden by ours: write it as --conf.")
        self.add(key, (given or "") + suffix)

    def _write(self) -> None:
        self.edits.inserted = [word for key, value in self._inserted.items() for word in ("--conf", f"{key}={value}")]


def _override(users: _Editor, job: SparkJob) -> None:
    if job.emr_step is None:
        return
    original = SparkJob.from_emr_step(job.emr_step)
    for field in ("application", "main_class", "jars", "py_files", "files", "name"):
        if getattr(job, field) != getattr(original, field):
            raise InvalidParameterError(
                parameter=field,
                call="SparkJob.from_emr_step",
                expected="a job whose step is sent as it is given, with `override` of args and conf alone",
                got=f"{getattr(job, field)!r} instead of {getattr(original, field)!r}",
                remedy="Change the step itself.",
                anchor="emr-step",
            )
    for key, value in job.conf.items():
        if original.conf.get(key) != value:
            users.set(key, value)
    if tuple(job.args) != tuple(original.args):
        users.edits.args = job.args


def _check_without_overrides(job: SparkJob, plain: Mapping[str, Any], reason: str) -> None:
    if job.emr_step is None:
        raise InvalidParameterError(
            parameter="application",
            call="SparkJob",
            expected="an application that spark-submit takes",
            got=f"{job.application!r} ({reason})",
            remedy="Correct the call.",
            anchor="spark-job",
        )
    if job.conf or list(job.args) != list(plain["HadoopJarStep"].get("Args") or ()):
        raise InvalidParameterError(
            parameter="args" if not job.conf else "conf",
            call="SparkJob.override",
            expected="a step in which a spark-submit is recognised",
            got=f"{plain['Name']!r} ({reason})",
            remedy="Change the step itself.",
            anchor="emr-step",
        )


def _attach(ours: _Editor, session_conf: Mapping[str, str], bridge_jar_uri: str | None, launch: Launch | None) -> None:
    is_cluster_mode = _is_yarn(ours) and _is_cluster_mode(ours)
    for key, value in session_conf.items():
        if not ours.is_given(key):
            ours.add(key, value)
    if bridge_jar_uri is not None:
        ours.append(_CLUSTER_JARS_KEY if is_cluster_mode else _CLIENT_JARS_KEY, bridge_jar_uri)
    if launch and _is_yarn(ours):
        ours.append(_TAGS_KEY, launch.yarn_tag)
    if is_cluster_mode and ours.property(_ATTEMPTS_KEY) is None:
        ours.add(_ATTEMPTS_KEY, "1")


def _is_yarn(editor: _Editor) -> bool:
    # EMR's own spark-defaults say so; only a step or a user's configuration says otherwise.
    return (editor.property("spark.master") or "yarn").startswith("yarn")


def _is_cluster_mode(editor: _Editor) -> bool:
    return editor.property("spark.submit.deployMode") == "cluster"


def _driver_environment(ours: _Editor, session_conf: Mapping[str, str]) -> dict[str, str]:
    if not (ours.submit.line.application.endswith(".py") and _is_yarn(ours) and _is_cluster_mode(ours)):
        return {}
    return {
        _ENVIRONMENT_PREFIX + variable: session_conf[key]
        for variable, key in CONF_KEY_BY_VARIABLE.items()
        if key in session_conf
    }
