"""The counts of an unmodified application's writes: those of Spark, or none.

One application writes all cases. It counts the rows that each place has at its end, by reading them. A count that is
reported has to be the same.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import dagster as dg
import pytest

from dagster_pipes_jvm import SparkJob
from tests.endtoend.conftest import Spark
from tests.endtoend.test_zero_code import client
from tests.support import table_formats
from tests.support.dagster_runs import DagsterRuns

SCRIPT = str(Path(__file__).parent / "jobs" / "counts.py")


class Expected(NamedTuple):
    """The counts of one place in Dagster; `None` stands for no count."""

    all_rows: int | None
    rows_written: int | None
    place: str = "*/{case}"


TABLE, DATABASE, LAKE = "default.{case}", "{case}", "lake.db.{case}"
PLAIN = {
    "refused": Expected(10, 10),
    "whole": Expected(10, 10),
    "appended": Expected(15, 15),
    "append_alone": Expected(None, 5),
    "dynamic_conf": Expected(None, None),
    "dynamic_session": Expected(None, None),
    "dynamic_option": Expected(None, None),
    "dynamic_insert": Expected(None, None, TABLE),
    "dynamic_new_table": Expected(None, 1, TABLE),
    "static_after_dynamic": Expected(4, 4),
    "collected": Expected(15, 15, TABLE),
    "partition_after_whole": Expected(None, None, TABLE),
    "partition_twice": Expected(None, 3, TABLE),
    "two_partitions": Expected(None, 7, TABLE),
    "truncated": Expected(None, 5, TABLE),
    "dropped": Expected(None, 5, TABLE),
    "renamed": Expected(None, 5, TABLE),
    "partition_dropped": Expected(None, None, TABLE),
    "failed": Expected(None, None),
    "folder_inside": Expected(None, None),
    "ignored": Expected(10, 10),
    "ignored_first": Expected(3, 3),
    "ignored_table": Expected(10, 10, TABLE),
    "maintained": Expected(10, 10, TABLE),
    "without_place": Expected(10, 10),
    "empty": Expected(0, 0),
    "jdbc": Expected(15, 15, DATABASE),
    "batch_files": Expected(None, 9),
    "batch_jdbc_one": Expected(None, 4, DATABASE),
    "batch_jdbc_two": Expected(None, 7, DATABASE),
    "text": Expected(10, 10),
    "pickled": Expected(None, None),
    "sequence": Expected(10, 10),
}
FORMATS = {
    "delta": Expected(15, 15),
    "delta_replace_where": Expected(None, None),
    "delta_replace_data": Expected(None, None),
    "delta_replace_alone": Expected(None, 1),
    "delta_dynamic": Expected(None, None),
    "delta_dynamic_insert": Expected(None, None, TABLE),
    "delta_partition": Expected(None, 3, TABLE),
    "delta_ignored": Expected(10, 10, TABLE),
    "delta_compacted": Expected(100, 100),
    "delta_restored": Expected(None, None),
    "delta_deleted": Expected(None, None, TABLE),
    "delta_changed": Expected(None, 10),
    "delta_batch_one": Expected(None, 9),
    "delta_batch_two": Expected(None, 4),
    "iceberg": Expected(15, 15, LAKE),
    "iceberg_partitions": Expected(None, None, LAKE),
    "iceberg_partition": Expected(None, 3, LAKE),
    "iceberg_condition": Expected(None, None, LAKE),
    "iceberg_truncated": Expected(None, 5, LAKE),
    "iceberg_rolled_back": Expected(None, None, LAKE),
    "iceberg_deleted": Expected(None, None, LAKE),
}


def check(
    runs: DagsterRuns, spark: Spark, tmp_path: Path, cases: dict[str, Expected], job: SparkJob
) -> dict[str, dict[str, Any]]:
    """Run the job with an asset for each case, and compare; returns the metadata."""
    outputs = {case: expected.place.format(case=case) for case, expected in cases.items()}
    output = tmp_path / "output"
    output.mkdir()
    job = replace(job, args=[str(output), *job.args], outputs=outputs)

    @dg.multi_asset(specs=[dg.AssetSpec(case) for case in cases])
    def places(context: dg.AssetExecutionContext):  # type: ignore[no-untyped-def]  # Dagster checks the type of the result
        return client(spark, tmp_path).run(context=context, job=job).get_results()

    done = runs.materialize(places)
    assert done.success, done.failure
    assert [text for _, text in done.logs if "met an error" in text or "switched off" in text] == []
    made = {
        made.asset_key.to_user_string(): {key: value.value for key, value in made.metadata.items()}
        for made in done.materializations
    }
    truth = json.loads((output / "truth.json").read_text(encoding="utf-8"))
    assert truth.keys() == cases.keys()
    seen = {case: (made[case].get("dagster/row_count"), made[case].get("spark/rows_written")) for case in cases}
    wrong = {case: count for case, (count, _) in seen.items() if count is not None and count != truth[case]}
    assert wrong == {}, f"the truth is {truth}"
    assert seen == {case: expected[:2] for case, expected in cases.items()}
    return made


@pytest.mark.parametrize("version", ["4.3", pytest.param("3.5", marks=pytest.mark.matrix)])
def test_counts_are_those_of_an_independent_count_or_left_out(
    version: str, sparks: dict[str, Spark], runs: DagsterRuns, tmp_path: Path
) -> None:
    made = check(runs, sparks[version], tmp_path, PLAIN, SparkJob(SCRIPT, instrument=True))
    assert "spark/bytes_written" not in made["jdbc"]
    assert made["pickled"]["spark/bytes_written"] > 0
    assert made["without_place"]["spark/format"] == "parquet"


@pytest.mark.matrix  # fetches 60 MB of jars, once
def test_counts_of_delta_and_iceberg_are_those_of_an_independent_count_or_left_out(
    sparks: dict[str, Spark], runs: DagsterRuns, tmp_path: Path
) -> None:
    spark = sparks["3.5"]
    job = SparkJob(
        SCRIPT,
        args=["formats"],
        instrument=True,
        jars=table_formats.jars(spark.home),
        conf={
            **table_formats.conf(tmp_path / "lake"),
            "spark.sql.shuffle.partitions": "2",
        },
    )
    made = check(runs, spark, tmp_path, PLAIN | FORMATS, job)
    assert made["delta_changed"]["spark/format"] == "delta"  # and not that of its files
    assert made["delta_deleted"]["spark/rows_deleted"] == 4
    assert made["delta_deleted"]["spark/rows_updated"] == 1
