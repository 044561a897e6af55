"""The messages that a job could not deliver and wrote to its output; they are kept until its channel has been read."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import IO

from dagster_pipes_jvm.read.messages.identity import Identity, Numbers


@dataclass(frozen=True)
class UndeliveredLines:
    """The lines that were kept.

    Args:
        numbers: their session, producer and numbers.
        lines: number, from 1, and text of each line, in order.
    """

    numbers: Sequence[tuple[str, str, Numbers]]
    lines: Iterator[tuple[int, str]]


class Undelivered:
    """The messages in the output of one run's job, kept until its channel has been read to the end.

    The job writes them there when its store takes nothing any more. One that arrived by the channel anyway is known by its
    number. A message without an identity is printed text: only our writers write messages there, and they number them.

    Lifecycle: one per run, in its account. Threads: any.

    Args:
        memory_bytes: how much is kept in memory. A job keeps up to 1 GiB on its disk, and more than this limit goes to a
            temporary file.
    """

    def __init__(self, *, memory_bytes: int = 8 * 1024 * 1024) -> None:
        self._memory_bytes = memory_bytes
        self._lock = Lock()
        self._lines: IO[bytes] | None = None
        self._numbers: dict[tuple[str, str], Numbers] = {}

    def take(self, line: str, identity: Identity) -> None:
        """Keep a message of this run."""
        with self._lock:
            self._numbers.setdefault((identity.session, identity.producer), Numbers()).add(identity.number)
            if self._lines is None:
                self._lines = tempfile.SpooledTemporaryFile(self._memory_bytes)  # noqa: SIM115
            self._lines.write(line.encode("utf-8", "surrogatepass") + b"\n")

    def forget(self) -> None:
        """Forget everything: it belongs to an attempt that does not count."""
        with self._lock:
            if self._lines is not None:
                self._lines.close()
            self._lines, self._numbers = None, {}

    @contextmanager
    def taken_out(self) -> Iterator[UndeliveredLines | None]:
        """The lines since the last call, or `None` if there are none."""
        with self._lock:
            lines, numbers = self._lines, self._numbers
            self._lines, self._numbers = None, {}
        if lines is None:
            yield None
            return
        with lines:
            lines.seek(0)
            texts = (line.decode("utf-8", "surrogatepass").rstrip("\n") for line in lines)
            found = [(session, producer, of) for (session, producer), of in numbers.items()]
            yield UndeliveredLines(found, enumerate(texts, start=1))
