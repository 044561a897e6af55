"""Numbered chunks in order: 1, 2, 3, ... of one attempt of the job after the other, until nothing more can come."""

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import TypeVar

from dagster_pipes_jvm.errors import PipesJvmError
from dagster_pipes_jvm.read.chunks.downloads import Downloads
from dagster_pipes_jvm.read.messages.faults import FaultPatience, Faults
from dagster_pipes_jvm.read.messages.lines import MessageLines

_T = TypeVar("_T")

# Where the store cannot be listed. A writer never skips a number; an attempt that died before its first chunk may.
_NUMBERS_AHEAD = 5
_ATTEMPTS_AHEAD = 3


@dataclass(frozen=True)
class ChunkPatience:
    """How long a reader of chunks waits for what.

    Args:
        faults: for a store that does not answer, or refuses.
        listed_limit_seconds: for a chunk that the store lists, and then does not have, in seconds: it is seen late.
        attempt_interval_seconds: between two looks for a later attempt, in seconds.
        beside_interval_seconds: between two looks for a session beside the job's own, in seconds.
    """

    faults: FaultPatience = field(default_factory=FaultPatience)
    listed_limit_seconds: float = 10.0
    attempt_interval_seconds: float = 5.0
    beside_interval_seconds: float = 5.0


class ChunkStore(ABC):
    """Where the chunks of one run are. Threads: `fetch` from several at once, everything else from one."""

    @abstractmethod
    def fetch(self, name: str) -> str | None:
        """The text of a chunk by its name, such as `3.json` or `attempt-2/1.json`; `None` while it is not there.

        A store that is read after write must show a chunk at once, as S3 does.

        Raises:
            PassingFaultError: the same question may be answered later.
            PipesJvmError: it may not, for the reason that the text says.
        """

    def is_access_proven(self) -> bool:
        """Whether "not there" is to be believed as it is; where not, this makes sure of it, and the question is asked again.

        Raises:
            PassingFaultError: see `fetch`.
            PipesJvmError: see `fetch`.
        """
        return True

    def names(self) -> Collection[str] | None:
        """The names of everything that is there; `None` where the store cannot say.

        Raises:
            PassingFaultError: see `fetch`.
            PipesJvmError: see `fetch`.
        """
        return None

    def is_listed(self, name: str) -> bool | None:  # noqa: ARG002
        """Whether the name was there when `names` was asked last; `None` where it was not, or the store could not say."""
        return None

    def changes(self) -> Iterable[str]:
        """What is not any more as it was read, in words; asked for once, when everything is read. Raises nothing."""
        return ()


class ChunkReader:
    """Handles every chunk as soon as it is there, and returns when nothing more can come.

    While nothing is there it asks for one chunk at a time, at the given interval; a backlog is fetched several chunks at
    once and handled in order. It goes on after `closed`, because a writer of Dagster's may send the last output of the
    process behind it.

    Lifecycle: one per run; call `read` once. Threads: that of `read`, and a few for a backlog, which end with it.

    Args:
        store: the chunks.
        lines: where the messages go. Where they hold reports, later attempts of the job are looked for, too.
        ended: set when the external process has ended.
        poll_interval_seconds: time between two looks for a chunk that is not there, in seconds.
        patience: how long to wait for what.
    """

    def __init__(
        self,
        store: ChunkStore,
        lines: MessageLines,
        ended: Event,
        poll_interval_seconds: float,
        patience: ChunkPatience | None = None,
    ) -> None:
        self._store = store
        self._lines = lines
        self._ended = ended
        self._poll_interval_seconds = poll_interval_seconds
        self._patience = patience or ChunkPatience()
        self._look_for_attempt_at = time.monotonic() + self._patience.attempt_interval_seconds

    def read(self) -> None:
        """Read to the end.

        Raises:
            MessagesMissingError: the store still did not answer a minute after the writer's end.
            PipesJvmError: the store refused, and still did after the writer's end.
        """
        attempt = 1
        while (following := self._read_attempt(attempt)) is not None:
            self._lines.begin_attempt(following)
            attempt = following
        for change in self._store.changes():
            self._lines.lacks(change)
        self._lines.finish()

    def _read_attempt(self, attempt: int) -> int | None:
        """Returns the number of the attempt that follows, `None` where none does."""
        folder = _folder(attempt)
        index = 1
        following: int | None = None
        last_since: float | None = None
        with Downloads(lambda number: self._store.fetch(f"{folder}{number}.json")) as downloads:
            while True:
                # Asked before the fetch: a chunk that was written before the process ended is seen by this fetch.
                is_last = self._ended.is_set() or following is not None
                asked_at = time.monotonic()
                last_since = (last_since or asked_at) if is_last else None
                not_before = last_since or asked_at - self._poll_interval_seconds
                text = self._asked(f"chunk {folder}{index}", partial(downloads.get, index, not_before))
                if text is not None:
                    self._lines.feed_text(text, f"chunk {folder}{index}")
                    index += 1
                elif not is_last:
                    following = self._look_for_attempt(attempt)
                    if following is None:
                        self._ended.wait(max(0.0, asked_at + self._poll_interval_seconds - time.monotonic()))
                else:
                    look = partial(self._look_beyond, downloads, attempt, index)
                    beyond, following = self._asked(f"what follows chunk {folder}{index}", look)
                    if beyond is None:
                        return following
                    if beyond > index:
                        self._say_gap(folder, index, beyond)
                    index = beyond

    def _look_beyond(self, downloads: Downloads, attempt: int, index: int) -> tuple[int | None, int | None]:
        """What else is there when a chunk is not, and its writer has ended.

        Returns:
            tuple[int | None, int | None]: the next chunk's number (`index` itself where it came late), or the next attempt's.
        """
        if not self._store.is_access_proven() and downloads.is_there(index):
            return index, None
        folder = _folder(attempt)
        names = self._store.names()
        if names is None:
            ahead = range(index + 1, index + 1 + _NUMBERS_AHEAD)
            beyond = next((number for number in ahead if downloads.is_there(number)), None)
            return beyond, None if beyond else self._probe_attempts(attempt, _ATTEMPTS_AHEAD)
        numbers = sorted(number for name in names if (number := _number_in(folder, name)) >= index)
        beyond = self._await_listed(downloads, folder, numbers)
        attempts = [] if self._lines.is_single_attempt else [k for name in names if (k := _attempt_in(name)) > attempt]
        return beyond, None if beyond else min(attempts, default=None)

    def _await_listed(self, downloads: Downloads, folder: str, numbers: list[int]) -> int | None:
        """The first of these chunks that can be read: what is listed is there, and may be seen a little later."""
        for number in numbers:
            give_up_at = time.monotonic() + self._patience.listed_limit_seconds
            while not downloads.is_there(number):
                if time.monotonic() > give_up_at:
                    self._lines.lacks(f"chunk {folder}{number} is listed, but not there")
                    break
                time.sleep(min(self._poll_interval_seconds, self._patience.faults.first_pause_seconds))
            else:
                return number
        return None

    def _look_for_attempt(self, attempt: int) -> int | None:
        if time.monotonic() < self._look_for_attempt_at:
            return None
        self._look_for_attempt_at = time.monotonic() + self._patience.attempt_interval_seconds
        return self._asked("a later attempt", partial(self._probe_attempts, attempt, 1))

    def _probe_attempts(self, attempt: int, how_many: int) -> int | None:
        if self._lines.is_single_attempt:
            return None
        numbers = range(attempt + 1, attempt + 1 + how_many)
        return next((k for k in numbers if self._store.fetch(f"{_folder(k)}1.json") is not None), None)

    def _asked(self, what: str, ask: Callable[[], _T]) -> _T:
        """The answer, as soon as there is one; what went wrong is said once."""
        faults = Faults(self._lines.warn, self._patience.faults)
        while True:
            is_last = self._ended.is_set()
            try:
                return ask()
            except PipesJvmError as e:
                pause_seconds = faults.met(e, what, is_last=is_last)
            if is_last:
                time.sleep(pause_seconds)
            else:
                self._ended.wait(pause_seconds)

    def _say_gap(self, folder: str, first: int, beyond: int) -> None:
        which = f"chunk {folder}{first} is" if beyond == first + 1 else f"chunks {folder}{first} to {beyond - 1} are"
        self._lines.lacks(f"{which} not there, though chunk {folder}{beyond} is")


def _folder(attempt: int) -> str:
    return "" if attempt == 1 else f"attempt-{attempt}/"


def _number_in(folder: str, name: str) -> int:
    """The number of a chunk in the folder, 0 for every other name."""
    found = re.fullmatch(rf"{folder}([1-9][0-9]*)\.json", name)
    return int(found[1]) if found else 0


def _attempt_in(name: str) -> int:
    """The attempt whose first chunk this is, 0 for every other name."""
    found = re.fullmatch(r"attempt-([1-9][0-9]*)/1\.json", name)
    return int(found[1]) if found else 0
