"""Lines that wait for their upload: in memory, then on local disk; `dagsterpipes.write.ChunkQueue` on the JVM."""

from __future__ import annotations

import tempfile
import time
from collections import deque
from dataclasses import dataclass
from typing import IO, Optional

MAX_CHUNK_BYTES = 2 << 20
"""A single longer line is a chunk of its own."""

_FILES = 16
_DISK_RETRY_SECONDS = 1.0


@dataclass(frozen=True)
class BufferSettings:
    """How much may wait for a store that does not take messages.

    Args:
        buffer_bytes: in memory, besides the chunk that is being uploaded.
        spill_bytes: on local disk after that; 0: nothing.
        spill_directory: where; `None`: as `tempfile` has it.
    """

    buffer_bytes: int = 8 << 20
    spill_bytes: int = 1 << 30
    spill_directory: Optional[str] = None


@dataclass(frozen=True)
class Chunk:
    """A chunk on its way: encoded once, so that every attempt puts the same bytes."""

    body: bytes
    lines: int


class UnreadableError(Exception):
    """Lines that went to the disk did not come back."""

    def __init__(self, lines: int, cause: OSError) -> None:
        super().__init__(f"{lines} message(s) that waited on local disk cannot be read again and are lost: {cause}")


class ChunkQueue:
    """Lines in order, cut into chunks as they come. Not thread-safe: the channel holds its lock.

    What is in memory and what is on disk may alternate; the order is that of the chunks. Lines that must be kept find room
    in memory beyond its limit where the disk takes nothing more.
    """

    def __init__(self, settings: BufferSettings) -> None:
        self._settings = settings
        self._chunks: deque[_WaitingChunk] = deque()
        self._spill = _Spill(settings.spill_bytes, settings.spill_directory)
        self._memory_bytes = 0

    def add(self, line: bytes, *, is_urgent: bool, keep: bool, now: float) -> bool:
        """Put one line at the end.

        Args:
            line: without its end.
            is_urgent: whether it should not wait for company.
            keep: whether it must find room.
            now: `time.monotonic()`.

        Returns:
            `False` where there is no room for it.
        """
        record = b"\n" + line
        last = self._chunks[-1] if self._chunks else None
        if last is not None and last.size + len(record) > MAX_CHUNK_BYTES:
            last = None
        fits_memory = self._memory_bytes + len(record) <= self._settings.buffer_bytes
        if last is not None and last.file is None and fits_memory:
            return self._in_memory(last, record, is_urgent)
        if last is not None and last.file is not None and self._spill.append(last.file, record):
            last.took(record, is_urgent)
            return True
        if fits_memory:
            return self._in_memory(self._begin(None, now), record, is_urgent)
        file = self._spill.file_for_new_chunk(len(record))
        if file is not None:
            start = file.length
            if self._spill.append(file, record[1:]):
                chunk = self._begin(file, now)
                chunk.start = start
                chunk.took(record[1:], is_urgent)
                file.chunks += 1
                return True
        if keep:
            last = last if last is not None and last.file is None else self._begin(None, now)
            return self._in_memory(last, record, is_urgent)
        return False

    def take(self) -> Chunk:
        """Take the first chunk out. Where memory is short, it raises `MemoryError` and takes nothing.

        Raises:
            UnreadableError: the disk has lost it; it is out of the queue.
        """
        first = self._chunks[0]
        fault: Optional[OSError] = None
        body = b""
        try:
            body = bytes(first.data) if first.file is None else first.file.read(first.start, first.size)
        except OSError as e:
            fault = e
        self._chunks.popleft()
        if first.file is None:
            self._memory_bytes -= first.size
        else:
            self._spill.release(first.file)
        if fault is not None:
            raise UnreadableError(first.lines, fault) from fault
        return Chunk(body, first.lines)

    def close(self) -> None:
        """Forget what waits; the files are gone."""
        self._chunks.clear()
        self._memory_bytes = 0
        self._spill.close()

    @property
    def chunks(self) -> int:
        """How many chunks wait."""
        return len(self._chunks)

    @property
    def lines(self) -> int:
        """How many lines wait."""
        return sum(chunk.lines for chunk in self._chunks)

    @property
    def first_is_ready(self) -> bool:
        """Whether the first chunk has nothing to wait for: it is full, or holds an urgent line."""
        return len(self._chunks) > 1 or self._chunks[0].is_urgent

    @property
    def oldest(self) -> float:
        """When the oldest line came, by `time.monotonic()`."""
        return self._chunks[0].oldest

    @property
    def has_recovered(self) -> bool:
        """Whether so little is in memory that a good number of lines will find room."""
        return self._memory_bytes <= self._settings.buffer_bytes // 2

    @property
    def disk_fault(self) -> Optional[OSError]:
        """Why the disk takes nothing more; `None` where its limit is reached."""
        return self._spill.fault

    def _begin(self, file: Optional[_SpillFile], now: float) -> _WaitingChunk:
        chunk = _WaitingChunk(file, now)
        self._chunks.append(chunk)
        return chunk

    def _in_memory(self, chunk: _WaitingChunk, record: bytes, is_urgent: bool) -> bool:
        part = record if chunk.lines else record[1:]  # A line feed stands between lines only.
        chunk.data += part
        self._memory_bytes += len(part)
        chunk.took(part, is_urgent)
        return True


class _WaitingChunk:
    """Lines that will leave together."""

    def __init__(self, file: Optional[_SpillFile], oldest: float) -> None:
        self.file = file
        self.oldest = oldest
        self.data = bytearray()
        self.start = 0
        self.size = 0
        self.lines = 0
        self.is_urgent = False

    def took(self, part: bytes, is_urgent: bool) -> None:
        self.size += len(part)
        self.lines += 1
        self.is_urgent |= is_urgent


class _SpillFile:
    """A file without a name, which only its owner can read and which ends with the process, however that ends."""

    def __init__(self, directory: Optional[str]) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=directory, buffering=0)  # noqa: SIM115  # closed by close
        self.length = 0
        self.chunks = 0

    def append(self, data: bytes) -> None:
        """Part of the data may be there after a failure; the next append overwrites it."""
        self._file.seek(self.length)
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        self.length += len(data)

    def read(self, start: int, size: int) -> bytes:
        self._file.seek(start)
        parts = []
        while size > 0:
            part = self._file.read(size)
            if not part:
                raise OSError("the file is shorter than what was written to it")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        self._file.close()


class _Spill:
    """A row of files, each given back as soon as it is read: the limit is on what waits, not on what ever came."""

    def __init__(self, limit_bytes: int, directory: Optional[str]) -> None:
        self._limit_bytes = limit_bytes
        self._directory = directory
        self._files: deque[_SpillFile] = deque()
        self._fault_at = 0.0
        self.fault: Optional[OSError] = None

    def append(self, file: _SpillFile, data: bytes) -> bool:
        if not self._has_room(len(data)):
            return False
        try:
            file.append(data)
        except OSError as e:
            self._refused(e)
            return False
        self.fault = None
        return True

    def file_for_new_chunk(self, size: int) -> Optional[_SpillFile]:
        if not self._has_room(size):
            return None
        if not self._files or self._files[-1].length >= self._limit_bytes // _FILES:
            try:
                self._files.append(_SpillFile(self._directory))
            except OSError as e:
                self._refused(e)
                return None
        return self._files[-1]

    def release(self, file: _SpillFile) -> None:
        file.chunks -= 1
        if file.chunks == 0:
            self._files.remove(file)
            file.close()

    def close(self) -> None:
        for file in self._files:
            file.close()
        self._files.clear()

    def _has_room(self, size: int) -> bool:
        if self.fault is not None and time.monotonic() - self._fault_at < _DISK_RETRY_SECONDS:
            return False  # A full disk is not asked for every line.
        return sum(file.length for file in self._files) + size <= self._limit_bytes

    def _refused(self, fault: OSError) -> None:
        self.fault = fault
        self._fault_at = time.monotonic()
