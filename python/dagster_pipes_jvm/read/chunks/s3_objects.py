"""The chunks of one run on S3, and what is known of the reader's access to them."""

import time
from collections.abc import Collection, Iterable, Iterator
from hashlib import blake2b
from threading import Lock

from dagster_pipes_jvm.errors import PipesJvmError, S3AccessError
from dagster_pipes_jvm.read.chunks.reader import ChunkStore
from dagster_pipes_jvm.read.messages.marks import MARKS_NAME
from dagster_pipes_jvm.read.messages.utf_8 import ERRORS
from dagster_pipes_jvm.stores.s3 import FORBIDDEN, S3Place
from dagster_pipes_jvm.wire import JOB_NAME

# An object of our own: while that can be read, 403 for a chunk means "not yet".
_PROBE = "reader"
# Asks the job to end; the JVM's partner is `dagsterpipes.write.StopMarker`.
_STOP = "stop"
_PROOF_SECONDS = 10.0
# Without the right to list, the first chunks are looked at: a second attempt of a foreign writer starts with them.
_HEADS = 5
_REREAD = 20


class S3Chunks(ChunkStore):
    """Reads `PREFIX/1.json`, ... and removes what it has read.

    S3 answers 403, not 404, for an object that is not there, when the caller may not list the bucket (AWS's GetObject page).
    The reader then writes an object of its own under the prefix: whether that can be read tells the two meanings apart.

    Lifecycle: one per run. Threads: see `ChunkStore`.
    """

    def __init__(self, place: S3Place, prefix: str) -> None:
        self.uri = f"s3://{place.bucket}/{prefix}"
        self._place = place
        self._prefix = prefix
        self._lock = Lock()
        self._read: dict[str, tuple[str, bytes]] = {}
        self._etags: dict[str, str] | None = None
        self._has_probe = False
        self._has_stop = False
        self._has_marks = False
        self._has_job_name = False
        self._proven_until = 0.0
        self._was_forbidden = False

    def fetch(self, name: str) -> str | None:
        """The text of a chunk, `None` while it is not there.

        Raises:
            S3AccessError: where S3 refuses for another reason than that.
            PassingFaultError: where it does not answer, or asks to come again later.
        """
        try:
            found = self._place.get(self._key(name))
        except S3AccessError as e:
            if e.code not in FORBIDDEN or not self._proves_access():
                raise
            self._was_forbidden = True
            return None
        if found is None:
            return None
        self._read[name] = (found.etag, _digest(found.body))
        return str(found.body, "utf-8", ERRORS)

    def is_access_proven(self) -> bool:
        """Whether no 403 was taken for "not there"; where one was, access is proven anew."""
        if not self._was_forbidden:
            return True
        with self._lock:
            self._proven_until = 0.0
        if not self._proves_access():
            # Raises S3's own answer.
            self._place.get(self._key(_PROBE))
        return False

    def _proves_access(self) -> bool:
        with self._lock:
            if time.monotonic() < self._proven_until:
                return True
            key = self._key(_PROBE)
            try:
                if not self._has_probe:
                    self._place.put(key, b"")
                    self._has_probe = True
                if self._place.get(key) is None:
                    return False
            except S3AccessError:
                return False
            self._proven_until = time.monotonic() + _PROOF_SECONDS
            return True

    def names(self) -> Collection[str] | None:
        """The names of everything under the prefix; `None` where the caller may not list."""
        etags = self._place.list_etags(f"{self._prefix}/")
        self._etags = etags and {key.removeprefix(f"{self._prefix}/"): etag for key, etag in etags.items()}
        return self._etags

    def changed(self) -> Iterable[str]:
        """The names of chunks whose content has changed since they were read."""
        suspects = [name for name, (etag, _) in self._read.items() if self._current_etag(name) not in (None, etag)]
        for name in suspects[:_REREAD]:
            # With SSE-KMS the same bytes, written twice, have two ETags.
            try:
                now = self._place.get(self._key(name))
            except PipesJvmError:
                continue
            if now is not None and _digest(now.body) != self._read[name][1]:
                yield name

    def _current_etag(self, name: str) -> str | None:
        if self._etags is not None:
            return self._etags.get(name)
        number = name.removesuffix(".json")
        return self._place.etag(self._key(name)) if number.isdecimal() and int(number) <= _HEADS else None

    def request_stop(self, reason: str) -> None:
        """Ask the job to end, whichever attempt of it runs.

        Raises:
            S3AccessError: where S3 refuses.
            PassingFaultError: where it does not answer, or asks to come again later.
        """
        self._place.put(self._key(_STOP), reason.encode())
        self._has_stop = True

    def expect_job_name(self) -> None:
        """Remove with the chunks also the object in which the job names itself."""
        self._has_job_name = True

    def read_marks(self) -> str | None:
        """The marks of an earlier reader, see `HandledMarks`; `None` if there are none.

        Raises:
            S3AccessError: S3 refuses.
            PassingFaultError: it does not answer, or requests a retry.
        """
        self._has_marks = True  # Whatever is there is removed with the chunks.
        try:
            found = self._place.get(self._key(MARKS_NAME))
        except S3AccessError as e:
            if e.code not in FORBIDDEN or not self._proves_access():
                raise
            return None
        return None if found is None else str(found.body, "utf-8", "replace")

    def write_marks(self, text: str) -> None:
        """Replace the marks.

        Raises:
            S3AccessError: S3 refuses.
            PassingFaultError: it does not answer, or requests a retry.
        """
        self._place.put(self._key(MARKS_NAME), text.encode())
        self._has_marks = True

    def remove_read(self) -> list[str]:
        """Remove the chunks that were read, and what the reader wrote; returns what could not be removed, and why."""
        marks = [MARKS_NAME] if self._has_marks else []
        if self._has_job_name:
            marks.append(JOB_NAME)
        return self._place.delete([self._key(name) for name in (*self._read, *marks, *self._written())])

    def remove_written(self) -> list[str]:
        """Remove what the reader wrote, and leave the messages, with the marks."""
        return self._place.delete([self._key(name) for name in self._written()])

    def _written(self) -> Iterator[str]:
        if self._has_probe:
            yield _PROBE
        if self._has_stop:
            yield _STOP

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}"


def _digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=16).digest()
