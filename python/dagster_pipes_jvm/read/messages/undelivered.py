"""What a job could not deliver stands on its stderr as Pipes lines; they are kept until its channel has been read."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import IO, TYPE_CHECKING, Any

from dagster_pipes import PipesMessage

from dagster_pipes_jvm.wire import SESSION_FACTS_KEY

if TYPE_CHECKING:
    from dagster_pipes_jvm.read.messages.account import SessionAccount

# As many short ones as fit into a chunk of 2 MiB and more, which is what may arrive and be printed all the same.
LINES_COMPARED = 65_536


@dataclass(frozen=True)
class UndeliveredLines:
    """What was kept, in order.

    Args:
        count: how many lines.
        arrived: how many of them, the first ones, had arrived all the same.
        others: number, from 1, and text of the lines behind those.
    """

    count: int
    arrived: int
    others: Iterator[tuple[int, str]]


class Undelivered:
    """The Pipes lines on the stderr of one run's job, kept until its channel has been read to the end.

    They are the end of what the job sent, in order: it writes them when its store takes nothing any more. The first of them
    may have arrived all the same, by a put that hung. Lifecycle: one per run, in its account. Threads: any.

    Args:
        memory_bytes: how much is kept in memory; a job keeps up to 1 GiB on its disk, and what is more goes to a temporary file.
    """

    def __init__(self, *, memory_bytes: int = 8 * 1024 * 1024) -> None:
        self._memory_bytes = memory_bytes
        self._lock = Lock()
        self._lines: IO[bytes] | None = None
        self._clear()

    def _clear(self) -> None:
        self._lines = None
        self._hashes: list[int] = []
        self._count = 0
        self._opened_at: int | None = None
        self._closed_at: int | None = None
        self._told: int | None = None

    def take(self, line: str, message: PipesMessage) -> None:
        """Keep a line that is a message."""
        with self._lock:
            if message["method"] == "opened":
                self._opened_at = self._count
            elif message["method"] == "closed":
                self._closed_at = self._count
                facts: Any = message.get(SESSION_FACTS_KEY)
                told = facts.get("messages") if isinstance(facts, dict) else None
                self._told = told if isinstance(told, int) else None
            self._count += 1
            if len(self._hashes) < LINES_COMPARED:
                self._hashes.append(hash(line))
            if self._lines is None:
                self._lines = tempfile.SpooledTemporaryFile(self._memory_bytes)  # noqa: SIM115
            self._lines.write(line.encode("utf-8", "surrogatepass") + b"\n")

    def forget(self) -> None:
        """What came belongs to an attempt that does not count."""
        with self._lock:
            if self._lines is not None:
                self._lines.close()
            self._clear()

    @contextmanager
    def taken_out(self, session: "SessionAccount") -> Iterator[UndeliveredLines | None]:
        """What has come since the last time; `None` where nothing has.

        Args:
            session: what arrived by the channel, which must have been read.
        """
        with self._lock:
            lines, count = self._lines, self._count
            arrived = 0 if lines is None else self._arrived_all_the_same(session)
            self._clear()
        if lines is None:
            yield None
            return
        with lines:
            lines.seek(0)
            texts = (line.decode("utf-8", "surrogatepass").rstrip("\n") for line in lines)
            yield UndeliveredLines(count, arrived, (one for one in enumerate(texts, start=1) if one[0] > arrived))

    def _arrived_all_the_same(self, session: "SessionAccount") -> int:
        overlaps = _overlaps(session.latest_lines, self._hashes)
        if self._closed_at is None or self._told is None:
            return overlaps[0]
        # The job's own count is exact where messages are alike, and goes before.
        sent = self._closed_at + 1
        if self._opened_at is not None and not session.is_opened:
            return 0
        arrived = max(0, sent - max(0, self._told - session.arrived_messages))
        return arrived if arrived in overlaps or arrived == sent else overlaps[0]


def _overlaps(arrived: Sequence[int], printed: Sequence[int]) -> list[int]:
    """For which numbers of lines, largest first, the end of `arrived` is the beginning of `printed`; 0 is one of them."""
    arrived = arrived[-len(printed) :] if printed else ()
    # The borders of both in one, by the prefix function of Knuth, Morris and Pratt: lines may be alike by the thousand.
    joined = [*printed, None, *arrived]
    border = [0] * len(joined)
    for i in range(1, len(joined)):
        k = border[i - 1]
        while k and joined[i] != joined[k]:
            k = border[k - 1]
        border[i] = k + (joined[i] == joined[k])
    found = []
    k = border[-1] if arrived else 0
    while k:
        found.append(k)
        k = border[k - 1]
    return [*found, 0]
