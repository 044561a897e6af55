"""The commands of a shell script, with the constructs around them. Nothing is expanded.

Sources: https://www.gnu.org/software/bash/manual/bash.html#Shell-Syntax, which extends POSIX's shell grammar.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dagster_pipes_jvm.submit.options import NotASubmissionError
from dagster_pipes_jvm.submit.shell_words import BREAKS, END_OF_COMMAND, REDIRECTION, Word, WordReader

_ARRAY = re.compile(r"[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=")
_FUNCTION = re.compile(r"[ \t]*\([ \t]*\)")
_CLOSING = {"then", "elif", "else", "fi", "do", "done", "esac", "}"}


@dataclass(frozen=True)
class Command:
    """A simple command.

    Args:
        words: its words, without redirections.
        within: the constructs around it that may run it several times, apart from the script, or not at all. The
            innermost is the last.
    """

    words: tuple[Word, ...]
    within: tuple[str, ...]


@dataclass(frozen=True)
class Script:
    """The commands of a script.

    Args:
        text: the script.
        commands: the simple commands, in the order of their ends.
        functions: the names of the functions that it defines.
        here_documents: the bodies of here-documents and the strings behind `<<<`.
    """

    text: str
    commands: Sequence[Command]
    functions: frozenset[str]
    here_documents: Sequence[str]


def read_script(text: str) -> Script:
    """The commands of a script.

    Raises:
        NotASubmissionError: the script is not understood; the text names the place.
    """
    parser = _Parser(text)
    end = parser.read_list(())
    if end:
        raise NotASubmissionError(f"the script has a `{end}` without its partner")
    parser.read_here_documents()
    commands = [Command(tuple(found.words), tuple(found.within)) for found in parser.commands]
    return Script(text, commands, frozenset(parser.functions), parser.here_documents)


@dataclass
class _Found:
    words: list[Word]
    within: list[str]


@dataclass
class _Parser(WordReader):
    commands: list[_Found] = field(default_factory=list)
    functions: set[str] = field(default_factory=set)
    within: list[str] = field(default_factory=list)

    def read_substitution(self, opened: str) -> None:
        """Read the commands in a substitution."""
        self.within.append(opened)
        self._read_until(opened, ")")
        self.within.pop()

    def read_script_in_backticks(self, script: str) -> None:
        """Read the commands in backticks."""
        inner = _Parser(script)
        if inner.read_list(()):
            raise NotASubmissionError("the script has a command between backticks that is not understood")
        for command in inner.commands:
            self.commands.append(_Found(command.words, [*self.within, "`", *command.within]))
        self.here_documents.extend(inner.here_documents)
        self.functions.update(inner.functions)

    # Lists and compound commands.

    def read_list(self, ends: Iterable[str]) -> str:
        """Read commands up to one of the ends, or to the end of the text; the end that was found is not consumed."""
        while True:
            self.skip_breaks(";")
            found = self._end_here(ends)
            if found is not None:
                return found
            first = len(self.commands)
            self._read_and_or()
            if self.looking_at("&") and not self.looking_at("&&"):
                self.at += 1
                for command in self.commands[first:]:
                    command.within.append("&")

    def _end_here(self, ends: Iterable[str]) -> str | None:
        if self.at >= len(self.text):
            return ""
        operator = END_OF_COMMAND.match(self.text, self.at) if self.is_end() else None
        word = operator[0] if operator else self.peek_bare()
        if word in ends:
            return word
        if operator or word in _CLOSING:
            return word  # The caller has no use for it, and says so.
        return None

    def _read_and_or(self) -> None:
        while True:
            self._read_command()
            self.skip_blanks()
            operator = END_OF_COMMAND.match(self.text, self.at)
            if operator is None or operator[0] not in ("&&", "||", "|", "|&"):
                return
            self.at = operator.end()
            self.skip_breaks("")
            if self.at >= len(self.text):
                raise self.unfinished(operator[0])

    def _read_command(self) -> None:
        self.skip_blanks()
        if self.looking_at("((") and self.skip_arithmetic():
            self._read_redirections()
            return
        if self.looking_at("("):
            self.at += 1
            self._read_until("(", ")")
            self._read_redirections()
            return
        word = self.peek_bare()
        compound = {
            "{": lambda: self._read_until("{", "}"),
            "if": self._read_if,
            "while": lambda: self._read_loop("while"),
            "until": lambda: self._read_loop("until"),
            "for": lambda: self._read_for("for"),
            "select": lambda: self._read_for("select"),
            "case": self._read_case,
            "[[": self._skip_test,
        }.get(word)
        if compound is not None:
            self.at += len(word)
            compound()
            self._read_redirections()
        elif word == "function":
            self.at += len(word)
            self.skip_blanks()
            name = self.word().text
            found = _FUNCTION.match(self.text, self.at)
            self.at = found.end() if found else self.at
            self._read_function(name)
        elif word == "coproc":
            raise NotASubmissionError("the script has a `coproc`")
        elif word in ("!", "time"):
            self.at += len(word)
            self.skip_blanks()
            if word == "time" and self.peek_bare() == "-p":
                self.at += 2
            if self.at < len(self.text) and not END_OF_COMMAND.match(self.text, self.at):
                self._read_command()
        else:
            self._read_simple()

    def _read_until(self, opened: str, *ends: str) -> str:
        found = self.read_list(ends)
        if found not in ends:
            if found:
                raise NotASubmissionError(f"the script has a `{found}` without its partner")
            raise self.unfinished(opened)
        self.at += len(found)
        return found

    def _read_if(self) -> None:
        self._read_until("if", "then")
        while (end := self._read_until("if", "elif", "else", "fi")) != "fi":
            if end == "elif":
                self._read_until("if", "then")

    def _read_loop(self, name: str) -> None:
        self.within.append(name)
        self._read_until(name, "do")
        self._read_until(name, "done")
        self.within.pop()

    def _read_for(self, name: str) -> None:
        self.within.append(name)
        self.skip_blanks()
        if not (self.looking_at("((") and self.skip_arithmetic()):
            self.word()
            self.skip_breaks("")
            if self.peek_bare() == "in":
                self.at += 2
                values: list[Word] = []
                while self.skip_blanks() and not END_OF_COMMAND.match(self.text, self.at):
                    values.append(self.word())
                self.commands.append(_Found(values, [*self.within, "in"]))
        self.skip_breaks(";")
        end = self.peek_bare()
        if end not in ("do", "{"):
            raise self.unfinished(name)
        self.at += len(end)
        self._read_until(name, "done" if end == "do" else "}")
        self.within.pop()

    def _read_case(self) -> None:
        self.skip_blanks()
        subject = self.word()
        self.skip_breaks("")
        if self.peek_bare() != "in":
            raise self.unfinished("case")
        self.at += 2
        while True:
            self.skip_breaks("")
            if self.peek_bare() == "esac":
                self.at += len("esac")
                self.commands.append(_Found([subject], [*self.within, "case"]))
                return
            if self.looking_at("("):
                self.at += 1
            while self.skip_blanks() and not self.looking_at(")"):
                if self.looking_at("|"):
                    self.at += 1
                else:
                    self.word()
            if self.at >= len(self.text):
                raise self.unfinished("case")
            self.at += 1
            end = self.read_list((";;", ";&", ";;&", "esac"))
            if end not in (";;", ";&", ";;&", "esac"):
                raise self.unfinished("case")
            self.at += len(end) if end != "esac" else 0

    def _read_function(self, name: str) -> None:
        self.functions.add(name)
        self.within.append(f"{name}()")
        self.skip_breaks("")
        self._read_command()
        self.within.pop()

    def _skip_test(self) -> None:
        while True:
            self.skip_breaks("")
            if self.at >= len(self.text):
                raise self.unfinished("[[")
            if self.peek_bare() == "]]":
                self.at += 2
                return
            if self.text[self.at] in BREAKS and not self.is_process():
                self.at += 1
            else:
                self.word()

    # Simple commands.

    def _read_simple(self) -> None:
        words: list[Word] = []
        within = list(self.within)
        before = self.at
        while self.skip_blanks() and not self.is_end():
            if self._skip_redirection():
                continue
            if self.looking_at("("):
                raise NotASubmissionError("the script has a `(` that is not understood")
            word = self.word()
            if not words and _FUNCTION.match(self.text, self.at):
                self.at = _FUNCTION.match(self.text, self.at).end()  # type: ignore[union-attr]  # as just seen
                self._read_function(word.text)
                return
            words.append(word)
            if self.looking_at("(") and _ARRAY.fullmatch(word.source):
                self.at += 1
                self.commands.append(_Found(self._array(), [*within, f"{word.source}("]))
        if self.at == before:
            raise NotASubmissionError(f"the script has a `{self.text[self.at : self.at + 2].strip()}` out of place")
        self.commands.append(_Found(words, within))

    def _array(self) -> list[Word]:
        words: list[Word] = []
        while True:
            self.skip_breaks("")
            if self.at >= len(self.text):
                raise self.unfinished("(")
            if self.looking_at(")"):
                self.at += 1
                return words
            if self.text[self.at] in BREAKS and not self.is_process():
                raise NotASubmissionError("the script has a list that is not understood")
            words.append(self.word())

    def _read_redirections(self) -> None:
        self.skip_blanks()
        while self._skip_redirection():
            self.skip_blanks()

    def _skip_redirection(self) -> bool:
        found = REDIRECTION.match(self.text, self.at)
        if found is None or self.is_process():
            return False
        self.at = found.end()
        self.skip_blanks()
        if self.at >= len(self.text) or (self.is_end() and not self.is_process()):
            raise self.unfinished(found[0])
        target = self.word()
        operator = found[0].lstrip("0123456789")
        if operator == "<<<":
            self.here_documents.append(target.text)
        elif operator.startswith("<<"):
            self.awaited.append((target.text, operator == "<<-"))
        return True
