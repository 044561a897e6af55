"""A step as it is given, and the spark-submit in it: what it launches, and how it is changed without touching the rest."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.submit.options import NotASubmissionError, SubmitLine, parse
from dagster_pipes_jvm.submit.shell import Word, spark_submit_words

_COMMAND_RUNNER = "command-runner.jar"
_SHELLS = {"bash", "sh"}
_SHELL_COMMAND_FLAG = re.compile(r"-[a-z]*c")


@dataclass
class Edits:
    """What to change in a spark-submit; everything else stays to the character.

    Args:
        inserted: words that go right behind `spark-submit`.
        replaced: by the number of a word the character at which its new end begins, and that end.
        appended: by the number of a word what is put behind it.
        args: takes the place of the application's arguments; `None` keeps them.
    """

    inserted: list[str] = field(default_factory=list)
    replaced: dict[int, tuple[int, str]] = field(default_factory=dict)
    appended: dict[int, str] = field(default_factory=dict)
    args: Sequence[str] | None = None


@dataclass(frozen=True)
class SubmitStep:
    """The arguments of a step that is a spark-submit.

    Args:
        step_args: `HadoopJarStep.Args`, whole.
        line: the words behind `spark-submit`.
        script_index: which of `step_args` is a script for a shell; `None` where they are the words themselves.
        script_words: the words of that script's spark-submit, itself the first.
    """

    step_args: tuple[str, ...]
    line: SubmitLine
    script_index: int | None = None
    script_words: tuple[Word, ...] = ()

    def edited(self, edits: Edits) -> list[str]:
        """`HadoopJarStep.Args` with the changes."""
        if self.script_index is None:
            return self._edited_words(edits)
        return [
            self._edited_script(arg, edits) if index == self.script_index else arg
            for index, arg in enumerate(self.step_args)
        ]

    def _edited_words(self, edits: Edits) -> list[str]:
        words = list(self.line.words)
        for index, (kept, value) in edits.replaced.items():
            words[index] = words[index][:kept] + value
        for index, suffix in edits.appended.items():
            words[index] += suffix
        if edits.args is not None:
            words[self.line.application_index + 1 :] = edits.args
        return [self.step_args[0], *edits.inserted, *words]

    def _edited_script(self, script: str, edits: Edits) -> str:
        own, *words = self.script_words
        splices = [(own.end, own.end, "".join(f" {shlex.quote(word)}" for word in edits.inserted))]
        for index in {*edits.replaced, *edits.appended}:
            word, suffix = words[index], edits.appended.get(index, "")
            if index in edits.replaced:
                kept, value = edits.replaced[index]
                splices.append((word.start, word.end, shlex.quote(word.text[:kept] + value + suffix)))
            else:
                splices.append((word.end, word.end, shlex.quote(suffix)))
        if edits.args is not None:
            # The words of a command may stand apart, with a redirection between them: only they go.
            application, *args = words[self.line.application_index :]
            splices.append((application.end, application.end, "".join(f" {shlex.quote(arg)}" for arg in edits.args)))
            splices.extend((arg.start, arg.end, "") for arg in args)
        for start, end, text in sorted(splices, reverse=True):
            script = script[:start] + text + script[end:]
        return script


def read_step(step: Mapping[str, Any]) -> SubmitStep:
    """The spark-submit of a step.

    Recognised is a step of `command-runner.jar` whose `Args` are `spark-submit` (also with its path) and its arguments, or
    `bash -c` (also `sh`, also with further flags) and a script with exactly one spark-submit, in no loop.

    Raises:
        NotASubmissionError: it is another one; the text says what stood against it.
    """
    jar_step = step["HadoopJarStep"]
    if PurePosixPath(jar_step["Jar"]).name != _COMMAND_RUNNER:
        raise NotASubmissionError(f"its Jar is {jar_step['Jar']}, not {_COMMAND_RUNNER}")
    args = tuple(jar_step.get("Args") or ())
    program = PurePosixPath(args[0]).name if args else ""
    if program == "spark-submit":
        return SubmitStep(args, parse(args[1:]))
    script_index = _script_index(args) if program in _SHELLS else None
    if script_index is None:
        raise NotASubmissionError(f"its Args begin with {args[0]!r}" if args else "it has no Args")
    words = spark_submit_words(args[script_index])
    line = parse([word.text for word in words[1:]])
    if words[1:][line.application_index].is_expansion:
        raise NotASubmissionError(f"what {line.application} stands for in the script could be options as well")
    return SubmitStep(args, line, script_index, tuple(words))


def _script_index(args: Sequence[str]) -> int | None:
    for index, arg in enumerate(args[1:], start=1):
        if not arg.startswith("-"):
            return None
        if _SHELL_COMMAND_FLAG.fullmatch(arg):
            return index + 1 if index + 1 < len(args) else None
    return None


def checked_step(step: Any) -> Mapping[str, Any]:
    """A deep copy of a step that cannot be changed.

    Raises:
        InvalidParameterError: it is no step of boto3's form.
    """
    if not isinstance(step, Mapping):
        raise _invalid("step", "a step as boto3 takes it", f"{step!r} of type {type(step).__name__}")
    if "Steps" in step:
        raise _invalid("step", "one step", "a whole request with `Steps`", "Make a job of each of its steps.")
    jar_step = step.get("HadoopJarStep")
    if not isinstance(jar_step, Mapping):
        raise _invalid("step['HadoopJarStep']", "a mapping with `Jar` and `Args`", repr(jar_step))
    _check_text("step['Name']", step.get("Name"))
    _check_text("step['HadoopJarStep']['Jar']", jar_step.get("Jar"))
    args = jar_step.get("Args")
    if args is not None and (isinstance(args, str) or not isinstance(args, Sequence)):
        raise _invalid("step['HadoopJarStep']['Args']", "a list of texts", repr(args))
    for index, arg in enumerate(args or ()):
        _check_text(f"step['HadoopJarStep']['Args'][{index}]", arg)
    frozen: Mapping[str, Any] = _frozen(step)
    return frozen


def thawed(value: Any) -> Any:
    """A copy of what `checked_step` made, of dicts and lists."""
    if isinstance(value, Mapping):
        return {key: thawed(item) for key, item in value.items()}
    return [thawed(item) for item in value] if isinstance(value, list | tuple) else value


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return MappingProxyType({key: _frozen(item) for key, item in value.items()})
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value


def _check_text(parameter: str, value: Any) -> None:
    if not isinstance(value, str):
        raise _invalid(parameter, "a text", f"{value!r} of type {type(value).__name__}")


def _invalid(parameter: str, expected: str, got: str, remedy: str = "Correct the step.") -> InvalidParameterError:
    return InvalidParameterError(
        parameter=parameter,
        call="SparkJob.from_emr_step",
        expected=expected,
        got=got,
        remedy=remedy,
        anchor="emr-step",
    )
