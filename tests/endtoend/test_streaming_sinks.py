"""Streaming queries of an unmodified application: each is one write, with its rows, schema and lineage."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from pyarrow import dataset

from dagster_pipes_jvm import SparkJob
from tests.endtoend.conftest import Spark
from tests.endtoend.test_zero_code import client, lineage
from tests.support import table_formats
from tests.support.dagster_runs import DagsterRuns
from tests.support.matrix import marked

SCRIPT = str(Path(__file__).parent / "jobs" / "sinks.py")
BOTH = {"next": {"source.id"}, "label": {"source.text"}}
LINEAGE = {
    "files": BOTH,
    "days_copied": {"next": {"days.id"}, "label": {"days.text"}},
    "listed": BOTH,
    "copied": {"id": {"stored.id"}},
    "each": BOTH,
    "partly": {"next": {"source.id"}},
    "open": BOTH,
}
IN_TABLE_FORMATS = {
    "delta_path": BOTH,
    "delta_table": BOTH,
    "delta_counts": {"day": {"default/delta_source.day"}},
    "iceberg_table": BOTH,
}


def written(
    version: str, sparks: dict[str, Spark], runs: DagsterRuns, tmp_path: Path, names: Any, **settings: Any
) -> dict[str, dict[str, Any]]:
    """The metadata of each output."""
    places = {name: f"*/data/{name}" for name in names} | {name: f"default.{name}" for name in names if "_" in name}
    places |= {"listed": "default.listed", "copied": "default.copied", "days_copied": "*/data/days_copied"}
    places |= {"delta_path": "*/data/delta_path", "iceberg_table": "lake.db.iceberg_table"}
    others = ("console", "nothing", "kept")
    job = SparkJob(
        SCRIPT,
        args=[f"{tmp_path}/data", *settings.pop("args", ())],
        instrument=True,
        inputs={"source": "*/data/in", "days": "*/data/days", "stored": "default.stored"},
        conf={"spark.sql.shuffle.partitions": "1", **settings.pop("conf", {})},
        outputs={name: places[name] for name in names} | {name: f"*{name}*" for name in others},
        **settings,
    )

    @dg.multi_asset(specs=[dg.AssetSpec(name) for name in (*names, *others)])
    def sinks(context: dg.AssetExecutionContext):  # type: ignore[no-untyped-def]  # Dagster checks the type of the result
        return client(sparks[version], tmp_path, "local[1]").run(context=context, job=job).get_results()

    done = runs.materialize(sinks)
    assert done.success, done.failure
    assert not [text for level, text in done.logs if level == 30 and text.startswith("[pipes]")]
    assert not [text for _, text in done.logs if "Spark wrote" in text and any(other in text for other in others)]
    return {
        m.asset_key.to_user_string(): {key: getattr(value, "value", value) for key, value in m.metadata.items()}
        for m in done.materializations
    }


@pytest.mark.parametrize("version", marked([("4.3",), ("3.5",)], [("4.3",)]))
def test_each_streaming_query_is_one_write(
    version: str, sparks: dict[str, Spark], runs: DagsterRuns, tmp_path: Path
) -> None:
    found = written(version, sparks, runs, tmp_path, LINEAGE)
    assert {name: lineage(found[name]) for name in LINEAGE} == LINEAGE
    warehouse = {"listed", "copied"}
    for name in LINEAGE:
        folder = tmp_path / ("warehouse" if name in warehouse else "data") / name
        files = dataset.dataset([str(file) for file in folder.rglob("*.parquet")])
        assert found[name]["spark/rows_written"] == files.count_rows(), name
        schema = found[name]["dagster/column_schema"]
        assert [column.name for column in schema.columns] == files.schema.names
        assert "dagster/row_count" not in found[name]  # it appends
    assert found["listed"]["dagster/table_name"] == "default.listed"


@pytest.mark.matrix  # fetches 60 MB of jars, once
def test_streaming_queries_write_tables_of_delta_and_iceberg(
    sparks: dict[str, Spark], runs: DagsterRuns, tmp_path: Path
) -> None:
    jars, conf = table_formats.jars(sparks["3.5"].home), table_formats.conf(tmp_path / "lake")
    names = {**LINEAGE, **IN_TABLE_FORMATS}
    found = written("3.5", sparks, runs, tmp_path, names, jars=jars, conf=conf, args=["delta"])
    assert {name: lineage(found[name]) for name in IN_TABLE_FORMATS} == IN_TABLE_FORMATS
    expected = {"delta_path": 30, "delta_table": 30, "delta_counts": 2, "iceberg_table": 30}
    # The rows of a query on Delta are left out if those of one of its batches are not seen.
    rows = {name: found[name].get("spark/rows_written", expected[name]) for name in IN_TABLE_FORMATS}
    assert rows == expected
    assert found["iceberg_table"]["spark/rows_written"] == 30
    assert found["delta_counts"]["dagster/row_count"] == 2
