"""The one spark-submit in a script that a step gives to `bash -c`: its words, and their places in the script.

A script without a spark-submit may have one `spark-sql` with a file instead.

Nothing is expanded. A script whose spark-submit may run several times, or with other words than it seems here, is
refused, and the step then runs untouched.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from dagster_pipes_jvm.submit.options import NotASubmissionError
from dagster_pipes_jvm.submit.shell_syntax import Command, Script, read_script
from dagster_pipes_jvm.submit.shell_words import Word
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit
from dagster_pipes_jvm.submit.wrappers import ASSIGNMENT, program_index

_PROGRAM = "spark-submit"
_SQL_PROGRAM = "spark-sql"
_MENTIONS = {program: re.compile(rf"(?<![\w.-]){program}(?![\w.-])") for program in (_PROGRAM, _SQL_PROGRAM)}
# These print or test their words. They are harmless unless a shell of the script reads their output.
_HARMLESS = frozenset(
    {
        *(":", "[", "cat", "chmod", "chown", "cp", "echo", "egrep", "fgrep", "file", "grep", "hash", "logger", "ls"),
        *("mkdir", "pgrep", "pkill", "printf", "stat", "test", "type", "which"),
    }
)
_SHELLS = frozenset({".", "bash", "dash", "eval", "ksh", "parallel", "sh", "source", "xargs", "zsh"})
_ONLY_EXPANSIONS = re.compile(r"(?:\$\w+|\$\{[^{}]*\})+")
_VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)\}")
_APPLICATION_ENDS = (".py", ".jar", ".R", ".zip", ".egg", ".sql", ".hql")
# Our additions. A property whose name only the shell knows must not be one of them.
_OUR_KEYS = ("spark.dagster.", "spark.jars", "spark.master", "spark.plugins", "spark.submit.", "spark.yarn.")


@dataclass(frozen=True)
class ShellScript:
    """A script with one spark-submit, which can be changed without touching the rest.

    Args:
        text: the script.
        words: the words of its spark-submit, which itself is the first.
        before: the words in front of them in the same command, such as `timeout 3600`.
    """

    text: str
    words: tuple[Word, ...]
    before: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> "tuple[ShellScript, SparkSubmit]":
        """The script, and the spark-submit in it.

        Raises:
            NotASubmissionError: the script has no spark-submit that surely runs once at most, with the words that it has
                here; the text names the reason.
        """
        syntax = read_script(text)
        is_sql = bool(_MENTIONS[_SQL_PROGRAM].search(text) and not _MENTIONS[_PROGRAM].search(text))
        command, program_words = _the_command(syntax, _SQL_PROGRAM if is_sql else _PROGRAM)
        before = command.words[: len(command.words) - len(program_words)]
        script = cls(text, program_words, tuple(word.text for word in before))
        words = script.words[1:]
        unknown = frozenset(index for index, word in enumerate(words) if word.has_expansion)
        submit = SparkSubmit.read([word.text for word in words], is_sql=is_sql, unknown=unknown)
        _check_words(words, submit, _assigned(syntax))
        return script, submit

    def written(self, submit: SparkSubmit) -> str:
        """The script with the changes of its spark-submit."""
        text = self.text
        for start, end, new in sorted(self._splices(submit), reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def growth(self, submit: SparkSubmit) -> int:
        """The number of characters by which the changes make it longer."""
        return sum(len(new) - (end - start) for start, end, new in self._splices(submit))

    def _splices(self, submit: SparkSubmit) -> Iterator[tuple[int, int, str]]:
        own, *words = self.words
        changes = submit.changes
        yield own.end, own.end, self._inserted(changes.inserted, own.end)
        for index in {*changes.replaced, *changes.appended}:
            word = words[index]
            if index in changes.replaced:
                new = shlex.quote(changes.word(index, word.text))
                yield word.start, word.end, new + self._space_at(word.end)
            else:
                yield word.end, word.end, shlex.quote(changes.appended[index]) + self._space_at(word.end)
        application = words[submit.line.application_index]
        args = [words[index] for index in submit.line.args_indices]
        new_args = changes.args_before if changes.args is None else (*changes.args_before, *changes.args)
        yield application.end, application.end, self._inserted(new_args, application.end)
        if changes.args is not None:
            # The words of a command may be apart, with a redirection between them: only they are removed.
            yield from ((arg.start, arg.end, "") for arg in args)

    def _inserted(self, words: Sequence[str], place: int) -> str:
        text = "".join(f" {shlex.quote(word)}" for word in words)
        return text + self._space_at(place) if words else text

    def _space_at(self, place: int) -> str:
        """A space if a redirection follows, which would take a number in front of it for its own."""
        return " " if self.text[place : place + 1] in ("<", ">") else ""


def spark_submit_words(script: str) -> list[Word]:
    """The words of the one spark-submit of the script, which itself is the first.

    Raises:
        NotASubmissionError: the script has none that surely runs once at most; the text names the reason.
    """
    return list(_the_command(read_script(script), _PROGRAM)[1])


def _the_command(script: Script, program_name: str) -> tuple[Command, tuple[Word, ...]]:
    found = []
    others = []
    for command in script.commands:
        words = _without_wrappers(command.words)
        if words and PurePosixPath(words[0].text).name == program_name:
            found.append((command, words))
        else:
            others.append(command)
    if "expand_aliases" in script.text:
        raise NotASubmissionError("the script has an `expand_aliases`")
    if len(found) == 1 and found[0][0].within:
        raise NotASubmissionError(_told_within(found[0][0].within, program_name))
    _check_mentions(script, others, program_name)
    if len(found) != 1:
        raise NotASubmissionError(
            f"the script has {len(found)} {program_name} commands"
            if found
            else f"the script has no {program_name} command"
        )
    command, words = found[0]
    program = words[0]
    for word in command.words[: command.words.index(program) + 1]:
        if word.text in script.functions:
            raise NotASubmissionError(f"the script has a function `{word.text}`")
    return command, words


def _without_wrappers(words: tuple[Word, ...]) -> tuple[Word, ...]:
    first = next((index for index, word in enumerate(words) if not ASSIGNMENT.match(word.source)), len(words))
    return words[first + program_index([word.text for word in words[first:]]) :]


def _check_mentions(script: Script, others: Sequence[Command], program: str) -> None:
    """Refuse a script in which another command could run the program."""
    programs = {PurePosixPath(words[0].text).name for o in others if (words := _without_wrappers(o.words))}
    has_shell = bool(programs & _SHELLS)
    for command in others:
        if not any(_MENTIONS[program].search(word.text) for word in command.words):
            continue
        first = command.words[0].text
        is_question = first == "command" and command.words[1].text in ("-v", "-V")
        if (first in _HARMLESS or is_question) and not has_shell:
            continue
        raise NotASubmissionError(
            f"`{_shown(first)}` could run its {program} more than once, or with other words"
            if not ASSIGNMENT.match(first)
            else f"`{_shown(first)}` could be run as a {program}"
        )
    if any(map(_MENTIONS[program].search, script.here_documents)):
        raise NotASubmissionError(f"the script has a {program} in a here-document")
    if program in script.functions:
        raise NotASubmissionError(f"the script has a function `{program}`")


def _told_within(within: Sequence[str], program: str) -> str:
    if "&" in within:
        return f"its {program} runs in the background, by `&`"
    construct = within[-1]
    if construct.endswith("()"):
        return f"its {program} is in the function `{construct[:-2]}`"
    return f"its {program} is in a `{construct}`"


def _check_words(words: Sequence[Word], submit: SparkSubmit, assigned: dict[str, list[str]]) -> None:
    """Refuse words that could be options, or hide them."""
    line = submit.line
    application = words[line.application_index]
    if application.is_several or _may_be_option(words, line.application_index, assigned):
        raise NotASubmissionError(f"what {submit.application} stands for in the script could be options as well")
    for option in line.options:
        word = words[option.index]
        values = [value for name in _variables(word) for value in assigned.get(name, ())]
        if word.is_several or (word.is_expansion and any(re.search(r"\s|^$", value) for value in values)):
            raise NotASubmissionError(f"what {word.source} stands for in the script could be options as well")
        key, equals, _ = (option.value or "").partition("=")
        literal = re.split(r"[$`]", key)[0]
        if (
            option.name == "--conf"
            and equals
            and word.has_expansion
            and literal != key
            and any(ours.startswith(literal) or literal.startswith(ours) for ours in _OUR_KEYS)
        ):
            raise NotASubmissionError(f"only the shell knows which property {word.source} sets")


def _may_be_option(words: Sequence[Word], index: int, assigned: dict[str, list[str]]) -> bool:
    application = words[index]
    if not (application.has_expansion and _ONLY_EXPANSIONS.fullmatch(application.text)):
        return application.is_expansion
    values = [value for name in _variables(application) for value in assigned.get(name, ())]
    if values:
        pattern = r"[^-\s$`*?][^\s$`*?]*" if application.is_expansion else r"[^-].*"
        return not all(re.fullmatch(pattern, value, re.DOTALL) for value in values)
    return application.is_expansion or any(word.text.endswith(_APPLICATION_ENDS) for word in words[index + 1 :])


def _variables(word: Word) -> list[str]:
    return [name or braced for name, braced in _VARIABLE.findall(word.text)] if word.has_expansion else []


def _assigned(script: Script) -> dict[str, list[str]]:
    """The values that the script gives to its variables, as they are written."""
    assigned: dict[str, list[str]] = {}
    for command in script.commands:
        for word in command.words:
            if found := ASSIGNMENT.match(word.source):
                assigned.setdefault(found[0].rstrip("+="), []).append(word.text[found.end() :])
    return assigned


def _shown(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
