"""The rules about source files that ruff and mypy cannot check."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from dagster_pipes_jvm.run import failure
from tests.conftest import REPOSITORY

PYTHON = REPOSITORY / "python"
TEXTS = PYTHON / "dagster_pipes_jvm" / "texts.py"
# The argument of `see` or `anchor`, and the constant that they may name.
LINK = re.compile(r"""\bsee\(([^)]*)\)|\banchor(?:: str)? ?= ?([^,)\n]+)|_ANCHOR = (.+)""")
WITH_REASON = re.compile(r"# type: ignore\[[a-z, -]+\]  # \S")


def sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((REPOSITORY / folder).rglob("*.py"))]
    assert found
    return found


def ignores(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of each comment that switches mypy off."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and token.string.startswith("# type: ignore"):
            yield token.start[0], token.string


def sections() -> set[str]:
    return set(re.findall(r'<a id="([^"]+)">', (REPOSITORY / "TROUBLESHOOTING.md").read_text(encoding="utf-8")))


def test_each_ignored_type_error_has_its_code_and_its_reason() -> None:
    bare = [
        f"{path.relative_to(REPOSITORY)}:{line}: {comment}"
        for path in sources("python", "tests", "examples")
        for line, comment in ignores(path.read_text(encoding="utf-8"))
        if not WITH_REASON.match(comment)
    ]
    assert bare == []


def test_the_parts_that_all_errors_share_are_written_once() -> None:
    literal = re.compile(r"TROUBLESHOOTING\.md#|Invalid value for parameter")
    again = [path for path in sources("python") if literal.search(path.read_text(encoding="utf-8"))]
    assert again == [TEXTS]


def test_every_anchor_in_an_error_is_a_section_of_troubleshooting() -> None:
    used = [("REMEDIES", repr(anchor)) for _, _, anchor in failure.REMEDIES]
    for path in sources("python"):
        if path != TEXTS:
            found = LINK.findall(path.read_text(encoding="utf-8"))
            used += [(path.name, "".join(groups).strip()) for groups in found]
    known = {"anchor", "_ANCHOR", *(f"{quote}{anchor}{quote}" for anchor in sections() for quote in "\"'")}
    assert len(used) > 100
    assert [link for link in used if link[1] not in known] == []


def test_every_anchor_of_the_jvm_is_a_section_of_troubleshooting() -> None:
    paths = [path for suffix in ("java", "scala") for path in (REPOSITORY / "jvm").rglob(f"src/main/**/*.{suffix}")]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    used = {anchor for text in texts for anchor in re.findall(r"\bsee\(\s*\"([^\"]+)\"\s*\)", text)}
    assert len(used) > 10
    assert used - sections() == set()
