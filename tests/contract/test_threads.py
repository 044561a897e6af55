"""Faults that only a platform of the tests can have: a failing database, and a refused listing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm_standin.s3_server import LocalS3
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
