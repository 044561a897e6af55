"""A passage is prose that belongs together, such as a paragraph or a comment. It is split into sentences here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

CODE = "\ufffc"  # replaces each character of inline code, so that `f(x, y)` counts as one word
BREAK = "\u2029"  # ends a sentence that has no full stop

_ABBREVIATIONS = ("e.g.", "i.e.", "etc.", "cf.", "vs.", "approx.", "no.")
_END = re.compile(rf"[.!?][\"')\]]*(?=\s+[\"'(\[]*[A-Z0-9{CODE}])|{BREAK}+|\Z")


@dataclass(frozen=True)
class Passage:
    """Text of one file, and the number of the line on which each of its lines is in that file.

    Attributes:
        text: as written, without what marks a comment or a docstring.
        masked: of the same length; markup is blank there, and code is `CODE`.
        lines: one number for each line of `text`.
    """

    text: str
    masked: str
    lines: tuple[int, ...]

    def line_at(self, offset: int) -> int:
        """The number in the file of the line that holds this character."""
        return self.lines[min(self.text.count("\n", 0, offset), len(self.lines) - 1)]

    def sentences(self) -> Iterator[tuple[int, int]]:
        """Start and end of each sentence, without the blanks around it."""
        start = 0
        for end in _END.finditer(self.masked):
            if _is_abbreviation(self.masked, end):
                continue
            sentence = self.masked[start : end.end()]
            text = sentence.strip(f"{BREAK} \n")
            if text:
                first = start + sentence.index(text[0])
                yield first, first + len(text)
            start = end.end()


def _is_abbreviation(text: str, end: re.Match[str]) -> bool:
    if not end.group().startswith("."):
        return False
    word = text[: end.start() + 1].rsplit(None, 1)[-1].lstrip("(").lower()
    # `a, ..., B` is one list, and `A. Author` is a name.
    return word in _ABBREVIATIONS or word == "..." or bool(re.fullmatch(r"[a-z]\.", word))


def blank(match: re.Match[str]) -> str:
    """Spaces in place of the match; line ends stay."""
    return re.sub(r"[^\n]", " ", match.group())


def coded(match: re.Match[str]) -> str:
    """One word of code in place of the match."""
    return CODE * len(match.group())


def breaks(match: re.Match[str]) -> str:
    """An end of a sentence in place of the match."""
    return BREAK * len(match.group())
