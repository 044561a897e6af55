"""What is taken, and what is given up when there is no room; `dagsterpipes.write.MessageBuffer` on the JVM."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from dagster_pipes_jvm.injob.write.count import MessageCount
from dagster_pipes_jvm.injob.write.queue import BufferSettings, ChunkQueue
from dagster_pipes_jvm.texts import see
from dagster_pipes_jvm.wire import LOG_METHODS


def is_urgent(message: Mapping[str, Any]) -> bool:
    """False for log lines, which may wait a little and travel together."""
    return message["method"] not in LOG_METHODS


class MessageBuffer:
    """Takes messages into the queue of chunks and counts them. Not thread-safe: the channel holds its lock.

    Where neither memory nor disk has room, log lines are dropped, and only they: said on stderr when it first begins (by the
    channel), in the log itself, at the place where they would have been, when it ends, and in `closed`.

    Attributes:
        queue: what waits.
        notice: what should be said on stderr by now; the channel takes it from here, outside of its lock.
    """

    def __init__(self, settings: BufferSettings, tells_count: bool) -> None:
        self.queue = ChunkQueue(settings)
        self.notice = ""
        self._settings = settings
        self._tells_count = tells_count
        self._count = MessageCount(tells_count)
        self._dropped = 0
        self._has_noticed = False

    def add(self, message: Mapping[str, Any]) -> None:
        """Take one message, or drop and count it."""
        if self._dropped and (message["method"] == "closed" or self.queue.has_recovered):
            self._warn_of_dropped()
        urgent = is_urgent(message)
        # While lines are dropped no single one slips through: the place of the gap would be unclear.
        if (urgent or not self._dropped) and self._add(message, is_urgent=urgent, keep=urgent):
            return
        self._count.dropped_log_lines += 1
        self._dropped += 1
        if not self._has_noticed:
            self._has_noticed = True
            self.notice = (
                "log lines are dropped from here on: the message store does not take them, and"
                f" {self._full()}. Reports are kept. The number will be in the log and in the last message."
                f" {see('message-channel')}"
            )

    def finish(self) -> None:
        """Say what has to stand in the log even where no `closed` came."""
        if self._dropped:
            self._warn_of_dropped()

    def reset(self) -> None:
        """Forget everything: the session was refused."""
        self.queue.close()
        self._count = MessageCount(self._tells_count)
        self._dropped = 0

    def _add(self, message: Mapping[str, Any], *, is_urgent: bool, keep: bool) -> bool:
        line = self._count.line(message).encode("ascii")
        taken = self.queue.add(line, is_urgent=is_urgent, keep=keep, now=time.monotonic())
        self._count.messages += taken
        return taken

    def _warn_of_dropped(self) -> None:
        text = (
            f"{self._dropped} log line(s) of this job were dropped here: the message store did not take them in time, and"
            f" {self._full()}. {see('message-channel')}"
        )
        params = {"message": text, "level": "WARNING"}
        self._add({"__dagster_pipes_version": "0.1", "method": "log", "params": params}, is_urgent=False, keep=True)
        self._dropped = 0

    def _full(self) -> str:
        fault = self.queue.disk_fault
        disk = (
            f"the disk ({fault})"
            if fault is not None
            else f"{self._settings.spill_bytes} bytes on disk in {self._settings.spill_directory or 'the temporary folder'}"
        )
        return f"{self._settings.buffer_bytes} bytes in memory and {disk} are full"
