"""What a job could not deliver stands on its stderr as Pipes lines; they are handled behind what its channel brought."""

import tempfile
from collections.abc import Sequence
from threading import Lock
from typing import IO, Any

from dagster import PipesMessageHandler
from dagster_pipes import PipesMessage

from dagster_pipes_jvm.read.messages.account import Delivery, delivery_of
from dagster_pipes_jvm.read.messages.lines import MessageLines
from dagster_pipes_jvm.wire import SESSION_FACTS_KEY

_ATTRIBUTE = "_dagster_pipes_jvm_undelivered"
_MEMORY_BYTES = 8 * 1024 * 1024
_LINES_COMPARED = 65_536


class Undelivered:
    """The Pipes lines on the stderr of one run's job, kept until its channel has been read to the end.

    They are the end of what the job sent, in order: it writes them when its store takes nothing any more. The first of them
    may have arrived all the same, by a put that hung. Lifecycle: one per handler, see `undelivered_of`. Threads: any.
    """

    def __init__(self) -> None:
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
            if len(self._hashes) < _LINES_COMPARED:
                self._hashes.append(hash(line))
            if self._lines is None:
                # A job keeps up to 1 GiB on its disk.
                self._lines = tempfile.SpooledTemporaryFile(_MEMORY_BYTES)  # noqa: SIM115
            self._lines.write(line.encode("utf-8", "surrogatepass") + b"\n")

    def forget(self) -> None:
        """What came belongs to an attempt that does not count."""
        with self._lock:
            if self._lines is not None:
                self._lines.close()
            self._clear()

    def hand_over(self, handler: PipesMessageHandler) -> None:
        """Handle what has come, each message that has not arrived by the channel; the channel must have been read."""
        with self._lock:
            if self._lines is None:
                return
            lines, count, twice = self._lines, self._count, self._arrived_all_the_same(delivery_of(handler))
            self._clear()
        source = MessageLines(handler, "the driver's stderr")
        source.warn(
            f"the job could not send its last {count:,} message(s), and wrote them here; they are handled now"
            + (f", without the first {twice:,}, which had arrived all the same." if twice else ".")
        )
        with lines:
            lines.seek(0)
            for number, line in enumerate(lines, start=1):
                if number > twice:
                    source.feed(line.decode("utf-8", "surrogatepass").rstrip("\n"), f"undelivered message {number}")
        source.finish()

    def _arrived_all_the_same(self, delivery: Delivery) -> int:
        overlaps = _overlaps(delivery.latest_lines, self._hashes)
        if self._closed_at is None or self._told is None:
            return overlaps[0]
        # The job's own count is exact where messages are alike, and goes before.
        sent = self._closed_at + 1
        if self._opened_at is not None and not delivery.is_opened:
            return 0
        arrived = max(0, sent - max(0, self._told - delivery.arrived_messages))
        return arrived if arrived in overlaps or arrived == sent else overlaps[0]


def undelivered_of(handler: Any) -> Undelivered:
    """What the job of this handler's run could not deliver; the same one for every source."""
    undelivered: Undelivered = handler.__dict__.setdefault(_ATTRIBUTE, Undelivered())
    return undelivered


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
