"""An asset is reported once, by Python or by the JVM code of the same PySpark job: the second report is refused."""

from pathlib import Path

import pytest

from dagster_pipes_jvm import PipesSparkSubmitClient, SparkJob
from tests.support.dagster_runs import DagsterRuns
from tests.support.job_jars import compiled

JOB = """
import sys
from dagster_pipes import DagsterPipesError
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession
from dagster_pipes_jvm.pyspark import open_pipes

spark = SparkSession.builder.getOrCreate()
jvm = spark.sparkContext._jvm
with open_pipes(spark) as pipes:
    def python():
        pipes.report_asset_materialization(metadata={"by": "Python"})
    first, second = (jvm.Reported.report, python) if sys.argv[1] == "the JVM" else (python, jvm.Reported.report)
    first()
    try:
        second()
    except DagsterPipesError as e:
        pipes.log.info(f"refused: {e}")
    except Py4JJavaError as e:
        pipes.log.info("refused: " + e.java_exception.getMessage())
"""


@pytest.mark.parametrize("first", ["Python", "the JVM"])
def test_the_second_report_of_an_asset_is_refused_and_the_step_succeeds(
    runs: DagsterRuns, tmp_path: Path, first: str
) -> None:
    (tmp_path / "job.py").write_text(JOB, encoding="utf-8")
    job = SparkJob(str(tmp_path / "job.py"), args=[first], jars=[compiled("Reported", tmp_path / "reported")])
    client = PipesSparkSubmitClient("local[1]", conf={"spark.ui.enabled": False}, cwd=str(tmp_path))
    run = runs.run_body(lambda context: client.run(context=context, job=job).get_materialize_result())
    assert run.success, run.failure
    assert run.metadata["by"] == first
    (refused,) = (text for _, text in run.logs if text.startswith("refused: "))
    assert "with asset key `probe` is undefined. Asset has already been materialized" in refused
