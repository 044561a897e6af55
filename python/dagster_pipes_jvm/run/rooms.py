"""Waiting for room at a place: the runs of a process wait in one queue, and only the first of it asks."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import Event, Lock
from typing import ClassVar

from dagster_pipes_jvm.run.jobs import NoRoomError
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm.run.port import AnyPlatform

# A waiting run looks so often at its time limit. No request belongs to it.
_LOOK_SECONDS = 0.5


class Turn:
    """One run's turn in the queue of a place. It belongs to one thread.

    Args:
        queue: the queue.
        platform: for the error of an expired time limit.
        patience: the intervals and limits.
        say: writes into the event log.
    """

    def __init__(self, queue: "_Queue", platform: AnyPlatform, patience: Patience, say: Callable[[str], None]) -> None:
        self.is_first = Event()
        self._queue = queue
        self._platform = platform
        self._patience = patience
        self._say = say
        self._begun = patience.clock.now()
        self._why = ""

    def come(self) -> None:
        """Return when this run may ask for room: immediately if no other run waits.

        Raises:
            TimeLimitError: the user's time limit for the start has expired.
        """
        before = self._queue.join_others(self)
        if before:
            self._tell(f"runs of this process wait for room at the same place ({before:,}); waiting behind them.")
        while not self.is_first.wait(_LOOK_SECONDS):
            self._check_limit()
        self._patience.pause(self._queue.seconds_until_next(self._patience))

    def had_no_room(self, why: NoRoomError) -> None:
        """Wait in the queue from now on.

        Raises:
            TimeLimitError: the user's time limit for the start has expired.
        """
        self._tell(f"{why}; waiting for room.")
        self._why = str(why)
        self._queue.had_no_room(self, self._patience)
        self._check_limit()

    def _tell(self, what: str) -> None:
        if not self._why:
            self._why = what.rstrip(".")
            self._say(f"[pipes] {what}")

    def _check_limit(self) -> None:
        limit = self._patience.start_time_limit_seconds
        if limit is not None and self._patience.clock.now() - self._begun > limit:
            raise self._platform.time_limit_error(
                f"There has been no room for another job for longer than `start_time_limit_seconds`, which is {limit:,g}:"
                f" {self._why}; nothing was started. {self._platform.time_limit_remedy}".strip()
            )


class Rooms:
    """The queues of this process, one for each place at which a run starts a job. Threads: any."""

    _by_place: ClassVar[dict[Hashable, "_Queue"]] = {}
    _registry: ClassVar[Lock] = Lock()

    @classmethod
    @contextmanager
    def turn(
        cls, platform: AnyPlatform, place: Hashable, patience: Patience, say: Callable[[str], None]
    ) -> Iterator[Turn]:
        """The turn of a run, which leaves the queue at the end of the block.

        Args:
            platform: the platform.
            place: the place on it that may have no room.
            patience: the intervals and limits.
            say: writes into the event log.
        """
        key = (platform.key, place)
        with cls._registry:
            queue = cls._by_place.setdefault(key, _Queue())
            queue.users += 1
        turn = Turn(queue, platform, patience, say)
        has_room = False
        try:
            yield turn
            has_room = True
        finally:
            queue.leave(turn, patience, has_room=has_room)
            with cls._registry:
                queue.users -= 1
                if not queue.users:
                    del cls._by_place[key]


class _Queue:
    """The runs that wait for room at one place. Threads: any."""

    def __init__(self) -> None:
        self.users = 0
        self._lock = Lock()
        self._waiting: list[Turn] = []
        self._pause: float | None = None
        self._next_at = 0.0

    def join_others(self, turn: Turn) -> int:
        """Join the runs that wait, if there are any. Returns the number of runs before this one."""
        with self._lock:
            if turn not in self._waiting and self._waiting:
                self._waiting.append(turn)
            if turn not in self._waiting:
                turn.is_first.set()
                return 0
            return self._waiting.index(turn)

    def had_no_room(self, turn: Turn, patience: Patience) -> None:
        """Note that this run asked without success. The first one's next request comes later each time."""
        with self._lock:
            if turn not in self._waiting:
                self._waiting.append(turn)
            if self._waiting[0] is not turn:
                turn.is_first.clear()
                return
            slowest = patience.poll_interval_seconds * patience.slowest_factor
            self._pause = patience.poll_interval_seconds if self._pause is None else min(2 * self._pause, slowest)
            self._next_at = patience.clock.now() + self._pause

    def seconds_until_next(self, patience: Patience) -> float:
        """The time until the first run may ask."""
        with self._lock:
            return max(0.0, self._next_at - patience.clock.now()) if self._waiting else 0.0

    def leave(self, turn: Turn, patience: Patience, *, has_room: bool) -> None:
        """Let the next run come. If this one has got room, there may be more of it."""
        with self._lock:
            if turn not in self._waiting:
                return
            was_first = self._waiting[0] is turn
            self._waiting.remove(turn)
            if was_first and has_room:
                self._pause, self._next_at = None, patience.clock.now()
            if self._waiting:
                self._waiting[0].is_first.set()
