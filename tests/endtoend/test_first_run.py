"""A newcomer's first runs in the web UI, event by event: one success, and the usual mistakes."""

import json
import os
import re
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from dagster_pipes_jvm import emr_job_flow
from dagster_pipes_jvm.texts import PAGE_URL
from dagster_pipes_jvm_standin import LocalEMR
from tests.conftest import REPOSITORY
from tests.support import dev
from tests.support.asset_page import AssetPage
from tests.support.browser import browser_page
from tests.support.run_page import Event, events_of_step

DEFINITIONS = REPOSITORY / "tests" / "endtoend" / "first_run" / "definitions.py"
BUCKET = "first-run"
# A limit, not an expectation.
PAGE_TIMEOUT_SECONDS = 120
NO_CLASS = (
    "The application's jar holds no class acme.Stpe: correct `main_class` of the SparkJob, or the jar."
    f" See {PAGE_URL}#main-class"
)
# Asset, type of the error, the beginning of its text.
FAILURES = {
    "no_spark": (
        "SparkNotFoundError",
        "No Spark was found: pyspark is not installed beside Dagster, PATH has no spark-submit of a Spark installation, and"
        " neither `spark_home` of `PipesSparkSubmitClient` nor SPARK_HOME names one. Install pyspark beside Dagster"
        f" (`pip install pyspark`), or set one of the two. See {PAGE_URL}#spark-not-found",
    ),
    "no_class": ("SparkSubmitFailedError", NO_CLASS),
    "no_class_on_emr": ("EMRStepFailedError", NO_CLASS),
    "refused_bucket": (
        "S3AccessError",
        "S3 does not let `PipesJvmS3MessageReader` read s3://first-run/pipes/RUN/1.json: InvalidAccessKeyId (The AWS Access"
        " Key Id you provided does not exist in our records). Make `client` with an access key and a secret (and a session"
        f" token, where there is one) that belong together. See {PAGE_URL}#s3-access",
    ),
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two code locations of one file. The Python of the second one has the packages of the tests, except pyspark."""
    folder = tmp_path_factory.mktemp("workspace")
    venv.create(folder / "venv", symlinks=True)
    (site,) = (folder / "venv" / "lib").glob("python*/site-packages")
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if package.name != "pyspark":
            (site / package.name).symlink_to(package)
    common = {"relative_path": str(DEFINITIONS)}
    python = {"executable_path": str(folder / "venv" / "bin" / "python")}
    locations = [
        {"python_file": {**common, "attribute": "defs", "location_name": "spark"}},
        {"python_file": {**common, "attribute": "without_pyspark", "location_name": "no spark", **python}},
    ]
    path = folder / "workspace.yaml"
    path.write_text(json.dumps({"load_from": locations}), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def running(workspace: Path, step_jar: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dev.Dev]:
    directory = tmp_path_factory.mktemp("dev")
    home = directory / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\nnux:\n  enabled: false\n", encoding="utf-8")
    # The folder of the tests' Python has the spark-submit of pyspark.
    path = [part for part in os.environ["PATH"].split(os.pathsep) if Path(part) != Path(sys.executable).parent]
    with LocalEMR(provisioning_seconds=0.2) as emr:
        emr.create_bucket(BUCKET)
        emr.emr_client().run_job_flow(
            **emr_job_flow("first-run", log_uri=f"s3://{BUCKET}/logs/", auto_termination_idle_seconds=3600)
        )
        environment = {
            **emr.environment(),
            "PATH": os.pathsep.join(path),
            "DAGSTER_HOME": str(home),
            "FIRST_RUN_BUCKET": BUCKET,
            "FIRST_RUN_JAR": step_jar,
        }
        command = [sys.executable, "-m", "dagster", "dev", "-w", str(workspace), "-p"]
        with dev.serving(lambda port: [*command, str(port)], environment, directory) as server:
            yield server


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browser_page(timeout_seconds=PAGE_TIMEOUT_SECONDS) as browser:
        yield browser


@pytest.fixture(scope="module")
def run_ids(page: Page, running: dev.Dev) -> dict[str, str]:
    """The run of each asset, started with the button of its page. The runs go side by side."""
    running.ask("{ version }")
    for asset in ("success", *FAILURES):
        AssetPage(page, running.address, asset).materialize(is_alone=True)
        running.run_of(asset)
    return {asset: running.run_of(asset, has_ended=True) for asset in ("success", *FAILURES)}


def events(page: Page, running: dev.Dev, run_ids: dict[str, str], asset: str) -> list[Event]:
    found = events_of_step(page, running.address, run_ids[asset])
    assert {event.kind for event in found}.isdisjoint({"WARNING", "ERROR", "CRITICAL"}), running.output
    return found


def test_each_event_of_a_success_is_one_line(page: Page, running: dev.Dev, run_ids: dict[str, str]) -> None:
    found = events(page, running, run_ids, "success")
    lines = [re.sub(r"process \d+", "process N", event.first_line) for event in found]
    assert lines[:2] == ["[pipes] started process N: step.jar (Step) on local[1]", "[pipes] Details of process N."]
    assert lines[2:7] == [
        "[pipes] external process successfully opened dagster pipes.",
        f"reporting for {run_ids['success']}",
        "line 0",
        "line 1",
        "line 2",
    ]
    assert [event.kind for event in found[7:]] == ["STEP_OUTPUT", "ASSET_MATERIALIZATION", "STEP_SUCCESS"]
    # Only the second event has metadata, which is the command as a user would type it.
    assert [len(event.lines) for event in found[:7]] == [1, 3, 1, 1, 1, 1, 1]
    label, command = found[1].lines[1:]
    assert label == "command"
    assert re.fullmatch(r"spark-submit .*--master 'local\[1\]' --class Step \S+/step\.jar ok", command)


@pytest.mark.parametrize("asset", FAILURES)
def test_a_failure_begins_with_its_reason_and_the_remedy(
    page: Page, running: dev.Dev, run_ids: dict[str, str], asset: str
) -> None:
    error, text = FAILURES[asset]
    *before, failure = events(page, running, run_ids, asset)
    assert failure.kind == "STEP_FAILURE"
    assert failure.lines[:2] == (
        f'dagster._core.errors.DagsterExecutionStepExecutionError: Error occurred while executing op "{asset}":',
        "The above exception was caused by the following exception:",
    )
    first_line = re.sub(r"pipes/[0-9a-f-]{36}/", "pipes/RUN/", failure.lines[2])
    assert first_line == f"dagster_pipes_jvm.errors.{error}: {text}"
    # Nothing was started without a Spark, or if the reports cannot arrive.
    assert bool(before) == (error not in ("SparkNotFoundError", "S3AccessError"))


def test_the_started_step_of_emr_names_its_job(page: Page, running: dev.Dev, run_ids: dict[str, str]) -> None:
    found = events(page, running, run_ids, "no_class_on_emr")
    lines = [re.sub(r"EMR step s-\w+ on cluster j-\w+", "EMR STEP", event.first_line) for event in found]
    started = lines.index("[pipes] started EMR STEP: step.jar (acme.Stpe)")
    assert lines[started + 1] == "[pipes] Details of EMR STEP."
    label, command = found[started + 1].lines[1:]
    assert label == "command"
    assert re.fullmatch(r"spark-submit .*--class acme\.Stpe \S+/step\.jar", command)
    assert "[pipes] Links of EMR STEP." in lines[started:]
