"""How long what may take, on any platform; passed in, so that nobody has to change a constant."""

import time
from dataclasses import dataclass
from threading import Event
from typing import Protocol


class Clock(Protocol):
    """Time, for the waits between two looks."""

    def now(self) -> float:
        """Seconds since some moment."""

    def wait(self, event: Event, seconds: float) -> None:
        """Return when `event` is set, or after that time."""


class SystemClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def wait(self, event: Event, seconds: float) -> None:
        """Return when `event` is set, or after that time."""
        event.wait(seconds)


_SYSTEM_CLOCK = SystemClock()


@dataclass(frozen=True)
class Patience:
    """How long what may take. All in seconds, where a name says nothing else; `None` is no limit.

    Args:
        poll_interval_seconds: between two looks at a place; the first run's counts for all that wait there.
        slowest_factor: how many intervals there are at most between two looks while requests fail.
        refused_limit_seconds: how long a platform may refuse to show a job before the run is told.
        looks_after_lost: how many more looks a job gets that its platform does not show any more.
        start_time_limit_seconds: until the job runs: room for it, a cluster's start, the jobs before it.
        run_time_limit_seconds: while it runs.
        leaves_running_when_stopped: whether a job that a later attempt can go on with runs on when Dagster's process is told
            to stop and the run is not cancelled.
        start_attempts: how often a start is tried whose outcome is not known.
        start_pause_seconds: before it is looked up what has become of one.
        end_limit_seconds: how long a job that is told to end may take.
        stop_limit_seconds: how long one that was asked to stop may take after that to close its session.
        sweep_limit_seconds: how long what ends the rest may take. These three together stay below the 180 s after which
            Dagster's run monitoring takes a run for cancelled.
        end_poll_seconds: between two looks meanwhile.
        wait_for_logs_seconds: for the logs of a job that failed.
        waits_for_logs_of_success: whether those of one that did not are waited for as well.
        log_poll_seconds: between two looks at logs.
        log_quiet_seconds: how long nothing new must come before logs that are there count as whole.
        clock: the time.
    """

    poll_interval_seconds: float = 10.0
    slowest_factor: int = 6
    refused_limit_seconds: float = 600.0
    looks_after_lost: int = 3
    start_time_limit_seconds: float | None = None
    run_time_limit_seconds: float | None = None
    leaves_running_when_stopped: bool = False
    start_attempts: int = 5
    start_pause_seconds: float = 5.0
    end_limit_seconds: float = 60.0
    stop_limit_seconds: float = 20.0
    sweep_limit_seconds: float = 60.0
    end_poll_seconds: float = 1.0
    wait_for_logs_seconds: float = 120.0
    waits_for_logs_of_success: bool = False
    log_poll_seconds: float = 5.0
    log_quiet_seconds: float = 3.0
    clock: Clock = _SYSTEM_CLOCK

    def pause(self, seconds: float) -> None:
        """Let so much time pass."""
        self.clock.wait(Event(), seconds)
