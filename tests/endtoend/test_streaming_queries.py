"""Structured Streaming: what a query reports while it runs, its failure, and its end with the step."""

import threading
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import PipesSparkSubmitClient, SparkJob
from tests.endtoend.conftest import Spark
from tests.endtoend.test_spark_submit import interrupt_when
from tests.support.dagster_runs import DagsterRuns
from tests.support.job_jars import compiled

JOBS = Path(__file__).parent / "jobs"
# Each once in `make test`: the JVM's classes are the same, and the Sparks are not.
VERSIONS = ["4.3", pytest.param("3.5", marks=pytest.mark.matrix)]


@pytest.fixture
def queries_jar(version: str, sparks: dict[str, Spark], tmp_path: Path) -> str:
    """The program `jobs/Queries.java`, for this Spark: a DataStreamWriter of 3.5 does not link with 4.x."""
    return compiled("Queries", tmp_path / "classes", f"{sparks[version].home}/jars/*")


@pytest.fixture
def source(tmp_path: Path) -> str:
    """Three files, of one, two and three lines."""
    folder = tmp_path / "source"
    folder.mkdir()
    for lines in (1, 2, 3):
        (folder / f"{lines}.txt").write_text("an order\n" * lines, encoding="utf-8")
    return str(folder)


def client(spark: Spark, directory: Path) -> PipesSparkSubmitClient:
    return PipesSparkSubmitClient(
        "local[1]",
        conf={"spark.ui.enabled": False, "spark.sql.shuffle.partitions": 1},
        spark_home=str(spark.home),
        python=str(spark.python),
        cwd=str(directory),
    )


@pytest.mark.parametrize("version", ["3.5", pytest.param("4.3", marks=pytest.mark.matrix)])
def test_progress_is_logged_and_kept_and_a_failure_that_is_caught_is_a_line(
    version: str, sparks: dict[str, Spark], runs: DagsterRuns, source: str, tmp_path: Path
) -> None:
    custom: list[Any] = []
    job = SparkJob(str(JOBS / "streaming.py"), args=[source, str(tmp_path / "target")])

    def body(context: dg.AssetExecutionContext) -> Any:
        invocation = client(sparks[version], tmp_path).run(context=context, job=job)
        custom.extend(invocation.get_custom_messages())
        return invocation.get_materialize_result()

    run = runs.run_body(body)
    assert run.success, run.failure
    assert run.metadata["before"] == {"orders/batches": 3, "orders/input_rows": 6, "orders/last_batch_id": 2}
    assert run.metadata["orders/input_rows"] == 6
    orders = [m["streaming_progress"] for m in custom if m["streaming_progress"]["name"] == "orders"]
    assert [figures["batchId"] for figures in orders] == [0, 2]
    assert all(figures["durationMs"]["triggerExecution"] > 0 for figures in orders)
    texts = [text for _, text in run.logs]
    assert len([text for text in texts if text.startswith("Streaming query orders, batch ")]) == 2
    assert "caught StreamingQueryException" in texts
    assert any(
        "close raises " in text and "Streaming query broken failed, and was not started again" in text for text in texts
    )
    (failed,) = [text for level, text in run.logs if level == 40 and text.startswith("Streaming query ")]
    assert "no orders" in failed


@pytest.mark.parametrize("version", VERSIONS)
def test_a_query_that_fails_unawaited_is_the_failure_of_the_step(
    version: str, sparks: dict[str, Spark], runs: DagsterRuns, queries_jar: str, source: str, tmp_path: Path
) -> None:
    arguments = ["fail", source, str(tmp_path / "log"), str(tmp_path / "checkpoint")]
    job = SparkJob(queries_jar, main_class="Queries", args=arguments)
    run = runs.run_body(lambda c: client(sparks[version], tmp_path).run(context=c, job=job).get_materialize_result())
    assert not run.success, run.logs
    (error,) = run.engine_errors
    messages = []
    while error is not None:
        messages.append(error.message)
        error = error.cause
    assert any("no orders in batch 0" in message for message in messages), messages


@pytest.mark.parametrize("version", VERSIONS)
def test_a_step_that_is_stopped_lets_the_running_batch_end(
    version: str, sparks: dict[str, Spark], runs: DagsterRuns, queries_jar: str, source: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    arguments = ["stop", source, str(log), str(tmp_path / "checkpoint")]
    job = SparkJob(queries_jar, main_class="Queries", args=arguments)

    def body(context: dg.AssetExecutionContext) -> Any:
        stop = (runs, context.run_id, "in the batch", [])
        threading.Thread(target=interrupt_when, args=stop, daemon=True).start()
        return client(sparks[version], tmp_path).run(context=context, job=job).get_materialize_result()

    run = runs.run_body(body)
    assert not run.success
    assert log.read_text(encoding="utf-8") == "begin\nend\n"
    assert (tmp_path / "checkpoint" / "commits" / "0").is_file()
