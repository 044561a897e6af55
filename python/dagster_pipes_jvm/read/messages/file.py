"""Messages in a local or shared file; the JVM's partner is `dagsterpipes.write`'s file channel."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from uuid import uuid4

from dagster import PipesMessageHandler, PipesMessageReader
from dagster_pipes import PipesDefaultMessageWriter, PipesParams

from dagster_pipes_jvm._dagster import OneWriter
from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.read.messages.accounted import account_of, check_closed
from dagster_pipes_jvm.read.messages.decoder import LineDecoder
from dagster_pipes_jvm.read.messages.lines import MessageLines
from dagster_pipes_jvm.read.messages.thread import reading
from dagster_pipes_jvm.stores import owner_files
from dagster_pipes_jvm.wire import RUN_TOKEN_KEY

_BLOCK_BYTES = 1024 * 1024


class PipesJvmFileMessageReader(OneWriter, PipesMessageReader):
    """Reads messages from a file that both sides reach, a new one for every run.

    Lifecycle: one reader serves any number of runs, one after another and at once. A run's file is removed at its end, but
    stays if messages are missing or could not be handled. Only the user of Dagster's process
    can read it. In a directory with the setgid bit, which two users share, its group can read it as well.

    Args:
        directory: where the files go; `None` for a temporary directory of this machine. For a job in cluster mode, a
            directory that the driver's node sees under the same path.
        poll_interval_seconds: how long a message may wait in the file, in seconds.
        include_stdio_in_messages: whether the job's stdout and stderr come as messages too and go to the step's compute
            logs. For cluster mode: in client mode the client forwards the driver's output, and each line would come twice.
        require_closed: whether the step fails if the job's session never opened, never closed, or did not arrive whole.
            For Dagster's own clients; ours judge by `SparkJob(pipes=...)`.

    Raises:
        InvalidParameterError: for a directory that does not exist.
        MessagesMissingError: at the end of a run, with `require_closed`, for messages that are missing.
        PipesNotClosedError: at the end of a run, with `require_closed`.
    """

    def __init__(
        self,
        directory: str | None = None,
        *,
        poll_interval_seconds: float = 0.05,
        include_stdio_in_messages: bool = False,
        require_closed: bool = False,
    ) -> None:
        if directory is not None and not Path(directory).is_dir():
            raise InvalidParameterError(
                parameter="directory",
                call=type(self).__name__,
                expected="an existing directory",
                got=repr(directory),
                remedy="Create it, writable for the user that runs the job.",
                anchor="message-channel",
            )
        self._directory = directory
        self._poll_interval_seconds = poll_interval_seconds
        self._include_stdio_in_messages = include_stdio_in_messages
        self._require_closed = require_closed

    @property
    def is_shared(self) -> bool:
        """Whether a directory was given, which the driver of a job in cluster mode may reach."""
        return self._directory is not None

    @contextmanager
    def read_messages(self, handler: PipesMessageHandler) -> Iterator[PipesParams]:
        """Tail the run's file in a thread; yields the parameters with which the job finds it."""
        account = account_of(handler)
        temporary = None if self._directory is not None else Path(tempfile.mkdtemp(prefix="dagster-pipes-"))
        path = (temporary or Path(self._directory or "")).absolute() / f"messages-{uuid4()}.jsonl"
        owner_files.create(path)
        try:
            with reading(handler, type(self).__name__, lambda ended: self._tail(path, handler, ended)):
                yield {
                    PipesDefaultMessageWriter.FILE_PATH_KEY: str(path),
                    PipesDefaultMessageWriter.INCLUDE_STDIO_IN_MESSAGES_KEY: self._include_stdio_in_messages,
                    RUN_TOKEN_KEY: account.run_token,
                }
        finally:
            # A job may have removed it.
            is_evidence = not account.is_complete and path.exists() and path.stat().st_size > 0
            if not is_evidence:
                path.unlink(missing_ok=True)
                if temporary is not None:
                    shutil.rmtree(temporary, ignore_errors=True)
        if self._require_closed:
            check_closed(account, self)

    def _tail(self, path: Path, handler: PipesMessageHandler, ended: Event) -> None:
        lines = MessageLines(handler, str(path))
        number = 0
        decoder = LineDecoder()
        with path.open("rb") as file:
            while True:
                # Asked before the read: what was written before the process ended is in this read or an earlier one.
                is_last = ended.is_set()
                # A line that is still being written has no line end yet; it waits for the next round.
                while data := file.read(_BLOCK_BYTES):
                    for line in decoder.feed(data):
                        number += 1
                        lines.feed(line, f"line {number}")
                if is_last:
                    lines.feed(decoder.rest, f"line {number + 1} (cut off)")
                    lines.finish()
                    account_of(handler).say(lines.warn)
                    return
                ended.wait(self._poll_interval_seconds)

    def no_messages_debug_text(self) -> str:
        """What to check when nothing arrived."""
        return (
            f"Attempted to read messages from a file in {self._directory or 'a temporary directory'}. A JVM job writes them"
            " with dagsterpipes.Pipes.open, a PySpark job with dagster_pipes_jvm.pyspark.open_pipes, and both find the"
            " file through the Spark property spark.dagster.pipes.messages."
        )
