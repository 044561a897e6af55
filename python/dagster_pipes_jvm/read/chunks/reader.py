"""Numbered chunks in order: 1, 2, 3, ... of each folder of the run, until nothing more can come."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TypeVar

from dagster_pipes_jvm.errors import PipesJvmError
from dagster_pipes_jvm.read.chunks.folders import JVM_BASE, Folder, folder_name, places_in
from dagster_pipes_jvm.read.messages.channel import JVM_CHANNEL, OWN_CHANNEL
from dagster_pipes_jvm.read.messages.faults import FaultPatience, Faults
from dagster_pipes_jvm.read.messages.lines import MessageLines
from dagster_pipes_jvm.read.messages.marks import HandledMarks

_T = TypeVar("_T")

# Where the store cannot be listed. A writer never skips a number; an attempt that died before its first chunk may.
_NUMBERS_AHEAD = 5
_FOLDERS_AHEAD = 3
_BESIDE = (
    "JVM code of this PySpark job opened a session of its own; it is read, too. For one session in the order of the"
    " calls open Python's first, with open_pipes(spark), or give open_dagster_pipes a PipesJvmMessageWriter(spark)."
)


@dataclass(frozen=True)
class ChunkPatience:
    """How long a reader of chunks waits for what.

    Args:
        faults: for a store that does not answer, or refuses.
        list_limit_seconds: for a list of the names, if the job has ended and each known session is complete, in
            seconds.
        listed_limit_seconds: for a chunk that the store lists, and then does not have, in seconds: it is seen late.
        folder_interval_seconds: between two polls for another folder, of a later attempt or of a session beside the others,
            and of a folder in which no session is open, in seconds.
    """

    faults: FaultPatience = field(default_factory=FaultPatience)
    list_limit_seconds: float = 1.0
    listed_limit_seconds: float = 10.0
    folder_interval_seconds: float = 5.0


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

    def changed(self) -> Iterable[str]:
        """The names of chunks whose content has changed since they were read; called once, at the end. Raises nothing."""
        return ()


class ChunkReader:
    """Handles every chunk as soon as it exists, and returns when nothing more can come.

    A run may have several folders of chunks: of sessions beside one another, and of attempts of the job, see `Folder`. The
    account tells them apart by the messages in them. All folders are read: the newest one and those with an open session at the
    given interval, the others seldom.

    While nothing comes, the reader polls one chunk at a time; a backlog is fetched several chunks at once and handled in
    order. It continues after `closed`, because Dagster's writer may send the last output of the process behind it.

    Lifecycle: one per run; call `read` once. Threads: that of `read`, and a few for a backlog, which end with it.

    Args:
        store: the chunks.
        lines: the receiver of the messages.
        ended: set when the external process has ended.
        poll_interval_seconds: time between two polls of a chunk, in seconds.
        patience: how long to wait for what.
        reads_jvm_folder: whether JVM code may have opened a session under `JVM_BASE`.
        marks: the marks of handled lines.
    """

    def __init__(
        self,
        store: ChunkStore,
        lines: MessageLines,
        ended: Event,
        poll_interval_seconds: float,
        patience: ChunkPatience | None = None,
        *,
        reads_jvm_folder: bool = False,
        marks: HandledMarks | None = None,
    ) -> None:
        self._store = store
        self._lines = lines
        self._ended = ended
        self._poll_interval_seconds = poll_interval_seconds
        self._patience = patience or ChunkPatience()
        self._bases = ("", JVM_BASE) if reads_jvm_folder else ("",)
        self._marks = marks
        self._folders: list[Folder] = []
        self._look_for_folders_at = time.monotonic() + self._patience.folder_interval_seconds

    def read(self) -> None:
        """Read to the end.

        Raises:
            MessagesMissingError: the store still did not answer a minute after the writer's end.
            PipesJvmError: the store refused, and still did after the writer's end.
        """
        try:
            self._add("", 1)
            self._read_to_the_end()
        finally:
            for folder in self._folders:
                folder.downloads.close()
        for name in self._store.changed():
            folder = next(one for one in self._folders if one.holds(name))
            self._lines.lacks(
                f"chunk {name.removesuffix('.json')} was written anew with another content after it was read",
                folder.channel,
            )
        for folder in self._folders:
            # A session of which no line can be read is known by its chunks alone.
            if folder.next > 1 and not self._lines.has_messages(folder.channel):
                self._lines.lacks(f"chunk {folder.name}{folder.next - 1} has no message of this run", folder.channel)
        self._lines.finish()

    def _read_to_the_end(self) -> None:
        while True:
            # This precedes the fetch, so that the fetch sees each chunk that was written before the process ended.
            is_last = self._ended.is_set()
            asked_at = time.monotonic()
            for folder in self._folders:
                if is_last or self._is_due(folder, asked_at):
                    self._drain(folder, is_last=is_last)
            if is_last:
                if not self._look_beyond():
                    return
            elif not self._look_for_folders():
                self._ended.wait(max(0.0, asked_at + self._poll_interval_seconds - time.monotonic()))

    def _is_due(self, folder: Folder, now: float) -> bool:
        is_newest = all(other.base != folder.base or other.index <= folder.index for other in self._folders)
        if is_newest or self._lines.is_live(folder.channel):
            return True
        if now < folder.poll_at:
            return False
        folder.poll_at = now + self._patience.folder_interval_seconds
        return True

    def _drain(self, folder: Folder, *, is_last: bool) -> None:
        """Handle the chunks of a folder up to the first that does not exist."""
        while True:
            asked_at = time.monotonic()
            if is_last:
                folder.final_since = folder.final_since or asked_at
            not_before = folder.final_since or asked_at - self._poll_interval_seconds
            name = f"chunk {folder.name}{folder.next}"
            text = self._asked(name, partial(folder.downloads.get, folder.next, not_before))
            if text is None:
                if self._marks is not None:
                    self._marks.tick()
                return
            self._lines.feed_text(text, name, folder.channel)
            folder.next += 1
            if self._marks is not None:
                self._marks.tick()

    def _look_beyond(self) -> bool:
        """Whether there is more when the next chunk of no folder exists, and the writer has ended."""
        # Each request is repeated on its own: a store that fails every second request still answers all of them.
        where = f"what follows chunk {self._folders[-1].name}{self._folders[-1].next}"
        is_proven = self._asked(where, self._store.is_access_proven)
        if not is_proven and any([self._is_there(one, one.next) for one in self._folders]):
            return True
        names = self._names(where)
        if names is None:
            return self._probe_beyond()
        is_more = False
        for folder in self._folders:
            beyond = self._await_listed(folder, folder.numbers_in(names))
            is_more |= self._continue_at(folder, beyond)
        known = {(folder.base, folder.index) for folder in self._folders}
        for base, index in sorted(places_in(names) - known):
            if base in self._bases:
                self._add(base, index)
                is_more = True
        return is_more

    def _names(self, where: str) -> Collection[str] | None:
        if not self._lines.are_sessions_complete:
            return self._asked(where, self._store.names)
        # Only a session of which nothing was seen may be missing. Single requests find it, too.
        answers: SimpleQueue[Collection[str] | None] = SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._store.names())
            except PipesJvmError:
                answers.put(None)

        Thread(target=ask, name="dagster-pipes-list", daemon=True).start()
        try:
            return answers.get(timeout=self._patience.list_limit_seconds)
        except Empty:
            return None

    def _probe_beyond(self) -> bool:
        is_more = False
        for folder in self._folders:
            ahead = range(folder.next + 1, folder.next + 1 + _NUMBERS_AHEAD)
            is_more |= self._continue_at(folder, next((n for n in ahead if self._is_there(folder, n)), None))
        fetch = partial(self._asked, "a later folder")
        return self._probe_folders(_FOLDERS_AHEAD, lambda name: fetch(partial(self._store.fetch, name))) or is_more

    def _is_there(self, folder: Folder, number: int) -> bool:
        return self._asked(f"chunk {folder.name}{number}", partial(folder.downloads.is_there, number))

    def _continue_at(self, folder: Folder, beyond: int | None) -> bool:
        if beyond is None:
            return False
        if beyond > folder.next:
            self._say_gap(folder, beyond)
        folder.next = beyond
        return True

    def _await_listed(self, folder: Folder, numbers: list[int]) -> int | None:
        """The first of these chunks that can be read: a listed chunk exists, and may be visible a little later."""
        for number in numbers:
            give_up_at = time.monotonic() + self._patience.listed_limit_seconds
            while not self._is_there(folder, number):
                if time.monotonic() > give_up_at:
                    self._lines.lacks(f"chunk {folder.name}{number} is listed, but not there", folder.channel)
                    break
                time.sleep(min(self._poll_interval_seconds, self._patience.faults.first_pause_seconds))
            else:
                return number
        return None

    def _look_for_folders(self) -> bool:
        if time.monotonic() < self._look_for_folders_at:
            return False
        self._look_for_folders_at = time.monotonic() + self._patience.folder_interval_seconds
        # If this poll fails, the poll of the chunks must continue. Another one follows, at the end at the latest.
        with suppress(PipesJvmError):
            return self._probe_folders(1, self._store.fetch)
        return False

    def _probe_folders(self, how_many: int, fetch: Callable[[str], str | None]) -> bool:
        """Add a new folder for each base, if there is one; what is in the others is read before it."""
        is_more = False
        for base in self._bases:
            last = max((folder.index for folder in self._folders if folder.base == base), default=0)
            for index in range(last + 1, last + 1 + how_many):
                if fetch(f"{folder_name(base, index)}1.json") is not None:
                    self._add(base, index)
                    is_more = True
                    break
        return is_more

    def _add(self, base: str, index: int) -> None:
        # The folder is not the attempt: another process of the job writes there, too.
        name = JVM_CHANNEL if base == JVM_BASE else OWN_CHANNEL
        channel = self._lines.channel(name if index == 1 else f"{name} {index}")
        if base == JVM_BASE and not any(folder.base == base for folder in self._folders):
            self._lines.warn(_BESIDE)
        self._folders.append(Folder(base, index, channel, self._store.fetch))

    def _asked(self, what: str, ask: Callable[[], _T]) -> _T:
        """The answer, as soon as there is one; a fault is logged once."""
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

    def _say_gap(self, folder: Folder, beyond: int) -> None:
        first, name = folder.next, folder.name
        which = f"chunk {name}{first} is" if beyond == first + 1 else f"chunks {name}{first} to {beyond - 1} are"
        self._lines.lacks(f"{which} not there, though chunk {name}{beyond} is", folder.channel)
