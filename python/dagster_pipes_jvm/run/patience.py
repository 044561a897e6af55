"""Time limits and intervals on any platform. They are parameters, so that no test changes a constant."""

import time
from dataclasses import dataclass, fields, replace
from threading import Event
from typing import Any, Protocol

from dagster_pipes_jvm.errors import InvalidParameterError


class Clock(Protocol):
    """A clock for time limits and intervals."""

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
    """Time limits and intervals, in seconds if the name gives no unit. `None` is no limit.

    Args:
        poll_interval_seconds: the interval of polls of a place. The first run's value is valid for all runs that wait
            there.
        slowest_factor: the maximum number of intervals between polls while requests fail.
        refused_limit_seconds: how long a platform may refuse to show a job before the run fails.
        looks_after_lost: how often a job is polled after its platform stops showing it.
        start_time_limit_seconds: the maximum time until the job runs. It includes the wait for room, the start of a
            cluster, and the jobs before it.
        run_time_limit_seconds: the maximum time that the job runs.
        leaves_running_when_stopped: whether a job continues when Dagster's process is told to stop and the run is not
            cancelled. Only for platforms where a later attempt can continue with the job.
        start_attempts: how often a start with an unknown outcome is tried.
        start_pause_seconds: the wait before the platform is asked about such a start.
        start_looks: how often it is asked before the start is retried. Its list of jobs may be late. With the defaults
            that is a minute.
        lookup_seconds: how long a place that was found by name or tags is used without a new search. It is checked each
            time.
        end_limit_seconds: how long a job may take to end.
        stop_limit_seconds: how long it may take after that to close its session, if it was asked to stop.
        sweep_limit_seconds: how long the end of its remains may take. These three together stay below the 180 s after
            which Dagster's run monitoring takes a run for cancelled.
        end_poll_seconds: the interval of polls of a job that ends.
        wait_for_logs_seconds: how long to wait for the logs of a failed job.
        waits_for_logs_of_success: whether to wait for the logs of a successful job as well.
        log_poll_seconds: the interval of polls of logs.
        log_quiet_seconds: logs are complete when nothing new has come for so long.
        clock: the clock.
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
    start_looks: int = 12
    lookup_seconds: float = 60.0
    end_limit_seconds: float = 60.0
    stop_limit_seconds: float = 20.0
    sweep_limit_seconds: float = 60.0
    end_poll_seconds: float = 1.0
    wait_for_logs_seconds: float = 120.0
    waits_for_logs_of_success: bool = False
    log_poll_seconds: float = 5.0
    log_quiet_seconds: float = 3.0
    clock: Clock = _SYSTEM_CLOCK

    def with_own(self, call: str, anchor: str, **own: tuple[str, Any]) -> "Patience":
        """This one with the values of a client's own parameters.

        Args:
            call: the client.
            anchor: the section of TROUBLESHOOTING.md for an error.
            own: for each field, the name of the client's parameter and its value.

        Raises:
            InvalidParameterError: such a field was set here, and the client's parameter would replace its value.
        """
        for field in fields(self):
            if field.name in own and getattr(self, field.name) != field.default:
                name, _ = own[field.name]
                raise InvalidParameterError(
                    parameter="patience",
                    call=call,
                    expected=f"no `{field.name}`, because `{name}` is a parameter of its own",
                    got=repr(getattr(self, field.name)),
                    remedy=f"Pass it as `{name}`.",
                    anchor=anchor,
                )
        return replace(self, **{field: value for field, (_, value) in own.items()})

    def pause(self, seconds: float) -> None:
        """Let so much time pass."""
        self.clock.wait(Event(), seconds)
