"""Prose of Markdown: pages, and docstrings and comments, which use its backticks and lists."""

import re
from collections.abc import Iterable, Iterator

from tests.wording.passage import Passage, blank, coded

Line = tuple[int, str]  # number in the file, text

_FENCE = re.compile(r"\s*(```|~~~)")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+")
_SECTION = re.compile(r"(?:Args|Arguments|Attributes|Returns|Raises|Yields|Notes?|Examples?):")
_SEPARATOR = re.compile(r"\|[\s:|-]+\|?\s*$")
_CELL_END = re.compile(r"(?<!\\)\|")
_INLINE = (
    (re.compile(r"<!--.*?-->", re.DOTALL), blank),
    (re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL), coded),
    (re.compile(r"!?\[(?=[^\]]*\]\()"), blank),
    (re.compile(r"\]\([^)\s]*\)"), blank),
    (re.compile(r"\b\w[\w+.-]*://[^\s)>\"',]*[^\s)>\"',.;:]"), coded),
    (re.compile(r"\b[\w./-]+\.(?:md|py|scala|java|json|sbt|sh|toml|txt|xml|properties|jar)\b"), coded),
    (re.compile(r"</?[a-zA-Z][^>\n]*>"), blank),
    (re.compile(r"\*\*|(?<![\w*])\*(?=\w)|(?<=[\w.])\*(?![\w*])"), blank),
)


def mask(text: str) -> str:
    """The text without inline code, links' targets, tags and emphasis; of the same length."""
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    return text


def passages(lines: Iterable[Line]) -> Iterator[Passage]:
    """Paragraphs, items of lists and cells of tables. Headings, heads of tables and code blocks are no prose."""
    paragraph: list[Line] = []
    for kind, line in _kinds(list(lines)):
        if kind != "more":
            yield from _passage(paragraph)
            paragraph = []
        if kind in ("item", "more"):
            paragraph.append(line)
        elif kind == "row":
            yield from _cells(line)
    yield from _passage(paragraph)


def prose_lines(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines that a writer can break: not those of code, tables and headings."""
    return (line for kind, line in _kinds(list(lines)) if kind in ("item", "more"))


def _kinds(lines: list[Line]) -> Iterator[tuple[str, Line]]:
    """Each line as `item` (a paragraph begins), `more` (it continues), `row` (of a table) or `end` (no prose)."""
    fenced = comment = False
    kind = "end"
    section: int | None = None  # how far the title of a docstring's section, such as `Args:`, is indented
    base = min((_indent(text) for _, text in lines if text.strip()), default=0)
    for at, (number, text) in enumerate(lines):
        after = lines[at + 1][1].strip() if at + 1 < len(lines) else ""
        if text.strip() and section is not None and _indent(text) <= section:
            section = None
        if comment or (not fenced and text.strip().startswith("<!--")):
            comment = "-->" not in text
            kind = "end"
        elif _FENCE.match(text):
            fenced = not fenced
            kind = "end"
        elif fenced or not text.strip() or text.lstrip().startswith(("#", ">>>")):
            kind = "end"
        elif _SECTION.fullmatch(text.strip()):
            kind, section = "end", _indent(text)
        elif text.lstrip().startswith("|"):
            kind = "end" if _SEPARATOR.match(text.strip()) or _SEPARATOR.match(after) else "row"
        elif _ITEM.match(text) or (section is not None and _indent(text) == section + 4):
            kind = "item"
        elif section is None and kind in ("end", "code") and _indent(text) >= base + 4:
            kind = "code"
        else:
            kind = "more"
        yield kind, (number, text)


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _passage(lines: list[Line]) -> Iterator[Passage]:
    if lines:
        text = "\n".join(_ITEM.sub(lambda m: " " * len(m.group()), line, count=1) for _, line in lines[:1])
        text = "\n".join([text, *(line for _, line in lines[1:])])
        yield Passage(text, mask(text), tuple(number for number, _ in lines))


def _cells(line: Line) -> Iterator[Passage]:
    number, row = line
    masked = mask(row)
    start = 0
    for end in [*_CELL_END.finditer(masked), None]:
        stop = end.start() if end else len(row)
        if masked[start:stop].strip():
            yield Passage(row[start:stop], masked[start:stop], (number,))
        start = end.end() if end else stop
