"""A job that is made from a step that runs on EMR today."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.job import PipesMode, SparkJob
from dagster_pipes_jvm.platforms.emr.step import EMRStep
from dagster_pipes_jvm.submit.options import PROPERTY_BY_OPTION
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit

# The options of a step that have a field of their own, or that the client sets.
_NOT_IN_CONF = ("--jars", "--py-files", "--files", "--name", "--master", "--deploy-mode")
_CHANGEABLE = ("args", "conf", "pipes", "instrument", "outputs", "inputs", "step")


@dataclass(frozen=True)
class EMRStepJob(SparkJob):
    """An EMR step as a job; `from_step` makes one. Immutable; `override` makes the variant of one run.

    On EMR the client sends the given step, and puts our additions directly after `spark-submit`. On other platforms the
    job runs as the step's spark-submit, but the client sets the master and the deploy mode. The `SparkJob` fields have
    the values of the step.

    A step without a recognised spark-submit runs untouched, and only on EMR. Its `pipes` is `"off"`, and the plan and
    the log say why.

    `override(conf=...)` changes a property where the step sets it, and else puts it after `spark-submit`.
    `override(args=...)` replaces the words after the application.

    Args:
        step: the step, read.

    Raises:
        InvalidParameterError: the step cannot take a change.
    """

    step: EMRStep = field(kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.instrument:
            raise InvalidParameterError(
                parameter="instrument",
                call="EMRStepJob",
                expected="False for a job that was made of an EMR step, which is sent unchanged",
                got=repr(self.instrument),
                remedy="Write the job as SparkJob(application, main_class=..., args=[...], instrument=True).",
                anchor="instrument",
            )
        said = _said_by(self.step)
        for parameter in (f.name for f in fields(SparkJob) if f.name not in _CHANGEABLE):
            got, expected = getattr(self, parameter), said[parameter]
            if got != expected:
                raise InvalidParameterError(
                    parameter=parameter,
                    call="EMRStepJob",
                    expected="a job whose step is sent as it is given, with `override` of args and conf alone",
                    got=f"{got!r} instead of {expected!r}",
                    remedy="Change the step itself.",
                    anchor="emr-step",
                )
        if self.step.submit is None and (self.conf or self.args != said["args"]):
            raise InvalidParameterError(
                parameter="conf" if self.conf else "args",
                call="EMRStepJob.override",
                expected="a step in which a spark-submit is recognised",
                got=f"{self.step.name!r} ({self.step.untouched_because})",
                remedy="Change the step itself.",
                anchor="emr-step",
            )

    @classmethod
    def from_step(cls, step: Mapping[str, Any], *, pipes: PipesMode = "required") -> "EMRStepJob":
        """A job from a step that runs on EMR today, as boto3 and Airflow take it, unchanged.

        The client recognises two kinds of steps of `command-runner.jar`. In the first, `Args` are `spark-submit` (also
        with its path) and its arguments. In the second, they are `bash -c` (also `sh`, also with further flags) and a
        script with exactly one spark-submit, in no loop.

        Args:
            step: the step, also with fields of AddJobFlowSteps such as `ExecutionRoleArn`. It is copied. Airflow's
                templates (`{{ ds }}`) stay as they are written.
            pipes: how much the job is expected to report, see `PipesMode`.

        Raises:
            InvalidParameterError: the value is not a step.

        Source: https://docs.aws.amazon.com/emr/latest/APIReference/API_StepConfig.html
        """
        read = EMRStep.read(step)
        return cls(**_said_by(read), pipes=pipes if read.submit is not None else "off", step=read)

    @property
    def step_to_send(self) -> EMRStep:
        """The step with the changes of `override`."""
        submit = self.step.submit
        if submit is None:
            return self.step
        return self.step.with_submit(submit.with_properties(self.conf).with_args(self.args))


def _said_by(step: EMRStep) -> dict[str, Any]:
    """The fields of the job, with the values of a step."""
    if step.submit is None:
        jar_step = step.given["HadoopJarStep"]
        said = {"application": jar_step["Jar"], "main_class": jar_step.get("MainClass"), "args": jar_step.get("Args")}
        return {**said, "args": tuple(said["args"] or ()), "jars": (), "py_files": (), "files": (), "name": None}
    return _said_by_submit(step.submit)


def _said_by_submit(submit: SparkSubmit) -> dict[str, Any]:
    line = submit.line
    elsewhere = {PROPERTY_BY_OPTION[option] for option in _NOT_IN_CONF if line.option(option)}
    return {
        "application": line.application,
        "main_class": None if submit.is_python else line.value("--class"),  # spark-submit ignores it, too
        "args": line.args,
        "conf": {key: value for key, value in line.properties.items() if key not in elsewhere},
        "jars": line.values("--jars"),
        "py_files": line.values("--py-files"),
        "files": line.values("--files"),
        "name": line.value("--name"),
    }
