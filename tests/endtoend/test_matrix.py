"""The same job in every language, on every Spark, engine and channel: what it reports is in Dagster's event log.

`make test` runs the rows of `PAIRS`, in which each pair of values of two dimensions stands once; `make test-all` runs all.
"""

import itertools
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import (
    PipesJvmFileMessageReader,
    PipesJvmFilesystemContextInjector,
    PipesJvmFilesystemMessageReader,
    PipesJvmS3MessageReader,
    PipesJvmStdioMessageReader,
    PipesSparkSubmitClient,
)
from dagster_pipes_jvm_standin.s3_server import LocalS3
from dagster_pipes_jvm_standin.yarn import MiniYarn
from tests.endtoend.conftest import FLIGHTS, Spark
from tests.support.dagster_runs import DagsterRuns
from tests.support.hdfs import MiniDfs
from tests.support.matrix import marked

VERSIONS, ENGINES = ("4.3", "3.5"), ("local", "yarn")
LANGUAGES, CHANNELS = ("Scala", "Java", "PySpark"), ("file", "stdout", "s3", "hdfs")

PAIRS = [
    ("4.3", "local", "Scala", "file"),
    ("4.3", "local", "PySpark", "stdout"),
    ("4.3", "local", "Java", "stdout"),
    ("4.3", "yarn", "Scala", "s3"),
    ("4.3", "yarn", "PySpark", "file"),
    ("3.5", "local", "Scala", "stdout"),
    ("3.5", "local", "PySpark", "s3"),
    ("3.5", "local", "Java", "s3"),
    ("3.5", "yarn", "Java", "file"),
    ("3.5", "local", "Scala", "hdfs"),
    ("4.3", "local", "PySpark", "hdfs"),
    ("4.3", "yarn", "Java", "hdfs"),
]
# In cluster mode the driver's stdout is in a container's log on another machine.
IMPOSSIBLE = {("yarn", "stdout")}


def is_possible(engine: str, channel: str) -> bool:
    return (engine, channel) not in IMPOSSIBLE


def rows() -> list[Any]:
    every = itertools.product(VERSIONS, ENGINES, LANGUAGES, CHANNELS)
    return marked((row for row in every if is_possible(row[1], row[3])), PAIRS)


def test_the_short_list_has_every_pair() -> None:
    dimensions = (VERSIONS, ENGINES, LANGUAGES, CHANNELS)
    for (i, left), (j, right) in itertools.combinations(enumerate(dimensions), 2):
        for pair in itertools.product(left, right):
            if not ((i, j) == (1, 3) and pair in IMPOSSIBLE):
                assert any((row[i], row[j]) == pair for row in PAIRS), pair


def hdfs_reader(hdfs: MiniDfs) -> PipesJvmFilesystemMessageReader:
    return PipesJvmFilesystemMessageReader(
        f"{hdfs.uri}/pipes", read_uri=f"{hdfs.web_uri}/pipes", storage_options=hdfs.storage_options
    )


def hdfs_injector(hdfs: MiniDfs) -> PipesJvmFilesystemContextInjector:
    return PipesJvmFilesystemContextInjector(
        f"{hdfs.uri}/pipes", write_uri=f"{hdfs.web_uri}/pipes", storage_options=hdfs.storage_options
    )


@pytest.mark.parametrize(("version", "engine", "language", "channel"), rows())
def test_what_a_job_reports_arrives(
    version: str,
    engine: str,
    language: str,
    channel: str,
    sparks: dict[str, Spark],
    s3: LocalS3,
    runs: DagsterRuns,
    flights_csv: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    spark = sparks[version]
    conf: dict[str, Any] = {"spark.ui.enabled": False, **s3.spark_conf()}
    env = dict(s3.environment())
    if engine == "yarn":
        cluster: MiniYarn = request.getfixturevalue("yarn")
        conf |= cluster.spark_conf(spark.home)
        env |= {"HADOOP_CONF_DIR": str(cluster.conf_dir)}
        conf |= {f"spark.yarn.appMasterEnv.{name}": value for name, value in s3.environment().items()}
        conf |= {f"spark.executorEnv.{name}": value for name, value in s3.environment().items()}
    reader = {
        "file": lambda: PipesJvmFileMessageReader(str(tmp_path) if engine == "yarn" else None),
        "stdout": PipesJvmStdioMessageReader,
        "s3": lambda: PipesJvmS3MessageReader(bucket="pipes", client=s3.client()),
        "hdfs": lambda: hdfs_reader(request.getfixturevalue("hdfs")),
    }[channel]()
    client = PipesSparkSubmitClient(
        master="local[2]" if engine == "local" else "yarn",
        deploy_mode="cluster" if engine == "yarn" else "client",
        conf=conf,
        env=env,
        cwd=str(tmp_path),
        spark_home=str(spark.home),
        python=str(spark.python),
        message_reader=reader,
        context_injector=hdfs_injector(request.getfixturevalue("hdfs")) if channel == "hdfs" else None,
    )
    output = tmp_path / "flights"

    def body(context: dg.AssetExecutionContext) -> Any:
        extras = {"flights_csv": flights_csv.as_uri(), "output_path": output.as_uri()}
        return client.run(context=context, job=spark.upstream(language), extras=extras).get_materialize_result()

    run = runs.run_body(body)
    assert run.success, run.failure
    assert run.metadata["rows"] == FLIGHTS
    assert run.metadata["path"] == output.as_uri()
    columns = [column.name for column in run.metadata["schema"].columns]
    assert columns == flights_csv.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert run.metadata["dagster_pipes_jvm/messages_received"] >= 4
    assert (output / "_SUCCESS").is_file()
    assert any(f"{FLIGHTS} flights" in text for _, text in run.logs), run.logs
