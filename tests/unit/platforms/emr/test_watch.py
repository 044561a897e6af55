"""Waiting for steps with a clock that jumps: the polling is the real one, and so is every request that boto3 makes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from threading import Event

import pytest

from dagster_pipes_jvm.errors import EMRRequestError
from dagster_pipes_jvm.platforms.emr.platform import EmrPlatform
from dagster_pipes_jvm.platforms.emr.states import EmrStep, StepNow
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm.run.watch import Look, Watch, Watched
from tests.support.emr_answers import Refusal, ScriptedEMR, VirtualClock

INTERVAL = 60.0
DAY = 86_400.0


def watching(emr: ScriptedEMR, clock: VirtualClock, step_id: str = "s-1") -> AbstractContextManager[Watched]:
    platform = EmrPlatform(emr.client, None, None, {})
    ref = EmrStep(step_id, "j-1", started_cluster=False, yarn_tag=None, is_cluster_mode=True, log_uri=None)
    return Watch.watching(platform, ref, Patience(poll_interval_seconds=INTERVAL, clock=clock))


def wait(emr: ScriptedEMR, clock: VirtualClock, step_id: str = "s-1") -> tuple[StepNow, list[Look]]:
    with watching(emr, clock, step_id) as watched:
        looks = list(watched.looks())
    assert looks[-1].seen.step is not None
    return looks[-1].seen.step, looks


def test_a_step_of_three_days_is_waited_for() -> None:
    clock = VirtualClock()
    emr = ScriptedEMR(clock, lambda _, seconds: "RUNNING" if seconds < 3 * DAY else "COMPLETED")
    step, _ = wait(emr, clock)
    assert step.state == "COMPLETED"
    assert step.running_seconds == pytest.approx(3 * DAY - 60, abs=2 * INTERVAL)
    assert 3 * DAY <= clock.seconds <= 3 * DAY + 2 * INTERVAL
    # One ListSteps an interval, and DescribeCluster with every sixth.
    assert len(emr.of("ListSteps")) == pytest.approx(3 * DAY / INTERVAL, abs=2)
    assert len(emr.of("DescribeCluster")) == pytest.approx(3 * DAY / INTERVAL / 6, abs=2)


def test_a_cluster_that_takes_days_to_come_up_is_waited_for_with_two_requests_an_interval() -> None:
    clock = VirtualClock()
    emr = ScriptedEMR(
        clock,
        lambda _, seconds: "PENDING" if seconds < DAY else "COMPLETED",
        lambda seconds: "STARTING" if seconds < DAY else "RUNNING",
    )
    step, looks = wait(emr, clock)
    assert step.state == "COMPLETED"
    assert len(emr.requests) <= 2 * (DAY / INTERVAL + 2)
    assert looks[0].seen.cluster.state == "STARTING"


def test_a_step_that_ends_between_two_looks_is_seen_at_the_next_one() -> None:
    clock = VirtualClock()
    emr = ScriptedEMR(clock, lambda _, seconds: "PENDING" if seconds == 0 else "COMPLETED")
    step, looks = wait(emr, clock)
    assert step.state == "COMPLETED"
    assert clock.seconds <= 2 * INTERVAL
    assert len(looks) <= 3


def test_throttling_is_waited_out_more_and_more_slowly_and_told() -> None:
    def state(_: str, seconds: float) -> str | Refusal:
        if 100 < seconds < 30_000:
            return 400, "ThrottlingException"
        return "RUNNING" if seconds < 36_000 else "COMPLETED"

    clock = VirtualClock()
    emr = ScriptedEMR(clock, state)
    step, _ = wait(emr, clock)
    assert step.state == "COMPLETED"
    throttled = [at for at, _ in emr.of("ListSteps") if 100 < at < 30_000]
    assert throttled[-1] - throttled[-2] == 6 * INTERVAL
    assert len(throttled) < 30_000 / (6 * INTERVAL) + 5


def test_a_refusal_is_repaired_within_ten_minutes_or_the_run_is_told() -> None:
    def refused_for(seconds: float) -> ScriptedEMR:
        def state(_: str, now: float) -> str | Refusal:
            if 100 < now < 100 + seconds:
                return 400, "AccessDeniedException"
            return "RUNNING" if now < 900 else "COMPLETED"

        return ScriptedEMR(clock, state)

    clock = VirtualClock()
    assert wait(refused_for(400), clock)[0].state == "COMPLETED"
    clock = VirtualClock()
    told = r"refuses to show EMR step s-1 on cluster j-1, which may still run: .*AccessDenied"
    with pytest.raises(EMRRequestError, match=told):
        wait(refused_for(1e9), clock)
    assert 700 < clock.seconds < 700 + 2 * 6 * INTERVAL + INTERVAL


def test_a_cluster_that_is_not_there_is_an_error_at_once() -> None:
    clock = VirtualClock()
    emr = ScriptedEMR(clock, lambda _, seconds: (400, "InvalidRequestException"))
    with pytest.raises(EMRRequestError, match="InvalidRequestException"):
        wait(emr, clock)
    assert clock.seconds <= 2 * INTERVAL


def test_a_cluster_that_has_ended_ends_the_wait_for_a_step_that_never_shows_its_end() -> None:
    clock = VirtualClock()
    emr = ScriptedEMR(
        clock, lambda _, seconds: "RUNNING", lambda seconds: "RUNNING" if seconds < 1000 else "TERMINATED"
    )
    with pytest.raises(
        EMRRequestError, match=r"cluster j-1 is TERMINATED \(USER_REQUEST: by request\), and EMR does not say how"
    ):
        wait(emr, clock)


def test_many_runs_of_one_cluster_share_the_looks() -> None:
    clock = VirtualClock()
    everyone_watches = threading.Barrier(25, timeout=60)
    started = Event()

    def state(step_id: str, seconds: float) -> str:
        return "RUNNING" if not started.is_set() or seconds < begun[0] + 6000 else "COMPLETED"

    begun = [0.0]
    emr = ScriptedEMR(clock, state)

    def run(number: int) -> str:
        with watching(emr, clock, f"s-{number}") as watched:
            if everyone_watches.wait() == 0:
                begun[0] = clock.seconds
                started.set()
            *_, last = watched.looks()
        assert last.seen.step.id == f"s-{number}"
        return str(last.seen.state)

    with ThreadPoolExecutor(25) as pool:
        assert list(pool.map(run, range(25))) == ["COMPLETED"] * 25
    lists = [(at, parameters["StepIds"]) for at, parameters in emr.of("ListSteps") if at >= begun[0]]
    assert all(len(ids) <= 10 for _, ids in lists)
    # 6,000 s of 25 runs, and three looks until the last of them has its turn.
    assert len(lists) <= 6000 / INTERVAL + 10
    for thread in threading.enumerate():
        if thread.name == "looks at EMR j-1":
            thread.join(60)
            assert not thread.is_alive()


class StillClock(VirtualClock):
    """A clock whose time stands still: there is a look only when somebody asks for one."""

    def wait(self, event: Event, seconds: float) -> None:
        assert event.wait(60)


def test_what_is_about_to_end_is_looked_at_now_and_before_others() -> None:
    clock = StillClock()
    everyone_watches, may_leave = threading.Barrier(13, timeout=60), Event()
    ends = Event()

    def state(step_id: str, _: float) -> str:
        is_first = emr.of("ListSteps")[-1][1]["StepIds"][0] == step_id
        return "COMPLETED" if step_id == "s-last" and is_first and ends.is_set() else "RUNNING"

    emr = ScriptedEMR(clock, state)

    def hold(number: int) -> None:
        with watching(emr, clock, f"s-{number}"):
            everyone_watches.wait()
            assert may_leave.wait(60)

    with ThreadPoolExecutor(12) as pool, watching(emr, clock, "s-last") as watched:
        holding = [pool.submit(hold, number) for number in range(12)]
        looks = watched.looks()
        next(looks)
        everyone_watches.wait()
        ends.set()
        watched.look_now()
        *_, last = looks
        may_leave.set()
        for one in holding:
            one.result()
    assert last.is_last
