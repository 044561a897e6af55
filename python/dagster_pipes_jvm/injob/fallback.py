"""Where a PySpark job's messages go when the JVM that took them is gone."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Mapping
from threading import Lock
from typing import Any

from dagster_pipes import PipesDefaultMessageWriter

from dagster_pipes_jvm.injob.write import stderr
from dagster_pipes_jvm.texts import see
from dagster_pipes_jvm.wire import LOG_METHODS

_KEPT_CHARACTERS = 8 * 1024 * 1024


class Fallback:
    """Keeps the last messages until the JVM has delivered them, and writes them itself when the JVM does not answer any more.

    To the file, stdout or stderr that the parameters name; messages for a store go to stderr as Pipes lines, where a reader of
    driver output takes them in behind what arrived, and not twice. At most 8 MiB of text is kept; of what is above, only log
    lines are left out, and counted. Threads: any.

    Args:
        params: the message parameters of the session.
        has_identity: whether lines have an identity. A reader then recognizes those that the JVM has delivered.
    """

    def __init__(self, params: Mapping[str, Any], *, has_identity: bool) -> None:
        self._params = params
        self._has_identity = has_identity
        self._lock = Lock()
        self._kept: deque[tuple[str, str]] = deque()
        self._characters = 0
        self._older_reports: list[str] = []
        self._left_out = 0

    def keep(self, method: str, line: str) -> None:
        """Keep a message that the JVM got."""
        with self._lock:
            self._kept.append((method, line))
            self._characters += len(line)
            while self._characters > _KEPT_CHARACTERS and len(self._kept) > 1:
                oldest, text = self._kept.popleft()
                self._characters -= len(text)
                if oldest in LOG_METHODS:
                    self._left_out += 1
                else:
                    self._older_reports.append(text)

    def delivered_all_but(self, waiting: int) -> None:
        """Forget what has been delivered: at most this many messages, of Python and of JVM code, still wait in the JVM."""
        with self._lock:
            if waiting > len(self._kept):
                return
            while len(self._kept) > waiting:
                self._characters -= len(self._kept.popleft()[1])
            self._older_reports.clear()
            self._left_out = 0

    def take_over(self) -> None:
        """Write what is kept, and say so; later messages go by `write`."""
        with self._lock:
            lines = [*self._older_reports, *(line for _, line in self._kept)]
            left_out = (
                f", without {self._left_out:,} log line(s) that were too many to be kept" if self._left_out else ""
            )
            self._older_reports, self._left_out, self._characters = [], 0, 0
            self._kept.clear()
        stderr.notice(
            f"the JVM of this job does not answer any more: {len(lines):,} message(s) that it may not have delivered go"
            f" to {self._where()}{left_out}, and so does what follows. {see('message-channel')}"
        )
        path = self._params.get(PipesDefaultMessageWriter.FILE_PATH_KEY)
        if path and lines and not self._has_identity and _last_line(path) == lines[0]:
            lines = lines[1:]  # The JVM wrote it, and went before it could say so.
        for line in lines:
            self.write(line)

    def write(self, line: str) -> None:
        """Write one message without the JVM."""
        path = self._params.get(PipesDefaultMessageWriter.FILE_PATH_KEY)
        if path:
            with open(path, "a", encoding="ascii", opener=_owner_only) as file:
                file.write(line + "\n")
        elif self._where() == "stdout":
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        else:
            stderr.messages(line)

    def _where(self) -> str:
        keys = (
            PipesDefaultMessageWriter.FILE_PATH_KEY,
            PipesDefaultMessageWriter.STDIO_KEY,
            PipesDefaultMessageWriter.BUFFERED_STDIO_KEY,
        )
        return next((str(self._params[key]) for key in keys if self._params.get(key)), "stderr")


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _last_line(path: str) -> str:
    try:
        with open(path, "rb") as file:
            end = file.seek(0, os.SEEK_END)
            text = b""
            while end > 0 and b"\n" not in text[:-1]:
                start = max(0, end - 65_536)
                file.seek(start)
                text = file.read(end - start) + text
                end = start
    except OSError:
        return ""
    return text.rstrip(b"\n").rpartition(b"\n")[2].decode("ascii", "replace")
