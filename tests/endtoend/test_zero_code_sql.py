"""Files of SQL statements as applications: what `spark-sql -f` does, and what Dagster's event log has of it."""

from dataclasses import replace
from pathlib import Path

import pytest
from pyarrow import parquet

from dagster_pipes_jvm import SparkJob
from tests.endtoend.conftest import Spark
from tests.endtoend.test_zero_code import client, lineage, run
from tests.support.dagster_runs import DagsterRuns, Finished

REPORT = Path(__file__).parent / "jobs" / "report.sql"


def report(tmp_path: Path, target: str = "loud_orders") -> SparkJob:
    path = tmp_path / "my report.sql"
    path.write_text(REPORT.read_text(encoding="utf-8"), encoding="utf-8")
    return SparkJob(str(path), args=["-d", f"target={target}"], outputs={"probe": f"default.{target}"})


def check_report(done: Finished, warehouse: Path) -> None:
    assert done.success, done.failure
    rows = parquet.read_table(warehouse / "loud_orders").num_rows
    assert rows == 5
    assert done.metadata["dagster/row_count"] == rows
    assert done.metadata["dagster/table_name"] == "default.loud_orders"
    assert lineage(done.metadata) == {"id": {"default/orders.id"}, "loud": {"default/orders.note"}}
    wrote = [text for _, text in done.logs if text.startswith("Spark wrote ")]
    assert len(wrote) == 2, wrote


@pytest.mark.parametrize("version", ["4.3", pytest.param("3.5", marks=pytest.mark.matrix)])
def test_a_sql_file_is_an_application_that_prints_what_spark_sql_prints(
    version: str, sparks: dict[str, Spark], runs: DagsterRuns, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spark_client = client(sparks[version], tmp_path)
    done = run(runs, spark_client, report(tmp_path))
    check_report(done, tmp_path / "warehouse")
    printed = capsys.readouterr().out
    assert printed == "5\tA;B\tit's\n"


@pytest.mark.matrix
@pytest.mark.parametrize("version", ["4.3", "3.5"])
def test_a_plain_run_of_a_sql_file_is_the_same(
    version: str, sparks: dict[str, Spark], runs: DagsterRuns, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run(runs, client(sparks[version], tmp_path), replace(report(tmp_path), pipes="off"))
    assert done.success, done.failure
    assert capsys.readouterr().out == "5\tA;B\tit's\n"


@pytest.mark.matrix
def test_a_statement_that_fails_ends_the_file_and_fails_the_step_with_its_reason(
    sparks: dict[str, Spark], runs: DagsterRuns, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run(runs, client(sparks["4.3"], tmp_path), report(tmp_path, "nowhere.loud"))
    assert not done.success
    assert "failed with exit code 1" in done.failure
    assert "SCHEMA_NOT_FOUND" in done.failure
    assert capsys.readouterr().out == ""
    assert [text.partition(" to ")[0] for _, text in done.logs if text.startswith("Spark wrote ")] != []
