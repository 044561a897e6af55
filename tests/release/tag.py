"""`make release-check`: the tag, the version, the places that name the version, and the changelog agree."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Each place that has the version, with the expression that finds it there.
PLACES = {
    "python/dagster_pipes_jvm/_version.py": r'^__version__ = "([^"]+)"',
    "python/dagster_pipes_jvm/texts.py": r"/blob/v([^/]+)/",
    "jvm/core/src/main/java/dagsterpipes/internal/Troubleshooting.java": r"/blob/v([^/]+)/",
    "build.sbt": r'^ThisBuild / version\s*:= "([^"]+)"',
    "docs/build.md": r'% "(\d[^"]*)"|<version>([^<]+)</version>|dagster-pipes-jvm:(\d[^`]*)`',
    "docs/emr.md": r"/dagster-pipes-jvm-(\d+\.\d+\.\d+)\.jar|/blob/v([^/]+)/",
    "docs/logging.md": r"/dagster-pipes-jvm-(\d+\.\d+\.\d+)\.jar",
}
_RELEASE = re.compile(r"\d+\.\d+\.\d+")


def versions(root: Path) -> dict[str, set[str]]:
    """The versions that each place names."""
    return {
        place: {next(filter(None, found.groups())) for found in re.finditer(pattern, text, re.MULTILINE)}
        for place, pattern in PLACES.items()
        for text in [(root / place).read_text(encoding="utf-8")]
    }


def faults(root: Path, tag: str) -> Iterator[str]:
    """The reasons against a release of this tag.

    Args:
        root: the folder of the repository.
        tag: the name of the tag, such as `v0.1.0`.
    """
    version = tag.removeprefix("v")
    if not tag.startswith("v") or not _RELEASE.fullmatch(version):
        yield f"the tag is {tag!r}, expected v and three numbers, such as v0.1.0"
    for place, found in versions(root).items():
        if found != {version}:
            yield f"{place} has the version {', '.join(sorted(found)) or 'of nobody'}, expected {version}"
    if not section(root, version):
        yield f"CHANGELOG.md has no section `## {version}` with a date: replace `(unreleased)` by it"


def section(root: Path, version: str) -> str:
    """The section of the changelog about a released version, without its heading; empty if there is none."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(
        rf"^## {re.escape(version)} \(\d{{4}}-\d\d-\d\d\)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL
    )
    return found[1].strip() if found else ""


def main() -> None:
    """Print the reasons against the release of `TAG`, and exit with 1 if there are any.

    `--notes` prints its section of the changelog.
    """
    tag = os.environ.get("TAG", "")
    if sys.argv[1:] == ["--notes"]:
        print(section(ROOT, tag.removeprefix("v")))
        return
    found = list(faults(ROOT, tag))
    for fault in found:
        print(fault, file=sys.stderr)
    if found:
        raise SystemExit(
            f"Nothing to release as {tag!r}: {len(found)} reason(s) above. Usage: make release-check TAG=v0.1.0"
        )
    print(f"{tag}: the version is the same in {', '.join(PLACES)}")


if __name__ == "__main__":
    main()
