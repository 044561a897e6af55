"""Applications that know nothing of Dagster, run by `SparkJob(instrument=True)`: what Dagster's event log has of them.

`make test` runs each Spark with each engine and each application once, `make test-all` all of them. Each is run without
instrumentation as well, and has to do the same.
"""

import re
import shutil
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from pyarrow import parquet

from dagster_pipes_jvm import PipesSparkSubmitClient, SparkJob
from tests.conftest import REPOSITORY
from tests.endtoend.conftest import FLIGHTS, Spark
from tests.support import table_formats
from tests.support.dagster_runs import DagsterRuns, Finished
from tests.support.matrix import marked

WRITES = str(Path(__file__).parent / "jobs" / "writes.py")
ENGINES = {"local": "local[2]", "local-cluster": "local-cluster[1,2,1024]"}
EXAMPLES = ("wordcount", "pagerank", "kmeans")
SHORT = [
    ("4.3", "local", "scala"),
    ("3.5", "local-cluster", "scala"),
    ("3.5", "local", "pagerank"),
    ("4.3", "local", "wordcount"),
    ("4.3", "local-cluster", "kmeans"),
]
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def application(name: str, spark: Spark, flights_csv: Path, output: Path) -> SparkJob:
    """One of Spark's own examples on the data that pyspark ships, or the Scala application."""
    if name == "scala":
        jar = REPOSITORY / "examples" / "zero_code" / "target" / f"zero-code_{spark.scala}.jar"
        return SparkJob(str(jar), main_class="delays.Delays", args=[flights_csv.as_uri(), output.as_uri()])
    data = spark.home / "data" / "mllib"
    args = {
        "wordcount": [str(data / "sample_lda_data.txt")],
        "pagerank": [str(data / "pagerank_data.txt"), "3"],
        "kmeans": [str(data / "kmeans_data.txt"), "2", "0.1"],
    }
    return SparkJob(str(spark.home / "examples" / "src" / "main" / "python" / f"{name}.py"), args=args[name])


def client(spark: Spark, tmp_path: Path, master: str = "local[2]") -> PipesSparkSubmitClient:
    return PipesSparkSubmitClient(
        master,
        conf={"spark.ui.enabled": False, "spark.sql.warehouse.dir": str(tmp_path / "warehouse")},
        cwd=str(tmp_path),
        spark_home=str(spark.home),
        python=str(spark.python),
    )


def run(runs: DagsterRuns, spark_client: PipesSparkSubmitClient, job: SparkJob) -> Finished:
    return runs.run_body(lambda c: spark_client.run(context=c, job=job).get_materialize_result())


def files(folder: Path) -> dict[str, list[str]]:
    """What was written: rows, whose order is Spark's own matter, by names without the random part."""
    found: dict[str, list[str]] = {}
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".crc":
            name = _UUID.sub("", str(path.relative_to(folder)))
            rows = parquet.read_table(path, partitioning=None).to_pylist() if path.suffix == ".parquet" else []
            found.setdefault(name, []).extend(sorted(map(str, rows)))
    return found


@pytest.mark.parametrize(
    ("version", "engine", "name"), marked(product(("4.3", "3.5"), ENGINES, ("scala", *EXAMPLES)), SHORT)
)
def test_an_application_does_the_same_with_and_without(
    version: str,
    engine: str,
    name: str,
    sparks: dict[str, Spark],
    runs: DagsterRuns,
    flights_csv: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spark, output = sparks[version], tmp_path / "output"
    job = application(name, spark, flights_csv, output)
    plain = run(runs, client(spark, tmp_path, ENGINES[engine]), replace(job, pipes="off"))
    assert plain.success, plain.failure
    plain_stdout, plain_files = capsys.readouterr().out, files(output)
    shutil.rmtree(output, ignore_errors=True)
    for leftover in ("warehouse", "metastore_db", "derby.log"):
        shutil.rmtree(tmp_path / leftover, ignore_errors=True)

    seen = run(runs, client(spark, tmp_path, ENGINES[engine]), replace(job, instrument=True))
    assert seen.success, seen.failure
    assert capsys.readouterr().out == plain_stdout
    assert files(output) == plain_files
    assert any(text.startswith(f"Spark {version}") for _, text in seen.logs), seen.logs
    assert seen.engine_errors == []
    if name == "scala":
        assert plain_stdout.count("rows of delays") == 1
        assert seen.metadata["dagster/table_name"] == "default.totals"
        assert seen.metadata["spark/tasks"] > 0


def test_thousands_of_outputs_travel_in_the_context(
    sparks: dict[str, Spark], runs: DagsterRuns, flights_csv: Path, tmp_path: Path
) -> None:
    others = {f"other_{number}": f"s3://lake/{number:0120}" for number in range(3_000)}
    job = replace(
        application("scala", sparks["4.3"], flights_csv, tmp_path / "output"),
        instrument=True,
        outputs={**others, "delays": "*/output/delays"},
    )

    @dg.multi_asset(specs=[dg.AssetSpec("delays"), dg.AssetSpec("other_1")])
    def airline_delays(context: dg.AssetExecutionContext):  # type: ignore[no-untyped-def]  # Dagster checks the type of the result
        return client(sparks["4.3"], tmp_path).run(context=context, job=job).get_results()

    done = runs.materialize(airline_delays)
    assert done.success, done.failure
    made = {m.asset_key.to_user_string(): m.metadata for m in done.materializations}
    assert made["delays"]["dagster/row_count"].value > 0
    assert "spark/rows_written" not in made["other_1"]


def test_two_assets_of_one_application_have_rows_schema_lineage_and_metrics(
    sparks: dict[str, Spark], runs: DagsterRuns, flights_csv: Path, tmp_path: Path
) -> None:
    job = replace(
        application("scala", sparks["4.3"], flights_csv, tmp_path / "output"),
        instrument="strict",
        outputs={"delays": "*/output/delays", "totals": "default.totals"},
        inputs={"flights": "*/flights.csv", "delays": "*/output/delays"},
    )

    @dg.multi_asset(specs=[dg.AssetSpec("delays"), dg.AssetSpec("totals", deps=["delays"])])
    def airline_delays(context: dg.AssetExecutionContext):  # type: ignore[no-untyped-def]  # Dagster checks the type of the result
        return client(sparks["4.3"], tmp_path).run(context=context, job=job).get_results()

    done = runs.materialize(airline_delays)
    assert done.success, done.failure
    delays, totals = (
        {key: value.value for key, value in made.metadata.items()}
        for made in sorted(done.materializations, key=lambda m: m.asset_key)
    )
    assert delays["dagster/row_count"] == delays["spark/rows_written"]
    assert delays["dagster/row_count"] > totals["dagster/row_count"] > 0
    assert delays["dagster/uri"] == f"file:{tmp_path}/output/delays"
    assert (delays["spark/format"], delays["spark/mode"]) == ("parquet", "overwrite")
    assert (delays["spark/partition_columns"], delays["spark/partitions_written"]) == ("origin", 3)
    written = [path for path in (tmp_path / "output" / "delays").rglob("*.parquet")]
    assert delays["spark/files_written"] == len(written)
    assert delays["spark/bytes_written"] == sum(path.stat().st_size for path in written)
    columns = {column.name: column.type for column in delays["dagster/column_schema"].columns}
    assert columns == {
        "carrier": "string", "origin": "string", "mean_delay": "double", "flights": "bigint",
        "airline": "string", "place": "int",
    }  # fmt: skip
    assert lineage(delays) == {
        "carrier": {"flights.carrier"},
        "origin": {"flights.origin"},
        "mean_delay": {"flights.dep_delay"},
    }
    assert totals["dagster/table_name"] == "default.totals"
    assert lineage(totals) == {"airline": {"delays.airline"}, "flights": {"delays.flights"}}
    assert totals["spark/tasks"] > 0
    assert totals["spark/failed_tasks"] == 0
    assert totals["spark/shuffle_bytes_written"] > 0
    assert "| parquet at Delays.scala:" in totals["spark/stages"]


def lineage(metadata: dict[str, Any]) -> dict[str, set[str]]:
    deps = metadata["dagster/column_lineage"].deps_by_column
    return {column: {f"{d.asset_key.to_user_string()}.{d.column_name}" for d in of} for column, of in deps.items()}


def with_flight(flights_csv: Path, tmp_path: Path, line: str) -> Path:
    """A copy with one more flight."""
    more = tmp_path / "flights.csv"
    more.write_text(f"{flights_csv.read_text(encoding='utf-8')}{line}\n", encoding="utf-8")
    return more


def test_a_jars_uncaught_exception_is_the_reason_and_the_failed_job_is_named(
    sparks: dict[str, Spark], runs: DagsterRuns, flights_csv: Path, tmp_path: Path
) -> None:
    flights_csv = with_flight(flights_csv, tmp_path, "2013,1,1,,,,,,,UA,1,,EWR,IAH,,1400,,,")
    job = application("scala", sparks["3.5"], flights_csv, tmp_path / "output")
    job = replace(job.override(args=[*job.args, "check"]), instrument=True)
    done = run(runs, client(sparks["3.5"], tmp_path), job)
    assert not done.success
    assert "failed with exit code 1" in done.failure
    assert "zero-code_2.12.jar (main class delays.Delays)" in done.failure
    assert "a flight without an aircraft" in done.failure
    (error,) = done.engine_errors
    assert error.cls_name == "org.apache.spark.SparkException"
    assert error.cause.message == "a flight without an aircraft"
    failed = [text for level, text in done.logs if level == 30]
    assert any(re.match(r"Spark job \d+ failed: foreach at Delays.scala:\d+: Job aborted", text) for text in failed)


def test_a_shuffle_that_fails_is_named_by_the_applications_line(
    sparks: dict[str, Spark], runs: DagsterRuns, flights_csv: Path, tmp_path: Path
) -> None:
    """Spark 4 starts such a job from a thread of its own, and names it `$anonfun$... at CompletableFuture.java`."""
    flights_csv = with_flight(flights_csv, tmp_path, "2013,1,1,,,late,,,,UA,1,N1,EWR,IAH,,1400,,,")
    job = replace(application("scala", sparks["4.3"], flights_csv, tmp_path / "output"), instrument=True)
    done = run(runs, client(sparks["4.3"], tmp_path), job)
    assert not done.success
    failed = [text for level, text in done.logs if level == 30 and text.startswith("Spark job ")]
    assert re.match(r"Spark job \d+ failed: parquet at Delays.scala:\d+: .*CAST_INVALID_INPUT", failed[0]), failed


@pytest.mark.parametrize(
    ("version", "how", "exit_code", "name"),
    [
        ("3.5", "fail", 1, "RuntimeError"),
        pytest.param("4.3", "fail", 1, "RuntimeError", marks=pytest.mark.matrix),
        ("4.3", "before", 1, "KeyError"),
        pytest.param("4.3", "exit", 7, "SystemExit", marks=pytest.mark.matrix),
    ],
)
def test_a_scripts_traceback_is_the_reason_with_its_exit_code(
    version: str, how: str, exit_code: int, name: str, sparks: dict[str, Spark], runs: DagsterRuns, tmp_path: Path
) -> None:
    job = SparkJob(WRITES, args=[str(tmp_path / "output"), how], instrument=True)
    done = run(runs, client(sparks[version], tmp_path), job)
    assert not done.success
    assert f"spark-submit of {WRITES} failed with exit code {exit_code}" in done.failure
    (error,) = done.engine_errors
    assert error.cls_name == name
    assert f'File "{WRITES}", line' in "".join(error.stack)
    assert "script_runner.py" not in "".join(error.stack)
    if how == "fail":
        assert "ZeroDivisionError" in error.cause.message


def test_every_kind_of_write_is_seen_once(sparks: dict[str, Spark], runs: DagsterRuns, tmp_path: Path) -> None:
    check_writes(run(runs, client(sparks["4.3"], tmp_path), writes(tmp_path)), tmp_path)


def writes(tmp_path: Path) -> SparkJob:
    return SparkJob(WRITES, args=[f"{tmp_path}/output", "caught"], instrument=True, outputs={"probe": "*.made"})


def check_writes(done: Finished, tmp_path: Path) -> None:
    assert done.success, done.failure
    wrote = [text.partition("Spark wrote ")[2] for _, text in done.logs if text.startswith("Spark wrote ")]
    shortened = [re.sub(r", [\d.]+ [KM]?i?B", "", text) for text in wrote]
    other = "; it belongs to none of this step's assets"
    assert shortened == [
        f"100 rows, 6 files to file:{tmp_path}/output/parquet (parquet, overwrite){other}",
        f"100 rows, 1 file to file:{tmp_path}/output/json (json, append){other}",
        "100 rows, 2 files to default.made (parquet, errorifexists)",
        "100 rows, 2 files to default.made (parquet, append)",
        f"100 rows, 2 files to default.saved (parquet, overwrite){other}",
        f"10 rows, 1 file to default.saved (parquet, overwrite){other}",
        f"3 rows to file:{tmp_path}/output/text (text, errorifexists){other}",
        f"100 rows to noop-table (overwrite){other}",
    ]
    failed = [text for level, text in done.logs if level == 30 and text.startswith("Spark job ")]
    assert [text.split(":")[0] for text in failed] == ["Spark job 0 failed", "Spark job 1 failed"]
    assert "collect at" in failed[1]
    assert "odd" in failed[1]
    assert done.metadata["dagster/row_count"] == 200
    assert done.metadata["dagster/table_name"] == "default.made"
    assert done.metadata["spark/failed_tasks"] >= 1


@pytest.mark.matrix  # fetches 60 MB of jars, once
def test_tables_of_delta_and_iceberg_are_seen_as_other_tables_are(
    sparks: dict[str, Spark], runs: DagsterRuns, tmp_path: Path
) -> None:
    spark = sparks["3.5"]
    job = SparkJob(
        str(Path(__file__).parent / "jobs" / "tables.py"),
        args=[f"{tmp_path}/output"],
        conf=table_formats.conf(tmp_path / "lake"),
        jars=table_formats.jars(spark.home),
        instrument=True,
        outputs={"probe": "lake.db.copied"},
    )
    done = run(runs, client(spark, tmp_path), job)
    assert done.success, done.failure
    wrote = [text.partition("Spark wrote ")[2] for _, text in done.logs if text.startswith("Spark wrote ")]
    shortened = [re.sub(r", [\d,]+ files?|, [\d.]+ [KM]?i?B|; it belongs.*", "", text) for text in wrote]
    assert shortened == [
        f"100 rows to {tmp_path}/output/delta (delta, errorifexists)",
        f"10 rows to {tmp_path}/output/delta (delta, append)",
        "100 rows to default.delta_table (delta, create)",
        "50 rows (1 updated) to default.delta_table (delta, update)",
        "48 rows (2 deleted) to default.delta_table (delta, delete)",
        "50 rows (1 inserted, 1 updated, 1 deleted) to default.delta_table (delta, merge)",
        "100 rows to lake.db.orders (iceberg, create)",
        "10 rows to lake.db.orders (iceberg, append)",
        "110 rows to lake.db.copied (iceberg, overwrite)",
        "10 rows to lake.db.copied (iceberg, overwrite)",
    ]
    assert done.metadata["dagster/table_name"] == "lake.db.copied"
    assert lineage(done.metadata) == {"key": {"lake/db/orders.id"}}


def test_an_asset_to_which_nothing_is_written_is_materialized_or_strictly_fails(
    sparks: dict[str, Spark], runs: DagsterRuns, flights_csv: Path, tmp_path: Path
) -> None:
    job = application("wordcount", sparks["4.3"], flights_csv, tmp_path)
    done = run(runs, client(sparks["4.3"], tmp_path), replace(job, instrument="strict"))
    assert not done.success
    assert "The job ended well, but wrote nothing that belongs to probe, and `instrument` is 'strict'." in done.failure


def test_one_property_switches_all_of_it_off(
    sparks: dict[str, Spark], runs: DagsterRuns, flights_csv: Path, tmp_path: Path
) -> None:
    job = application("scala", sparks["4.3"], flights_csv, tmp_path / "output")
    job = replace(job, instrument=True, pipes="optional", conf={"spark.dagster.pipes.instrument.enabled": False})
    done = run(runs, client(sparks["4.3"], tmp_path), job)
    assert done.success, done.failure
    assert not any("Spark wrote" in text for _, text in done.logs)
    assert any("never opened its Pipes session" in text for _, text in done.logs)


@pytest.mark.parametrize("language", ["Scala", "PySpark"])
def test_an_application_that_reports_by_itself_shares_the_one_session(
    language: str, sparks: dict[str, Spark], runs: DagsterRuns, flights_csv: Path, tmp_path: Path
) -> None:
    job = replace(sparks["4.3"].upstream(language), instrument=True)
    output = tmp_path / "flights"
    extras = {"flights_csv": flights_csv.as_uri(), "output_path": output.as_uri()}

    def body(context: dg.AssetExecutionContext) -> Any:
        return client(sparks["4.3"], tmp_path).run(context=context, job=job, extras=extras).get_materialize_result()

    done = runs.run_body(body)
    assert done.success, done.failure
    assert done.metadata["rows"] == FLIGHTS  # its own report, and no second one
    texts = [text for _, text in done.logs]
    assert any(text.startswith(f"Spark wrote {FLIGHTS} rows") for text in texts), texts
    assert any("The application reported the asset probe itself" in text for text in texts), texts
    assert sum("successfully opened" in text for text in texts) == 1


def test_a_script_with_a_session_of_dagsters_own_beside_the_jvms_has_the_word(
    sparks: dict[str, Spark], runs: DagsterRuns, tmp_path: Path
) -> None:
    script = str(Path(__file__).parent / "jobs" / "own_session.py")
    job = SparkJob(script, args=[f"{tmp_path}/output"], instrument="strict")
    done = run(runs, client(sparks["4.3"], tmp_path), job)
    assert done.success, done.failure
    assert done.metadata["rows"] == 5
    texts = [text for _, text in done.logs]
    assert any(text.startswith("Spark wrote 5 rows") for text in texts), texts
    assert any("The application reported the asset probe itself" in text for text in texts), texts
    assert not any("after closed" in text for text in texts), texts
