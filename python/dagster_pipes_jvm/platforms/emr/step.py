"""A step as one value: the given fields, and the spark-submit in it with all changes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.platforms.emr.spellings import COMMAND_RUNNER, as_boto3, invalid_step
from dagster_pipes_jvm.redaction import shown_words
from dagster_pipes_jvm.submit.options import NotASubmissionError
from dagster_pipes_jvm.submit.shell import ShellScript
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit
from dagster_pipes_jvm.submit.wrappers import program_index

_DEFAULT_MASTER = "yarn"  # EMR's own spark-defaults set it; only a step or a user's configuration overrides it.
_SHELLS = {"bash", "sh"}
_SHELL_FLAGS = re.compile(r"[-+][A-Za-z]+")
_SHELL_OPTIONS_WITH_VALUE = ("--rcfile", "--init-file")
_SCRIPT_RUNNER = "script-runner.jar"


@dataclass(frozen=True)
class EMRStep:
    """One step. Immutable; its unchanged parts are written to the character as they were given.

    Args:
        given: the step as boto3 takes it, which cannot be changed.
        submit: the spark-submit in it, or `None` if none is recognised, and the step runs untouched.
        args_index: the index in `Args` of the word `spark-submit`, or of the script with it.
        script: that script, or `None` if the words of the spark-submit are `Args` themselves.
        untouched_because: why no spark-submit is recognised.
        name: the name under which the step is sent, which may differ from the given one.
        action_on_failure: the `ActionOnFailure` with which it is sent; `None` for the given one.
    """

    given: Mapping[str, Any]
    submit: SparkSubmit | None = None
    args_index: int = 0
    script: ShellScript | None = None
    untouched_because: str = ""
    name: str = ""
    action_on_failure: str | None = None

    @classmethod
    def read(cls, step: Any) -> "EMRStep":
        """A step in the form of boto3 or of another tool, see `spellings`; it is copied.

        Raises:
            InvalidParameterError: the value is not a step.
        """
        given = _checked(as_boto3(step))
        try:
            return _recognised(given)
        except NotASubmissionError as e:
            return cls(given, untouched_because=str(e), name=given["Name"])

    @classmethod
    def of(cls, job: SparkJob, *, name: str, action_on_failure: str, deploy_mode: str) -> "EMRStep":
        """A step that runs a job."""
        submit = SparkSubmit.of(job, deploy_mode=deploy_mode)
        given = {
            "Name": name,
            "ActionOnFailure": action_on_failure,
            "HadoopJarStep": {"Jar": COMMAND_RUNNER, "Args": ("spark-submit", *submit.line.words)},
        }
        return cls(given, replace(submit, default_master=_DEFAULT_MASTER), name=name)

    def untouched(self, because: str) -> "EMRStep":
        """The step as one in which no spark-submit is recognised."""
        return EMRStep(self.given, untouched_because=because, name=self.name)

    def with_submit(self, submit: SparkSubmit) -> "EMRStep":
        """The step with changes of its spark-submit."""
        return replace(self, submit=submit)

    @property
    def characters(self) -> int:
        """The length of the step, as AWS counts it."""
        given = characters_of(self.given)
        if self.submit is None:
            return given
        if self.script is not None:
            return given + self.script.growth(self.submit)
        return given + sum(map(len, self.submit.words())) - sum(map(len, self.submit.line.words))

    @property
    def strings(self) -> list[str]:
        """The name and all strings of the `HadoopJarStep`, with the changes."""
        return [self.name, *strings_of(self.written()["HadoopJarStep"])]

    @property
    def words_before(self) -> tuple[str, ...]:
        """The words in front of `spark-submit`, such as `timeout 3600`."""
        args = tuple(self.given["HadoopJarStep"].get("Args") or ())[: self.args_index]
        return args if self.script is None else (*args, *self.script.before)

    def written(self) -> dict[str, Any]:
        """The step as boto3 takes it, with every change."""
        step: dict[str, Any] = {**_thawed(self.given), "Name": self.name}
        if self.action_on_failure is not None:
            step["ActionOnFailure"] = self.action_on_failure
        if self.submit is not None:
            args = step["HadoopJarStep"]["Args"]
            if self.script is not None:
                args[self.args_index] = self.script.written(self.submit)
            else:
                args[self.args_index + 1 :] = self.submit.words()
        return step


def characters_of(step: Mapping[str, Any]) -> int:
    """The number of characters that AWS counts in a step, as boto3 takes it."""
    return sum(map(len, strings_of(step["HadoopJarStep"])))


def strings_of(jar_step: Mapping[str, Any]) -> list[str]:
    """All strings of a `HadoopJarStep`."""
    properties = jar_step.get("Properties") or ()
    return [
        jar_step["Jar"],
        jar_step.get("MainClass") or "",
        *(jar_step.get("Args") or ()),
        *(str(item.get(field) or "") for item in properties for field in ("Key", "Value")),
    ]


def _recognised(given: Mapping[str, Any]) -> EMRStep:
    jar_step = given["HadoopJarStep"]
    jar = PurePosixPath(jar_step["Jar"]).name
    if jar not in (COMMAND_RUNNER, _SCRIPT_RUNNER):
        raise NotASubmissionError(f"its Jar is {jar_step['Jar']}, not {COMMAND_RUNNER}")
    args = tuple(jar_step.get("Args") or ())
    if not args:
        raise NotASubmissionError("it has no Args")
    index = program_index(args)
    program = PurePosixPath(args[index]).name
    if program == "spark-submit":
        submit, script = SparkSubmit.read(args[index + 1 :]), None
    elif program == "spark-sql":
        submit, script = SparkSubmit.read(args[index + 1 :], is_sql=True), None
    elif program == "spark-shell":
        raise NotASubmissionError("spark-shell ends with exit code 0 also after an error, so nobody sees how it ends")
    elif jar == _SCRIPT_RUNNER:
        raise NotASubmissionError(f"{_SCRIPT_RUNNER} runs {args[0]}, which is not read here")
    elif program in _SHELLS:
        index = _script_index(args, index + 1)
        script, submit = ShellScript.read(args[index])
    elif index:
        raise NotASubmissionError(f"its Args begin with {args[0]!r}, which runs {args[index]!r}")
    else:
        raise NotASubmissionError(f"its Args begin with {args[0]!r}")
    return EMRStep(given, replace(submit, default_master=_DEFAULT_MASTER), index, script, name=given["Name"])


def _script_index(args: Sequence[str], index: int) -> int:
    """The place of the script for `bash -c`, with bash's other flags around it."""
    shell = args[index - 1]
    is_command = False
    while index < len(args):
        arg = args[index]
        if arg in _SHELL_OPTIONS_WITH_VALUE:
            index += 1
        elif _SHELL_FLAGS.fullmatch(arg):
            is_command = is_command or (arg[0] == "-" and "c" in arg)
            # `-o pipefail`, also behind other flags.
            index += arg[1:].count("o") + arg[1:].count("O")
        elif not arg.startswith("--"):
            break
        index += 1
        if arg == "--":
            break
    if index >= len(args):
        raise NotASubmissionError(f"its {shell!r} has no script")
    if not is_command:
        raise NotASubmissionError(f"its {shell!r} runs the file {args[index]}, which is not read here")
    return index


def _checked(step: Any) -> Mapping[str, Any]:
    """A deep copy of a step that cannot be changed."""
    if not isinstance(step, Mapping):
        raise invalid_step(
            "step",
            "a step as boto3 takes it",
            f"{step!r} of type {type(step).__name__}",
            "Pass a mapping with `Name` and `HadoopJarStep`.",
        )
    jar_step = step.get("HadoopJarStep")
    if not isinstance(jar_step, Mapping):
        raise invalid_step(
            "step['HadoopJarStep']",
            "a mapping with `Jar` and `Args`",
            repr(jar_step),
            'Write {"Jar": "command-runner.jar", "Args": ["spark-submit", ...]}.',
        )
    _check_text("step['Name']", step.get("Name"))
    _check_text("step['HadoopJarStep']['Jar']", jar_step.get("Jar"))
    args = jar_step.get("Args")
    if args is not None and (isinstance(args, str) or not isinstance(args, Sequence)):
        raise invalid_step(
            "step['HadoopJarStep']['Args']", "a list of strings", repr(args), "Write each word as an entry of its own."
        )
    shown = shown_words([arg if isinstance(arg, str) else repr(arg) for arg in args or ()])
    for index, arg in enumerate(args or ()):
        _check_text(f"step['HadoopJarStep']['Args'][{index}]", arg, shown[index])
    frozen: Mapping[str, Any] = _frozen(step)
    return frozen


def _thawed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _thawed(item) for key, item in value.items()}
    return [_thawed(item) for item in value] if isinstance(value, list | tuple) else value


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return MappingProxyType({key: _frozen(item) for key, item in value.items()})
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value


def _check_text(parameter: str, value: Any, shown: str | None = None) -> None:
    if not isinstance(value, str):
        raise invalid_step(
            parameter,
            "a string",
            f"{shown or repr(value)} of type {type(value).__name__}",
            "Write it as a string, as boto3 takes it.",
        )
