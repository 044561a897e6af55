"""Reports from executors in processes of their own: `local-cluster[2,1,1024]` is a Spark cluster on one machine."""

import re
import runpy
import shutil
from pathlib import Path
from typing import Any

import pytest

from dagster_pipes_jvm import PipesSparkSubmitClient, SparkJob
from tests.conftest import REPOSITORY
from tests.endtoend.conftest import Spark
from tests.support.dagster_runs import DagsterRuns, Finished
from tests.support.job_jars import compiled

EXAMPLE = REPOSITORY / "examples" / "executors"
MASTER = "local-cluster[2,1,1024]"
CONF = {"spark.ui.enabled": False, "spark.executor.memory": "512m"}
LEVELS = {20: "info", 30: "warning", 40: "error"}
TASK = re.compile(r"\[stage \d+, partition (\d+), attempt (\d+)(?:, executor (\d+))?\] (.*)")


def movable_home(spark: Spark, directory: Path) -> Path:
    """The same Spark under a folder of the test: a worker of local-cluster writes into the `work` of its SPARK_HOME."""
    home = directory / "spark"
    home.mkdir()
    for entry in spark.home.iterdir():
        (home / entry.name).symlink_to(entry)
    return home


@pytest.fixture(scope="session")
def jobs_jar(tmp_path_factory: pytest.TempPathFactory, sparks: dict[str, Spark]) -> str:
    """The program `jobs/Executors.java`: one class file for both Sparks."""
    return compiled("Executors", tmp_path_factory.mktemp("executors") / "classes", f"{sparks['3.5'].home}/jars/*")


def client(spark: Spark, directory: Path) -> PipesSparkSubmitClient:
    return PipesSparkSubmitClient(MASTER, conf=CONF, spark_home=str(movable_home(spark, directory)), cwd=str(directory))


def told_by_tasks(run: Finished) -> list[tuple[str, int, int, str]]:
    """Level, partition, attempt and text of every line that came from a task."""
    matches = [(level, TASK.fullmatch(text)) for level, text in run.logs]
    return [(LEVELS[level], int(match[1]), int(match[2]), match[4]) for level, match in matches if match]


@pytest.mark.parametrize("version", ["4.3", "3.5"])
def test_lines_and_counters_of_tasks_arrive_once_though_one_task_fails_and_is_retried(
    version: str, sparks: dict[str, Spark], runs: DagsterRuns, jobs_jar: str, tmp_path: Path
) -> None:
    spark = sparks[version]
    # On a busy machine all tasks may be over before the second executor is there.
    both = {"spark.cores.max": 2, "spark.scheduler.minRegisteredResourcesRatio": 1.0}
    patience = {"spark.scheduler.maxRegisteredResourcesWaitingTime": "300s"}
    job = SparkJob(jobs_jar, main_class="Executors", conf={"spark.task.maxFailures": 2, **both, **patience})
    run = runs.run_body(
        lambda c: client(spark, tmp_path).run(context=c, job=job).get_materialize_result(),
    )
    assert run.success, run.failure
    sums = [sum(range(part * 250, part * 250 + 250)) for part in range(4)]
    expected = {("info", part, 1 if part == 2 else 0, f"sum {sums[part]}") for part in range(4)}
    told = told_by_tasks(run)
    assert set(told) == {*expected, ("error", 2, 0, f"failing at {sums[2]}")}
    assert len(told) == 5
    assert {TASK.fullmatch(text)[3] for _, text in run.logs if TASK.fullmatch(text)} == {"0", "1"}  # type: ignore[index]  # the condition excludes None
    texts = [text for _, text in run.logs]
    assert max(i for i, text in enumerate(texts) if TASK.fullmatch(text)) < texts.index("the action is over")
    assert run.metadata["numbers"] == 1000
    assert run.metadata["by seven"] == sum(range(0, 1000, 7))


def test_a_session_caught_in_a_closure_fails_the_step_with_what_to_do(
    sparks: dict[str, Spark], runs: DagsterRuns, jobs_jar: str, tmp_path: Path
) -> None:
    job = SparkJob(jobs_jar, main_class="Executors", args=["capture"])
    run = runs.run_body(lambda c: client(sparks["4.3"], tmp_path).run(context=c, job=job))
    assert not run.success
    (error,) = run.engine_errors
    messages = []
    while error is not None:
        messages.append(error.message)
        error = error.cause
    explanation = "A PipesContext was caught in a closure that Spark sends to its executors, or broadcast."
    assert any(message.startswith(explanation) for message in messages), messages
    assert any("In a task use dagsterpipes.spark.TaskReports" in message for message in messages)
    assert explanation in run.failure


def test_reports_that_were_broadcast_say_that_they_would_be_lost(
    sparks: dict[str, Spark], runs: DagsterRuns, jobs_jar: str, tmp_path: Path
) -> None:
    job = SparkJob(jobs_jar, main_class="Executors", args=["broadcast"])
    run = runs.run_body(lambda c: client(sparks["4.3"], tmp_path).run(context=c, job=job))
    assert "Cannot call TaskReports.count here. Expected the copy that came with this task" in run.failure


ORDERS = ["1;12.50", "2;0.01", "three;4.00", "", "5;100.00", "6;", "bad", "worse", "worst"]


@pytest.mark.parametrize("application", ["parse.jar", "parse.py"])
def test_the_example_runs_as_it_is(
    sparks: dict[str, Spark], runs: DagsterRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, application: str
) -> None:
    spark = sparks["4.3"]
    for number in range(2):
        folder = tmp_path / "orders"
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.csv").write_text("\n".join([*ORDERS, *["7;1.00"] * number]) + "\n", encoding="utf-8")
    shutil.copy(spark.jobs_jar, tmp_path / "parse.jar")
    shutil.copy(EXAMPLE / "parse.py", tmp_path / "parse.py")
    (tmp_path / "spark-defaults.conf").write_text("spark.ui.enabled false\n", encoding="utf-8")
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    monkeypatch.setenv("SPARK_HOME", str(movable_home(spark, tmp_path)))
    monkeypatch.chdir(tmp_path)

    module = runpy.run_path(str(EXAMPLE / "definitions.py"))
    if application.endswith(".py"):
        module["orders"].op.compute_fn.decorated_fn.__globals__["job"] = SparkJob(application)
    run = runs.materialize(module["orders"], **module["defs"].resources)
    assert run.success, run.failure
    metadata: dict[str, Any] = dict(run.metadata)
    assert (metadata["orders"], metadata["bad lines"]) == (7, 12)
    assert metadata["total"] == pytest.approx(2 * 112.51 + 1)
    # Each of the two partitions says its first three.
    bad = [("warning", part, 0, f"no order: {line}") for part in (0, 1) for line in ("three;4.00", "", "6;")]
    assert sorted(told_by_tasks(run)) == sorted(bad)
