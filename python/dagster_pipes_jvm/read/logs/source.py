"""Where a log is read from, part by part, and the loop that follows it to its end."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Event

from dagster_pipes_jvm.errors import PipesJvmError
from dagster_pipes_jvm.read.logs.output import Stream
from dagster_pipes_jvm.read.messages.faults import FaultPatience, Faults


@dataclass(frozen=True)
class LogPart:
    """What came of one log.

    Args:
        log: which log, such as `s3://bucket/logs/j-1/steps/s-1/stdout.gz`; its parts come in order.
        stream: which stream of the driver it holds.
        data: bytes, cut anywhere; or a text that is one record of a log that is kept in records.
        attempt: of which attempt of the job, from 1.
    """

    log: str
    stream: Stream
    data: bytes | str
    attempt: int = 1


class LogSource(ABC):
    """One or more logs of one run. Lifecycle: one per run; `close` at the end. Threads: one at a time."""

    name: str
    """What is read, for messages to people."""

    @abstractmethod
    def poll(self) -> Iterable[LogPart]:
        """What came since the last call, in order; nothing where nothing did, also where no log is there yet.

        Raises:
            PassingFaultError: the same question may be answered later.
            PipesJvmError: it may not, for the reason that the text says.
        """

    def notes(self) -> Iterable[str]:
        """What is to be said about the logs, such as that one was cut short; each once."""
        return ()

    @property
    def awaits_driver(self) -> bool:
        """Whether the log of the driver itself is expected, and nothing of it has come."""
        return False

    def holder_of(self, line: str) -> str:  # noqa: ARG002
        """The name of the log whose end has this line; empty if none has it."""
        return ""

    def close(self) -> None:  # noqa: B027
        """Let go of what is open."""


@dataclass(frozen=True)
class Patience:
    """How often to look for something new in a log, and how long after the job's end.

    Args:
        poll_interval_seconds: time between two looks, in seconds.
        wait_seconds: how long after the job's end, or the last news since, something is waited for that has not come, in seconds.
        quiet_seconds: how long after the job's end nothing new must come before logs that are there count as whole, in seconds.
        faults: for a log that cannot be read; it is asked for again after `poll_interval_seconds`.
    """

    poll_interval_seconds: float
    wait_seconds: float
    quiet_seconds: float
    faults: FaultPatience = field(default_factory=FaultPatience)


def follow(
    source: LogSource,
    take: Callable[[LogPart], None],
    warn: Callable[[str], None],
    ended: Event,
    abandoned: Event,
    patience: Patience,
    *,
    is_whole: Callable[[], bool | None],
) -> None:
    """Hand every part on, until nothing more can come.

    Args:
        source: the logs.
        take: gets each part.
        warn: gets what is to be said.
        ended: set when the job has ended.
        abandoned: set when nobody waits for logs any more.
        patience: how long to wait.
        is_whole: whether all messages are there; `None` where none are awaited.

    Raises:
        MessagesMissingError: the source did not answer for a minute after the job's end.
        PipesJvmError: it refused, and still did after the job's end.
    """
    has_come = False
    ended_at: float | None = None
    news_at = time.monotonic()
    faults = Faults(warn, patience.faults)
    while True:
        # Asked before the look: what was written before the job ended is in this look or an earlier one.
        is_last = ended.is_set()
        if is_last and ended_at is None:
            ended_at = time.monotonic()
        came = False
        try:
            for part in source.poll():
                came = True
                take(part)
            is_read = True
            faults.passed()
        except PipesJvmError as e:
            is_read = False
            faults.met(e, source.name, is_last=is_last)
        for note in source.notes():
            warn(note)
        now = time.monotonic()
        if came or ended_at is None:
            news_at = now
        has_come = has_come or came
        if ended_at is not None and is_read and not came:
            whole = is_whole()
            is_enough = has_come if whole is None else whole
            if now - max(news_at, ended_at) >= (patience.quiet_seconds if is_enough else patience.wait_seconds):
                return
        if ended_at is None:
            ended.wait(patience.poll_interval_seconds)
        elif not came and abandoned.wait(patience.poll_interval_seconds):
            return
