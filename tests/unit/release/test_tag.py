"""A tag starts a release only if it equals the version everywhere, and the changelog has a date for it."""

from pathlib import Path

import pytest

from dagster_pipes_jvm._version import __version__
from tests.conftest import REPOSITORY
from tests.release.tag import PLACES, faults, main, section, versions

CHANGELOG = "# Changelog\n\n## 1.2.3 (2026-11-28)\n\n- One.\n\n## 1.2.2 (2026-10-01)\n\n- Two.\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the places of the version, which is 1.2.3."""
    for place in PLACES:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        text = (REPOSITORY / place).read_text(encoding="utf-8").replace(__version__, "1.2.3")
        (tmp_path / place).write_text(text, encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, encoding="utf-8")
    return tmp_path


def test_each_place_of_this_repository_has_the_same_version() -> None:
    assert versions(REPOSITORY) == {place: {__version__} for place in PLACES}


def test_a_tag_of_the_version_is_released(root: Path) -> None:
    assert list(faults(root, "v1.2.3")) == []


@pytest.mark.parametrize("tag", ["1.2.3", "v1.2", "v1.2.3-rc1", "", "v1.2.3-SNAPSHOT"])
def test_a_tag_is_v_and_three_numbers(root: Path, tag: str) -> None:
    assert f"the tag is {tag!r}, expected v and three numbers, such as v0.1.0" in list(faults(root, tag))


@pytest.mark.parametrize("place", PLACES)
def test_a_place_with_another_version_is_named(root: Path, place: str) -> None:
    text = (root / place).read_text(encoding="utf-8")
    (root / place).write_text(text.replace("1.2.3", "1.2.4", 1), encoding="utf-8")
    (fault,) = faults(root, "v1.2.3")
    assert fault.startswith(f"{place} has the version 1.2.")


def test_a_changelog_without_a_date_is_named(root: Path) -> None:
    changelog = root / "CHANGELOG.md"
    changelog.write_text(CHANGELOG.replace("2026-11-28", "unreleased"), encoding="utf-8")
    assert list(faults(root, "v1.2.3")) == [
        "CHANGELOG.md has no section `## 1.2.3` with a date: replace `(unreleased)` by it"
    ]


def test_the_section_of_the_changelog_becomes_the_notes_of_the_release(root: Path) -> None:
    assert section(root, "1.2.3") == "- One."
    assert section(root, "1.2.2") == "- Two."


def test_the_command_fails_for_another_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAG", "v99.0.0")
    monkeypatch.setattr("sys.argv", ["tag"])
    with pytest.raises(SystemExit, match=r"Nothing to release as 'v99\.0\.0'"):
        main()
