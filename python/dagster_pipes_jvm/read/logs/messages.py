"""Messages between the ordinary lines of a driver's log; the JVM's partner is `dagsterpipes.write`'s channel of a stream."""

import warnings
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event, Lock
from typing import Any

from dagster import PipesLogReader, PipesMessageHandler, PipesMessageReader
from dagster_pipes import PipesParams

from dagster_pipes_jvm._dagster import OneWriter, PipesLaunchedData
from dagster_pipes_jvm.read.logs.lines import LogLines
from dagster_pipes_jvm.read.logs.output import DriverOutput, Stream, check_stream
from dagster_pipes_jvm.read.logs.run_readers import RunLogReaders, RunsByThread
from dagster_pipes_jvm.read.logs.source import LogPart, LogSource, Patience, follow
from dagster_pipes_jvm.read.messages.accounted import account_of, check_closed
from dagster_pipes_jvm.read.messages.lines import MessageLines
from dagster_pipes_jvm.read.messages.thread import reading
from dagster_pipes_jvm.wire import BUFFERED_STDIO_KEY, RUN_TOKEN_KEY, STDIO_KEY


class PipesJvmLogMessageReader(OneWriter, PipesMessageReader):
    """Base of the readers that find messages between the ordinary lines of a driver's log.

    The job is asked to write its messages to a stream, and the platform keeps that in a log. Ordinary lines go to the step's
    compute logs, in order. A subclass says where the logs are, by `open_logs`.

    Lifecycle: one reader serves any number of runs, one after another and at once, where each run has logs of its own. What a
    client reports with `session.report_launched` is for the run of the calling thread.

    Args:
        stream: which stream of the driver carries the messages.
        buffered: whether the job keeps all messages until it closes, so that they stand together at the end.
        poll_interval_seconds: time between two looks, in seconds.
        wait_for_logs_seconds: how long after the job's end its last messages are waited for, in seconds.
        quiet_seconds: how long after the job's end and its last message other lines are waited for, in seconds.
        require_closed: whether the step fails where the job's session never opened, never closed, or did not arrive whole. For
            Dagster's own clients; ours judge by `SparkJob(pipes=...)`.
        log_readers: log readers that every run has.

    Raises:
        InvalidParameterError: for a value that cannot work.
        MessagesMissingError: at the end of a run, for logs that could not be read; with `require_closed` also for messages that
            are missing.
        PipesNotClosedError: at the end of a run, with `require_closed`.
    """

    sees_attempts = False
    """Whether the logs tell one attempt of the job from another, so that reports have to wait for the last one."""

    def __init__(
        self,
        *,
        stream: Stream = "stdout",
        buffered: bool = False,
        poll_interval_seconds: float,
        wait_for_logs_seconds: float,
        quiet_seconds: float,
        require_closed: bool = False,
        log_readers: Sequence[PipesLogReader] | None = None,
    ) -> None:
        check_stream(stream, type(self).__name__)
        self._stream = stream
        self._buffered = buffered
        self._patience = Patience(poll_interval_seconds, wait_for_logs_seconds, quiet_seconds)
        self._require_closed = require_closed
        self._log_readers = tuple(log_readers or ())
        self._runs: RunsByThread[_Launch] = RunsByThread()

    @abstractmethod
    def open_logs(self, known: Mapping[str, Any]) -> LogSource | None:
        """The logs of a run; `None` while it is not known where they are.

        Args:
            known: the `extras` that the client has reported as launched.
        """

    @contextmanager
    def read_messages(self, handler: PipesMessageHandler) -> Iterator[PipesParams]:
        """Follow the run's logs in a thread; yields the parameters that name the stream."""
        lines = MessageLines(
            handler, f"the driver's {self._stream} log", holds_reports=self.sees_attempts, keeps_lines=False
        )
        launch = _Launch(self.open_logs, RunLogReaders({}, lines.warn, self._patience.wait_seconds, handler))
        abandoned = Event()
        # A refusal is known before the job starts.
        launch.look()
        account = account_of(handler)

        def output(stream: Stream) -> DriverOutput:
            return DriverOutput(stream, lines.warn_as_is, messages=lines if stream == self._stream else None)

        def read(ended: Event) -> None:
            logs = LogLines(output, lines.begin_attempt)
            try:
                follow(
                    launch,
                    logs.take,
                    lines.warn,
                    ended,
                    abandoned,
                    self._patience,
                    is_whole=lambda: account.is_whole,
                )
            finally:
                logs.finish()
                lines.finish()
                launch.close()

        try:
            with (
                self._runs.entered(launch),
                launch.log_readers.running(self._log_readers),
                reading(handler, type(self).__name__, read),
            ):
                try:
                    yield {
                        BUFFERED_STDIO_KEY if self._buffered else STDIO_KEY: self._stream,
                        RUN_TOKEN_KEY: account.run_token,
                    }
                except BaseException as e:
                    if not isinstance(e, Exception) or not launch.is_found:
                        # The step is interrupted, or no job was started: no log will come.
                        abandoned.set()
                    raise
        finally:
            account.say(lines.warn)
        if self._require_closed:
            check_closed(account, self)

    def on_launched(self, launched_payload: PipesLaunchedData) -> None:
        """Takes what the client knows of the job that it started, for the run of the calling thread."""
        if (launch := self._run_of("what the client launched")) is not None:
            launch.know(launched_payload.get("extras") or {})

    def add_log_reader(self, log_reader: PipesLogReader) -> None:
        """Reads one more log, in the run of the calling thread."""
        if (launch := self._run_of(f"log reader {log_reader.name}")) is not None:
            launch.log_readers.add(log_reader)

    def _run_of(self, what: str) -> "_Launch | None":
        launch = self._runs.current()
        if launch is None:
            warnings.warn(
                f"[pipes] {what} is left out: it was told to {type(self).__name__} from a thread that belongs to none of the"
                " active runs. Tell it in the thread that runs the step.",
                stacklevel=3,
            )
        return launch


class _Launch(LogSource):
    """The logs of one run, from when it is known where they are. Threads: `know` from any."""

    name = "the job's log"

    def __init__(self, open_logs: Callable[[Mapping[str, Any]], LogSource | None], log_readers: RunLogReaders) -> None:
        self.log_readers = log_readers
        self._open_logs = open_logs
        self._lock = Lock()
        self._known: dict[str, Any] = {}
        self._logs: LogSource | None = None

    def know(self, extras: Mapping[str, Any]) -> None:
        with self._lock:
            self._known.update(extras)

    @property
    def known(self) -> Mapping[str, Any]:
        """What the client has reported."""
        with self._lock:
            return dict(self._known)

    @property
    def is_found(self) -> bool:
        """Whether it is known where the logs are."""
        with self._lock:
            return self._logs is not None

    def look(self) -> None:
        with self._lock:
            if self._logs is None:
                self._logs = self._open_logs(dict(self._known))
                self.name = self._logs.name if self._logs else self.name

    def poll(self) -> Iterator[LogPart]:
        self.look()
        if self._logs is not None:
            yield from self._logs.poll()

    def notes(self) -> Iterator[str]:
        if self._logs is not None:
            yield from self._logs.notes()

    def close(self) -> None:
        if self._logs is not None:
            self._logs.close()
