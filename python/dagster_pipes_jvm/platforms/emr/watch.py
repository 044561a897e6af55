"""Waiting for steps: one look at a cluster serves all runs of this process that wait for one of its steps."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition, Event, Lock, Thread
from typing import Any, ClassVar, Protocol

from botocore import exceptions as boto

from dagster_pipes_jvm.errors import EMRRequestError, see
from dagster_pipes_jvm.platforms.emr.faults import GONE, code_of, is_passing
from dagster_pipes_jvm.platforms.emr.states import ClusterNow, StepNow

# AWS's limit of ListSteps: https://docs.aws.amazon.com/emr/latest/APIReference/API_ListSteps.html
_STEP_IDS_A_REQUEST = 10
_LOOKS_PER_CLUSTER_LOOK = 6
_REFUSED_LIMIT_SECONDS = 600.0
_SLOWEST_FACTOR = 6
# A step whose cluster has ended gets this many more looks to show its own last state.
_LOOKS_AFTER_CLUSTER_END = 3


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


@dataclass(frozen=True)
class Look:
    """What one look showed; `trouble` is what went wrong with it, empty for a look that succeeded."""

    step: StepNow | None
    cluster: ClusterNow | None
    trouble: str = ""

    @property
    def is_last(self) -> bool:
        """Whether the step has ended."""
        return self.step is not None and self.step.is_over


class WatchedStep:
    """One run's view of its step. Threads: `look_now` may be called from any, `looks` belongs to one."""

    def __init__(self, watch: "ClusterWatch", client: Any, step_id: str) -> None:
        self.step_id = step_id
        self.client = client
        self._watch = watch
        self._changed = Condition()
        self._look = Look(None, None)
        self._number = 0
        self._error: Exception | None = None

    def looks(self) -> Iterator[Look]:
        """Each look as it comes (the latest one, where several came meanwhile), to the one that shows the step's end.

        Raises:
            EMRRequestError: EMR refuses to show the step.
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
        """Have the step looked at without waiting for the next turn: something says that it is about to end."""
        self._watch.look_now(self)

    def show(self, *, step: StepNow | None = None, cluster: ClusterNow | None = None, trouble: str = "") -> None:
        """Pass on what a look showed; what it did not show stays as it was."""
        with self._changed:
            self._look = Look(step or self._look.step, cluster or self._look.cluster, trouble)
            self._number += 1
            self._changed.notify_all()

    def fail(self, error: Exception) -> None:
        """End `looks` with an error."""
        with self._changed:
            self._error = error
            self._changed.notify_all()

    @property
    def is_decided(self) -> bool:
        """Whether there is nothing more to see."""
        with self._changed:
            return self._look.is_last or self._error is not None

    @property
    def latest(self) -> Look:
        """What the last look showed."""
        with self._changed:
            return self._look


class ClusterWatch:
    """Looks at one cluster, at most two requests an interval, however many of its steps are waited for in this process.

    A look is one `ListSteps` for up to ten steps, in turn where more are watched; those of which something said that they
    end (the job's `closed`) come first, and at once. `DescribeCluster` joins it while a step is pending, and every sixth time.
    Requests that fail for a while are repeated further and further apart, and the runs are told once.

    Lifecycle: `watching` makes one for a cluster's first step, and ends it with the last. Threads: one of its own.
    """

    _by_cluster: ClassVar[dict[tuple[str, str], "ClusterWatch"]] = {}
    _registry: ClassVar[Lock] = Lock()

    def __init__(self, cluster_id: str, poll_interval_seconds: float, clock: Clock) -> None:
        self._cluster_id = cluster_id
        self._poll_interval_seconds = poll_interval_seconds
        self._clock = clock
        self._lock = threading.RLock()
        self._wake = Event()
        self._watched: list[WatchedStep] = []
        self._first: list[WatchedStep] = []
        self._looks = 0
        self._looks_after_end = 0
        self._refused_since: float | None = None
        self._troubles = 0
        self._thread = Thread(target=self._run, name=f"emr {cluster_id}", daemon=True)

    @classmethod
    @contextmanager
    def watching(
        cls, client: Any, cluster_id: str, step_id: str, *, poll_interval_seconds: float, clock: Clock
    ) -> Iterator[WatchedStep]:
        """Watch a step from here to the end of the block.

        Args:
            client: a `boto3.client("emr")`.
            cluster_id: the cluster.
            step_id: its step.
            poll_interval_seconds: time between two looks, in seconds; the first run's counts for all of this cluster.
            clock: the time.
        """
        key = (client.meta.endpoint_url, cluster_id)
        with cls._registry:
            watch = cls._by_cluster.get(key)
            if watch is None:
                watch = cls._by_cluster[key] = cls(cluster_id, poll_interval_seconds, clock)
            watched = WatchedStep(watch, client, step_id)
            watch._add(watched)
        try:
            yield watched
        finally:
            with cls._registry:
                if watch._remove(watched):
                    del cls._by_cluster[key]

    def look_now(self, watched: WatchedStep) -> None:
        """Look at this step first, and at once."""
        with self._lock:
            if watched in self._watched and watched not in self._first:
                self._first.append(watched)
        self._wake.set()

    def _add(self, watched: WatchedStep) -> None:
        with self._lock:
            self._watched.insert(0, watched)
        self._wake.set()
        if not self._thread.is_alive():
            self._thread.start()

    def _remove(self, watched: WatchedStep) -> bool:
        """Whether it was the last one; the thread ends then."""
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
                self._wake.wait()  # What is left to do is the runs' own: they take what was seen, and leave.
                continue
            self._look(due)
            # Somebody said that a step ends: EMR shows it a little later, so the second look is not a whole interval away.
            seconds = self._poll_interval_seconds * (0.5 if was_asked else min(2**self._troubles, _SLOWEST_FACTOR))
            self._clock.wait(self._wake, seconds)

    def _due(self) -> list[WatchedStep]:
        """The steps of this look, and their places in the queue changed so that all have their turn."""
        others = [watched for watched in self._watched if watched not in self._first]
        due = [watched for watched in (*self._first, *others) if not watched.is_decided][:_STEP_IDS_A_REQUEST]
        self._watched = [watched for watched in self._watched if watched not in due] + due
        return due

    def _look(self, due: list[WatchedStep]) -> None:
        self._looks += 1
        try:
            answer = due[0].client.list_steps(ClusterId=self._cluster_id, StepIds=[watched.step_id for watched in due])
            steps = {summary["Id"]: StepNow.of(summary) for summary in answer.get("Steps", ())}
            cluster = None
            is_pending = any(step.state == "PENDING" for step in steps.values())
            is_unknown = any(watched.latest.cluster is None for watched in due)
            if is_pending or is_unknown or len(steps) < len(due) or self._looks % _LOOKS_PER_CLUSTER_LOOK == 1:
                found = due[0].client.describe_cluster(ClusterId=self._cluster_id)
                cluster = ClusterNow.of(found["Cluster"])
        except (boto.ClientError, boto.BotoCoreError) as e:
            self._tell_trouble(due, e)
            return
        self._refused_since = None
        self._troubles = 0
        if cluster is not None and cluster.is_over:
            self._looks_after_end += 1
        for watched in due:
            step = steps.get(watched.step_id)
            if self._looks_after_end > _LOOKS_AFTER_CLUSTER_END and (step is None or not step.is_over):
                watched.fail(self._gone(watched, cluster or watched.latest.cluster))
            else:
                watched.show(step=step, cluster=cluster)

    def _gone(self, watched: WatchedStep, cluster: ClusterNow | None) -> EMRRequestError:
        why = cluster.why if cluster else "ended"
        return EMRRequestError(
            f"The cluster {self._cluster_id} is {why}, and EMR does not say how its step {watched.step_id} ended."
            f" {see('emr-step-failed')}"
        )

    def _tell_trouble(self, due: list[WatchedStep], error: Exception) -> None:
        self._troubles += 1
        for watched in due:
            watched.show(trouble=f"EMR does not answer as it should, trying again: {error}")
        if is_passing(error):
            self._refused_since = None
            return
        now = self._clock.now()
        self._refused_since = self._refused_since or now
        is_final = code_of(error) in GONE
        if is_final or now - self._refused_since > _REFUSED_LIMIT_SECONDS:
            for watched in due:
                watched.fail(
                    EMRRequestError(
                        f"EMR refuses to show step {watched.step_id} of cluster {self._cluster_id}, which may still run:"
                        f" {error}. Check elasticmapreduce:ListSteps and elasticmapreduce:DescribeCluster, and the"
                        f" credentials of `client`. {see('emr-access')}"
                    )
                )
