"""A handler that keeps what it gets, in the place of Dagster's: for what a reader hands over, and when."""

import json
from collections.abc import Mapping
from threading import Lock
from types import SimpleNamespace
from typing import Any

from dagster_pipes import PipesMessage


def message(method: str, params: Mapping[str, Any] | None = None, **more: Any) -> str:
    """One line, as `dagster_pipes` writes it; `more` stands beside `params`."""
    return json.dumps({"__dagster_pipes_version": "0.1", "method": method, "params": params or {}, **more})


def log(text: str) -> str:
    """The line of a log message."""
    return message("log", {"message": text, "level": "INFO"})


OPENED = message("opened", {"extras": {}})
CLOSED = message("closed")


class RecordingHandler:
    """Threads: any."""

    def __init__(self) -> None:
        self.messages: list[PipesMessage] = []
        self.warnings: list[str] = []
        self.exceptions: list[str] = []
        self._lock = Lock()
        self._context = SimpleNamespace(log=SimpleNamespace(warning=self.warnings.append))

    def handle_message(self, message: PipesMessage) -> None:
        with self._lock:
            self.messages.append(message)

    def report_pipes_framework_exception(self, origin: str, exc_info: Any) -> None:
        self.exceptions.append(f"{origin}: {exc_info[1]}")

    @property
    def texts(self) -> list[str]:
        """Log messages by their text, everything else by its method, in order."""
        return [(m["params"] or {})["message"] if m["method"] == "log" else m["method"] for m in self.messages]
