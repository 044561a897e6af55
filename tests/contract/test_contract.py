"""One set of tests that every platform passes: the promises of `run/` on any platform."""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Semaphore
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import PipesJvmError, PipesSparkClient, SparkJob
from dagster_pipes_jvm.errors import JobRequestError, PipesNotClosedError, TimeLimitError
from tests.contract.ground import Ground
from tests.support.dagster_runs import DagsterRuns, Finished
from tests.support.emr import until_true

Body = Callable[[dg.AssetExecutionContext], Any]


class Errors:
    """Runs a job in an asset, and keeps what its client raised."""

    def __init__(self) -> None:
        self.raised: list[BaseException] = []

    def body(self, client: PipesSparkClient, job: SparkJob, **given: Any) -> Body:
        def run(context: dg.AssetExecutionContext) -> Any:
            try:
                return client.run(context=context, job=job, **given).get_materialize_result()
            except BaseException as e:
                self.raised.append(e)
                raise

        return run


def run(runs: DagsterRuns, client: PipesSparkClient, job: SparkJob, **given: Any) -> tuple[Finished, Any]:
    """The run of one asset, and what the client raised in it."""
    errors = Errors()
    finished = runs.run_body(errors.body(client, job, **given))
    return finished, (errors.raised or [None])[0]


def retried(runs: DagsterRuns, client: PipesSparkClient, job: SparkJob, **given: Any) -> Finished:
    """A run that retries the only earlier run from its failure."""

    @dg.asset(name="probe")
    def probe(context: dg.AssetExecutionContext) -> Any:
        return client.run(context=context, job=job, **given).get_materialize_result()

    again = dg.define_asset_job("again", [probe], executor_def=dg.in_process_executor)
    return runs.retry(dg.Definitions(assets=[probe], jobs=[again]).resolve_job_def("again"))


def texts(finished: Finished) -> list[str]:
    return [text for _, text in finished.logs]


def when_waiting(runs: DagsterRuns, act: Callable[[], None]) -> None:
    """Act as soon as the job of the only run says that it waits."""

    def watch() -> None:
        pause = threading.Event()
        for _ in range(6000):
            entries = [entry for one in runs.instance.get_runs() for entry in runs.instance.all_logs(one.run_id)]
            if any(entry.user_message == "waiting" for entry in entries):
                act()
                return
            pause.wait(0.05)

    threading.Thread(target=watch, daemon=True).start()


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def nothing_runs(ground: Ground) -> None:
    until_true(lambda: ground.running() == {}, ground.running)


# The verdict: green means right.


@pytest.mark.parametrize("action", ["reports", "raises", "never-opens"])
def test_the_event_log_has_no_secret_of_the_job_and_none_of_its_extras(
    ground: Ground, runs: DagsterRuns, action: str
) -> None:
    job = ground.job(action)
    job = job.override(args=[*job.args, "--password", "hush-arg"], conf={"spark.my.secret": "hush-conf"})
    finished, _ = run(runs, ground.client(), job, extras={"known": "hush-extra"})
    assert finished.success == (action == "reports")
    entries = "".join(entry.to_json() + repr(entry) for entry in finished.entries)
    assert [word for word in ("hush-arg", "hush-conf", "hush-extra") if word in entries] == []


def test_a_job_that_reports_and_ends_well_materializes_its_asset(ground: Ground, runs: DagsterRuns) -> None:
    finished, _ = run(runs, ground.client(), ground.job("reports"))
    assert finished.success, finished.failure
    assert finished.metadata["run"] == finished.entries[0].run_id
    assert ground.started() == 1
    nothing_runs(ground)


@pytest.mark.parametrize(
    ("action", "pipes", "is_right"),
    [
        ("never-opens", "required", False),
        ("never-opens", "optional", True),
        ("never-opens", "off", True),
        ("never-closes", "required", False),
        ("never-closes", "optional", True),
        ("fails-behind-closed", "required", False),
        ("fails-behind-closed", "optional", False),
        ("raises", "required", False),
        ("raises", "optional", False),
    ],
)
def test_a_job_passes_where_it_should(
    ground: Ground, runs: DagsterRuns, action: str, pipes: Any, is_right: bool
) -> None:
    finished, error = run(runs, ground.client(wait_for_logs_seconds=5.0), ground.job(action, pipes=pipes))
    assert finished.success == is_right
    assert ground.started() == 1
    if not is_right:
        assert isinstance(error, PipesNotClosedError) == action.startswith("never")
        assert isinstance(error, PipesJvmError)


def test_a_failed_job_is_told_with_its_exception_and_the_end_of_its_stderr(ground: Ground, runs: DagsterRuns) -> None:
    _, error = run(runs, ground.client(), ground.job("raises"))
    assert "the orders are missing" in str(error)
    assert "The end of the driver's stderr:\n" in str(error)
    assert "cannot read the orders" in str(error)


@pytest.mark.needs("late")
def test_logs_that_come_late_are_waited_for(ground: Ground, runs: DagsterRuns) -> None:
    ground.delay_logs(3.0)
    _, error = run(runs, ground.client(), ground.job("fails-behind-closed"))
    assert "cannot delete the lock" in str(error)


@pytest.mark.needs("late")
def test_logs_that_do_not_come_cost_no_more_than_the_user_wants_to_wait(ground: Ground, runs: DagsterRuns) -> None:
    ground.delay_logs(600.0)
    finished, error = run(runs, ground.client(wait_for_logs_seconds=1.0), ground.job("raises"))
    assert not finished.success
    assert "the orders are missing" in str(error)
    assert "cannot read the orders" not in str(error)


# Looking.


def test_a_job_that_ends_between_two_looks_is_seen_at_once_by_what_it_says(ground: Ground, runs: DagsterRuns) -> None:
    """Its `closed` causes a poll, and the next one follows after half an interval."""
    finished, _ = run(runs, ground.client(poll_interval_seconds=20.0), ground.job("reports"))
    assert finished.success, finished.failure
    (started,) = [e.timestamp for e in finished.entries if "[pipes] started " in e.user_message]
    assert finished.entries[-1].timestamp - started < 20.0


def test_runs_side_by_side_share_the_looks_and_each_gets_its_own_messages(ground: Ground) -> None:
    client = ground.client()
    # Dagster starts one run at a time in a process. It configures Python's logging, and deadlocks if another run logs.
    starting, all_are_there = Semaphore(), Barrier(5)

    def materialize(number: int) -> Finished:
        @dg.asset(name=f"probe_{number}")
        def probe(context: dg.AssetExecutionContext) -> Any:
            starting.release()
            all_are_there.wait()
            return client.run(context=context, job=ground.job("reports")).get_materialize_result()

        starting.acquire()
        # One that does not redirect this process's output, which only one run at a time can.
        with dg.DagsterInstance.ephemeral() as instance:
            return DagsterRuns(instance).materialize(probe)

    with ThreadPoolExecutor(5) as pool:
        finished = list(pool.map(materialize, range(5)))
    assert ground.started() == 5
    for one in finished:
        assert one.success, one.failure
        assert one.metadata["run"] == one.entries[0].run_id
        assert texts(one).count(f"working for {one.entries[0].run_id}") == 1


@pytest.mark.needs("refuse", "continue")
def test_a_job_that_may_not_be_looked_at_runs_on_and_the_retry_goes_on_with_it(
    ground: Ground, runs: DagsterRuns
) -> None:
    ground.refuse("look")
    finished, error = run(runs, ground.client(refused_limit_seconds=0.5), ground.job("waits"))
    assert not finished.success
    assert isinstance(error, JobRequestError)
    assert "which may still run" in str(error)
    assert any("continues. A retry of this step continues with it." in text for text in texts(finished))
    ground.refuse(None)
    ground.open_gate()
    again = retried(runs, ground.client(), ground.job("waits"))
    assert again.success, again.failure
    assert ground.started() == 1


# Launched once.


@pytest.mark.needs("lose")
def test_a_job_whose_answer_was_lost_is_found_and_not_launched_twice(ground: Ground, runs: DagsterRuns) -> None:
    ground.lose("answer")
    finished, _ = run(runs, ground.client(), ground.job("reports"))
    assert finished.success, finished.failure
    assert ground.started() == 1


@pytest.mark.needs("lose")
def test_a_request_that_never_arrived_is_sent_again(ground: Ground, runs: DagsterRuns) -> None:
    ground.lose("request")
    finished, _ = run(runs, ground.client(), ground.job("reports"))
    assert finished.success, finished.failure
    assert ground.started() == 1


@pytest.mark.needs("refuse")
def test_what_the_platform_refuses_is_said_and_nothing_is_started(ground: Ground, runs: DagsterRuns) -> None:
    ground.refuse("start")
    finished, error = run(runs, ground.client(), ground.job("reports"))
    assert not finished.success
    assert isinstance(error, PipesJvmError)
    assert ground.started() == 0


# Cancelled, stopped, and continued.


def test_a_run_that_is_cancelled_ends_its_job(ground: Ground, runs: DagsterRuns) -> None:
    def cancel() -> None:
        (first,) = runs.instance.get_runs()
        runs.instance.report_run_canceling(first)
        interrupt()

    when_waiting(runs, cancel)
    finished, _ = run(runs, ground.client(), ground.job("waits"))
    assert not finished.success
    assert any("was cancelled: " in text for text in texts(finished))
    nothing_runs(ground)
    assert ground.started() == 1


def test_a_process_that_is_stopped_leaves_the_job_to_the_retry_or_ends_it(ground: Ground, runs: DagsterRuns) -> None:
    when_waiting(runs, interrupt)
    finished, _ = run(runs, ground.client(), ground.job("waits"))
    (first,) = runs.instance.get_runs()
    assert not finished.success
    if "continue" in ground.cannot:
        nothing_runs(ground)
        ground.open_gate()
        again = retried(runs, ground.client(), ground.job("waits"))
        assert again.success, again.failure
        assert again.metadata["run"] != first.run_id
        assert ground.started() == 2
        return
    assert len(ground.running()) == 1
    ground.open_gate()
    again = retried(runs, ground.client(), ground.job("waits"))
    assert again.success, again.failure
    # The messages are those of the first run, each of them once.
    assert again.metadata["run"] == first.run_id
    assert texts(again).count("waiting") == 1
    assert ground.started() == 1


@pytest.mark.needs("continue")
def test_a_retry_that_brings_something_else_says_so(ground: Ground, runs: DagsterRuns) -> None:
    when_waiting(runs, interrupt)
    run(runs, ground.client(), ground.job("waits"), extras={"day": 1})
    ground.open_gate()
    again = retried(runs, ground.client(), ground.job("waits"), extras={"day": 2})
    assert any("was started with another application, other args, conf or extras" in text for text in texts(again))


@pytest.mark.needs("continue")
def test_a_job_that_ended_while_nobody_looked_is_judged_by_the_retry(ground: Ground, runs: DagsterRuns) -> None:
    when_waiting(runs, interrupt)
    run(runs, ground.client(), ground.job("waits"))
    (first,) = runs.instance.get_runs()
    ground.open_gate()
    nothing_runs(ground)
    again = retried(runs, ground.client(), ground.job("waits"))
    assert again.success, again.failure
    assert again.metadata["run"] == first.run_id
    assert ground.started() == 1


def test_a_job_that_was_judged_is_launched_anew_by_the_retry(ground: Ground, runs: DagsterRuns) -> None:
    run(runs, ground.client(wait_for_logs_seconds=1.0), ground.job("never-closes"))
    again = retried(runs, ground.client(), ground.job("reports"))
    assert again.success, again.failure
    assert ground.started() == 2


# Time limits.


def test_a_job_over_its_time_limit_is_ended(ground: Ground, runs: DagsterRuns) -> None:
    finished, error = run(runs, ground.client(run_time_limit_seconds=2.0), ground.job("waits"))
    assert not finished.success
    assert isinstance(error, TimeLimitError)
    assert "longer than `" in str(error)
    assert any("[pipes] the time limit is over: " in text for text in texts(finished))
    nothing_runs(ground)
