"""A PEX as it is built by default, as the Python of a job on YARN and on this machine: no option of `pex` is needed."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dagster_pipes_jvm import PipesJvmFileMessageReader, PipesSparkSubmitClient, SparkJob
from dagster_pipes_jvm_standin.yarn import MiniYarn
from tests.endtoend.conftest import Spark
from tests.support.dagster_runs import DagsterRuns

JOB = """
import sys
import acme_rates
from pyspark.sql import SparkSession
from dagster_pipes_jvm.pyspark import open_pipes

spark = SparkSession.builder.getOrCreate()
with open_pipes(spark) as pipes:
    doubled = spark.sparkContext.parallelize([1, 2], 1).map(lambda n: n * __import__("acme_rates").RATE).sum()
    metadata = {"rate": acme_rates.RATE, "from": acme_rates.__file__, "doubled": doubled}
    pipes.report_asset_materialization(metadata=metadata)
"""


@pytest.fixture(scope="module")
def pex(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PEX with one small package, and without PySpark."""
    folder = tmp_path_factory.mktemp("pex")
    sources = folder / "sources"
    sources.mkdir()
    (sources / "acme_rates.py").write_text("RATE = 2\n", encoding="utf-8")
    pex = folder / "env.pex"
    # For a Python that is not on a PATH of every process, as those of developers are not.
    command = [sys.executable, "-m", "pex", "-D", str(sources), "-o", str(pex), "--python", sys.executable]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PEX_ROOT": str(folder / "root")})
    return pex


def check(runs: DagsterRuns, client: PipesSparkSubmitClient, job: SparkJob) -> None:
    run = runs.run_body(lambda context: client.run(context=context, job=job).get_materialize_result())
    assert run.success, run.failure
    assert (run.metadata["rate"], run.metadata["doubled"]) == (2, 6)
    assert "pex" in run.metadata["from"]


@pytest.mark.parametrize("named_by", ["conf", "client"])
def test_a_pex_is_the_python_of_driver_and_executors_on_yarn(
    runs: DagsterRuns, yarn: MiniYarn, sparks: dict[str, Spark], pex: Path, tmp_path: Path, named_by: str
) -> None:
    script = tmp_path / "job.py"
    script.write_text(JOB, encoding="utf-8")
    conf: dict[str, Any] = yarn.spark_conf(sparks["4.3"].home)
    for key in ("spark.pyspark.python", "spark.pyspark.driver.python"):
        del conf[key]
    if named_by == "conf":
        conf["spark.pyspark.python"] = "./env.pex"
    client = PipesSparkSubmitClient(
        "yarn",
        deploy_mode="cluster",
        conf=conf,
        env={"HADOOP_CONF_DIR": str(yarn.conf_dir)},
        python="./env.pex" if named_by == "client" else None,
        cwd=str(tmp_path),
        message_reader=PipesJvmFileMessageReader(str(tmp_path)),
    )
    check(runs, client, SparkJob(str(script), files=[str(pex)]))


def test_a_pex_is_the_python_of_a_driver_on_this_machine(
    runs: DagsterRuns, sparks: dict[str, Spark], pex: Path, tmp_path: Path
) -> None:
    script = tmp_path / "job.py"
    script.write_text(JOB, encoding="utf-8")
    client = PipesSparkSubmitClient(
        "local[1]", conf={"spark.ui.enabled": False}, spark_home=str(sparks["4.3"].home), python=str(pex)
    )
    check(runs, client, SparkJob(str(script)))
