"""README lists the tested versions of Dagster, and pip installs this package with each of them."""

from typing import Any

import pytest
import tomllib
from packaging.requirements import Requirement

from dagster_pipes_jvm import _dagster
from tests.conftest import REPOSITORY
from tests.versions import DAGSTERS, END_TO_END, library_version
from tests.versions.docs import put_in, table, versions_in

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def measured(**results: Any) -> dict[str, Any]:
    row = {"dagster": "1.11.0", "dagster_aws": "0.27.0", "surface": {"passed": 7, "failed": 0}, **results}
    return {"at": "2026-11-27T10:00:00+00:00", "python": "3.11.7", "versions": [row]}


def test_the_table_of_readme_has_the_versions_that_are_tested_and_no_failure() -> None:
    assert versions_in(README) == list(DAGSTERS)
    assert "failed" not in README[README.index("<!-- dagster -->") :].split("<!-- end -->")[0]


def test_the_error_of_a_dagster_that_lacks_something_names_the_oldest_and_the_newest() -> None:
    assert (DAGSTERS[0], DAGSTERS[-1]) == _dagster.TESTED == END_TO_END


def test_the_newest_version_is_the_one_that_every_other_test_runs_on() -> None:
    pins = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert f"dagster=={DAGSTERS[-1]}" in pins
    assert f"dagster-aws=={library_version(DAGSTERS[-1])}" in pins


@pytest.mark.parametrize("dagster", [*DAGSTERS, "1.14.0"])
def test_a_version_may_be_installed_also_one_that_is_not_there_yet(dagster: str) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {requirement.name: requirement for requirement in map(Requirement, project["dependencies"])}
    assert wanted["dagster"].specifier.contains(dagster)
    assert wanted["dagster-pipes"].specifier.contains(dagster)
    assert wanted["dagster-aws"].specifier.contains(library_version(dagster))


def test_a_table_says_what_failed_and_what_was_not_run() -> None:
    assert "| 1.11.0 | 0.27.0 | 7 | – |" in table(measured())  # noqa: RUF001
    failed = measured(end_to_end={"passed": 3, "failed": 2})
    assert "| 1.11.0 | 0.27.0 | 7 | 3, **2 failed** |" in table(failed)


def test_a_table_takes_the_place_of_the_one_on_the_page() -> None:
    page = "before\n<!-- dagster -->\nold\n<!-- end -->\nafter\n<!-- end -->\n"
    assert (
        put_in(page, measured())
        == f"before\n<!-- dagster -->\n{table(measured())}\n<!-- end -->\nafter\n<!-- end -->\n"
    )
    assert versions_in(put_in(page, measured())) == ["1.11.0"]
