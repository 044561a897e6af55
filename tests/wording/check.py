"""Applies the rules of the page to files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from tests.wording import jvm_prose, markdown, python_prose
from tests.wording.markdown import Line
from tests.wording.page import Page, Rule
from tests.wording.passage import CODE, Passage

_MAX_SHOWN = 60  # characters of a long sentence


@dataclass(frozen=True)
class Finding:
    """One place where a file breaks a rule."""

    path: str
    line: int
    rule: str
    words: str
    write: str

    def __str__(self) -> str:
        return f'{self.path}:{self.line}: [{self.rule}] "{self.words}". Write: {self.write}'


def is_checked(path: str) -> bool:
    """Whether files of this kind hold prose of this project."""
    return PurePosixPath(path).suffix in (".md", ".py", ".java", ".scala")


def findings(path: str, source: str, page: Page) -> list[Finding]:
    """All places where one file breaks a rule, by line."""
    found = [*_of_passages(path, list(_passages(path, source)), page), *_long_lines(path, source, page)]
    return sorted(found, key=lambda finding: (finding.line, finding.rule, finding.words))


def of_text(text: str, page: Page) -> list[Finding]:
    """The same for a piece of Markdown without a file."""
    return list(_of_passages("", list(markdown.passages([(1, text)])), page))


def _passages(path: str, source: str) -> Iterator[Passage]:
    match PurePosixPath(path).suffix:
        case ".md":
            return markdown.passages(_numbered(source))
        case ".py":
            return python_prose.passages(source)
        case _:
            return jvm_prose.passages(source)


def _of_passages(path: str, passages: list[Passage], page: Page) -> Iterator[Finding]:
    words_limit = page.limits["words in a sentence"]
    semicolons_limit = page.limits["semicolons in a sentence"]
    for passage in passages:
        for start, end in passage.sentences():
            masked = passage.masked[start:end]
            for rule in page.rules:
                for at, to in _matches(rule, masked):
                    words = _one_line(passage.text[start + at : start + to])
                    yield Finding(path, passage.line_at(start + at), rule.name, words, rule.write)
            line, shown = passage.line_at(start), _shortened(passage.text[start:end])
            words_count, semicolons = len(_words(masked)), masked.count(";")
            if words_count > words_limit:
                write = f"sentences of at most {words_limit} words, one idea each; this one has {words_count}"
                yield Finding(path, line, "long sentence", shown, write)
            if semicolons > semicolons_limit:
                yield Finding(path, line, "semicolons", shown, "one sentence for each part, or a list")


def _matches(rule: Rule, sentence: str) -> Iterator[tuple[int, int]]:
    """The spans of the matches, without overlaps."""
    taken: list[range] = []
    for pattern in rule.patterns:
        for match in pattern.finditer(sentence):
            if not any(match.start() in other or match.end() - 1 in other for other in taken):
                taken.append(range(match.start(), match.end()))
                yield match.span()


def _words(masked: str) -> list[str]:
    return re.findall(rf"[^\W_][\w'-]*(?:[.,:/]\w+)*|{CODE}+", masked)


def _long_lines(path: str, source: str, page: Page) -> Iterator[Finding]:
    limit = page.limits["columns in a line"]
    text = source.splitlines()
    for number in _prose_lines(path, source):
        line = text[number - 1]
        # A link or a name that is longer than a line cannot be broken.
        if len(line) > limit and " " in line[:limit].lstrip(" *#/-"):
            write = f"lines of at most {limit} columns; this one has {len(line)}"
            yield Finding(path, number, "long line", _shortened(line), write)


def _prose_lines(path: str, source: str) -> Iterator[int]:
    match PurePosixPath(path).suffix:
        case ".md":
            yield from (number for number, _ in markdown.prose_lines(_numbered(source)))
        case ".py":
            yield from sorted({number for block in python_prose.blocks(source) for number, _ in block})
        case _:
            yield from sorted({number for block in jvm_prose.blocks(source) for number, _ in block})


def _numbered(source: str) -> list[Line]:
    return list(enumerate(source.splitlines(), start=1))


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace(CODE, "…")


def _shortened(text: str) -> str:
    text = _one_line(text)
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN].rsplit(" ", 1)[0] + " …"
