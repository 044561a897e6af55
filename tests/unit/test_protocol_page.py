"""docs/protocol.md ends with a table of the whole protocol: nothing of the reference is missing, and every proof exists."""

import re
from argparse import ArgumentParser

import dagster_pipes
import pytest

from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "protocol.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    for line in PAGE[PAGE.index("## The table") :].splitlines()
    if line.startswith("| ")
][1:]

# What a type checker sees, and what dagster_pipes itself imports: nothing that a job calls.
_NOT_OF_THE_PROTOCOL = {"T_BlobStoreMessageWriterChannel", "T_LogChannel", "T_MessageChannel"}


def _public_names() -> list[str]:
    names = []
    for name, value in vars(dagster_pipes).items():
        is_constant = name.isupper() and isinstance(value, str | ArgumentParser)
        is_own = is_constant or getattr(value, "__module__", None) == "dagster_pipes"
        if is_own and not name.startswith("_") and name not in _NOT_OF_THE_PROTOCOL:
            names.append(name)
    return names


def _sources() -> dict[str, str]:
    files = [*(REPOSITORY / "jvm").glob("*/src/test/**/*.scala"), *(REPOSITORY / "tests").rglob("test_*.py")]
    return {path.stem if path.suffix == ".scala" else path.name: path.read_text(encoding="utf-8") for path in files}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_row_says_what_we_do_and_names_a_test_that_exists(row: list[str]) -> None:
    assert len(row) == 4
    assert all(row)
    sources = _sources()
    for proof in row[3].split("; `"):
        file, _, test = proof.strip("`").partition("`: ")
        # A name is made of parts where one suite runs over several channels: `$name: ...`.
        assert file in sources, f"no such test file: {file}"
        assert test in sources[file], f"no such test in {file}: {test}"


def test_every_public_name_of_dagster_pipes_stands_in_the_table() -> None:
    table = PAGE[PAGE.index("## The table") :]
    assert [name for name in _public_names() if not re.search(rf"\b{name}\b", table)] == []
