"""How many messages there were, told to a reader that asked; `dagsterpipes.write.MessageCount` on the JVM."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

COUNT_PARAMETER = "count_messages"
COUNT_FIELD = "dagster_pipes_jvm"


class MessageCount:
    """Counts what a channel took in its session, and tells it in `closed`, beside `params`, where Dagster ignores it.

    `{"dagster_pipes_jvm": {"messages": N, "dropped_log_lines": D}}`: N counts every line that goes out, `opened` and
    `closed` included; D the log lines that had to be dropped and are not part of N. Not thread-safe.

    Args:
        told: whether the reader asked, with `"count_messages": true` among its parameters.
    """

    def __init__(self, told: bool) -> None:
        self._told = told
        self.messages = 0
        self.dropped_log_lines = 0

    def line(self, message: Mapping[str, Any]) -> str:
        """The message as one line of ASCII; `closed` with the counts, itself included."""
        if self._told and message["method"] == "closed":
            counts = {"messages": self.messages + 1, "dropped_log_lines": self.dropped_log_lines}
            return json.dumps({**message, COUNT_FIELD: counts})
        return json.dumps(message)
