"""Waiting for jobs: each poll of a place serves all runs of this process that wait for a job there."""

import threading
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition, Event, Lock, Thread
from typing import Any, ClassVar

from dagster_pipes_jvm.errors import JobRequestError, PassingFaultError
from dagster_pipes_jvm.run.jobs import JobRef, RefusedError, Seen
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm.run.port import AnyPlatform


@dataclass(frozen=True)
class Look:
    """The result of a poll: the state of the job, and the error in `trouble`, which is empty after a success."""

    seen: Any
    trouble: str = ""

    @property
    def is_last(self) -> bool:
        """Whether the job has ended."""
        return self.seen is not None and self.seen.is_over


class Watched:
    """One run's view of its job. Threads: `look_now` may be called from any, `looks` belongs to one."""

    def __init__(self, watch: "Watch", platform: AnyPlatform, ref: JobRef) -> None:
        self.platform = platform
        self.ref = ref
        self._watch = watch
        self._changed = Condition()
        self._look = Look(None)
        self._number = 0
        self._lost_looks = 0
        self._error: Exception | None = None

    def looks(self) -> Iterator[Look]:
        """The result of every poll up to the job's end. If several polls have ended meanwhile, the latest one.

        Raises:
            JobRequestError: the platform refuses to show the job.
        """
        seen = 0
        while True:
            with self._changed:
                while self._number == seen and self._error is None:
                    self._changed.wait()
                if self._error is not None:
                    raise self._error
                look, seen = self._look, self._number
            yield look
            if look.is_last:
                return

    def look_now(self) -> None:
        """Poll the job now, because it is about to end."""
        self._watch.look_now(self)

    def show(self, seen: Seen | None, *, trouble: str = "") -> None:
        """Pass on the result of a poll. Without a new state the last one stays."""
        with self._changed:
            self._look = Look(seen or self._look.seen, trouble)
            self._lost_looks = self._lost_looks + 1 if seen is not None and seen.lost else 0
            self._number += 1
            self._changed.notify_all()

    def fail(self, error: Exception) -> None:
        """End `looks` with an error."""
        with self._changed:
            self._error = error
            self._changed.notify_all()

    @property
    def is_decided(self) -> bool:
        """Whether the job needs no more polls."""
        with self._changed:
            return self._look.is_last or self._error is not None

    @property
    def lost_looks(self) -> int:
        """The number of polls since the platform has stopped showing the job."""
        return self._lost_looks

    @property
    def latest(self) -> Any:
        """The last state, or `None` before the first successful poll."""
        with self._changed:
            return self._look.seen


class Watch:
    """Polls one place, once in an interval, for all jobs of this process there.

    A poll is for as many jobs as the platform shows at once. If there are more, they take turns. A job that is about to
    end (its session has closed) is polled first, and immediately. Failed polls are retried with exponential backoff,
    and each run logs the first failure.

    Lifecycle: `watching` makes one for a place's first job, and ends it with the last. Threads: one of its own.
    """

    _by_place: ClassVar[dict[tuple[Hashable, str], "Watch"]] = {}
    _registry: ClassVar[Lock] = Lock()

    def __init__(self, name: str, patience: Patience) -> None:
        self._patience = patience
        self._lock = threading.RLock()
        self._wake = Event()
        self._watched: list[Watched] = []
        self._first: list[Watched] = []
        self._refused_since: float | None = None
        self._troubles = 0
        self._thread = Thread(target=self._run, name=f"looks at {name}", daemon=True)

    @classmethod
    @contextmanager
    def watching(cls, platform: AnyPlatform, ref: JobRef, patience: Patience) -> Iterator[Watched]:
        """Watch a job from here to the end of the block.

        Args:
            platform: where it runs.
            ref: the job.
            patience: the intervals and limits. The first run's values are valid for the whole place.
        """
        key = (platform.key, ref.place)
        with cls._registry:
            watch = cls._by_place.get(key)
            if watch is None:
                watch = cls._by_place[key] = cls(f"{platform.name} {ref.place}", patience)
            watched = Watched(watch, platform, ref)
            watch._add(watched)
        try:
            yield watched
        finally:
            with cls._registry:
                if watch._remove(watched):
                    del cls._by_place[key]

    def look_now(self, watched: Watched) -> None:
        """Poll this job first, and immediately."""
        with self._lock:
            if watched in self._watched and watched not in self._first:
                self._first.append(watched)
        self._wake.set()

    def _add(self, watched: Watched) -> None:
        with self._lock:
            self._watched.insert(0, watched)
        self._wake.set()
        if not self._thread.is_alive():
            self._thread.start()

    def _remove(self, watched: Watched) -> bool:
        """Whether it was the last one, after which the thread ends."""
        with self._lock:
            self._watched.remove(watched)
            if watched in self._first:
                self._first.remove(watched)
            self._wake.set()
            return not self._watched

    def _run(self) -> None:
        while True:
            self._wake.clear()
            with self._lock:
                if not self._watched:
                    return
                due = self._due()
                was_asked = bool(self._first)
                self._first = [watched for watched in self._first if watched not in due]
            if not due:
                self._wake.wait()  # The runs take their results and leave.
                continue
            self._look(due)
            # A job is about to end, and its platform shows that a little later. So the next poll comes early.
            factor = 0.5 if was_asked else min(2**self._troubles, self._patience.slowest_factor)
            self._patience.clock.wait(self._wake, self._patience.poll_interval_seconds * factor)

    def _due(self) -> list[Watched]:
        """The jobs of this poll. They move to the end of the queue, so that all take turns."""
        others = [watched for watched in self._watched if watched not in self._first]
        due = [watched for watched in (*self._first, *others) if not watched.is_decided]
        due = due[: due[0].platform.jobs_in_a_look] if due else []
        self._watched = [watched for watched in self._watched if watched not in due] + due
        return due

    def _look(self, due: list[Watched]) -> None:
        platform = due[0].platform
        earlier = {watched.ref.id: watched.latest for watched in due if watched.latest is not None}
        try:
            shown: Mapping[str, Seen] = platform.look([watched.ref for watched in due], earlier)
        except (PassingFaultError, RefusedError) as e:
            self._tell_trouble(due, e)
            return
        except Exception as e:  # A bug of a platform must not leave runs waiting.
            for watched in due:
                watched.fail(e)
            return
        self._refused_since = None
        self._troubles = 0
        for watched in due:
            seen = shown.get(watched.ref.id)
            watched.show(seen, trouble=seen.trouble if seen is not None else "")
            if seen is not None and watched.lost_looks > self._patience.looks_after_lost:
                watched.fail(platform.request_error(seen.lost))

    def _tell_trouble(self, due: list[Watched], error: PassingFaultError | RefusedError) -> None:
        self._troubles += 1
        for watched in due:
            watched.show(None, trouble=f"{watched.platform.name} does not answer as it should, trying again: {error}")
        if not isinstance(error, RefusedError):
            self._refused_since = None
            return
        now = self._patience.clock.now()
        self._refused_since = now if self._refused_since is None else self._refused_since
        if error.is_final or now - self._refused_since > self._patience.refused_limit_seconds:
            for watched in due:
                watched.fail(_refused(watched, error))


def _refused(watched: Watched, error: RefusedError) -> JobRequestError:
    platform = watched.platform
    return platform.request_error(
        f"{platform.name} refuses to show {platform.describe(watched.ref)}, which may still run: {error}."
        f" {platform.look_remedy}".strip()
    )
