"""Messages in a process that was forked off by a job.

It has a copy of the session, but not the right to its numbers: the parent gives the same numbers to other lines.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from dagster_pipes import DagsterPipesError

from dagster_pipes_jvm.injob.write import stderr
from dagster_pipes_jvm.texts import see
from dagster_pipes_jvm.wire import REPORT_METHODS


class OpeningProcess:
    """The process that opened a session. Threads: any.

    Args:
        has_identity: whether the lines of the session have an identity.
    """

    def __init__(self, *, has_identity: bool) -> None:
        self._id = os.getpid()
        self._has_identity = has_identity

    @property
    def is_this(self) -> bool:
        """Whether this process is it, and not a fork of it."""
        return os.getpid() == self._id

    def write_in_fork(self, message: Mapping[str, Any]) -> None:
        """Write a message of a forked process to stderr.

        Without identity, it writes the message as it is. With identity, a line without a number would not count as a
        message. So a log line becomes ordinary output, the parent sends `opened` and `closed`, and a report is an error.

        Raises:
            DagsterPipesError: the process reports something, and the lines of the session have an identity.
        """
        if not self._has_identity:
            stderr.messages(json.dumps(message))
        elif message["method"] == "log":
            stderr.notice(f"forked process {os.getpid()}: {message['params']['level']}: {message['params']['message']}")
        elif message["method"] in REPORT_METHODS:
            raise DagsterPipesError(
                f"Cannot send `{message['method']}` from process {os.getpid()}, which process {self._id} forked after it opened"
                " the Pipes session. Expected reports from the process that opened the session, since a reader tells its"
                " lines apart by their numbers. Return the value to that process, and report it there."
                f" {see('message-channel')}"
            )
