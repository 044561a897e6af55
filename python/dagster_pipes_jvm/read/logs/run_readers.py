"""Dagster's log readers (of files that a platform writes on S3, of CloudWatch), started and ended per run."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from threading import Event, Thread
from typing import Any, Generic, TypeVar

from dagster import PipesLogReader, PipesMessageHandler

from dagster_pipes_jvm.read.logs.reader import PipesJvmLogReader

_Run = TypeVar("_Run")


class RunLogReaders:
    """The log readers of one run: each is started when what it reads is there, and stopped after the run.

    One that fails is said, and harms no other. Threads: any; one of its own, from the first log reader on.

    Args:
        params: the message parameters of the run, which log readers get; what the job sent in `opened` is laid over.
        warn: writes into the run's event log.
        wait_seconds: how long to wait after the run for logs that are not there, in seconds; log readers of ours wait by
            themselves.
        handler: the run's, for log readers of ours.
        look_seconds: time between two looks for what is not there yet, in seconds.
    """

    def __init__(
        self,
        params: Mapping[str, Any],
        warn: Callable[[str], None],
        wait_seconds: float,
        handler: PipesMessageHandler,
        look_seconds: float = 1.0,
    ) -> None:
        self._handler = handler
        self._params = dict(params)
        self._warn = warn
        self._wait_seconds = wait_seconds
        self._lock = threading.Lock()
        self._waiting: list[PipesLogReader] = []
        self._started: list[PipesLogReader] = []
        self._look_seconds = look_seconds
        self._news = Event()
        self._ended = Event()
        self._is_abandoned = False
        self._thread: Thread | None = None

    def add(self, reader: PipesLogReader) -> None:
        """Start it as soon as what it reads is there."""
        with self._lock:
            self._waiting.append(reader)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="dagster-pipes-log-readers", daemon=True)
                self._thread.start()
        self._news.set()

    def opened(self, payload: Mapping[str, Any]) -> None:
        """Take what the job said when it opened its session."""
        with self._lock:
            self._params.update(payload)
        self._news.set()

    @contextmanager
    def running(self, templates: Sequence[PipesLogReader]) -> Iterator[None]:
        """Run while the block does, and until the logs are read.

        Args:
            templates: log readers that every run has; each run gets copies, because they keep their position.
        """
        for template in templates:
            self.add(copy(template))
        try:
            yield
        except BaseException as e:
            if not isinstance(e, Exception):
                # Somebody ends the step, and does not wait for logs.
                self._wait_seconds = 0.0
                self._is_abandoned = True
            raise
        finally:
            self._ended.set()
            self._news.set()
            if self._thread is not None:
                self._thread.join()

    def _run(self) -> None:
        while True:
            # Before the question: what is set behind it is not waited for.
            self._news.clear()
            if self._ended.is_set():
                break
            self._start_readable()
            self._news.wait(self._look_seconds)
        give_up_at = time.monotonic() + self._wait_seconds
        while self._start_readable() and time.monotonic() < give_up_at:
            time.sleep(self._look_seconds)
        for reader in self._waiting:
            self._say(reader, f"what it reads was not there {self._wait_seconds:.0f} s after the run; it is left out")
        for reader in self._started:
            try:
                if reader.is_running():
                    if self._is_abandoned and isinstance(reader, PipesJvmLogReader):
                        reader.abandon()
                    reader.stop()
            except Exception as e:
                self._say(reader, f"could not be stopped: {type(e).__name__}: {e}")

    def _start_readable(self) -> bool:
        """Whether some still wait."""
        with self._lock:
            waiting, params = tuple(self._waiting), dict(self._params)
        for reader in waiting:
            try:
                if not reader.target_is_readable(params):
                    continue
                if isinstance(reader, PipesJvmLogReader):
                    reader.attach(self._handler)
                reader.start(params, self._ended)
                self._started.append(reader)
            except Exception as e:
                self._say(reader, f"could not be started: {type(e).__name__}: {e}")
            with self._lock:
                self._waiting.remove(reader)
        with self._lock:
            return bool(self._waiting)

    def _say(self, reader: PipesLogReader, what: str) -> None:
        self._warn(reader.with_debug_info(f"log reader {reader.name}: {what}"))


class RunsByThread(Generic[_Run]):
    """Which run a thread is about: clients tell a reader of log readers, of what they launched and of `opened` without saying
    for which run.

    A client calls in the thread that entered `read_messages`, and `opened` comes from the thread that reads. Any other thread
    is about the only run that is active; where there are several, about none. Threads: any.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: list[tuple[_Run, set[int]]] = []

    @contextmanager
    def entered(self, run: _Run) -> Iterator[None]:
        """From here to the end of the block the calling thread is about this run; of several about the newest."""
        entry = (run, {threading.get_ident()})
        with self._lock:
            self._runs.append(entry)
        try:
            yield
        finally:
            with self._lock:
                self._runs.remove(entry)

    def adopt(self, run: _Run) -> None:
        """Let the calling thread be about this run, too."""
        with self._lock:
            for known, threads in self._runs:
                if known is run:
                    threads.add(threading.get_ident())

    @property
    def any_active(self) -> bool:
        """Whether there is a run at all."""
        with self._lock:
            return bool(self._runs)

    def current(self) -> _Run | None:
        """The run of the calling thread."""
        with self._lock:
            for run, threads in reversed(self._runs):
                if threading.get_ident() in threads:
                    return run
            return self._runs[0][0] if len(self._runs) == 1 else None
