"""Numbered chunks on an object store; `dagsterpipes.write.ChunkedMessageWriterChannel` on the JVM."""

from __future__ import annotations

import atexit
import json
import os
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional, Protocol

from dagster_pipes import DagsterPipesError, PipesMessageWriterChannel

from dagster_pipes_jvm.injob.write import stderr
from dagster_pipes_jvm.injob.write.attempts import attempt_folder, attempt_of_container
from dagster_pipes_jvm.injob.write.buffer import MessageBuffer, is_urgent
from dagster_pipes_jvm.injob.write.queue import BufferSettings, Chunk, UnreadableError
from dagster_pipes_jvm.texts import see

_FIRST_PAUSE_SECONDS = 0.2
_LAST_PAUSE_SECONDS = 5.0
_LAST_PAUSE_AT_CLOSE_SECONDS = 1.0
_REFUSALS_AT_OPEN = 3  # A refusal that is gone by the third attempt was a role being changed.
_OPEN_TIMEOUT_SECONDS = 60.0
_REFUSED_AT_CLOSE_SECONDS = 10.0  # Credentials that rotate work again within seconds.


class PassingFaultError(Exception):
    """The store did not answer, or asks to come again: the same request may succeed later."""


class RefusedError(DagsterPipesError):
    """The store refuses; the message says what to do."""


class ObjectStore(Protocol):
    """Named bytes in a bucket. Used by one thread."""

    def put(self, key: str, body: bytes) -> None:
        """Create or overwrite an object; return when the store has it. Raises `PassingFaultError` or `RefusedError`."""

    def is_there(self, key: str) -> Optional[bool]:
        """Whether there is such an object; `None` where this process may not know. Raises `PassingFaultError`."""

    def describe(self, key: str) -> str:
        """The object's name for messages."""


@dataclass(frozen=True)
class ChunkSettings:
    """How fast chunks may follow each other, and how much may wait.

    Args:
        interval_seconds: for a reader that keeps up, how long log lines wait; else the time between two chunks.
        reader_keeps_up: whether reports may leave at once: a reader of ours. Dagster's own takes about one chunk in 11 seconds.
        close_timeout_seconds: how long closing waits for the last chunks.
        buffer: what may wait in memory and on disk.
        tells_count: whether `closed` tells how many messages there were.
    """

    interval_seconds: float
    reader_keeps_up: bool
    close_timeout_seconds: float = 60.0
    buffer: BufferSettings = field(default_factory=BufferSettings)
    tells_count: bool = False


class ChunkedMessageWriterChannel(PipesMessageWriterChannel):
    """Collects messages into chunks `KEY_PREFIX/1.json`, `KEY_PREFIX/2.json`, ...; readable by Dagster's own readers, too.

    One daemon thread talks to the store. `write_message` waits for it once, with the first message, so that a bucket
    without access shows where the job opens its session. A failed upload is tried again, longer and longer apart, with the
    same number and bytes; what waits meanwhile is bounded, see `MessageBuffer`. `closed` is kept until `close`, so that what is
    printed up to the end comes before it, and goes with all that waits in one chunk. `close` waits for what is left, at
    most the close timeout; what is undelivered then goes to stderr, one message a line.

    Threads: any may write. A process that was forked off writes its messages to stderr: it has no thread of this channel.

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
        self._yarn_attempt = attempt_of_container(container_id)
        self._settings = settings
        self._process_id = os.getpid()
        self._folder: Optional[str] = None
        self._number = 1
        self._lock = threading.Condition()
        self._buffer = MessageBuffer(settings.buffer, settings.tells_count)
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
            DagsterPipesError: the channel is closed.
        """
        if os.getpid() != self._process_id:
            stderr.messages(json.dumps(message))
            return
        with self._lock:
            if self._is_closing:
                raise DagsterPipesError("Cannot send message after the channel is closed.")
            if message["method"] == "closed":
                self._closed_message = message
                return
            self._refusal = None
            before = self._buffer.queue.chunks
            self._buffer.add(message)
            self._start()
            if is_urgent(message) or self._buffer.queue.chunks != before:
                self._lock.notify_all()  # Not for every log line: the thread knows when to look again.
            if not self._is_opened:
                self._await_first()
            notice, self._buffer.notice = self._buffer.notice, ""
        if notice:
            # Outside of the lock: captured stderr comes back as messages.
            stderr.notice(notice)

    def close(self) -> None:
        """Deliver what waits, and `closed`; a second call does nothing."""
        if os.getpid() != self._process_id:
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
                self._in_flight = None
                self._buffer.queue.close()

    def _start(self) -> None:
        if self._thread is None:
            # A daemon: a job that forgets to close must still be able to end; what waits is delivered then.
            self._thread = threading.Thread(target=self._run, name="dagster-pipes-chunks", daemon=True)
            self._thread.start()
            atexit.register(self.close)

    def _await_first(self) -> None:
        """Under the lock, which is free while this waits."""
        self._lock.wait_for(
            lambda: self._is_opened or self._refusal is not None or self._is_closing, _OPEN_TIMEOUT_SECONDS
        )
        if self._refusal is not None:
            raise self._refusal
        self._is_opened = True

    def _run(self) -> None:
        pauses = _Pauses()
        while True:
            try:
                chunk = self._next_chunk()
                if chunk is None:
                    return
                self._deliver(chunk)
            except MemoryError:
                with self._lock:  # Nothing is lost: what waits is where it was.
                    self._lock.wait(pauses.next_seconds(closing=self._is_closing))

    def _next_chunk(self) -> Optional[Chunk]:
        """Wait until a chunk is due; `None` when all is delivered and the session closes, or closing has given up."""
        while True:
            with self._lock:
                queue = self._buffer.queue
                if self._has_given_up:
                    return None
                if self._in_flight is not None:
                    return self._in_flight
                if queue.chunks == 0:
                    if self._is_closing:
                        return None
                    self._lock.wait()
                    continue
                wait_seconds = self._seconds_until_due()
                if wait_seconds > 0:
                    self._lock.wait(wait_seconds)
                    continue
                try:
                    self._in_flight = queue.take()
                    return self._in_flight
                except UnreadableError as e:
                    lost = str(e)  # The reader misses them by their count.
            stderr.notice(lost)

    def _seconds_until_due(self) -> float:
        queue = self._buffer.queue
        if self._is_closing or not self._is_opened or (self._settings.reader_keeps_up and queue.first_is_ready):
            return 0.0
        # A reader that keeps up bounds how old a line gets; one that does not bounds how often chunks come.
        since = queue.oldest if self._settings.reader_keeps_up else self._last_upload
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
                # Whatever it is: it must neither end this thread without a word nor lose what waits.
                can_pass = isinstance(e, PassingFaultError)
                refused_since = refused_since if refusals else time.monotonic()
                refusals = 0 if can_pass else refusals + 1
                with self._lock:
                    if not self._is_opened and not can_pass and not self._is_closing:
                        if not isinstance(e, RefusedError) or refusals >= _REFUSALS_AT_OPEN:
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
        if self._folder is None:
            self._folder = attempt_folder(self._store.is_there, self._key_prefix, self._yarn_attempt)
        self._store.put(f"{self._folder}{self._number}.json", chunk.body)
        self._number += 1  # Only now: readers wait for a missing number for ever.

    def _refuse(self, fault: Exception) -> None:
        """Give the first message back to who wrote it, by an exception."""
        self._in_flight = None
        self._buffer.reset()
        self._refusal = fault
        self._lock.notify_all()

    def _is_over(self, refused_since: float) -> bool:
        patience = min(_REFUSED_AT_CLOSE_SECONDS, self._settings.close_timeout_seconds)
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
        """One chunk at a time: what is on disk may be more than memory holds."""
        queue = self._buffer.queue
        count = queue.lines + (self._in_flight.lines if self._in_flight else 0)
        if count == 0:
            return
        reason = f" ({self._last_fault})" if self._last_fault else " in time"
        stderr.notice(
            f"{count} message(s) could not be written to {self._describe_next()}{reason}; they follow here, one a line."
            f" {see('message-channel')}"
        )
        if self._in_flight:
            stderr.messages(self._in_flight.body.decode("ascii"))
        while queue.chunks:
            try:
                stderr.messages(queue.take().body.decode("ascii"))
            except UnreadableError as e:
                stderr.notice(str(e))


class _Pauses:
    """Between attempts: doubling from 0.2 to 5 seconds, each shortened by chance so that jobs do not march.

    To 1 second only while the session closes: an outage that ends just before the close gives up is not slept through.
    """

    def __init__(self) -> None:
        self._failures = 0

    def next_seconds(self, *, closing: bool) -> float:
        full = min(
            _LAST_PAUSE_AT_CLOSE_SECONDS if closing else _LAST_PAUSE_SECONDS,
            _FIRST_PAUSE_SECONDS * (1 << min(self._failures, 10)),
        )
        self._failures += 1
        return full / 2 + random.random() * full / 2
