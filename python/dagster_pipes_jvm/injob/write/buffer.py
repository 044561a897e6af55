"""The lines that wait for a store, in memory; `dagsterpipes.write.MessageBuffer` on the JVM."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from dagster_pipes_jvm.injob.identity import Numbers
from dagster_pipes_jvm.injob.write.limits import MAX_CHUNK_BYTES
from dagster_pipes_jvm.texts import see
from dagster_pipes_jvm.wire import LOG_METHODS


class Chunk:
    """Lines that leave together. Every attempt puts the same bytes.

    Args:
        oldest: when its first line came, by `time.monotonic()`.
    """

    def __init__(self, oldest: float) -> None:
        self.oldest = oldest
        self.body = bytearray()
        self.lines = 0
        self.is_urgent = False


class MessageBuffer:
    """Numbers messages and cuts them into chunks. Not thread-safe: the channel holds its lock.

    If there is no room, log lines are dropped, and nothing else. stderr has a notice when the first line is dropped. The
    event log has a line at their place when no more are dropped. `closed` has their number.

    Args:
        limit_bytes: how much may wait. Reports may go beyond it.
        numbers: those of the session.

    Attributes:
        chunks: the chunks that wait, oldest first; `take` removes one.
        notice: the text that stderr should have by now. The channel takes it and writes it outside of its lock.
    """

    def __init__(self, limit_bytes: int, numbers: Numbers) -> None:
        self.notice = ""
        self._limit_bytes = limit_bytes
        self._numbers = numbers
        self._has_noticed = False
        self.reset()

    def reset(self) -> None:
        """Forget everything, for a session that the store refused."""
        self.chunks: deque[Chunk] = deque()
        self._bytes = 0
        self._dropped = 0
        self._numbers.restart()

    def add(self, message: Mapping[str, Any]) -> None:
        """Take one message, or drop and count it."""
        if self._dropped and (message["method"] == "closed" or self._bytes <= self._limit_bytes // 2):
            self._warn_of_dropped()
        # A single line that slips through would hide the place of the gap.
        if not is_urgent(message) and (self._dropped or not self._add(message, must_fit=False)):
            self._dropped += 1
            self._numbers.dropped_log_lines += 1
            self._notice()
        elif is_urgent(message):
            self._add(message, must_fit=True)

    def finish(self) -> None:
        """Add the line that the event log needs even if no `closed` came."""
        if self._dropped:
            self._warn_of_dropped()

    def take(self) -> Chunk:
        """Remove and return the first chunk."""
        first = self.chunks.popleft()
        self._bytes -= len(first.body)
        return first

    @property
    def lines(self) -> int:
        """How many lines wait."""
        return sum(chunk.lines for chunk in self.chunks)

    @property
    def first_is_ready(self) -> bool:
        """Whether the first chunk need not wait: it is full, or it has an urgent line."""
        return len(self.chunks) > 1 or self.chunks[0].is_urgent

    def _add(self, message: Mapping[str, Any], *, must_fit: bool) -> bool:
        line = self._numbers.line(message).encode("ascii")
        if not must_fit and self._bytes + len(line) >= self._limit_bytes:
            return False
        self._numbers.admit()
        last = self.chunks[-1] if self.chunks else None
        if last is None or len(last.body) + 1 + len(line) > MAX_CHUNK_BYTES:
            last = Chunk(time.monotonic())
            self.chunks.append(last)
        part = b"\n" + line if last.lines else line
        last.body += part
        last.lines += 1
        last.is_urgent |= is_urgent(message)
        self._bytes += len(part)
        return True

    def _warn_of_dropped(self) -> None:
        text = (
            f"{self._dropped} log line(s) of this job were dropped here: the message store did not take them in time, and"
            f" {self._full()}. {see('message-channel')}"
        )
        params = {"message": text, "level": "WARNING"}
        self._add({"__dagster_pipes_version": "0.1", "method": "log", "params": params}, must_fit=True)
        self._dropped = 0

    def _notice(self) -> None:
        if not self._has_noticed:
            self._has_noticed = True
            self.notice = (
                f"log lines are dropped from here on: the message store does not take them, and {self._full()}. Reports are"
                f" kept. The number will be in the log and in the last message. {see('message-channel')}"
            )

    def _full(self) -> str:
        return f"{self._limit_bytes} bytes in memory are full"


def is_urgent(message: Mapping[str, Any]) -> bool:
    """Whether it must leave at once. Log lines may wait a little and travel together."""
    return message["method"] not in LOG_METHODS
