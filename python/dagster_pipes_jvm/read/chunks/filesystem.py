"""Messages in numbered chunks in any file system that fsspec reaches; the JVM's partner is `dagsterpipes.store`."""

import copy
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from dagster import PipesMessageHandler, PipesMessageReader
from dagster_pipes import PipesBlobStoreMessageWriter, PipesParams

from dagster_pipes_jvm._dagster import OneWriter
from dagster_pipes_jvm.errors import PassingFaultError
from dagster_pipes_jvm.read.chunks.reader import ChunkReader, ChunkStore
from dagster_pipes_jvm.read.messages.accounted import account_of, check_closed
from dagster_pipes_jvm.read.messages.lines import MessageLines, hand_over_undelivered
from dagster_pipes_jvm.read.messages.marks import MARKS_NAME, marks_beside
from dagster_pipes_jvm.read.messages.thread import reading
from dagster_pipes_jvm.read.messages.utf_8 import ERRORS
from dagster_pipes_jvm.stores.filesystem import FilesystemPlace, reason_of
from dagster_pipes_jvm.wire import RUN_TOKEN_KEY, UPLOAD_INTERVAL_MILLIS_KEY, URI_KEY


class PipesJvmFilesystemMessageReader(OneWriter, PipesMessageReader):
    """Reads messages from chunks `RUN/1.json`, `RUN/2.json`, ... in a directory of HDFS, of a cloud's store or of a mount.

    The job writes through Hadoop's FileSystem, or through the JDK where the URI is a local directory; Dagster's side reads
    through fsspec. Lifecycle: one reader serves any number of runs, one after another and at once; the chunks stay.

    Args:
        uri: the directory as the job names it: `hdfs://namenode:8020/pipes`, `gs://bucket/pipes`,
            `abfss://container@account.dfs.core.windows.net/pipes`, or a path that both sides mount (NFS, EFS, `/dbfs/...`).
            The job creates what is missing under it.
        read_uri: the same directory as Dagster's side names it, where that differs: `webhdfs://namenode:9870/pipes`.
        storage_options: for fsspec's implementation, such as `{"user": "dagster"}` or `{"kerberos": True}` for WebHDFS.
        poll_interval_seconds: time between two looks for the next chunk, in seconds.
        upload_interval_millis: how long the job's log lines may wait before they are sent, in milliseconds.
        include_stdio_in_messages: whether a Python job's stdout and stderr come as messages too; JVM jobs do not send them.
        require_closed: whether the step fails if the job's session never opened, never closed, or did not arrive whole.
            For Dagster's own clients; ours judge by `SparkJob(pipes=...)`.

    Raises:
        InvalidParameterError: for a scheme that fsspec has no implementation of here.
        FilesystemAccessError: at the start of a run, where Dagster's side cannot look into the directory; later, where it
            may not any more.
        MessagesMissingError: at the end of a run, for chunks that could not be read; with `require_closed` also for
            messages that are missing.
        PipesNotClosedError: at the end of a run, with `require_closed`.

    Source: https://filesystem-spec.readthedocs.io/en/latest/api.html#built-in-implementations
    """

    def __init__(
        self,
        uri: str,
        *,
        read_uri: str | None = None,
        storage_options: Mapping[str, Any] | None = None,
        poll_interval_seconds: float = 0.3,
        upload_interval_millis: int = 300,
        include_stdio_in_messages: bool = False,
        require_closed: bool = False,
    ) -> None:
        self._place = FilesystemPlace(
            uri, read_uri, storage_options, own_parameter="read_uri", call=type(self).__name__
        )
        self._poll_interval_seconds = poll_interval_seconds
        self._upload_interval_millis = upload_interval_millis
        self._include_stdio_in_messages = include_stdio_in_messages
        self._require_closed = require_closed
        self._resumed: PipesParams | None = None

    def resuming(self, params: PipesParams) -> "PipesJvmFilesystemMessageReader":
        """A reader that continues with an earlier run after the process that read it has died.

        It reads from the first chunk on, as `PipesJvmS3MessageReader.resuming` does.

        Args:
            params: the return value of the earlier `read_messages`.
        """
        reader = copy.copy(self)
        reader._resumed = dict(params)
        return reader

    @property
    def tells_attempts_apart(self) -> bool:
        """Whether a job may be started again by its platform, and only the last attempt's reports count: always."""
        return True

    @contextmanager
    def read_messages(self, handler: PipesMessageHandler) -> Iterator[PipesParams]:
        """Read the run's chunks in a thread; yields the parameters with which the job finds their place."""
        account = account_of(handler)
        run = str(uuid4())
        if self._resumed is not None:
            run = str(self._resumed[URI_KEY]).rpartition("/")[2]
            account.adopt_token(self._resumed.get(RUN_TOKEN_KEY))
        chunks = _Chunks(self._place, run)
        chunks.check_access()
        lines = MessageLines(handler, f"{self._place.own_uri}/{run}", holds_reports=True, asks_sessions=True)
        marks = marks_beside(chunks, account, lines.warn, is_resumed=self._resumed is not None)
        try:
            with reading(
                handler,
                type(self).__name__,
                lambda ended: ChunkReader(chunks, lines, ended, self._poll_interval_seconds, marks=marks).read(),
            ):
                yield {
                    URI_KEY: f"{self._place.job_uri}/{run}",
                    PipesBlobStoreMessageWriter.INCLUDE_STDIO_IN_MESSAGES_KEY: self._include_stdio_in_messages,
                    UPLOAD_INTERVAL_MILLIS_KEY: self._upload_interval_millis,
                    RUN_TOKEN_KEY: account.run_token,
                }
        finally:
            hand_over_undelivered(handler)
            account.say(lines.warn)
            if account.keep_messages:
                marks.write()
        if self._require_closed:
            check_closed(account, self)

    def no_messages_debug_text(self) -> str:
        """What to check when nothing arrived."""
        return (
            f"Attempted to read messages from {self._place.own_uri}, which the job calls {self._place.job_uri}. A JVM job"
            " writes them with dagsterpipes.Pipes.open, a PySpark job with dagster_pipes_jvm.pyspark.open_pipes; both find"
            " the place through spark.dagster.pipes.messages."
        )


class _Chunks(ChunkStore):
    """The chunks of one run."""

    def __init__(self, place: FilesystemPlace, run: str) -> None:
        self._place = place
        self._fs, root = place.open()
        self._directory = f"{root}/{run}"

    def check_access(self) -> None:
        """Look for the first chunk, which cannot be there yet.

        Raises:
            FilesystemAccessError: where the answer is another than that. Before the job has started this costs nothing; what
                does not work now, for whatever reason, would leave its messages unread.
        """
        try:
            self.fetch("1.json")
        except PassingFaultError as e:
            cause = e.__cause__ or e
            raise self._place.refused("look for", f"{self._directory}/1.json", cause) from cause

    def fetch(self, name: str) -> str | None:
        """The text of a chunk, `None` while it is not there.

        Raises:
            FilesystemAccessError: where Dagster's side may not read it.
            PassingFaultError: for any other fault: fsspec's implementations have no word in common for what will pass.
        """
        path = f"{self._directory}/{name}"
        try:
            body = self._read(path)
            if body is None and self._place.is_local and self._is_listed(path):
                body = self._read(path)
        except (PermissionError, NotADirectoryError, IsADirectoryError) as e:
            raise self._place.refused("read", path, e) from e
        except Exception as e:
            raise PassingFaultError(reason_of(e)) from e
        return None if body is None else str(body, "utf-8", ERRORS)

    def _read(self, path: str) -> bytes | None:
        try:
            return bytes(self._fs.cat_file(path))
        except FileNotFoundError:
            return None

    def read_marks(self) -> str | None:
        """The marks of an earlier reader, see `HandledMarks`; `None` if there are none.

        Raises:
            FilesystemAccessError: see `fetch`.
            PassingFaultError: see `fetch`.
        """
        return self.fetch(MARKS_NAME)

    def write_marks(self, text: str) -> None:
        """Replace the marks.

        Raises:
            FilesystemAccessError: Dagster's side may not write there, or the file system does not answer.
        """
        path = f"{self._directory}/{MARKS_NAME}"
        try:
            if self._place.is_local:
                # Whole at once: this process may die in the middle.
                new = f"{path}.new"
                self._place.write(self._fs, new, text.encode())
                os.replace(new, path)
            else:
                self._place.write(self._fs, path, text.encode())
        except Exception as e:
            raise self._place.refused("write", path, e) from e

    def names(self) -> Collection[str] | None:
        """The names of everything under the directory; `None` where it cannot be listed."""
        try:
            found = self._fs.find(self._directory)
        except FileNotFoundError:
            return ()
        except Exception:
            return None
        return [path.rpartition(f"{self._directory}/")[2] for path in found]

    @staticmethod
    def _is_listed(path: str) -> bool:
        # NFS remembers for up to a minute that a name was not there; opening the directory makes it ask again (nfs(5), "Data
        # and metadata coherence").
        try:
            return os.path.basename(path) in os.listdir(os.path.dirname(path))
        except FileNotFoundError:
            return False
