"""Waiting for one of a few slots: the runs of a process ask one at a time, and less and less often."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from dagster_pipes_jvm.errors import EMRTimeLimitError
from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm.run.jobs import JobRef, NoRoomError, Surroundings, Written
from dagster_pipes_jvm.run.once import start_once
from dagster_pipes_jvm.run.patience import Patience
from tests.support.emr_answers import VirtualClock

INTERVAL = 10.0
WRITTEN = Written(single_attempt=True)


class Slots:
    """A platform with a few slots, each request of which is counted. Threads: any.

    Args:
        clock: the time.
        slots: how many slots there are at a time.
    """

    name = "the slots"
    time_limit_error = EMRTimeLimitError
    time_limit_remedy = "See there."

    def __init__(self, clock: VirtualClock, slots: Callable[[float], int]) -> None:
        self._clock = clock
        self._slots = slots
        self._lock = threading.Lock()
        self.key = id(self)
        self.started = 0
        self.asked_at: list[float] = []

    def place_of(self, written: Written) -> str:
        return "here"

    def start(self, written: Written, identity: LaunchIdentity, surroundings: Surroundings) -> JobRef:
        with self._lock:
            now = self._clock.now()
            self.asked_at.append(now)
            if self.started >= self._slots(now):
                raise NoRoomError("the place is full")
            self.started += 1
            return JobRef(f"job-{self.started}", "here")

    def run(self, number: int, said: list[str] | None = None, **patience: Any) -> JobRef:
        log: Any = SimpleNamespace(info=(said if said is not None else []).append)
        surroundings = Surroundings(lambda stream, data: None, lambda: None, log)
        limits = Patience(poll_interval_seconds=INTERVAL, clock=self._clock, **patience)
        platform: Any = self
        ref, *_ = start_once(platform, WRITTEN, LaunchIdentity(f"run-{number}", "step"), surroundings, limits)
        return ref


def test_three_hundred_runs_for_256_slots_ask_a_few_times_a_minute() -> None:
    clock = VirtualClock()
    # Nothing ends for ten minutes, and then a job each minute.
    slots = Slots(clock, lambda now: 256 + max(0, int((now - 600) // 60)))
    with ThreadPoolExecutor(300) as pool:
        refs = list(pool.map(slots.run, range(300)))
    assert len({ref.id for ref in refs}) == 300
    by_minute = Counter(int(at // 60) for at in slots.asked_at if at > 0)
    # At the beginning each run asks once, at most.
    assert sum(at == 0 for at in slots.asked_at) <= 300
    assert max(by_minute.values()) <= 6
    assert max(by_minute[minute] for minute in range(2, 10)) <= 2


def test_a_run_that_comes_later_waits_behind_the_others_and_says_so() -> None:
    is_full, may_end = Event(), Event()

    class WaitingClock(VirtualClock):
        def wait(self, event: Event, seconds: float) -> None:
            if seconds:
                is_full.set()
                assert may_end.wait(60)
            super().wait(event, seconds)

    clock = WaitingClock()
    slots = Slots(clock, lambda now: 2 if now else 0)
    said: list[list[str]] = [[], []]
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(slots.run, 0, said[0])
        assert is_full.wait(60)
        second = pool.submit(slots.run, 1, said[1])
        while not said[1]:
            Event().wait(0.01)
        may_end.set()
        assert [first.result().id, second.result().id] == ["job-1", "job-2"]
    assert said[0] == ["[pipes] the place is full; waiting for room."]
    assert said[1] == ["[pipes] runs of this process wait for room at the same place (1); waiting behind them."]
    # The second one never asked without success, and came as soon as the first one had got room.
    assert slots.asked_at == [0.0, INTERVAL, INTERVAL]


def test_the_time_limit_of_a_run_in_the_queue_is_kept() -> None:
    clock = VirtualClock()
    slots = Slots(clock, lambda now: 0)
    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(slots.run, number, start_time_limit_seconds=300.0) for number in range(5)]
        for one in waiting:
            with pytest.raises(EMRTimeLimitError, match=r"no room for another job for longer than .*which is 300: "):
                one.result()
    assert slots.started == 0


def test_a_run_that_is_interrupted_makes_way_for_the_next_one() -> None:
    both_asked = threading.Barrier(2)
    interruptions = iter([KeyboardInterrupt()])

    class InterruptingClock(VirtualClock):
        def wait(self, event: Event, seconds: float) -> None:
            super().wait(event, seconds)
            if seconds and (interruption := next(interruptions, None)):
                raise interruption

    clock = InterruptingClock()
    slots = Slots(clock, lambda now: 1 if now > 25 else 0)

    def run(number: int) -> JobRef:
        both_asked.wait()
        return slots.run(number)

    with ThreadPoolExecutor(2) as pool:
        errors = [one.exception() for one in [pool.submit(run, number) for number in range(2)]]
    assert sorted(type(error).__name__ for error in errors) == ["KeyboardInterrupt", "NoneType"]
    assert slots.started == 1
