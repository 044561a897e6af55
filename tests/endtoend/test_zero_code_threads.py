"""Applications whose main returns before Spark starts, or whose process ends without a moment for anybody."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from dagster_pipes_jvm import SparkJob
from tests.endtoend.conftest import Spark
from tests.endtoend.test_zero_code import client, run
from tests.support.dagster_runs import DagsterRuns
from tests.support.job_jars import compiled
from tests.support.matrix import marked

SCRIPT = Path(__file__).parent / "jobs" / "threads.py"


def job(language: str, spark: Spark, tmp_path: Path, how: str = "thread") -> SparkJob:
    args = [f"{tmp_path}/output", how]
    if language == "PySpark":
        return SparkJob(str(SCRIPT), args=args, instrument=True)
    jar = compiled("Threads", tmp_path / "classes", f"{spark.home}/jars/*")
    return SparkJob(jar, main_class="Threads", args=args, instrument=True)


CASES = [("4.3", "Java", "fail"), ("4.3", "Java", "thread"), ("3.5", "PySpark", "fail"), ("3.5", "PySpark", "thread")]


@pytest.mark.parametrize(("version", "language", "how"), marked(CASES, CASES[:1]))
def test_a_thread_that_outlives_main_is_reported_over_all_its_contexts_and_its_failure_is_the_steps(
    version: str,
    language: str,
    how: str,
    sparks: dict[str, Spark],
    runs: DagsterRuns,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The process ends with exit code 0, also if its thread has failed."""
    spark = sparks[version]
    done = run(runs, client(spark, tmp_path), job(language, spark, tmp_path, how))
    texts = [text for _, text in done.logs]
    wrote = [re.match(r"Spark wrote (\d+) rows", text) for text in texts]
    assert [match[1] for match in wrote if match] == ["10", "20"]
    assert sum("successfully opened" in text for text in texts) == 1, texts
    if how == "fail":
        assert not done.success
        assert "ThreadFailedError" in done.failure
        assert "too late for main" in done.failure
        assert done.materializations == []
    else:
        assert done.success, done.failure
        assert done.metadata["dagster/row_count"] == 20
        assert len(done.metadata["spark/writes"].records) == 2
    name = {"Java": "Threads", "PySpark": "threads.py"}[language]
    assert capsys.readouterr().out.split()[:2] == [name, name]  # then the traceback of a script


@pytest.mark.matrix
@pytest.mark.parametrize(("version", "language"), [("4.3", "Java"), ("3.5", "PySpark")])
def test_the_plain_name_is_that_of_a_plain_run(
    version: str,
    language: str,
    sparks: dict[str, Spark],
    runs: DagsterRuns,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spark = sparks[version]
    link = tmp_path / "a link.py"
    link.symlink_to(SCRIPT)
    plain = job(language, spark, tmp_path)
    plain = replace(plain, application=str(link) if language == "PySpark" else plain.application)
    names = []
    for number, it in enumerate((replace(plain, instrument=False, pipes="off"), plain)):
        it = it.override(args=[f"{tmp_path}/output{number}", "thread"])
        done = run(runs, client(spark, tmp_path), it)
        assert done.success, done.failure
        names.append(capsys.readouterr().out.split())
    assert names[0]
    assert names[1] == names[0]


@pytest.mark.matrix
def test_a_process_that_halts_right_after_a_write_fails_its_step_with_the_reason(
    sparks: dict[str, Spark], runs: DagsterRuns, tmp_path: Path
) -> None:
    """`Runtime.halt` runs no hook: nobody can report, and nothing may claim that all has arrived."""
    spark = sparks["4.3"]
    done = run(runs, client(spark, tmp_path), job("Java", spark, tmp_path, "halt"))
    assert not done.success
    assert done.materializations == []
    assert "PipesNotClosedError" in done.failure, done.failure
    assert "closed" in done.failure, done.failure
    assert any(text.startswith("Spark 4.3") for _, text in done.logs)
