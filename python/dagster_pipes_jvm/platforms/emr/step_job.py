"""A job that is made from a step that runs on EMR today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.job import Instrument, PipesMode, SparkJob
from dagster_pipes_jvm.platforms.emr.failure_actions import check_action
from dagster_pipes_jvm.platforms.emr.step import EMRStep
from dagster_pipes_jvm.redaction import shown_words
from dagster_pipes_jvm.submit.instrument import not_instrumentable
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
        action_on_failure: the `ActionOnFailure` with which it is sent; `None` for the client's or its own.

    Raises:
        InvalidParameterError: the step cannot take a change.
    """

    step: EMRStep = field(kw_only=True)
    action_on_failure: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_action(self.action_on_failure, call="EMRStepJob.override")
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
    def from_step(
        cls,
        step: Mapping[str, Any] | str,
        *,
        pipes: PipesMode = "required",
        instrument: Instrument = False,
        outputs: Mapping[str, str] | None = None,
        inputs: Mapping[str, str] | None = None,
    ) -> "EMRStepJob":
        """A job from a step that runs on EMR today, as boto3 and Airflow take it, unchanged.

        The client recognises two kinds of steps of `command-runner.jar`. In the first, `Args` are `spark-submit` (also
        with its path, also behind `sudo -u USER`, `timeout SECONDS` and similar programs) and its arguments. In the
        second, they are `bash -c` (also `sh`, also with further flags) and a script with one spark-submit that runs
        once at most.

        Args:
            step: the step, also with fields of AddJobFlowSteps such as `ExecutionRoleArn`. It is copied. The spellings
                of the AWS CLI (also its shorthand), Terraform, CloudFormation, CDK and Step Functions are converted to
                boto3's. Templates (`{{ ds }}`) stay as they are written, and the plan warns of them.
            pipes: how much the job is expected to report, see `PipesMode`.
            instrument: whether an unmodified application is reported, see `Instrument`. The client puts our main class
                or script in front of the application's own. It reads the class of a jar without `--class` from the
                jar's manifest on S3. A step that cannot be instrumented runs untouched, and the plan and the log say
                why.
            outputs: see `SparkJob`.
            inputs: see `SparkJob`.

        Raises:
            InvalidParameterError: the value is not a step, or a step with `instrument="strict"` cannot be instrumented.

        Source: https://docs.aws.amazon.com/emr/latest/APIReference/API_StepConfig.html
        """
        read = EMRStep.read(step)
        if instrument and read.submit is not None and (reason := not_instrumentable(read.submit)):
            read = read.untouched(reason)
        if read.submit is not None and read.submit.is_sql and not instrument:
            read = read.untouched("it runs spark-sql, which reports only with instrument=True")
        if instrument == "strict" and read.submit is None:
            raise InvalidParameterError(
                parameter="instrument",
                call="EMRStepJob.from_step",
                expected="a step that can be instrumented",
                got=f"'strict' for {read.name!r} ({read.untouched_because})",
                remedy="Change the step, or pass `instrument=True`: it then runs untouched, with a warning.",
                anchor="instrument",
            )
        return cls(
            **_said_by(read),
            pipes=pipes if read.submit is not None else "off",
            instrument=instrument,
            outputs=outputs,
            inputs=inputs,
            step=read,
        )

    def override(
        self,
        *,
        args: Sequence[str] | None = None,
        conf: Mapping[str, Any] | None = None,
        action_on_failure: str | None = None,
    ) -> "EMRStepJob":
        """This job for one run, see `SparkJob.override`.

        Args:
            args: see there.
            conf: see there.
            action_on_failure: the `ActionOnFailure` of the step; `None` keeps it.
        """
        job = super().override(args=args, conf=conf)
        return job if action_on_failure is None else replace(job, action_on_failure=action_on_failure)

    @property
    def notes(self) -> tuple[str, ...]:
        """The words of the step that only its shell knows: without the shell the job gets them as they are written."""
        submit = self.step.submit
        if submit is None:
            return ()
        last = len(submit.line.words) if self.args == submit.line.args else submit.line.application_index + 1
        hidden = [submit.line.words[index] for index in sorted(submit.line.unknown) if index < last]
        if not hidden:
            return ()
        return (
            f"Only the shell of the EMR step {self.step.name!r} knows {', '.join(shown_words(hidden))}: here the job gets the"
            " words as they are written. Pass them with override(args=[...]) or override(conf={...}).",
        )

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
        "main_class": None
        if submit.is_python or submit.is_sql
        else line.value("--class"),  # spark-submit ignores it, too
        "args": line.args,
        "conf": {key: value for key, value in line.properties.items() if key not in elsewhere},
        "jars": line.values("--jars"),
        "py_files": line.values("--py-files"),
        "files": line.values("--files"),
        "name": line.value("--name"),
    }
