"""Faults that only a platform of the tests can have: a failing database, and a refused listing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import SparkJob
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.contract.test_contract import retried, run, texts
from tests.contract.threads.ground import Threads
from tests.contract.threads.platform import ThreadPlatform
from tests.support.dagster_runs import DagsterRuns, Finished


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalS3]:
    with Threads.world(tmp_path_factory.mktemp("threads")) as place:
        yield place


@pytest.fixture
def threads(s3: LocalS3, tmp_path: Path) -> Iterator[Threads]:
    folder = tmp_path / "jobs"
    folder.mkdir()
    ground = Threads(s3, folder)
    yield ground
    ground.open_gate()


class Unlinked(ThreadPlatform):
    """A platform that cannot say where its first job is seen, so that nothing of it can be written down."""

    has_failed = False

    def url(self, ref: Any) -> str | None:
        if not self.has_failed:
            self.has_failed = True
            raise RuntimeError("the database is gone")
        return None


def with_retry(runs: DagsterRuns, threads: Threads, client: Any, action: str) -> Finished:
    @dg.asset(retry_policy=dg.RetryPolicy(max_retries=1))
    def probe(context: dg.AssetExecutionContext) -> Any:
        return client.run(context=context, job=threads.job(action)).get_materialize_result()

    return runs.materialize(probe)


def test_a_job_that_cannot_be_written_down_runs_on_and_the_retry_finds_it_by_its_mark(
    threads: Threads, runs: DagsterRuns
) -> None:
    finished = with_retry(runs, threads, threads.client(platform=Unlinked(threads.service)), "reports")
    assert finished.success, finished.failure
    texts = [text for _, text in finished.logs]
    assert "[pipes] thread t-1 was started, and continues. A retry of this step continues with it." in texts
    assert texts.count(f"working for {finished.entries[0].run_id}") == 1
    assert threads.started() == 1


def test_a_listing_that_is_refused_is_said_and_does_not_keep_the_retry_from_starting(
    threads: Threads, runs: DagsterRuns
) -> None:
    threads.refuse("list")
    finished = with_retry(runs, threads, threads.client(), "never-closes")
    assert not finished.success
    assert any("does not let launches be listed" in text for _, text in finished.logs)
    assert threads.started() == 2


# Writes one session with identities, as our writers do.
NUMBERED = """
import json
import boto3
from dagster_pipes import PipesEnvVarParamsLoader

params = PipesEnvVarParamsLoader().load_messages_params()

def line(number, method, values, **facts):
    message = {"__dagster_pipes_version": "0.1", "method": method, "params": values, **facts}
    return json.dumps({**message, "n": f"{params['run_token']}x7c2p.{number}"})

lines = [
    line(1, "opened", {"extras": {}}),
    line(2, "log", {"message": "a line with an identity", "level": "INFO"}),
    line(3, "closed", {}, dagster_pipes_jvm={"messages": {"p": 3}, "dropped_log_lines": 0}),
]
key = params["key_prefix"] + "/1.json"
boto3.client("s3").put_object(Bucket=params["bucket"], Key=key, Body="\\n".join(lines).encode())
"""


def test_a_retry_that_finds_a_job_by_its_mark_knows_its_token(
    threads: Threads, runs: DagsterRuns, tmp_path: Path
) -> None:
    (tmp_path / "numbered.py").write_text(NUMBERED, encoding="utf-8")
    client = threads.client(platform=Unlinked(threads.service))

    @dg.asset(retry_policy=dg.RetryPolicy(max_retries=1))
    def probe(context: dg.AssetExecutionContext) -> Any:
        job = SparkJob(str(tmp_path / "numbered.py"))
        return client.run(context=context, job=job).get_materialize_result()

    finished = runs.materialize(probe)
    assert finished.success, finished.failure
    assert texts(finished).count("a line with an identity") == 1


def test_a_run_that_continues_with_a_recorded_job_logs_each_line_once(
    threads: Threads, runs: DagsterRuns, tmp_path: Path
) -> None:
    (tmp_path / "numbered.py").write_text(NUMBERED, encoding="utf-8")
    job = SparkJob(str(tmp_path / "numbered.py"))
    threads.refuse("look")
    first, _ = run(runs, threads.client(refused_limit_seconds=3.0), job)
    assert not first.success
    threads.refuse(None)
    second = retried(runs, threads.client(), job)
    assert second.success, second.failure
    assert texts(first).count("a line with an identity") == 1
    assert texts(second).count("a line with an identity") == 0
    left = threads.world.client().list_objects_v2(Bucket="pipes").get("Contents", [])
    assert left == []
