"""Column lineage of queries of many shapes, each a write of one unmodified application.

The expected lineage is written by hand. `make test` has the newest Spark, `make test-all` both.
"""

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import SparkJob
from tests.endtoend.conftest import Spark
from tests.endtoend.lineage_shapes import SEVERAL, SHAPES, WRITES, Shape
from tests.endtoend.test_zero_code import client, lineage
from tests.support import table_formats
from tests.support.dagster_runs import DagsterRuns
from tests.support.matrix import marked

SCRIPT = str(Path(__file__).parent / "jobs" / "shapes.py")
SOURCES = {name: f"*/data/{name}" for name in ("o", "p", "days")} | {"plain": "*plain"}


@pytest.mark.parametrize("version", marked([("4.3",), ("3.5",)], [("4.3",)]))
def test_each_column_has_the_sources_whose_values_flow_into_it(
    version: str, sparks: dict[str, Spark], runs: DagsterRuns, tmp_path: Path
) -> None:
    shapes = {name: shape for name, shape in SHAPES.items() if number(shape.since) <= number(version)}
    expected = shapes | SEVERAL
    queries = tmp_path / "queries.json"
    both = {"queries": {name: shape.query for name, shape in shapes.items()}, "writes": WRITES}
    queries.write_text(json.dumps(both), encoding="utf-8")
    job = SparkJob(
        SCRIPT,
        args=[str(queries), f"{tmp_path}/data"],
        conf={"spark.sql.shuffle.partitions": 1},
        instrument=True,
        inputs=SOURCES,
        outputs={name: f"*/data/{name}" for name in expected},
    )

    @dg.multi_asset(specs=[dg.AssetSpec(name) for name in expected])
    def written(context: dg.AssetExecutionContext):  # type: ignore[no-untyped-def]  # Dagster checks the type of the result
        return client(sparks[version], tmp_path, "local[1]").run(context=context, job=job).get_results()

    done = runs.materialize(written)
    assert done.success, done.failure
    found = {
        m.asset_key.to_user_string(): {key: getattr(value, "value", value) for key, value in m.metadata.items()}
        for m in done.materializations
    }
    differences = {name: difference for name, shape in expected.items() if (difference := compared(found[name], shape))}
    assert differences == {}


CREATED = {"id": {"o.id"}, "n": {"o.n"}, "text": {"o.text"}}
CHANGED = {
    "merge": {"id": {"o.id", "s.id"}, "n": {"o.n", "s.id", "own.n"}, "text": {"o.text", "s.text"}},
    "upsert": {"id": {"o.id", "s.id"}, "n": {"o.n", "s.n"}, "text": {"o.text", "s.text"}},
    "update": {**CREATED, "n": {"o.n", "own.id"}},
    "choose": {**CREATED, "n": {"o.n", "own.n", "own.id", "own.text"}},
    "look_up": {**CREATED, "n": {"o.n", "s.id"}, "text": {"o.text", "own.text"}},
    "delete": CREATED,
}


@pytest.mark.matrix  # fetches 60 MB of jars, once
def test_assignments_of_merge_and_update_are_sources(
    sparks: dict[str, Spark], runs: DagsterRuns, tmp_path: Path
) -> None:
    """Delta has commands for them; Spark rewrites those of Iceberg, in one way for each mode of the table."""
    conf = {**table_formats.conf(tmp_path / "lake"), "spark.sql.shuffle.partitions": "1"}
    tables = {
        f"{change}_{kind}": f"{'default' if kind == 'delta' else 'lake.db'}.{change}_{kind}"
        for change in CHANGED
        for kind in ("delta", "copied", "read")
        if (change, kind) != ("look_up", "delta")
    }
    script = str(Path(__file__).parent / "jobs" / "changes.py")
    inputs = {"o": "default.o", "s": "default.s"}
    jars = table_formats.jars(sparks["3.5"].home)
    job = SparkJob(script, conf=conf, jars=jars, instrument=True, inputs=inputs, outputs=tables)

    @dg.multi_asset(specs=[dg.AssetSpec(name) for name in tables])
    def changed(context: dg.AssetExecutionContext):  # type: ignore[no-untyped-def]  # Dagster checks the type of the result
        return client(sparks["3.5"], tmp_path, "local[1]").run(context=context, job=job).get_results()

    done = runs.materialize(changed)
    assert done.success, done.failure
    found = {}
    for made in done.materializations:
        assert "spark/lineage_left_out" not in made.metadata, made
        name = made.asset_key.to_user_string()
        own = tables[name].replace(".", "/")
        deps = lineage({"dagster/column_lineage": made.metadata["dagster/column_lineage"].value})
        found[name] = {column: {dep.replace(own, "own") for dep in of} for column, of in deps.items()}
    assert found == {name: CHANGED[name.rpartition("_")[0]] for name in tables}


def number(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def compared(metadata: Any, shape: Shape) -> Any:
    """Expected and actual, if they differ."""
    expected = {column: set(sources.split(" ")) for column, sources in shape.expected.items()}
    actual = lineage(metadata) if "dagster/column_lineage" in metadata else {}
    reasons = left_out(metadata)
    same = actual == expected and reasons.keys() == shape.left_out.keys()
    same = same and all(part in reasons[column] for column, part in shape.left_out.items())
    return None if same else {"expected": (expected, shape.left_out), "actual": (actual, reasons)}


def left_out(metadata: Any) -> dict[str, str]:
    """The reason of each column without lineage."""
    if "spark/lineage_left_out" not in metadata:
        return {}
    reasons = metadata["spark/lineage_left_out"]
    return (
        {"*": reasons}
        if isinstance(reasons, str)
        else {row.data["column"]: row.data["reason"] for row in reasons.records}
    )
