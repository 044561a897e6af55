"""OpenLineage's published agent beside ours: its settings, and the column lineage of its events."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dagster_pipes_jvm.submit.maven import Dependency, resolve_jars
from tests.endtoend.conftest import Spark
from tests.lineage.direct import Dependencies

VERSION = "1.53.0"
_Columns = dict[str, set[str]]


def jars(spark: Spark) -> list[Path]:
    """The agent for this Spark's Scala."""
    coordinates = f"io.openlineage:openlineage-spark_{spark.scala}:{VERSION}"
    return resolve_jars("openlineage", [Dependency(coordinates, transitive=False)], spark_home=spark.home)


def conf(events: Path) -> Mapping[str, str]:
    """Properties with which the agent writes its events to this file."""
    return {
        "spark.extraListeners": "io.openlineage.spark.agent.OpenLineageSparkListener",
        "spark.openlineage.transport.type": "file",
        "spark.openlineage.transport.location": str(events),
        "spark.openlineage.namespace": "board",
        # Columns of filters and joins are told for the whole dataset, and not for each column.
        "spark.openlineage.columnLineage.datasetLineageEnabled": "true",
    }


def dependencies(events: Path) -> Mapping[str, Dependencies]:
    """The direct dependencies of each output dataset, by the last part of its name.

    Each event of a write adds to what the earlier ones told. A write that overwrites a dataset replaces earlier writes.
    """
    writes: dict[str, dict[str, _Columns]] = defaultdict(dict)
    for line in events.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        for output in event.get("outputs") or []:
            facets = output.get("facets", {})
            earlier, write = writes[_last(output["name"])], event["run"]["runId"]
            if (
                write not in earlier
                and facets.get("lifecycleStateChange", {}).get("lifecycleStateChange") == "OVERWRITE"
            ):
                earlier.clear()
            columns = earlier.setdefault(write, defaultdict(set))
            for column, field in (facets.get("columnLineage") or {}).get("fields", {}).items():
                columns[column.lower()] |= {_name(source) for source in field["inputFields"] if _flows(source)}
    return {name: _together(each.values()) for name, each in writes.items()}


def _together(writes: Iterable[_Columns]) -> Dependencies:
    found: _Columns = defaultdict(set)
    for columns in writes:
        for column, sources in columns.items():
            found[column] |= sources
    return {column: frozenset(sources) for column, sources in found.items()}


def _name(source: Mapping[str, Any]) -> str:
    return f"{_last(source['name'])}.{source['field']}".lower()


def _flows(source: Mapping[str, Any]) -> bool:
    """Whether it is a direct dependency as docs/zero-code.md defines it, which counts the conditions of a CASE."""
    kinds = {(kind["type"], kind.get("subtype")) for kind in source.get("transformations") or []}
    return any(kind == "DIRECT" or subtype == "CONDITIONAL" for kind, subtype in kinds)


def _last(name: str) -> str:
    return re.split(r"[/.]", name.rstrip("/"))[-1]
