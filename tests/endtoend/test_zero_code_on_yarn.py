"""Applications that know nothing of Dagster, run by `SparkJob(instrument=True)` on a real YARN.

In cluster mode the driver is in a container: nothing of the bridge is beside it but what the launcher sent there. `make
test` runs each pair of Spark, deploy mode and language once, `make test-all` all of them.
"""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from pyarrow import parquet

from dagster_pipes_jvm import PipesJvmFileMessageReader, PipesSparkSubmitClient
from dagster_pipes_jvm_standin.yarn import MiniYarn
from tests.endtoend.conftest import Spark
from tests.endtoend.test_zero_code import EXAMPLES, application, check_writes, lineage, run, writes
from tests.endtoend.test_zero_code_sql import check_report, report
from tests.support.dagster_runs import DagsterRuns
from tests.support.matrix import marked

SHORT = [
    ("4.3", "client", "PySpark"),
    ("4.3", "cluster", "Scala"),
    ("3.5", "client", "Scala"),
    ("3.5", "cluster", "PySpark"),
]
SHORT_EXAMPLES = [("4.3", "cluster", "wordcount")]
PLACES = (("4.3", "3.5"), ("client", "cluster"))


def client(spark: Spark, yarn: MiniYarn, deploy_mode: str, tmp_path: Path) -> PipesSparkSubmitClient:
    return PipesSparkSubmitClient(
        "yarn",
        deploy_mode=deploy_mode,
        conf={
            "spark.ui.enabled": False,
            "spark.sql.warehouse.dir": str(tmp_path / "warehouse"),
            **yarn.spark_conf(spark.home),
        },
        env={"HADOOP_CONF_DIR": str(yarn.conf_dir)},
        cwd=str(tmp_path),
        python=str(spark.python),
        spark_home=str(spark.home),
        message_reader=PipesJvmFileMessageReader(str(tmp_path)),
    )


@pytest.mark.parametrize(("version", "deploy_mode", "language"), marked(product(*PLACES, ("Scala", "PySpark")), SHORT))
def test_an_application_is_reported_from_where_its_driver_runs(
    version: str,
    deploy_mode: str,
    language: str,
    yarn: MiniYarn,
    sparks: dict[str, Spark],
    runs: DagsterRuns,
    flights_csv: Path,
    tmp_path: Path,
) -> None:
    spark = sparks[version]
    on_yarn = client(spark, yarn, deploy_mode, tmp_path)
    before = {earlier.id for earlier in yarn.applications()}
    if language == "PySpark":
        done = run(runs, on_yarn, writes(tmp_path))
        check_writes(done, tmp_path)
        (app,) = (new for new in yarn.applications() if new.id not in before)
        assert app.name == "writes.py"
    else:
        job = replace(
            application("scala", spark, flights_csv, tmp_path / "output"),
            instrument="strict",
            outputs={"probe": "*/output/delays"},
            inputs={"flights": "*/flights.csv"},
        )
        done = run(runs, on_yarn, job)
        assert done.success, done.failure
        written = parquet.read_table(tmp_path / "output" / "delays")
        assert done.metadata["dagster/row_count"] == written.num_rows > 0
        assert lineage(done.metadata)["mean_delay"] == {"flights.dep_delay"}
    assert str(done.metadata["spark/application_id"]).startswith("application_")


@pytest.mark.parametrize(("version", "deploy_mode", "name"), marked(product(*PLACES, EXAMPLES), SHORT_EXAMPLES))
def test_an_example_of_sparks_prints_the_same_with_and_without(
    version: str,
    deploy_mode: str,
    name: str,
    yarn: MiniYarn,
    sparks: dict[str, Spark],
    runs: DagsterRuns,
    flights_csv: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spark = sparks[version]
    job = application(name, spark, flights_csv, tmp_path / "output")
    printed: list[str] = []
    for it in (replace(job, pipes="off"), replace(job, instrument=True)):
        before = {earlier.id for earlier in yarn.applications()}
        done = run(runs, client(spark, yarn, deploy_mode, tmp_path), it)
        assert done.success, done.failure
        (app,) = (new for new in yarn.applications() if new.id not in before)
        app_id = app.id
        assert app.final_status == "SUCCEEDED"
        logs = yarn.container_logs(app_id)
        driver = "".join(text for file, text in logs.items() if file.endswith("_000001/stdout"))
        # Python's warnings are there too in cluster mode, with folders that are named after the application.
        anonymous = driver.replace(app_id.removeprefix("application_"), "ID")
        printed.append(capsys.readouterr().out if deploy_mode == "client" else anonymous)
    assert printed[0]
    assert printed[1] == printed[0]
    assert any(text.startswith(f"Spark {version}") and app_id in text for _, text in done.logs), done.logs
    assert done.engine_errors == []


@pytest.mark.matrix
@pytest.mark.parametrize(("version", "deploy_mode"), list(product(*PLACES)))
def test_a_sql_file_runs_on_yarn_in_client_and_cluster_mode(
    version: str, deploy_mode: str, yarn: MiniYarn, sparks: dict[str, Spark], runs: DagsterRuns, tmp_path: Path
) -> None:
    before = {earlier.id for earlier in yarn.applications()}
    done = run(runs, client(sparks[version], yarn, deploy_mode, tmp_path), report(tmp_path))
    check_report(done, tmp_path / "warehouse")
    (app,) = (new for new in yarn.applications() if new.id not in before)
    assert (app.final_status, app.name.partition("::")[0]) == (
        "SUCCEEDED",
        {"client": "SparkSQL", "cluster": "my report.sql"}[deploy_mode],
    )
    if deploy_mode == "cluster":
        logs = yarn.container_logs(app.id)
        assert "5\tA;B\tit's\n" in "".join(text for file, text in logs.items() if file.endswith("_000001/stdout"))


@pytest.mark.parametrize("language", ["Scala", "PySpark"])
def test_a_failure_in_a_container_is_the_reason(
    language: str,
    yarn: MiniYarn,
    sparks: dict[str, Spark],
    runs: DagsterRuns,
    flights_csv: Path,
    tmp_path: Path,
) -> None:
    """YARN's own report says `exited with status 1` of a script, and no more."""
    if language == "Scala":
        spark = sparks["3.5"]
        job = application("scala", spark, tmp_path / "absent.csv", tmp_path / "output")
        name, message = "org.apache.spark.sql.AnalysisException", "[PATH_NOT_FOUND] Path does not exist"
    else:
        spark = sparks["4.3"]
        job = writes(tmp_path).override(args=[f"{tmp_path}/output", "fail"])
        name, message = "RuntimeError", "the job cannot go on"
    done = run(runs, client(spark, yarn, "cluster", tmp_path), replace(job, instrument=True))
    assert not done.success
    (error,) = done.engine_errors
    assert error.cls_name == name
    assert message in error.message
    assert f"{name}: " in done.failure
    if language == "PySpark":
        assert "container_" in error.stack[-1]
        assert error.stack[-1].endswith('raise RuntimeError("the job cannot go on") from e\n')
        assert "ZeroDivisionError" in error.cause.message
