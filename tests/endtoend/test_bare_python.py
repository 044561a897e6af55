"""PySpark jobs on a cluster whose Python has no package at all: the PySpark zip brings what they report with."""

import itertools
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from dagster_pipes_jvm import PipesSparkSubmitClient, SparkJob, __version__
from dagster_pipes_jvm_standin import LocalEMR
from tests.conftest import REPOSITORY
from tests.endtoend.conftest import Spark
from tests.support.bare_python import OLDEST, bare_python
from tests.support.dagster_runs import DagsterRuns, Finished
from tests.support.emr import BUCKET, Cluster
from tests.support.emr_client import OnEMR
from tests.support.matrix import marked

JOBS = Path(__file__).parent / "jobs"
CODE = f"s3://{BUCKET}/code"
SCRIPTS = ("bare.py", "bare_stock.py", "counting.py")
VERSIONS, PACKAGES = ("4.3", "3.5"), ("bare", "installed")
# The engine of the emulator, and the deploy mode of the job: the driver runs on YARN, or it is spark-submit's process.
ENGINES: dict[str, tuple[str, Any]] = {
    "local": ("local", "cluster"),
    "yarn": ("yarn", "cluster"),
    "client": ("yarn", "client"),
}
SHORT = {("4.3", "local", "bare"), ("3.5", "yarn", "bare"), ("3.5", "yarn", "installed")}
CARRIED = f"dagster-pipes-jvm {__version__}, dagster-pipes 1.11.16"
OTHERS = "dagster-pipes-jvm 9.9, dagster-pipes 1.11.16"

Started = Callable[[str, str], OnEMR]


@pytest.fixture(scope="module")
def pythons(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By Spark the Python of its cluster: the oldest one if this machine has it, as EMR 7 has; Spark 4.3 needs 3.11."""
    folder = tmp_path_factory.mktemp("pythons")
    this = bare_python(folder / "this")
    assert this is not None
    return {"4.3": this, "3.5": bare_python(folder / "oldest", OLDEST) or this}


@pytest.fixture(scope="module")
def other_version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our whole package of another version in a zip of the user."""
    folder = tmp_path_factory.mktemp("other")
    package = folder / "packages" / "dagster_pipes_jvm"
    shutil.copytree(REPOSITORY / "python" / "dagster_pipes_jvm", package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "_version.py").write_text('__version__ = "9.9"\n', encoding="utf-8")
    return Path(shutil.make_archive(str(folder / "other"), "zip", folder / "packages"))


@pytest.fixture(scope="module")
def emrs(
    sparks: dict[str, Spark], pythons: dict[str, Path], other_version: Path
) -> Iterator[Callable[[str, str], LocalEMR]]:
    """The EMR of a Spark and an engine, started for the first test that needs it."""
    started: dict[tuple[str, str], LocalEMR] = {}
    with ExitStack() as stack:

        def start(version: str, engine: Any) -> LocalEMR:
            if (version, engine) not in started:
                python, home = str(pythons[version]), str(sparks[version].home)
                emr = stack.enter_context(LocalEMR(engine, provisioning_seconds=0.2, spark_home=home, python=python))
                emr.create_bucket(BUCKET)
                for file in (*(JOBS / script for script in SCRIPTS), other_version):
                    emr.client().upload_file(str(file), BUCKET, f"code/{file.name}")
                started[version, engine] = emr
            return started[version, engine]

        yield start


@pytest.fixture
def on_emr(emrs: Callable[[str, str], LocalEMR], runs: DagsterRuns) -> Started:
    """Runs jobs on a new cluster of an EMR."""

    def start(version: str, engine: str) -> OnEMR:
        emr = emrs(version, engine)
        defaults = {"Classification": "spark-defaults", "Properties": {"spark.ui.enabled": "false"}}
        return OnEMR(emr, runs, "", Cluster(emr, keep_alive=True, Configurations=[defaults]).id)

    return start


def run(on_emr: OnEMR, job: SparkJob, deploy_mode: str, capfd: pytest.CaptureFixture[str]) -> Finished:
    """A run whose job prints no warning about our files."""
    client = on_emr.client(bridge_jar_uri=None, wait_for_logs_of_success=True, deploy_mode=deploy_mode)
    run = on_emr.run(job, client)
    assert run.success, run.failure
    printed = "".join(capfd.readouterr())
    assert "SparkContext: Running Spark version" in printed, "the log of the driver is missing"
    # pyspark warns of the user's own files.
    assert not re.search(r"Failed to add file \[\S*dagster-pipes-jvm", printed)
    assert "takes its place" not in printed
    return run


def check(run: Finished, packages: str, version_of_python: str) -> None:
    reported = run.metadata
    assert (reported["sum"], reported["rows"], reported["installed"]) == (45, 10, "")
    assert (reported["driver"], reported["tasks"]) == (packages, packages)
    assert reported["python"] == version_of_python
    assert [column.name for column in reported["schema"].columns] == ["id"]
    assert [text for level, text in run.logs if level == 30] == [
        text for _, text in run.logs if text.endswith("] seven")
    ]


def version_of(python: Path) -> str:
    (folder,) = python.parents[1].glob("lib/python3.*")
    return folder.name.removeprefix("python")


@pytest.mark.parametrize(
    ("version", "engine", "packages"), marked(itertools.product(VERSIONS, ENGINES, PACKAGES), SHORT)
)
def test_a_step_reports_over_s3(
    version: str,
    engine: str,
    packages: str,
    on_emr: Started,
    pythons: dict[str, Path],
    capfd: pytest.CaptureFixture[str],
) -> None:
    py_files = [f"{CODE}/other.zip"] if packages == "installed" else []
    of_emulator, deploy_mode = ENGINES[engine]
    job = SparkJob(f"{CODE}/bare.py", py_files=py_files)
    done = run(on_emr(version, of_emulator), job, deploy_mode, capfd)
    check(done, OTHERS if py_files else CARRIED, version_of(pythons[version]))


@pytest.mark.parametrize("version", [pytest.param("4.3", marks=pytest.mark.matrix), "3.5"])
def test_dagsters_own_call_reports_over_s3(version: str, on_emr: Started, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(on_emr(version, "yarn"), SparkJob(f"{CODE}/bare_stock.py"), "cluster", capfd).metadata["rows"] == 5


@pytest.mark.parametrize(("version", "engine"), marked(itertools.product(VERSIONS, ENGINES), {("3.5", "yarn")}))
def test_an_unmodified_script_is_reported(
    version: str, engine: str, on_emr: Started, capfd: pytest.CaptureFixture[str]
) -> None:
    job = SparkJob(f"{CODE}/counting.py", args=[f"s3://{BUCKET}/tables/{version}-{engine}"], instrument=True)
    of_emulator, deploy_mode = ENGINES[engine]
    assert run(on_emr(version, of_emulator), job, deploy_mode, capfd).metadata["dagster/row_count"] == 1000


def on_this_machine(spark: Spark, python: Path, folder: Path) -> PipesSparkSubmitClient:
    return PipesSparkSubmitClient(
        "local[2]",
        conf={"spark.ui.enabled": False},
        cwd=str(folder),
        spark_home=str(spark.home),
        python=str(python),
    )


@pytest.mark.parametrize(("version", "packages"), marked(itertools.product(VERSIONS, PACKAGES), {("4.3", "bare")}))
def test_a_job_of_this_machine_reports(
    version: str,
    packages: str,
    sparks: dict[str, Spark],
    pythons: dict[str, Path],
    other_version: Path,
    runs: DagsterRuns,
    tmp_path: Path,
) -> None:
    client = on_this_machine(sparks[version], pythons[version], tmp_path)
    job = SparkJob(str(JOBS / "bare.py"), py_files=[str(other_version)] if packages == "installed" else [])
    done = runs.run_body(lambda c: client.run(context=c, job=job).get_materialize_result())
    assert done.success, done.failure
    check(done, OTHERS if packages == "installed" else CARRIED, version_of(pythons[version]))


@pytest.mark.parametrize("version", [pytest.param("4.3", marks=pytest.mark.matrix), "3.5"])
def test_dagsters_own_call_reports_on_this_machine(
    version: str, sparks: dict[str, Spark], pythons: dict[str, Path], runs: DagsterRuns, tmp_path: Path
) -> None:
    client = on_this_machine(sparks[version], pythons[version], tmp_path)
    job = SparkJob(str(JOBS / "own_session.py"), args=[str(tmp_path / "out")])
    done = runs.run_body(lambda c: client.run(context=c, job=job).get_materialize_result())
    assert done.success, done.failure
    assert done.metadata["rows"] == 5
