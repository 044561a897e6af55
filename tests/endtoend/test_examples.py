"""Every example is run, and what it shows is read back from where its user would see it."""

import io
import os
import pickle
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pyarrow
import pyarrow.parquet
import pytest

from dagster_pipes_jvm import SparkJob
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.conftest import REPOSITORY
from tests.endtoend.conftest import Spark
from tests.support.dagster_runs import DagsterRuns

MIGRATION = REPOSITORY / "examples" / "migration"
ORDERS = REPOSITORY / "examples" / "orders"
STREAM = REPOSITORY / "examples" / "stream"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> "tuple[subprocess.CompletedProcess[str], Path]":
    state = tmp_path_factory.mktemp("demo")
    env = {**os.environ, "DEMO_STATE_DIR": str(state), "COLUMNS": "160"}
    command = [sys.executable, str(MIGRATION / "demo.py")]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False), state


def test_the_migration_example_ends_with_a_table_of_what_arrived(
    demo: "tuple[subprocess.CompletedProcess[str], Path]",
) -> None:
    done, _ = demo
    assert done.returncode == 0, done.stdout + done.stderr
    for asset, language in (
        ("flights_by_pyspark", "PySpark"),
        ("delays_by_scala", "Scala"),
        ("flights_by_scala", "Scala"),
        ("delays_by_pyspark", "PySpark"),
        ("delays_without_io_manager", "Scala"),
    ):
        assert re.search(rf"│ {asset} +│ {language} +│ +\d+\.\d │ +[1-9]\d* │", done.stdout), done.stdout
    assert done.stdout.count("336,776") >= 5
    assert "every figure is the one that pandas gives" in done.stdout


def test_the_example_leaves_path_value_and_metadata_in_dagsters_instance(
    demo: "tuple[subprocess.CompletedProcess[str], Path]",
) -> None:
    _, state = demo
    home = state / "dagster_home"
    for asset in ("flights_by_pyspark", "flights_by_scala"):
        stored = pickle.loads((home / "storage" / asset).read_bytes())
        with dg.DagsterInstance.from_config(str(home)) as instance:
            event = instance.get_latest_materialization_event(dg.AssetKey(asset))
        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.metadata["path"].value == stored
        assert stored.startswith(f"s3://migration/tables/{asset}/")


def test_a_wrong_figure_makes_the_demo_fail() -> None:
    """The comparison itself: one figure that differs from pandas' is named, whatever else is right."""
    sys.path.insert(0, str(MIGRATION))
    try:
        from report import Materialized, compare
    finally:
        sys.path.remove(str(MIGRATION))
    metadata = {
        "flights": dg.MetadataValue.int(3),
        "delays_by_origin": dg.MetadataValue.table([dg.TableRecord({"origin": "EWR", "flights": 3})]),
        "worst_destinations": dg.MetadataValue.table([dg.TableRecord({"dest": "CAE", "flights": 3})]),
    }
    expected = {
        "flights": 3,
        "delays_by_origin": [{"origin": "EWR", "flights": 3}],
        "worst_destinations": [{"dest": "CAE", "flights": 3}],
        "every_flight_has_origin": True,
    }
    right = {"delays": Materialized(metadata, check_passed=True, seconds=1.0)}
    assert compare(right, expected, [], ["delays"]) == []
    wrong = {**expected, "worst_destinations": [{"dest": "CAE", "flights": 4}]}
    assert compare(right, wrong, [], ["delays"]) == [
        "delays: worst_destinations is [{'dest': 'CAE', 'flights': 3}], and pandas gives [{'dest': 'CAE', 'flights': 4}]"
    ]


@pytest.mark.parametrize("application", ["orders.jar", "orders.py"])
def test_the_job_and_the_asset_of_the_front_page_run_as_they_are(
    runs: DagsterRuns,
    s3: LocalS3,
    sparks: dict[str, Spark],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    application: str,
) -> None:
    parquet = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"id": [1, 2, None], "price": [1.5, 2.5, 3.5]}), parquet)
    s3.create_bucket("lake")
    s3.client().put_object(Bucket="lake", Key="orders/part-0.parquet", Body=parquet.getvalue())
    shutil.copy(sparks["4.3"].jobs_jar, tmp_path / "orders.jar")
    shutil.copy(ORDERS / "orders.py", tmp_path / "orders.py")
    defaults = "".join(f"{key} {value}\n" for key, value in {**s3.spark_conf(), "spark.ui.enabled": "false"}.items())
    (tmp_path / "spark-defaults.conf").write_text(defaults, encoding="utf-8")
    for name, value in {**s3.environment(), "SPARK_CONF_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    module = runpy.run_path(str(ORDERS / "definitions.py"))
    if application.endswith(".py"):
        module["orders"].op.compute_fn.decorated_fn.__globals__["job"] = SparkJob(application)
    run = runs.materialize(module["orders"], **module["defs"].resources)
    assert run.success, run.failure
    assert run.metadata["rows"] == 3
    (evaluation,) = run.checks
    assert (evaluation.check_name, evaluation.passed) == ("no_nulls", False)
    assert any(text == "read 3 orders" for _, text in run.logs)


@pytest.mark.parametrize("application", ["sales.jar", "sales.py"])
def test_the_job_of_several_tables_runs_as_it_is(
    runs: DagsterRuns, sparks: dict[str, Spark], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, application: str
) -> None:
    (tmp_path / "sales").mkdir()
    rows = ["region,product,month", "north,a,1", "north,b,1", "south,a,2", "south,c,"]
    (tmp_path / "sales" / "1.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    shutil.copy(sparks["4.3"].jobs_jar, tmp_path / "sales.jar")
    shutil.copy(STREAM / "sales.py", tmp_path / "sales.py")
    (tmp_path / "spark-defaults.conf").write_text("spark.ui.enabled false\n", encoding="utf-8")
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    module = runpy.run_path(str(STREAM / "definitions.py"))
    if application.endswith(".py"):
        module["sales"].op.compute_fn.decorated_fn.__globals__["job"] = SparkJob(application)
    run = runs.materialize(module["sales"], **module["defs"].resources)
    assert run.success, run.failure
    found = [(m.asset_key.to_user_string(), m.metadata["rows"].value) for m in run.materializations]
    assert found == [("sales_by_region", 2), ("sales_by_product", 3), ("sales_by_month", 3)]
    checks = [(e.asset_key.to_user_string(), e.check_name, e.passed) for e in run.checks]
    assert checks == [
        ("sales_by_region", "no_nulls", True),
        ("sales_by_product", "no_nulls", True),
        ("sales_by_month", "no_nulls", False),
    ]
