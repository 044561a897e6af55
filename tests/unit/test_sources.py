"""The rules about source files that ruff and mypy cannot check."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import tomllib

from dagster_pipes_jvm._version import __version__
from dagster_pipes_jvm.run import failure
from dagster_pipes_jvm.texts import PAGE, PAGE_URL, see
from tests.conftest import REPOSITORY

PYTHON = REPOSITORY / "python"
JVM = REPOSITORY / "jvm"
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


def test_errors_of_both_languages_link_to_the_page_of_this_version_in_the_repository_of_the_project() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    java = (JVM / "core/src/main/java/dagsterpipes/internal/Troubleshooting.java").read_text(encoding="utf-8")
    assert f"{project['urls']['Source']}/blob/v{__version__}/{PAGE}" == PAGE_URL
    assert re.findall(r'PAGE_URL =\s+"([^"]+)";', java) == [PAGE_URL]
    assert see("stores") == f"See {PAGE_URL}#stores"


def test_every_anchor_of_the_jvm_is_a_section_of_troubleshooting() -> None:
    paths = [path for suffix in ("java", "scala") for path in JVM.rglob(f"src/main/**/*.{suffix}")]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    used = {anchor for text in texts for anchor in re.findall(r"\bsee\(\s*\"([^\"]+)\"\s*\)", text)}
    assert len(used) > 10
    assert used - sections() == set()
