"""The demo's table, and the comparison of what arrived with what pandas computes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg
from rich.table import Table

MESSAGES_RECEIVED = "dagster_pipes_jvm/messages_received"


@dataclass(frozen=True)
class Materialized:
    """One asset as Dagster's event log has it after the run; `check_passed` is `None` where the asset has no check."""

    metadata: Mapping[str, dg.MetadataValue[Any]]
    check_passed: bool | None
    seconds: float


def plain(value: dg.MetadataValue[Any]) -> Any:
    """The value without Dagster's types: a table becomes a list of records."""
    if isinstance(value, dg.TableMetadataValue):
        return [dict(record.data) for record in value.records]
    return value.value


def results_table(languages: Mapping[str, str], results: Mapping[str, Materialized]) -> Table:
    """The table that `make demo` ends with."""
    table = Table(title="What the jobs reported, as Dagster's event log has it")
    table.add_column("asset", no_wrap=True)
    table.add_column("language", no_wrap=True)
    table.add_column("seconds", justify="right")
    table.add_column("messages", justify="right")
    table.add_column("metadata that arrived", overflow="fold")
    for asset, result in results.items():
        messages = plain(result.metadata[MESSAGES_RECEIVED])
        shown = [f"{key} = {summary(value)}" for key, value in sorted(result.metadata.items()) if is_shown(key)]
        if result.check_passed is not None:
            shown.append(f"check every_flight_has_origin {'passed' if result.check_passed else 'FAILED'}")
        table.add_row(
            asset, languages[asset], f"{result.seconds:.1f}", str(messages), "\n".join(shown), end_section=True
        )
    return table


def is_shown(key: str) -> bool:
    """Whether the table has it: of the links and times that the client adds for EMR, the step's id is enough."""
    return key == "AWS EMR Step ID" or not (key == MESSAGES_RECEIVED or key.startswith("AWS EMR"))


def summary(value: dg.MetadataValue[Any]) -> str:
    """One metadata value on one line or, for a table, its first records."""
    if isinstance(value, dg.TableMetadataValue):
        columns = [column.name for column in value.schema.columns]
        records = [", ".join(f"{name} {record.data[name]}" for name in columns) for record in value.records]
        more = f"\n    ... {len(records) - 3} more" if len(records) > 3 else ""
        return "\n    " + "\n    ".join(records[:3]) + more
    if isinstance(value, dg.TableSchemaMetadataValue):
        typed = [f"{column.name} {column.type}" for column in value.schema.columns]
        return f"{len(typed)} columns: {', '.join(typed[:4])}, ..."
    content = plain(value)
    return f"{content:,}" if isinstance(content, int) else str(content)


def compare(
    results: Mapping[str, Materialized],
    expected: Mapping[str, Any],
    upstream: Iterable[str],
    downstream: Iterable[str],
) -> list[str]:
    """Every difference between what arrived and what pandas computed; empty where there is none."""
    differences = []

    def check(asset: str, what: str, arrived: Any, wanted: Any) -> None:
        if arrived != wanted:
            differences.append(f"{asset}: {what} is {arrived}, and pandas gives {wanted}")

    for asset in upstream:
        metadata = results[asset].metadata
        check(asset, "rows", plain(metadata["rows"]), expected["flights"])
        path = str(plain(metadata["path"]))
        if not path.startswith(f"s3://migration/tables/{asset}/"):
            differences.append(f"{asset}: path is {path}, which is not where its job wrote")
    for asset in downstream:
        metadata = results[asset].metadata
        for key in ("flights", "delays_by_origin", "worst_destinations"):
            check(asset, key, plain(metadata[key]), expected[key])
        check(
            asset,
            "check every_flight_has_origin",
            results[asset].check_passed,
            expected["every_flight_has_origin"],
        )
    return differences
