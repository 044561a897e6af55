"""Context and messages on a real HDFS: what stays there and what does not. That jobs report over it is in test_matrix.py."""

from pathlib import Path
from typing import Any

import dagster as dg
import fsspec
import pytest

from dagster_pipes_jvm import (
    PipesJvmFilesystemContextInjector,
    PipesJvmFilesystemMessageReader,
    PipesSparkSubmitClient,
    SparkJob,
)
from dagster_pipes_jvm.texts import PAGE_URL
from tests.support.dagster_runs import DagsterRuns
from tests.support.hdfs import MiniDfs


def places(hdfs: MiniDfs, folder: str) -> dict[str, Any]:
    return {
        "context_injector": PipesJvmFilesystemContextInjector(
            f"{hdfs.uri}{folder}", write_uri=f"{hdfs.web_uri}{folder}", storage_options=hdfs.storage_options
        ),
        "message_reader": PipesJvmFilesystemMessageReader(
            f"{hdfs.uri}{folder}", read_uri=f"{hdfs.web_uri}{folder}", storage_options=hdfs.storage_options
        ),
    }


def files(hdfs: MiniDfs, folder: str) -> list[str]:
    fs, root = fsspec.core.url_to_fs(f"{hdfs.web_uri}{folder}", **hdfs.storage_options)
    return [path.removeprefix(root) for path in fs.find(root)]


def test_a_job_that_fails_reports_why_and_its_context_is_removed(
    runs: DagsterRuns, hdfs: MiniDfs, echo_jar: str, tmp_path: Path
) -> None:
    client = PipesSparkSubmitClient("local[1]", cwd=str(tmp_path), **places(hdfs, "/fails"))
    run = runs.run_body(lambda c: client.run(context=c, job=SparkJob(echo_jar, main_class="Echo"), args=["fail"]))
    assert not run.success
    assert "The job reported java.lang.IllegalStateException: outer." in run.failure
    left = files(hdfs, "/fails")
    assert [Path(name).name for name in left] == [f"{n}.json" for n in range(1, len(left) + 1)]


def test_a_directory_that_the_job_may_not_write_to_fails_it_where_it_opens_its_session(
    runs: DagsterRuns, hdfs: MiniDfs, echo_jar: str, tmp_path: Path
) -> None:
    fs, _ = fsspec.core.url_to_fs(hdfs.web_uri, **hdfs.storage_options)
    fs.makedirs("/locked", exist_ok=True)
    fs.chmod("/locked", "755")
    # HDFS without Kerberos believes who one says one is.
    client = PipesSparkSubmitClient(
        "local[1]", cwd=str(tmp_path), env={"HADOOP_USER_NAME": "bob"}, **places(hdfs, "/locked")
    )
    run = runs.run_body(lambda c: client.run(context=c, job=SparkJob(echo_jar, main_class="Echo")))
    assert not run.success
    assert f"Cannot write {hdfs.uri}/locked/" in run.failure
    assert "Permission denied: user=bob, access=WRITE" in run.failure
    assert f"See {PAGE_URL}#stores" in run.failure


@pytest.mark.parametrize(
    ("parameter", "got"),
    [
        ("read_uri", "PermissionError: Permission denied: user=bob"),
        ("write_uri", "HTTPError: 403 Client Error: Forbidden for url: http://"),
    ],
)
def test_a_directory_that_dagsters_side_may_not_use_fails_the_step_before_the_job_starts(
    runs: DagsterRuns, hdfs: MiniDfs, parameter: str, got: str
) -> None:
    fs, _ = fsspec.core.url_to_fs(hdfs.web_uri, **hdfs.storage_options)
    fs.makedirs("/closed", exist_ok=True)
    fs.chmod("/closed", "700")
    injector: Any = dg.PipesEnvContextInjector()
    reader: Any = dg.PipesTempFileMessageReader()
    if parameter == "read_uri":
        reader = PipesJvmFilesystemMessageReader(
            f"{hdfs.uri}/closed", read_uri=f"{hdfs.web_uri}/closed", storage_options={"user": "bob"}
        )
    else:
        injector = PipesJvmFilesystemContextInjector(
            f"{hdfs.uri}/closed", write_uri=f"{hdfs.web_uri}/closed", storage_options={"user": "bob"}
        )

    def body(context: dg.AssetExecutionContext) -> None:
        with dg.open_pipes_session(context, injector, reader):
            pytest.fail("the job would have started")

    run = runs.run_body(body)
    assert "FilesystemAccessError: `PipesJvmFilesystem" in run.failure
    assert f": {got}" in run.failure
    assert f"Check the place that `{parameter}` names" in run.failure
