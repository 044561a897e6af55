"""Dagster's process is killed at every point of a launch on EMR. The retry ends well, and there was exactly one job."""

from pathlib import Path
from threading import Lock
from typing import Any

import pytest

from tests.faults.proxy import FaultProxy, Request, Strike
from tests.support.emr import until_true
from tests.support.emr_client import OnEMR, job_flow, launched_step
from tests.support.emr_process import Process

START = {"new": "RunJobFlow", "existing": "AddJobFlowSteps"}
# The client sends no DescribeStep. ListSteps and DescribeCluster show it the step and its cluster.
REQUESTS = ("the start", "ListSteps", "DescribeCluster", "the first chunk")
POINTS = [(when, request) for request in REQUESTS for when in ("before", "after")]
QUICK = [("existing", "after", "the start", "runs"), ("new", "after", "the start", "has ended")]


class Killer:
    """Kills a process at one point, once.

    Args:
        request: an operation of EMR, or `the first chunk`: S3's answer that has it.
        when: `before` the server has the request, or `after` it. The sender gets no answer in both cases. For the first
            chunk, `before` is the answer that has it, and `after` is the request for the second one.
    """

    def __init__(self, request: str, when: str) -> None:
        self.process: Process | None = None
        self._request = request
        self._is_carried_out = when == "after"
        self._lock = Lock()
        self._is_done = False
        self._chunks = 0

    def rule(self, request: Request) -> Strike | None:
        if self._is_done:
            return None
        if self._request == "the first chunk":
            return self._rule_of_chunks(request)
        if request.operation != self._request:
            return None
        return Strike(self._kill, is_carried_out=self._is_carried_out)

    def _rule_of_chunks(self, request: Request) -> Strike | None:
        if request.method != "GET":
            return None
        if request.path.endswith("/1.json") and not self._is_carried_out:
            return Strike(self._kill, is_carried_out=True, status=200)
        if request.path.endswith("/2.json") and self._is_carried_out:
            return Strike(self._kill, is_carried_out=True)
        return None

    def _kill(self) -> None:
        with self._lock:
            self._is_done = True
        until_true(lambda: self.process is not None)
        assert self.process is not None
        self.process.process.kill()
        self.process.process.wait()


def jobs_of(on_emr: OnEMR, process: Process, place: str) -> list[str]:
    """The steps of all runs of the process, on the clusters of their own too."""
    if place == "existing":
        return [step["Id"] for step in on_emr.steps()[process.earlier :]]
    runs = [run.run_id for run in process.instance.get_runs()]
    pages = on_emr.emr.emr_client().get_paginator("list_clusters").paginate()
    ours = [c["Id"] for page in pages for c in page["Clusters"] if any(run_id in c["Name"] for run_id in runs)]
    return [step["Id"] for cluster_id in ours for step in on_emr.steps(cluster_id)]


def retried_once(on_emr: OnEMR, process: Process, place: str, job: str) -> None:
    """End the killed run, retry it, and look at what has run."""
    process.ended()
    if job == "has ended":
        process.gate.touch()
        until_true(lambda: has_ended(on_emr, process, place))
    again = process.retry(started=1 + any("[pipes] started EMR step" in text for text in on_emr.logged()))
    assert again.success, again.failure
    jobs = jobs_of(on_emr, process, place)
    assert jobs == [launched_step(again)]
    assert again.metadata["AWS EMR Step ID"] == jobs[0]
    assert on_emr.objects() == []


def has_ended(on_emr: OnEMR, process: Process, place: str) -> bool:
    jobs = jobs_of(on_emr, process, place)
    if place == "existing":
        return all(on_emr.state(job) == "COMPLETED" for job in jobs)
    pages = on_emr.emr.emr_client().get_paginator("list_clusters").paginate()
    run_ids = [run.run_id for run in process.instance.get_runs()]
    ours = [c for page in pages for c in page["Clusters"] if any(run_id in c["Name"] for run_id in run_ids)]
    return all(c["Status"]["State"] == "TERMINATED" for c in ours)


def cases() -> list[Any]:
    """All points on a new and on an existing cluster, with a job that runs at the retry and one that has ended."""
    found: list[Any] = []
    for place in START:
        for when, request in POINTS:
            for job in ("runs", "has ended"):
                case = (place, when, request, job)
                found.append(case if case in QUICK else pytest.param(*case, marks=pytest.mark.matrix))
    return found


@pytest.mark.parametrize(("place", "when", "request_", "job"), cases())
def test_a_process_that_is_killed_at_a_request_leaves_one_job(
    on_emr: OnEMR, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, when: str, request_: str, job: str
) -> None:
    killer = Killer(START[place] if request_ == "the start" else request_, when)
    with FaultProxy(on_emr.emr.endpoint_url, killer.rule) as proxy:
        own = {"job_flow": job_flow()} if place == "new" else {}
        process = killer.process = Process(on_emr, tmp_path, monkeypatch, endpoint=proxy.endpoint, **own)
        process.process.wait(timeout=90)
        retried_once(on_emr, process, place, job)


@pytest.mark.matrix
@pytest.mark.parametrize("job", ["runs", "has ended"])
@pytest.mark.parametrize("place", list(START))
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_process_that_is_killed_at_the_event_of_its_handle_leaves_one_job(
    on_emr: OnEMR, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, when: str, job: str
) -> None:
    own = {"job_flow": job_flow()} if place == "new" else {}
    process = Process(on_emr, tmp_path, monkeypatch, dies_at_handle=when, **own)
    process.process.wait(timeout=90)
    retried_once(on_emr, process, place, job)
