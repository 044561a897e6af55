"""`python -m tests.bench.docs`: puts the figures of `build/bench.json` between the marks of docs/performance.md."""

import json
import re
from pathlib import Path
from typing import Any

from rich.console import Console
from tests.bench.__main__ import RESULTS, references, table
from tests.bench.case import Case, show

ROOT = Path(__file__).parents[2]
LOG_LINES = "log lines of 200 bytes"
DELIVERY = "S3, report to event"
START = "open, one report, close, exit: a file"


def when(measured: dict[str, Any]) -> str:
    """Where and when, in a sentence."""
    minutes = sum(part["seconds"] for part in measured["parts"]) / 60
    return (
        f"Taken on {measured['at'][:10]} on {measured['cores']} cores and {measured['memory_gb']} GB "
        f"({measured['java'].split()[0]} {measured['java'].split(chr(34))[1]}, Python {measured['python']}, "
        f"Spark {measured['versions']['pyspark']}); `make bench` took {minutes:.0f} minutes."
    )


def performance(cases: list[Case]) -> str:
    """The table as Markdown, and what it compares with."""
    console = Console(width=400)
    with console.capture() as capture:
        console.print(table([case for case in cases if not case.detail]))
    rows = [re.sub(r" {2,}", " ", line.strip()) for line in capture.get().splitlines() if line.strip()]
    rows = [re.sub(r"-{3,}", "---", row) for row in rows]
    named = [f"- Reference of {'; '.join(groups)}: {name}" for name, groups in references(cases).items()]
    return "\n".join([*rows, "", *named])


def overview(cases: list[Case]) -> str:
    """The rows at the top of the page, ours beside Dagster's."""
    by_name = {(case.group, case.name): case for case in cases}

    def case(group: str, start: str) -> Case:
        return next(case for (of, name), case in by_name.items() if of == group and name.startswith(start))

    rows = [
        "| | this bridge | `dagster_pipes` and `dagster_aws` (Python) |",
        "|---|---|---|",
        f"| the jar | {show(case('size', 'the bridge jar').ours_median)} bytes, no dependency | |",
        f"| opening a session, one report and closing add to a JVM | {case('start', START).added_median:.2f} s | |",
    ]
    for channel, name in (("a file", "file"), ("stdout", "pipe")):
        one, many = (case(LOG_LINES, f"to {channel}, {count} thread") for count in (1, 16))
        rows.append(
            f"| log lines a second to a {name}, 1 thread / 16 threads | {one.ours_median:,.0f} / {many.ours_median:,.0f} "
            f"| {one.reference_median:,.0f} / {many.reference_median:,.0f} |"
        )
    median, p99 = case(DELIVERY, "report to handler, median"), case(DELIVERY, "report to handler, p99")
    end, chunks = case(DELIVERY, "process end"), case(DELIVERY, "chunks that were read")
    rows += [
        f"| over S3, report to handler: median / p99 | {median.ours_median:.2f} / {p99.ours_median:.2f} s "
        f"| {median.reference_median:.2f} / {p99.reference_median:.2f} s |",
        f"| the step ends after the process | {end.ours_median:.2f} s | {end.reference_median:.2f} s |",
        f"| chunks read of a backlog of 1,000 | {chunks.ours_median:,.0f} | {chunks.reference_median:,.0f} |",
    ]
    return "\n".join(rows)


def put(file: Path, mark: str, text: str) -> None:
    """Between `<!-- mark -->` and `<!-- end -->`."""
    old = file.read_text(encoding="utf-8")
    new, found = re.subn(
        f"(<!-- {mark} -->\n).*?(<!-- end -->)", lambda match: f"{match[1]}{text}\n{match[2]}", old, flags=re.DOTALL
    )
    if found != 1:
        raise ValueError(f"{file.name} has the mark {mark!r} {found} times")
    file.write_text(new, encoding="utf-8")


def main() -> None:
    """Fill the page."""
    measured = json.loads(RESULTS.read_text(encoding="utf-8"))
    cases = [Case.of_record(record) for part in measured["parts"] for record in part["cases"]]
    page = ROOT / "docs" / "performance.md"
    put(page, "table", f"{when(measured)}\n\n{performance(cases)}")
    put(page, "figures", f"{when(measured)}\n\n{overview(cases)}")


if __name__ == "__main__":
    main()
