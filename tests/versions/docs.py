"""`python -m tests.versions.docs`: puts what `make test-versions` found between the marks of README."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
MARKS = r"(?<=<!-- dagster -->\n).*?(?=<!-- end -->)"


def table(measured: Mapping[str, Any]) -> str:
    """One row for each version, in Markdown."""
    rows = [
        "| Dagster | dagster-aws | what this package builds on | end to end |",
        "|---|---|---|---|",
        *(
            f"| {one['dagster']} | {one['dagster_aws']} | {_shown(one['surface'])} | {_shown(one.get('end_to_end'))} |"
            for one in measured["versions"]
        ),
    ]
    taken = f"Tests that passed in `make test-versions` on {measured['at'][:10]}, with Python {measured['python']}."
    return "\n".join([*rows, "", taken])


def put_in(page: str, measured: Mapping[str, Any]) -> str:
    """The page with this table."""
    return re.sub(MARKS, lambda _: table(measured) + "\n", page, flags=re.DOTALL)


def versions_in(page: str) -> list[str]:
    """The versions of Dagster of the page's table, in order."""
    (found,) = re.findall(MARKS, page, flags=re.DOTALL)
    return re.findall(r"^\| (\d[\d.]*) \|", found, flags=re.MULTILINE)


def _shown(result: Mapping[str, int] | None) -> str:
    if result is None:
        return "–"  # noqa: RUF001  # An empty cell, as in README's other tables.
    failed = f", **{result['failed']} failed**" if result["failed"] else ""
    return f"{result['passed']}{failed}"


def main() -> None:
    """Write README."""
    measured = json.loads((ROOT / "build" / "versions.json").read_text(encoding="utf-8"))
    readme = ROOT / "README.md"
    readme.write_text(put_in(readme.read_text(encoding="utf-8"), measured), encoding="utf-8")


if __name__ == "__main__":
    main()
