"""The one spark-submit in a script that a step gives to `bash -c`: its words, and where in the script they stand.

Only as much of the shell as tells words from each other; nothing is expanded. What could mean something else to the shell than
it seems to here is refused, and the step then runs as it is.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from dagster_pipes_jvm.submit.options import NotASubmissionError
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit

_OPERATOR = re.compile(r"&>>|&>|\d*(?:<<<|<<-?|>>|>&|>\||<&|<>|>|<)|&&|\|\||;;|\|&|[;&|()\n]")
_REDIRECTION = re.compile(r"(?:\d*[<>]|&>)")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_BLANK = " \t"
_BEFORE_A_COMMAND = {"exec", "nohup", "time", "then", "else", "if", "{", "!"}
_LOOPS = {"for", "while", "until", "select", "case", "function"}


@dataclass(frozen=True)
class Word:
    """One word of a script.

    Args:
        text: what the shell makes of it; a variable or a command in it stands as it is written.
        start: where it begins in the script, `end` where it ends.
        is_expansion: nothing but one unquoted variable or command, which may become several words or none.
    """

    text: str
    start: int
    end: int
    is_expansion: bool = False


@dataclass(frozen=True)
class ShellScript:
    """A script with one spark-submit, which can be changed without touching the rest.

    Args:
        text: the script.
        words: of its spark-submit, itself the first.
    """

    text: str
    words: tuple[Word, ...]

    @classmethod
    def read(cls, text: str) -> "tuple[ShellScript, SparkSubmit]":
        """The script, and the spark-submit in it.

        Raises:
            NotASubmissionError: there is none, or more than one, or one in a loop, or one whose application is not certain.
        """
        script = cls(text, tuple(spark_submit_words(text)))
        submit = SparkSubmit.read([word.text for word in script.words[1:]])
        if script.words[1:][submit.line.application_index].is_expansion:
            raise NotASubmissionError(f"what {submit.application} stands for in the script could be options as well")
        return script, submit

    def written(self, submit: SparkSubmit) -> str:
        """The script with the changes of its spark-submit."""
        text = self.text
        for start, end, new in sorted(self._splices(submit), reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def growth(self, submit: SparkSubmit) -> int:
        """How many characters the changes make it longer."""
        return sum(len(new) - (end - start) for start, end, new in self._splices(submit))

    def _splices(self, submit: SparkSubmit) -> Iterator[tuple[int, int, str]]:
        own, *words = self.words
        changes = submit.changes
        yield own.end, own.end, _quoted(changes.inserted)
        for index in {*changes.replaced, *changes.appended}:
            word = words[index]
            if index in changes.replaced:
                yield word.start, word.end, shlex.quote(changes.word(index, word.text))
            else:
                yield word.end, word.end, shlex.quote(changes.appended[index])
        application, *args = words[submit.line.application_index :]
        new_args = changes.args_before if changes.args is None else (*changes.args_before, *changes.args)
        yield application.end, application.end, _quoted(new_args)
        if changes.args is not None:
            # The words of a command may stand apart, with a redirection between them: only they go.
            yield from ((arg.start, arg.end, "") for arg in args)


def _quoted(words: Sequence[str]) -> str:
    return "".join(f" {shlex.quote(word)}" for word in words)


def spark_submit_words(script: str) -> list[Word]:
    """The words of the one spark-submit of the script, itself the first.

    Raises:
        NotASubmissionError: there is none, or more than one, or one in a loop.
    """
    found = []
    for command in _commands(script):
        words = list(command)
        while words and (words[0].text in _BEFORE_A_COMMAND or _ASSIGNMENT.match(words[0].text)):
            del words[0]
        if words and words[0].text in _LOOPS:
            raise NotASubmissionError(f"the script has a `{words[0].text}`")
        if words and PurePosixPath(words[0].text).name == "spark-submit":
            found.append(words)
    if len(found) != 1:
        raise NotASubmissionError(f"the script has {len(found) or 'no'} spark-submit commands that can be told apart")
    return found[0]


def _commands(script: str) -> Iterator[list[Word]]:
    command: list[Word] = []
    position = 0
    is_target = False
    while position < len(script):
        if script[position] in _BLANK:
            position += 1
        elif script.startswith("\\\n", position):
            position += 2
        elif script[position] == "#":
            position = _find(script, "\n", position, len(script))
        elif operator := _OPERATOR.match(script, position):
            position = operator.end()
            if "<<" in operator[0] and "<<<" not in operator[0]:
                raise NotASubmissionError("the script has a here-document")
            is_target = bool(_REDIRECTION.match(operator[0]))
            if not is_target:
                yield command
                command = []
        else:
            word = _word(script, position)
            position = word.end
            if not is_target:
                command.append(word)
            is_target = False
    yield command


def _word(script: str, start: int) -> Word:
    text: list[str] = []
    position = start
    expansions = 0
    while position < len(script) and script[position] not in _BLANK + "\n;&|()<>":
        character = script[position]
        if character == "\\":
            if not script.startswith("\\\n", position):
                text.append(script[position + 1 : position + 2])
            position += 2
        elif character == "'":
            end = _find(script, "'", position + 1)
            text.append(script[position + 1 : end])
            position = end + 1
        elif character == '"':
            quoted, position = _double_quoted(script, position + 1)
            text.append(quoted)
        elif character in "$`":
            end = _expansion_end(script, position)
            text.append(script[position:end])
            expansions += 1
            position = end
        else:
            text.append(character)
            position += 1
    return Word("".join(text), start, min(position, len(script)), expansions == len(text) == 1)


def _double_quoted(script: str, position: int) -> tuple[str, int]:
    text: list[str] = []
    while position < len(script):
        character = script[position]
        if character == '"':
            return "".join(text), position + 1
        if character == "\\" and script[position + 1 : position + 2] in tuple('$`"\\\n'):
            text.append(script[position + 1 : position + 2].replace("\n", ""))
            position += 2
        elif character in "$`":
            end = _expansion_end(script, position)
            text.append(script[position:end])
            position = end
        else:
            text.append(character)
            position += 1
    raise NotASubmissionError('the script has a `"` without its partner')


def _expansion_end(script: str, position: int) -> int:
    if script[position] == "`":
        return _find(script, "`", position + 1) + 1
    opened = script[position + 1 : position + 2]
    if opened in ("'", '"'):
        raise NotASubmissionError(f"the script has a text that begins with `${opened}`")
    if opened not in ("(", "{"):
        name = re.compile(r"\w+|[@*#?$!-]").match(script, position + 1)
        return name.end() if name else position + 1
    closing = {"(": ")", "{": "}"}[opened]
    position += 2
    while position < len(script):
        character = script[position]
        if character == closing:
            return position + 1
        if character == "\\":
            position += 2
        elif character == "'":
            position = _find(script, "'", position + 1) + 1
        elif character == '"':
            _, position = _double_quoted(script, position + 1)
        elif character in "$`":
            position = _expansion_end(script, position)
        elif character == "(" and closing == ")":
            position = _expansion_end("$" + script[position:], 0) + position - 1
        else:
            position += 1
    raise NotASubmissionError(f"the script has a `${opened}` without its partner")


def _find(script: str, character: str, position: int, otherwise: int = -1) -> int:
    found = script.find(character, position)
    if found < 0:
        if otherwise < 0:
            raise NotASubmissionError(f"the script has a `{character}` without its partner")
        return otherwise
    return found
