"""DataFrames as metadata: the same from every language, as Dagster's event log has it."""

import runpy
import shutil
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.metadata import TableMetadataSet

from dagster_pipes_jvm import PipesJvmFileMessageReader, PipesSparkSubmitClient, SparkJob
from dagster_pipes_jvm_standin.yarn import MiniYarn
from tests.conftest import REPOSITORY
from tests.endtoend.conftest import Spark
from tests.support.dagster_runs import DagsterRuns

JOBS = Path(__file__).parent / "jobs"
EXAMPLE = REPOSITORY / "examples" / "dataframes"
ASSETS = ("python", "java", "scala", "python_schema", "java_schema")

ROW = """
SELECT 1L AS l, CAST(7 AS TINYINT) AS tiny, CAST(0.1 AS FLOAT) AS f, 0.25D AS d, true AS b, 'x\\n\u00e9' AS s, NULL AS n,
  CAST(1.50 AS DECIMAL(10,2)) AS dec, CAST('12345678901234567890.12' AS DECIMAL(38,2)) AS big,
  CAST('12345678901234567890' AS DECIMAL(38,0)) AS whole, CAST(0 AS DECIMAL(10,2)) AS zero,
  DATE'2013-01-01' AS day, TIMESTAMP'2013-01-01 05:00:00.123' AS t, TIMESTAMP_NTZ'2013-01-01 05:00:00' AS ntz,
  X'0102' AS bin, array(1, NULL) AS a, map('k', 1, 'gone', NULL) AS m,
  named_struct('x', 1, 'y', NULL, 'at', DATE'2013-01-01', 'raw', X'ff', 'in ner', named_struct('z', 1.10BD)) AS st,
  array(named_struct('q', TIMESTAMP'2013-01-01 05:00:00')) AS nested, INTERVAL '1' DAY AS i, INTERVAL '2' MONTH AS ym,
  'odd' AS `a.b ``c`, 9007199254740993L AS id, CAST('NaN' AS DOUBLE) AS nan, CAST('-Infinity' AS FLOAT) AS inf,
  1e300D AS huge, CAST(NULL AS STRING) AS nothing
"""
# Variants are Spark 4's.
QUERIES = {"3.5": ROW, "4.3": ROW + ", parse_json('{\"v\": [1, null]}') AS v"}


def describe(
    spark: Spark, runs: DagsterRuns, directory: Path, cluster: MiniYarn | None
) -> tuple[dict[str, dict[str, Any]], Any]:
    """The metadata of each asset, as the event log has it, and the job's custom message."""
    conf: dict[str, Any] = {"spark.ui.enabled": False}
    env = {}
    if cluster is not None:
        conf |= cluster.spark_conf(spark.home)
        env = {"HADOOP_CONF_DIR": str(cluster.conf_dir)}
    client = PipesSparkSubmitClient(
        "local[1]" if cluster is None else "yarn",
        deploy_mode="client" if cluster is None else "cluster",
        conf=conf,
        env=env,
        spark_home=str(spark.home),
        python=str(spark.python),
        cwd=str(directory),
        message_reader=PipesJvmFileMessageReader(str(directory)),
    )
    query = directory / "query.sql"
    query.write_text(QUERIES[spark.version], encoding="utf-8")
    job = SparkJob(str(JOBS / "described.py"), args=[str(query)], jars=[spark.jobs_jar])
    custom: list[Any] = []

    @dg.multi_asset(specs=[dg.AssetSpec(key) for key in ASSETS])
    def described(context: dg.AssetExecutionContext):  # type: ignore[no-untyped-def]  # Dagster checks the type of the result
        invocation = client.run(context=context, job=job)
        custom.extend(invocation.get_custom_messages())
        yield from invocation.get_results()

    run = runs.materialize(described)
    assert run.success, run.failure
    metadata = {m.asset_key.to_user_string(): dict(m.metadata) for m in run.materializations}
    for entries in metadata.values():
        del entries["dagster_pipes_jvm/messages_received"]  # the client's own
    return metadata, custom[0]


@pytest.mark.parametrize(
    ("version", "engine"),
    [
        ("4.3", "local"),
        ("3.5", "yarn"),
        pytest.param("4.3", "yarn", marks=pytest.mark.matrix),
        pytest.param("3.5", "local", marks=pytest.mark.matrix),
    ],
)
def test_one_dataframe_is_described_the_same_by_every_language(
    version: str,
    engine: str,
    sparks: dict[str, Spark],
    runs: DagsterRuns,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    cluster = request.getfixturevalue("yarn") if engine == "yarn" else None
    metadata, custom = describe(sparks[version], runs, tmp_path, cluster)
    assert metadata["java"] == metadata["python"]
    assert metadata["scala"] == metadata["python"]
    assert metadata["java_schema"].keys() == {"dagster/column_schema"}
    assert metadata["python_schema"].keys() == {"dagster/column_schema", "dagster/uri", "dagster/row_count"}
    assert custom["jobs"] > 0
    assert custom["jobs started"] == 0

    python = metadata["python"]
    assert python["rows"] == dg.IntMetadataValue(1)
    known = TableMetadataSet.extract(python)
    assert known.row_count == 3
    assert python["dagster/uri"].value == "s3://lake/orders"
    types = {column.name: column.type for column in known.column_schema.columns}  # type: ignore[union-attr]  # the test knows that there is a schema
    assert types["nested"] == "array<struct<q:timestamp>>"
    assert types["big"] == "decimal(38,2)"
    (record,) = python["table"].records
    assert python["preview"].records == [record]
    cells = dict(record.data)
    assert cells["big"] == "12345678901234567890.12"
    assert cells["whole"] == "12345678901234567890"
    assert (cells["dec"], cells["f"], cells["nan"], cells["id"]) == (1.5, 0.1, "NaN", "9007199254740993")
    assert cells["m"] == '{"k":1,"gone":null}'
    assert cells["st"] == '{"x":1,"y":null,"at":"2013-01-01","raw":"/w==","in ner":{"z":1.10}}'
    assert cells["t"] == "2013-01-01 05:00:00.123"
    assert cells["n"] is None


def test_the_example_runs_as_it_is(
    sparks: dict[str, Spark], runs: DagsterRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(sparks["4.3"].jobs_jar, tmp_path / "described.jar")
    shutil.copy(EXAMPLE / "job.py", tmp_path / "job.py")
    (tmp_path / "orders.csv").write_text("id,customer,price\n1,ann,2.50\n2,bob,1.00\n3,ann,0.25\n", encoding="utf-8")
    monkeypatch.setenv("SPARK_HOME", str(sparks["4.3"].home))
    monkeypatch.chdir(tmp_path)
    module = runpy.run_path(str(EXAMPLE / "definitions.py"))
    run = runs.materialize(module["lake"], **module["defs"].resources)
    assert run.success, run.failure
    by_key = {m.asset_key.to_user_string(): m.metadata for m in run.materializations}
    assert by_key["orders"]["dagster/row_count"].value == 3
    assert by_key["totals"]["dagster/row_count"].value == by_key["totals"]["rows"].value == 2
    assert [dict(r.data) for r in by_key["totals"]["preview"].records] == [  # type: ignore[attr-defined]  # the metadata value is a table
        {"customer": "ann", "total": 2.75},
        {"customer": "bob", "total": 1.0},
    ]
