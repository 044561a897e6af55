"""A driver's log in a local or shared file that grows, is rotated, is cut short."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from dagster_pipes_jvm.errors import InvalidParameterError, PassingFaultError
from dagster_pipes_jvm.read.logs.messages import PipesJvmLogMessageReader
from dagster_pipes_jvm.read.logs.output import Stream, check_stream
from dagster_pipes_jvm.read.logs.reader import PipesJvmLogReader
from dagster_pipes_jvm.read.logs.source import LogPart, LogSource

_BLOCK_BYTES = 1024 * 1024
# What stood in front of the place where reading goes on: a file that was cut and has grown beyond it is known by these.
_MARK_BYTES = 64


class FollowedFile(LogSource):
    """One file. A rotated one is read to its end before the new one; that, and a file that became shorter, is noted.

    Args:
        path: the file, which need not be there.
        stream: which stream of the driver it holds.
        skips_existing: whether what is in the file now belongs to somebody else.
        attempt: of which attempt of the job.
    """

    def __init__(self, path: Path, stream: Stream, *, skips_existing: bool = False, attempt: int = 1) -> None:
        self.name = str(path)
        self._path = path
        self._stream = stream
        self._attempt = attempt
        self._file: IO[bytes] | None = None
        self._mark = b""
        self._notes: list[str] = []
        if skips_existing:
            with suppress(FileNotFoundError):
                self._file = path.open("rb")
                self._file.seek(max(0, self._file.seek(0, os.SEEK_END) - _MARK_BYTES))
                self._mark = self._file.read(_MARK_BYTES)

    def poll(self) -> Iterator[LogPart]:
        """What was written since the last call.

        Raises:
            PassingFaultError: the file cannot be read; whoever mends that in time loses nothing.
        """
        try:
            while True:
                if self._file is None and not self._open():
                    return
                assert self._file is not None
                # Asked before the read: the old file gets no line any more once its name is another's.
                is_current = self._is_current(self._file)
                self._check_length(self._file)
                while data := self._file.read(_BLOCK_BYTES):
                    self._mark = (self._mark + data[-_MARK_BYTES:])[-_MARK_BYTES:]
                    yield LogPart(self.name, self._stream, data, self._attempt)
                if is_current:
                    return
                self._file.close()
                self._file = None
                if self._open():
                    self._notes.append(f"{self.name} was rotated; the new file is read from its beginning")
        except OSError as e:
            raise PassingFaultError.of(e) from e

    def notes(self) -> Iterator[str]:
        """What happened to the file."""
        notes, self._notes = self._notes, []
        yield from notes

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> bool:
        try:
            self._file = self._path.open("rb")
        except FileNotFoundError:
            return False
        self._mark = b""
        return True

    def _is_current(self, file: IO[bytes]) -> bool:
        try:
            return os.path.samestat(os.fstat(file.fileno()), os.stat(self._path))
        except FileNotFoundError:
            # Moved away, and the new one is not there yet: lines may still come to the old one.
            return True

    def _check_length(self, file: IO[bytes]) -> None:
        length, position = os.fstat(file.fileno()).st_size, file.tell()
        if length == position:
            return
        if length > position:
            file.seek(position - len(self._mark))
            if file.read(len(self._mark)) == self._mark:
                return
        self._notes.append(
            f"{self.name} was cut while it was read, or written anew; it is read from its beginning, and lines that were written"
            " before that may be missing"
        )
        self._mark = b""
        file.seek(0)


class PipesJvmLogFileMessageReader(PipesJvmLogMessageReader):
    """Finds messages in the file that a driver's stdout or stderr is redirected to, and forwards the other lines.

    What is in the file when a run starts belongs to an earlier one and is passed over. Two runs at once need a file each:
    without `path` the client names it, with `session.report_launched({"extras": {"log_path": ...}})`, and it is read from its
    beginning.

    Args:
        path: the file, which need not be there yet; `None` where the client names it.
        stream: which stream of the driver the file holds.
        buffered: see `PipesJvmLogMessageReader`.
        poll_interval_seconds: see there.
        wait_for_logs_seconds: see there; for a file system that shows late what another machine wrote.
        require_closed: see there.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        stream: Stream = "stdout",
        buffered: bool = False,
        poll_interval_seconds: float = 0.05,
        wait_for_logs_seconds: float = 5.0,
        require_closed: bool = False,
    ) -> None:
        super().__init__(
            stream=stream,
            buffered=buffered,
            poll_interval_seconds=poll_interval_seconds,
            wait_for_logs_seconds=wait_for_logs_seconds,
            quiet_seconds=0.0,
            require_closed=require_closed,
        )
        self._path = None if path is None else _checked(path, type(self).__name__)

    def open_logs(self, known: Mapping[str, Any]) -> LogSource | None:
        """The file."""
        if self._path is not None:
            return FollowedFile(self._path, self._stream, skips_existing=True)
        return FollowedFile(Path(known["log_path"]), self._stream) if "log_path" in known else None

    def no_messages_debug_text(self) -> str:
        """What to check when nothing arrived."""
        where = self._path or "the file that the client reports as `log_path`"
        return (
            f"Attempted to read messages from {where}, which the driver's {self._stream} must be redirected to. The job"
            " finds the stream through spark.dagster.pipes.messages."
        )


class PipesJvmFileLogReader(PipesJvmLogReader):
    """Forwards the lines of a file that a driver's stdout or stderr is redirected to.

    Args:
        path: the file, which need not be there yet.
        stream: which stream of the driver it holds.
        poll_interval_seconds: see `PipesJvmLogReader`.
        wait_for_logs_seconds: see there.
        options: `target_stream` and `debug_info`, see there.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        stream: Stream = "stdout",
        poll_interval_seconds: float = 0.2,
        wait_for_logs_seconds: float = 5.0,
        **options: Any,
    ) -> None:
        super().__init__(
            poll_interval_seconds=poll_interval_seconds,
            wait_for_logs_seconds=wait_for_logs_seconds,
            quiet_seconds=0.0,
            **options,
        )
        check_stream(stream, type(self).__name__)
        self._path = _checked(path, type(self).__name__)
        self._stream: Stream = stream

    @property
    def name(self) -> str:
        """The class and the file."""
        return f"{type(self).__name__}({self._path})"

    def open_logs(self, known: Mapping[str, Any]) -> LogSource:  # noqa: ARG002
        """The file."""
        return FollowedFile(self._path, self._stream)


def _checked(path: str | os.PathLike[str], call: str) -> Path:
    checked = Path(path).absolute()
    if checked.is_dir():
        raise InvalidParameterError(
            parameter="path",
            call=call,
            expected="a file, which need not be there yet",
            got=f"the directory {str(path)!r}",
            remedy="Name the file that the driver's output is redirected to.",
            anchor="log-lines",
        )
    return checked
