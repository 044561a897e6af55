"""The numbers of handled lines, kept beside the messages: a later reader of the run does not log these lines again."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from dagster_pipes_jvm.errors import PipesJvmError
from dagster_pipes_jvm.read.messages.account import RunAccount
from dagster_pipes_jvm.read.messages.identity import Numbers
from dagster_pipes_jvm.read.messages.numbered import whole

MARKS_NAME = "handled.json"
"""The name of the object or file."""


@dataclass(frozen=True)
class MarksPlace:
    """The place of the marks of one run.

    Args:
        read: the content, or `None` if there are no marks. It raises `PipesJvmError` as `ChunkStore.fetch` does.
        write: replaces the content. It raises `PipesJvmError` as `read` does.
    """

    read: Callable[[], str | None]
    write: Callable[[str], None]


class MarkedStore(Protocol):
    """A store of chunks that has a place for marks; see `MarksPlace`."""

    def read_marks(self) -> str | None:
        """The content, or `None` if there are no marks."""

    def write_marks(self, text: str) -> None:
        """Replace the content."""


def marks_beside(
    chunks: MarkedStore,
    account: RunAccount,
    warn: Callable[[str], None],
    *,
    is_kept: Callable[[], bool] = lambda: False,
    is_resumed: bool,
) -> "HandledMarks":
    """The marks beside the chunks of one run.

    Args:
        chunks: the store.
        account: the account of the run.
        warn: writes into the run's event log.
        is_kept: whether the chunks stay for another reason than those in the account.
        is_resumed: whether an earlier reader of the run may have left marks, which are loaded then.
    """
    place = MarksPlace(chunks.read_marks, chunks.write_marks)
    marks = HandledMarks(account, place, lambda: is_kept() or account.keep_messages or account.may_be_resumed, warn)
    if is_resumed:
        marks.load()
    return marks


class HandledMarks:
    """Writes the marks of one run, and reads those of an earlier reader.

    Reports and lifecycle messages are handled again by a later reader, because their results died with the earlier
    process. Log lines between the last mark and the death of the process are logged again.

    Lifecycle: one per run. Call `load` before the first line, `tick` after lines were handled, `write` at the end.
    Threads: one at a time, the one that handles the lines, so that a mark never precedes its line.

    Args:
        account: the account of the run.
        place: the place of the marks.
        is_wanted: whether a later reader may come. It is asked before each mark.
        warn: writes into the run's event log.
        interval_seconds: the time between two marks, in seconds.
    """

    def __init__(
        self,
        account: RunAccount,
        place: MarksPlace,
        is_wanted: Callable[[], bool],
        warn: Callable[[str], None],
        *,
        interval_seconds: float = 5.0,
    ) -> None:
        self._account = account
        self._place = place
        self._is_wanted = is_wanted
        self._warn = warn
        self._interval_seconds = interval_seconds
        self._next_at = 0.0
        self._written: str | None = None
        self._has_warned = False

    def load(self) -> None:
        """Read the marks of an earlier reader. Without them, and if they are damaged, every line is logged again."""
        try:
            text = self._place.read()
            if text is not None:
                self._account.resume(self._decoded(text))
        except (PipesJvmError, _DamagedError) as e:
            self._warn(
                f"the marks of handled lines cannot be used: {e} Log lines of the earlier attempt are logged again."
            )

    def tick(self) -> None:
        """Write the marks if there are new ones, and the last ones were written long enough ago."""
        if time.monotonic() >= self._next_at and self.write():
            self._next_at = time.monotonic() + self._interval_seconds

    def write(self) -> bool:
        """Write the marks if there are new ones, and a later reader may come. Returns whether a request was made."""
        if not self._is_wanted() or not (marks := self._account.marks()):
            return False
        text = json.dumps({"run_token": self._account.run_token, "handled": marks}, separators=(",", ":"))
        if text == self._written:
            return False
        try:
            self._place.write(text)
        except PipesJvmError as e:
            if not self._has_warned:
                self._has_warned = True
                self._warn(
                    f"the marks of handled lines cannot be written: {e} After a failure of this process a later attempt logs the"
                    " lines again."
                )
            return True
        self._written = text
        return True

    def _decoded(self, text: str) -> dict[str, Numbers]:
        try:
            content: Any = json.loads(text)
            if content["run_token"] != self._account.run_token:
                raise _DamagedError("They belong to another run.")
            return {str(key): Numbers(map(_interval, intervals)) for key, intervals in content["handled"].items()}
        except (ValueError, RecursionError, TypeError, KeyError, AttributeError) as e:
            raise _DamagedError(f"{MARKS_NAME} is damaged ({type(e).__name__}).") from e


class _DamagedError(Exception):
    """The marks cannot be used; the message is a sentence."""


def _interval(value: Any) -> tuple[int, int]:
    first, last = map(whole, value)
    if first is None or last is None or not 0 < first <= last:
        raise ValueError("not an interval")
    return first, last
