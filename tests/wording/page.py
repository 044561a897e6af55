"""The rules, read from CONTRIBUTING.md, "Terms and wording": that page is the only list."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.wording.passage import CODE

TITLE = "## Terms and wording"
_CELL_END = re.compile(r"(?<!\\)\|")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


@dataclass(frozen=True)
class Rule:
    """Patterns that prose may not have, and what to write instead."""

    name: str
    patterns: tuple[re.Pattern[str], ...]
    write: str


@dataclass(frozen=True)
class Example:
    """A sentence of this tree that breaks a rule, and the same in plain English."""

    rule: str
    before: str
    after: str


@dataclass(frozen=True)
class Page:
    """All that the page says.

    Attributes:
        limits: the longest sentence in words, and so on, by name.
    """

    rules: tuple[Rule, ...]
    examples: tuple[Example, ...]
    limits: dict[str, int]


def parse(text: str) -> Page:
    """Read the section's tables: each is known by its head. Raises `ValueError` for a row that cannot be read."""
    if TITLE not in text:
        raise ValueError(f"CONTRIBUTING.md has no section {TITLE!r}. Restore it: `make lint` reads its rules there.")
    section = text.split(TITLE, 1)[1].split("\n## ", 1)[0]
    rules: list[Rule] = []
    examples: list[Example] = []
    limits: dict[str, int] = {}
    for head, cells in _rows(section):
        match head, cells:
            case ["term", "meaning", "not"], [term, meaning, banned]:
                rules += [Rule(plain(term), patterns(banned), f'the term "{plain(term)}": {meaning}')] if banned else []
            case ["rule", "not", "write"], [name, banned, write]:
                rules.append(Rule(plain(name), patterns(banned), write))
            case ["rule", "before", "after"], [name, before, after]:
                examples.append(Example(plain(name), plain(before), after))
            case ["limit", "at most"], [name, number]:
                limits[plain(name)] = int(number)
            case ["command", *_], _:
                continue
            case _:
                raise ValueError(f"CONTRIBUTING.md, {TITLE!r}: a table has the head {head} and the row {cells}.")
    return Page(tuple(rules), tuple(examples), limits)


def patterns(cell: str) -> tuple[re.Pattern[str], ...]:
    """One pattern for each piece of inline code. A capital letter in a pattern makes it heed capitals."""
    found = tuple(_pattern(match.group(2)) for match in _CODE.finditer(cell))
    if not found:
        raise ValueError(f"CONTRIBUTING.md, {TITLE!r}: no pattern in backticks in the cell {cell!r}.")
    return found


def plain(cell: str) -> str:
    """The content of a cell, without the backticks around it."""
    code = _CODE.fullmatch(cell)
    return code.group(2).strip() if code else cell


def _pattern(text: str) -> re.Pattern[str]:
    text = text.strip()
    # Escapes such as \W are no capitals.
    heeds = any(letter.isupper() for letter in re.sub(r"\\.", "", text))
    start = r"\A" if text.startswith("^") else r"(?<!\w)"
    end = r"\Z" if text.endswith("$") else r"(?!\w)"
    body = text.removeprefix("^").removesuffix("$").replace(" ", r"\s+").replace("…", f"{CODE}+")
    try:
        return re.compile(f"{start}(?:{body}){end}", 0 if heeds else re.IGNORECASE)
    except re.error as e:
        raise ValueError(f"CONTRIBUTING.md, {TITLE!r}: the pattern `{text}` is no regular expression: {e}.") from e


def _rows(section: str) -> Iterator[tuple[list[str], list[str]]]:
    head: list[str] = []
    for line in section.splitlines():
        if not line.startswith("|"):
            head = []
            continue
        cells = [cell.strip().replace("\\|", "|") for cell in _CELL_END.split(line.strip())[1:-1]]
        if not head:
            head = cells
        elif not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            yield head, cells
