"""Numbered chunks on an object store; `dagsterpipes.write.ChunkedMessageWriterChannel` on the JVM."""

from __future__ import annotations

import atexit
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Optional, Protocol

from dagster_pipes import DagsterPipesError, PipesMessageWriterChannel

from dagster_pipes_jvm.injob.forked import OpeningProcess
from dagster_pipes_jvm.injob.identity import Numbers
from dagster_pipes_jvm.injob.write import limits, stderr
from dagster_pipes_jvm.injob.write.attempts import attempt_of_container, free_folders
from dagster_pipes_jvm.injob.write.buffer import Chunk, MessageBuffer, is_urgent
from dagster_pipes_jvm.injob.write.job_of_launch import Creating, SecondJobError
from dagster_pipes_jvm.texts import see


class StoreUnavailableError(Exception):
    """The store did not answer, or it asks for a retry: the same request may succeed later."""


class RefusedError(DagsterPipesError):
    """The store refuses; the message says what to do."""


class ObjectStore(Creating, Protocol):
    """Named bytes in a bucket. Used by one thread."""

    def put(self, key: str, body: bytes, *, is_new: bool = False) -> bool:
        """Create or overwrite an object; return when the store has it. Raises `StoreUnavailableError` or `RefusedError`.

        With `is_new`, keep an object that is there, and return `False`. A store without such a request overwrites it.
        """

    def is_there(self, key: str) -> Optional[bool]:
        """Whether there is such an object; `None` if this process may not look. Raises `StoreUnavailableError`."""

    def describe(self, key: str) -> str:
        """The object's name for messages."""


@dataclass(frozen=True)
class ChunkSettings:
    """How fast chunks may follow each other, and how much may wait.

    Args:
        interval_seconds: for a reader that keeps up, how long log lines wait; else the time between two chunks.
        reader_keeps_up: whether reports may leave at once: a reader of ours. Dagster's own takes about one chunk in 11 seconds.
        close_timeout_seconds: how long closing waits for the last chunks.
        buffer_bytes: what may wait in memory, besides the chunk that is being uploaded.
        session: token and session id of the lines; empty: they have no identity.
        check: called once with the store and the prefix, before the first chunk, see `job_check`.
    """

    interval_seconds: float
    reader_keeps_up: bool
    close_timeout_seconds: float = limits.CLOSE_TIMEOUT_MILLIS / 1000
    buffer_bytes: int = limits.BUFFER_BYTES
    session: str = ""
    check: Optional[Callable[[ObjectStore, str], None]] = None


class ChunkedMessageWriterChannel(PipesMessageWriterChannel):
    """Collects messages into chunks `KEY_PREFIX/1.json`, `KEY_PREFIX/2.json`, ...; readable by Dagster's own readers, too.

    One daemon thread talks to the store. `write_message` waits for it once, with the first message, so that a bucket
    without access shows where the job opens its session. A failed upload is tried again, longer and longer apart, with the
    same number and bytes; the messages that wait meanwhile are bounded, see `MessageBuffer`. `closed` is kept until `close`,
    so that captured output comes before it, and leaves with the rest in one chunk. `close` waits for the delivery of the
    rest, at most the close timeout. Undelivered messages then go to stderr, one a line.

    Threads: any may write. A forked process has no thread of this channel, see `OpeningProcess`.

    Args:
        store: where to.
        key_prefix: without a slash at its end; empty: the bucket's top.
        settings: pace and bounds.
        container_id: YARN's, which tells the attempt where the store cannot be asked.
    """

    def __init__(
        self, store: ObjectStore, key_prefix: str, settings: ChunkSettings, container_id: Optional[str] = None
    ) -> None:
        self._store = store
        self._key_prefix = key_prefix
        self._yarn_attempt = attempt_of_container(container_id) or 1
        self._settings = settings
        self._process = OpeningProcess(has_identity=bool(settings.session))
        self._folder: Optional[str] = None
        self._number = 1
        self._lock = threading.Condition()
        self._buffer = MessageBuffer(settings.buffer_bytes, Numbers(settings.session, container_id))
        self._in_flight: Optional[Chunk] = None
        self._closed_message: Optional[Mapping[str, Any]] = None
        self._thread: Optional[threading.Thread] = None
        self._is_opened = False  # The first chunk is there, or is a matter of time.
        self._refusal: Optional[BaseException] = None
        self._is_closing = False
        self._has_given_up = False
        self._last_upload = 0.0
        self._last_fault = ""

    def write_message(self, message: Mapping[str, Any]) -> None:
        """Write one message; see the class for when it leaves.

        Raises:
            RefusedError: the store refuses the session's first message.
            DagsterPipesError: the channel is closed, or a forked process reports something.
        """
        if not self._process.is_this:
            self._process.write_in_fork(message)
            return
        with self._lock:
            if self._is_closing:
                raise DagsterPipesError("Cannot send message after the channel is closed.")
            if message["method"] == "closed":
                self._closed_message = message
                return
            self._refusal = None
            before = len(self._buffer.chunks)
            self._buffer.add(message)
            self._start()
            if is_urgent(message) or len(self._buffer.chunks) != before:
                self._lock.notify_all()  # Not for every log line: the thread knows when to look again.
            if not self._is_opened:
                self._await_first()
            notice, self._buffer.notice = self._buffer.notice, ""
        if notice:
            # Outside of the lock: captured stderr comes back as messages.
            stderr.notice(notice)

    def close(self) -> None:
        """Deliver the rest, and `closed`; a second call does nothing."""
        if not self._process.is_this:
            return
        with self._lock:
            if self._is_closing:
                return
            if self._closed_message is not None:
                self._buffer.add(self._closed_message)
                self._start()
            self._buffer.finish()
            self._is_closing = True
            self._lock.notify_all()
        atexit.unregister(self.close)
        if self._thread is None:
            return
        try:
            self._thread.join(self._settings.close_timeout_seconds)
        finally:
            with self._lock:
                self._has_given_up = True
                self._lock.notify_all()
                self._report_undelivered()

    def _start(self) -> None:
        if self._thread is None:
            # A daemon: a job that forgets to close must still be able to end. `close` then delivers the rest.
            self._thread = threading.Thread(target=self._run, name="dagster-pipes-chunks", daemon=True)
            self._thread.start()
            atexit.register(self.close)

    def _await_first(self) -> None:
        """Under the lock, which is free while this waits."""
        self._lock.wait_for(
            lambda: self._is_opened or self._refusal is not None or self._is_closing, limits.OPEN_TIMEOUT_MILLIS / 1000
        )
        if self._refusal is not None:
            raise self._refusal
        self._is_opened = True

    def _run(self) -> None:
        while (chunk := self._next_chunk()) is not None:
            self._deliver(chunk)

    def _next_chunk(self) -> Optional[Chunk]:
        """Wait until a chunk is due; `None` when all is delivered and the session closes, or closing has given up."""
        with self._lock:
            while not self._has_given_up and self._in_flight is None:
                if not self._buffer.chunks and self._is_closing:
                    return None
                wait_seconds = self._seconds_until_due()
                if wait_seconds is None or wait_seconds > 0:
                    self._lock.wait(wait_seconds)
                else:
                    self._in_flight = self._buffer.take()
            return None if self._has_given_up else self._in_flight

    def _seconds_until_due(self) -> Optional[float]:
        """`None` if nothing waits."""
        buffer, keeps_up = self._buffer, self._settings.reader_keeps_up
        if not buffer.chunks:
            return None
        if self._is_closing or not self._is_opened or (keeps_up and buffer.first_is_ready):
            return 0.0
        # A reader that keeps up bounds the age of a line, another one bounds how often chunks come.
        since = buffer.chunks[0].oldest if keeps_up else self._last_upload
        return since + self._settings.interval_seconds - time.monotonic()

    def _deliver(self, chunk: Chunk) -> None:
        """Return when the chunk is there, the session was refused with it, or closing has given up."""
        pauses = _Pauses()
        refusals = 0
        refused_since = 0.0
        while True:
            self._last_upload = time.monotonic()
            try:
                self._upload(chunk)
            except Exception as e:
                # Every error counts: none may end this thread silently, or lose the messages that wait.
                can_pass = isinstance(e, StoreUnavailableError)
                refused_since = refused_since if refusals else time.monotonic()
                refusals = 0 if can_pass else refusals + 1
                with self._lock:
                    if isinstance(e, SecondJobError) and self._is_opened:
                        self._end_process(e)
                        return
                    if not self._is_opened and not can_pass and not self._is_closing:
                        if not isinstance(e, RefusedError) or refusals >= limits.REFUSALS_AT_OPEN:
                            self._refuse(e)
                            return
                    elif not self._is_opened:
                        self._is_opened = True
                        self._lock.notify_all()
                    first_fault = self._is_opened and not self._last_fault
                    self._last_fault = (str(e) or repr(e)) if self._is_opened else ""
                    if self._has_given_up or (self._is_closing and refusals and self._is_over(refused_since)):
                        self._has_given_up = True
                        return
                if first_fault:
                    stderr.notice(f"cannot write {self._describe_next()} yet, trying again: {self._last_fault}")
                self._pause(pauses.next_seconds(closing=self._is_closing))
            else:
                with self._lock:
                    self._in_flight = None
                    self._last_fault = ""
                    self._is_opened = True
                    self._lock.notify_all()
                return

    def _upload(self, chunk: Chunk) -> None:
        body = bytes(chunk.body)
        if self._folder is None:
            if self._settings.check:
                self._settings.check(self._store, self._key_prefix)
            free = free_folders(self._store.is_there, self._key_prefix, self._yarn_attempt)
            if self._settings.session:
                # Other processes may look at the same time.
                self._folder = next(one for one in free if self._creates(f"{one}1.json", body))
                self._number += 1
                return
            self._folder = next(free)
        self._store.put(f"{self._folder}{self._number}.json", body)
        self._number += 1  # Only now: readers wait for a missing number for ever.

    def _creates(self, key: str, body: bytes) -> bool:
        """Whether this process has the object. A request that arrives twice is refused the second time.

        If it may not read the object, it takes the next folder: the reader ignores a second copy.
        """
        return self._store.put(key, body, is_new=True) or self._store.read(key, len(body) + 1) == body

    def _end_process(self, fault: Exception) -> None:
        """Nothing of this job may arrive any more, and it may write nothing else."""
        self._in_flight = None
        self._buffer.reset()
        self._has_given_up = True
        stderr.notice(str(fault))
        os.kill(os.getpid(), signal.SIGTERM)

    def _refuse(self, fault: Exception) -> None:
        """Return the first message to its caller, by an exception."""
        self._in_flight = None
        self._buffer.reset()
        self._refusal = fault
        self._lock.notify_all()

    def _is_over(self, refused_since: float) -> bool:
        patience = min(limits.REFUSED_AT_CLOSE_MILLIS / 1000, self._settings.close_timeout_seconds)
        return time.monotonic() - refused_since > patience

    def _pause(self, seconds: float) -> None:
        """Shortened by close, which wants to try at once; not by new messages."""
        with self._lock:
            was_closing = self._is_closing
            self._lock.wait_for(lambda: self._is_closing != was_closing or self._has_given_up, seconds)

    def _describe_next(self) -> str:
        first = f"{self._key_prefix}/" if self._key_prefix else ""
        return self._store.describe(f"{first if self._folder is None else self._folder}{self._number}.json")

    def _report_undelivered(self) -> None:
        left = [self._in_flight] if self._in_flight else []
        left += self._buffer.chunks
        self._in_flight = None
        self._buffer.reset()
        if not left:
            return
        reason = f" ({self._last_fault})" if self._last_fault else " in time"
        stderr.notice(
            f"{sum(chunk.lines for chunk in left)} message(s) could not be written to {self._describe_next()}{reason}; they"
            f" follow here, one a line. {see('message-channel')}"
        )
        for chunk in left:
            stderr.messages(chunk.body.decode("ascii"))


class _Pauses:
    """Between attempts: doubling from 0.2 to 5 seconds, each shortened by chance so that jobs do not march.

    To 1 second only while the session closes: an outage may end just before the close gives up.
    """

    def __init__(self) -> None:
        self._failures = 0

    def next_seconds(self, *, closing: bool) -> float:
        last = limits.LAST_PAUSE_AT_CLOSE_MILLIS if closing else limits.LAST_PAUSE_MILLIS
        full = min(last, limits.FIRST_PAUSE_MILLIS << min(self._failures, 10)) / 1000
        self._failures += 1
        return full / 2 + random.random() * full / 2
