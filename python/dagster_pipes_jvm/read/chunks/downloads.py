"""Fetching numbered things in order, several at once while a backlog lasts and one at a time otherwise."""

import math
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

# Fewer than the 10 connections that a boto3 client keeps; S3 answers in 20 to 50 ms, so 8 bring 150 chunks a second or more,
# and Dagster takes some hundred messages a second.
_PARALLEL = 8
# What is fetched and not yet handled, about; a chunk of ours has at most 2 MiB.
_AHEAD_CHARACTERS = 32 * 1024 * 1024


class Downloads:
    """The texts of one numbered sequence.

    Two hits in a row are a backlog: from then on the numbers that follow are asked for ahead, more of them with every hit,
    until the first that is not there.

    Lifecycle: `close` at the end. Threads: one at a time; `fetch` is called from several.

    Args:
        fetch: the text of a number, `None` while it is not there; what it raises is raised by whoever asks for that number.
    """

    def __init__(self, fetch: Callable[[int], str | None]) -> None:
        self._fetch = fetch
        self._hits_in_a_row = 0
        self._pending: dict[int, tuple[float, Future[str | None]]] = {}
        self._kept: dict[int, str] = {}
        self._pool: ThreadPoolExecutor | None = None

    def close(self) -> None:
        """End its threads."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def get(self, number: int, not_before: float = math.inf) -> str | None:
        """The text; `None` where it was not there.

        Args:
            number: which.
            not_before: a look from this moment on (`time.monotonic`) is good enough to call it missing; by default only one
                after this call began.
        """
        text = self._look(number, not_before)
        if text is None:
            self._hits_in_a_row = 0
            self._keep_hits()
        else:
            self._hits_in_a_row += 1
            self._ask_ahead(number, len(text))
        return text

    def is_there(self, number: int) -> bool:
        """Whether it is there now; where it is, `get` returns it without another look."""
        text = self._look(number, math.inf)
        if text is not None:
            self._kept[number] = text
        return text is not None

    def _look(self, number: int, not_before: float) -> str | None:
        if number in self._kept:
            return self._kept.pop(number)
        if number in self._pending:
            asked_at, future = self._pending.pop(number)
            text = future.result()
            if text is not None or asked_at >= not_before:
                return text
        return self._fetch(number)

    def _ask_ahead(self, number: int, characters: int) -> None:
        if self._hits_in_a_row < 2:
            return
        ahead = min(2 ** min(self._hits_in_a_row - 1, 8), _PARALLEL, max(1, _AHEAD_CHARACTERS // max(1, characters)))
        self._pool = self._pool or ThreadPoolExecutor(_PARALLEL, "dagster-pipes-chunks")
        for later in range(number + 1, number + 1 + ahead):
            if later not in self._pending and later not in self._kept:
                self._pending[later] = (time.monotonic(), self._pool.submit(self._fetch, later))

    def _keep_hits(self) -> None:
        """Behind a number that is not there nearly nothing is there either; what came is kept."""
        pending, self._pending = self._pending, {}
        for number, (_, future) in pending.items():
            if future.cancel() or future.exception() is not None:
                continue
            if (text := future.result()) is not None:
                self._kept[number] = text
