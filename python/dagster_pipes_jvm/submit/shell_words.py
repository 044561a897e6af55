"""The words of a shell script, as the shell tells them apart. Nothing is expanded."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from dagster_pipes_jvm.submit.options import NotASubmissionError

END_OF_COMMAND = re.compile(r"&&|\|\||;;&|;;|;&|\|&|[;&|)\n]")
REDIRECTION = re.compile(r"&>>|&>|(?:\d+|\{\w+\})?(?:<<<|<<-?|>>|>&|>\||<&|<>|>|<)")
BLANK = " \t"
BREAKS = "\n;&|()<>"
_NAME = re.compile(r"\w+|[@*#?$!-]")
_BARE = re.compile(r"[^\s;&|()<>'\"\\$`]+")


@dataclass(frozen=True)
class Word:
    """One word of a script.

    Args:
        text: the text that the shell makes of it; expansions in it stay as they are written.
        start: its place in the script, up to `end`.
        end: see `start`.
        source: the word as it is written.
        has_expansion: whether a part of the text is only known to the shell.
        is_expansion: whether it is only one unquoted variable or command, which may become several words or none.
        is_several: whether it is surely meant as several words: `"$@"`, `"${LIST[@]}"`, `{a,b}`, `*.jar`.
    """

    text: str
    start: int
    end: int
    source: str
    has_expansion: bool = False
    is_expansion: bool = False
    is_several: bool = False

    @property
    def is_bare(self) -> bool:
        """Whether it has no quote and no expansion, so that it may be a reserved word."""
        return self.text == self.source


@dataclass
class WordReader(ABC):
    """Reads words from a place in a script.

    Args:
        text: the script.
        at: the place.
        here_documents: the bodies of here-documents so far, and the strings behind `<<<`.
    """

    text: str
    at: int = 0
    here_documents: list[str] = field(default_factory=list)
    awaited: list[tuple[str, bool]] = field(default_factory=list)

    @abstractmethod
    def read_substitution(self, opened: str) -> None:
        """Read the commands in `$(...)`, `<(...)` or `>(...)`, and the parenthesis behind them."""

    @abstractmethod
    def read_script_in_backticks(self, script: str) -> None:
        """Read the commands between two backticks."""

    def word(self) -> Word:
        """The word that begins here."""
        start = self.at
        text: list[str] = []
        unquoted: list[str] = []  # with a NUL for each quoted or expanded part
        loose = expansions = 0
        is_several = False
        while self.at < len(self.text):
            character = self.text[self.at]
            if character in BLANK or (character in BREAKS and not self.is_process()):
                break
            part_start = self.at
            if character == "\\":
                if not self.looking_at("\\\n"):
                    text.append(self.text[self.at + 1 : self.at + 2])
                    unquoted.append("\0")
                self.at = min(self.at + 2, len(self.text))
                continue
            if character == "'":
                self.at = self._find("'", self.at + 1) + 1
                text.append(self.text[part_start + 1 : self.at - 1])
                unquoted.append("\0")
            elif character == '"':
                self.at += 1
                quoted, count, several = self._double_quoted()
                text.append(quoted)
                unquoted.append("\0")
                expansions += count
                is_several = is_several or several
            elif character in "$`" or self.is_process():
                several = self._expansion()
                text.append(self.text[part_start : self.at])
                unquoted.append("\0")
                part = text[-1]
                expansions += part != "$"
                # The others are one word.
                loose += part != "$" and not part.startswith(("$'", '$"', "<(", ">("))
                is_several = is_several or several
            else:
                text.append(character)
                unquoted.append(character)
                self.at += 1
        if self.at == start:
            raise NotASubmissionError(f"the script has a `{self.text[start : start + 2].strip()}` out of place")
        bare = "".join(unquoted)
        return Word(
            "".join(text),
            start,
            self.at,
            self.text[start : self.at],
            has_expansion=expansions > 0 or bare.startswith("~"),
            is_expansion=0 < loose == len(text),
            is_several=is_several or _is_pattern(bare),
        )

    def _double_quoted(self) -> tuple[str, int, bool]:
        """Text, number of expansions, and whether one of them may be several words."""
        text: list[str] = []
        expansions = 0
        is_several = False
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == '"':
                self.at += 1
                return "".join(text), expansions, is_several
            if character == "\\" and self.text[self.at + 1 : self.at + 2] in tuple('$`"\\\n'):
                text.append(self.text[self.at + 1 : self.at + 2].replace("\n", ""))
                self.at += 2
            elif character in "$`":
                start = self.at
                several = self._expansion(is_quoted=True)
                is_several = is_several or several
                expansions += self.at > start + 1
                text.append(self.text[start : self.at])
            else:
                text.append(character)
                self.at += 1
        raise self.unfinished('"')

    def _expansion(self, *, is_quoted: bool = False) -> bool:
        """Skip an expansion; whether it is a list, such as `$@` and `${NAMES[@]}`."""
        start = self.at
        if self.looking_at("$((") and self._skip_dollar_arithmetic():
            return False
        if self.text[start] == "`":
            self._backticks()
        elif self.text[start] in "<>" or self.looking_at("$("):
            self.at += 2
            self.read_substitution(self.text[start : start + 2])
        elif self.looking_at("${"):
            self.at += 2
            self._braces()
            return "@" in self.text[start : self.at] or (not is_quoted and "[*]" in self.text[start : self.at])
        elif not is_quoted and self.looking_at("$'"):
            self._ansi_text()
        elif not is_quoted and self.looking_at('$"'):
            self.at += 2
            self._double_quoted()
        elif self.text[start] == "$":
            found = _NAME.match(self.text, start + 1)
            # In `$12` only one digit is a name.
            self.at = (start + 2 if found[0][0].isdigit() else found.end()) if found else start + 1
            return self.text[start : self.at] == "$@" or (not is_quoted and self.text[start : self.at] == "$*")
        return False

    def _backticks(self) -> None:
        end = self.at + 1
        while True:
            end = self._find("`", end)
            if self.text[end - 1] != "\\":
                break
            end += 1
        self.read_script_in_backticks(re.sub(r"\\([\\$`])", r"\1", self.text[self.at + 1 : end]))
        self.at = end + 1

    def _braces(self) -> None:
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == "}":
                self.at += 1
                return
            if character == "\\":
                self.at += 2
            elif character == "'":
                self.at = self._find("'", self.at + 1) + 1
            elif character == '"':
                self.at += 1
                self._double_quoted()
            elif character in "$`":
                self._expansion(is_quoted=True)
            else:
                self.at += 1
        raise self.unfinished("${")

    def _ansi_text(self) -> None:
        self.at += 2
        while self.at < len(self.text):
            if self.text[self.at] == "'":
                self.at += 1
                return
            self.at += 2 if self.text[self.at] == "\\" else 1
        raise self.unfinished("$'")

    def _skip_dollar_arithmetic(self) -> bool:
        start = self.at
        if self.text.startswith("((", start + 1):
            self.at += 1
            if self.skip_arithmetic():
                return True
            self.at = start
        return False

    def skip_arithmetic(self) -> bool:
        """Skip `((...))`; `False` if it is a subshell that begins with another one, as bash tells them apart."""
        depth = 1
        for at in range(self.at + 2, len(self.text)):
            depth += {"(": 1, ")": -1}.get(self.text[at], 0)
            if depth == 0:
                if not self.text.startswith(")", at + 1):
                    return False
                self.at = at + 2
                return True
        return False

    # Characters.

    def looking_at(self, text: str) -> bool:
        """Whether this text follows."""
        return self.text.startswith(text, self.at)

    def is_process(self) -> bool:
        """Whether `<(` or `>(` follows."""
        return self.looking_at("<(") or self.looking_at(">(")

    def is_end(self) -> bool:
        """Whether the end of a command follows."""
        return bool(END_OF_COMMAND.match(self.text, self.at)) and not REDIRECTION.match(self.text, self.at)

    def peek_bare(self) -> str:
        """The next word if it may be a reserved one, or else an empty string."""
        found = _BARE.match(self.text, self.at)
        is_whole = found and (found.end() == len(self.text) or self.text[found.end()] in BLANK + BREAKS)
        return found[0] if found and is_whole else ""

    def skip_blanks(self) -> bool:
        """Skip spaces, tabs, and joined lines; whether text is left."""
        while self.at < len(self.text):
            if self.text[self.at] in BLANK:
                self.at += 1
            elif self.looking_at("\\\n"):
                self.at += 2
            elif self.looking_at("#"):
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return True
        return False

    def skip_breaks(self, others: str) -> None:
        """Skip blanks, comments, and ends of lines with the here-documents behind them."""
        while self.skip_blanks():
            if self.text[self.at] == "\n":
                self.at += 1
                self.read_here_documents()
            elif self.text[self.at] in others and not self.looking_at(";;") and not self.looking_at(";&"):
                self.at += 1
            else:
                return

    def _find(self, character: str, position: int) -> int:
        found = self.text.find(character, position)
        if found < 0:
            raise self.unfinished(character)
        return found

    @staticmethod
    def unfinished(opened: str) -> NotASubmissionError:
        """The error for a beginning without its end."""
        return NotASubmissionError(f"the script has a `{opened}` without its partner")

    def read_here_documents(self) -> None:
        """Read the bodies that begin here, behind the end of a line."""
        for delimiter, has_tabs in self.awaited:
            body = []
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                line = self.text[self.at : end]
                self.at = min(end + 1, len(self.text))
                if (line.lstrip("\t") if has_tabs else line) == delimiter:
                    break
                body.append(line)
            self.here_documents.append("\n".join(body))
        self.awaited.clear()


def _is_pattern(bare: str) -> bool:
    """Whether the unquoted part of a word becomes several words: braces, or names of files."""
    if re.search(r"\{[^{}]*(?:,|\.\.)[^{}]*\}", bare):
        return True
    return "=" not in bare and bool(re.search(r"[*?]", re.sub(r"\[[^\]]*\]", "", bare)))
