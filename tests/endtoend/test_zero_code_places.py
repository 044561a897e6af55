"""The places and names that an instrumented application's writes have in Dagster's event log."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from pyarrow import parquet

from dagster_pipes_jvm import SparkJob
from tests.endtoend.conftest import Spark
from tests.endtoend.test_zero_code import client, lineage
from tests.support.dagster_runs import DagsterRuns, warnings_of

SCRIPT = str(Path(__file__).parent / "jobs" / "places.py")
OUTPUTS = {
    "a": "Default.A",
    "b": "default.b",
    "hive_a": "default.hive_a",
    "hive_b": "default.hive_b",
    "few": "*/few",
    "together_a": "default.together_a",
    "together_b": "default.together_b",
    "spaced": "file:/*/output/my out/a%b",
    "orders": "RAW.orders",
    "db": "shop.APP.Lines",
    "lines": "*/output/lines",
    "typed": "*.typed",
}


@pytest.mark.parametrize("version", ["4.3", pytest.param("3.5", marks=pytest.mark.matrix)])
def test_every_write_is_told_once_with_its_own_place_and_count_and_nothing_is_a_warning(
    version: str, sparks: dict[str, Spark], runs: DagsterRuns, tmp_path: Path
) -> None:
    job = SparkJob(SCRIPT, args=[f"{tmp_path}/output"], instrument="strict", outputs=OUTPUTS)

    @dg.multi_asset(specs=[dg.AssetSpec(key) for key in OUTPUTS])
    def places(context: dg.AssetExecutionContext):  # type: ignore[no-untyped-def]  # Dagster checks the type of the result
        return client(sparks[version], tmp_path).run(context=context, job=job).get_results()

    done = runs.materialize(places)
    assert done.success, done.failure
    assert warnings_of(done) == []
    made: dict[str, dict[str, Any]] = {
        m.asset_key.to_user_string(): {key: value.value for key, value in m.metadata.items()}
        for m in done.materializations
    }
    output, warehouse = tmp_path / "output", tmp_path / "warehouse"
    folders = {
        "a": warehouse / "a",
        "b": warehouse / "b",
        "few": output / "few",
        "spaced": output / "my out" / "a%b",
        "orders": warehouse / "raw.db" / "orders",
        "lines": output / "lines",
        "typed": warehouse / "typed",
    }
    rows = {key: parquet.read_table(folder, partitioning=None).num_rows for key, folder in folders.items()}
    assert rows == {"a": 22, "b": 7, "few": 6, "spaced": 20, "orders": 18, "lines": 10, "typed": 10}
    assert {key: made[key]["spark/rows_written"] for key in rows} == rows
    assert (made["hive_a"]["spark/rows_written"], made["hive_b"]["spark/rows_written"]) == (3, 2)
    assert [made[key].get("spark/rows_written") for key in ("together_a", "together_b")] == [10, 4]
    for key in ("a", "b", "spaced", "orders"):
        assert made[key]["spark/files_written"] == len([*folders[key].glob("*.parquet")])
        assert "spark/writes" not in made[key]
    assert made["spaced"]["dagster/uri"] == f"file:{output}/my out/a%b"
    assert made["spaced"]["dagster/table_name"] == "raw.spaced"
    assert made["orders"]["dagster/table_name"] == "raw.orders"
    assert made["db"]["dagster/table_name"] == "shop.APP.Lines"
    assert "dagster/uri" not in made["db"]
    assert lineage(made["lines"]) == {"id": {"shop/APP/Lines.id"}}
    # `a` has rows of three commands.
    for key, columns in (("a", ["id", "v"]), ("b", ["v"]), ("hive_a", ["id"]), ("hive_b", ["v"]), ("few", ["v"])):
        assert lineage(made[key]) == {"x": {f"default/numbers.{column}" for column in columns}}, key
    types = {column.name: column.type for column in made["typed"]["dagster/column_schema"].columns}
    assert types == {"c": "char(5)", "d": "varchar(7)", "e": "string"}
