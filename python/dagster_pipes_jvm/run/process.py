"""A process in a group of its own, whose output is read while it runs and which ends whole."""

import logging
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from io import BufferedReader
from threading import Semaphore, Thread
from typing import IO, cast

_logger = logging.getLogger(__name__)

_TAIL_LINES = 400
_TAIL_LINE_BYTES = 64 * 1024
_BLOCK_BYTES = 64 * 1024
# How long nothing may come from the pipes of a group that has ended, before we stop to wait for their end.
_OUTPUT_END_SECONDS = 10.0
# The time between SIGTERM and SIGKILL for processes that an ended process has left.
_LEFT_BEHIND_SECONDS = 3.0
_GROUP_POLL_SECONDS = 0.02


class GroupProcess:
    """A started process, the leader of its own session and process group.

    Lifecycle: the constructor starts it. `ask_to_end` and `kill` end it early. `wait` and `kill` leave no process of
    the group. Threads: each callback is called from one thread.

    Args:
        command: program and arguments.
        environment: the whole environment.
        cwd: working directory, `None` for the caller's.
        on_stdout: gets the bytes of stdout as they come, cut anywhere, and at the end no bytes.
        on_stderr: the same for stderr.
        on_end: called at the end of both streams, which is about the end of the process.
        keeps_stdout: whether `tail` has the lines of stdout, too, among those of stderr as they came.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        cwd: str | None,
        on_stdout: Callable[[bytes], None],
        on_stderr: Callable[[bytes], None],
        on_end: Callable[[], None] = lambda: None,
        keeps_stdout: bool = False,
    ) -> None:
        self._on_end = on_end
        # The first stream to end takes it, and the other one finds it taken.
        self._ended_streams = Semaphore(1)
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._blocks = 0
        self._stdout_tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._pumps = [
            self._pump(
                "stdout",
                self._process.stdout,
                [_Lines(self._stdout_tail).feed, *([_Lines(self._tail).feed] if keeps_stdout else ()), on_stdout],
            ),
            self._pump("stderr", self._process.stderr, [_Lines(self._tail).feed, on_stderr]),
        ]

    @property
    def pid(self) -> int:
        """Process id, and the id of the group."""
        return self._process.pid

    @property
    def tail(self) -> list[str]:
        """The last lines of stderr, oldest first, without line ends and as a terminal shows them."""
        return [*self._tail]

    @property
    def stdout_tail(self) -> list[str]:
        """The last lines of stdout, in the same form."""
        return [*self._stdout_tail]

    def poll(self) -> int | None:
        """The exit code of the process, the negative number of a signal that ended it; `None` while it runs."""
        return self._process.poll()

    def wait(self) -> int:
        """Wait until the process has ended, nothing of its group is left, and its output is read.

        Returns:
            int: the exit code; the negative number of a signal that ended it.
        """
        code = self._process.wait()
        # Processes that it has left would hold the pipes open, and would never end.
        self._end_group(_LEFT_BEHIND_SECONDS)
        self._join_pumps()
        return code

    def ask_to_end(self) -> None:
        """Send SIGTERM to the whole group."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the whole group, and read the rest of its output."""
        self._signal(signal.SIGKILL)
        self._process.wait()
        self._join_pumps()

    def _end_group(self, grace_seconds: float) -> None:
        end = time.monotonic() + grace_seconds
        is_alive = self._signal(signal.SIGTERM)
        try:
            while is_alive and time.monotonic() < end:
                time.sleep(_GROUP_POLL_SECONDS)
                is_alive = self._signal(None)
        finally:  # Also where an interruption ends the wait.
            if is_alive:
                self._signal(signal.SIGKILL)

    def _join_pumps(self) -> None:
        """Wait for the rest of the output: as long as it comes, and a while longer."""
        for pump in self._pumps:
            blocks = -1
            while pump.is_alive() and blocks != self._blocks:
                blocks = self._blocks
                pump.join(_OUTPUT_END_SECONDS)

    def _signal(self, number: signal.Signals | None) -> bool:
        """Send a signal to the group, `None` for none; tells whether the group has a process."""
        try:
            os.killpg(self._process.pid, number or 0)
        except (ProcessLookupError, PermissionError):  # macOS answers the second for a group of zombies.
            return False
        return True

    def _pump(self, name: str, stream: IO[bytes], consumers: Sequence[Callable[[bytes], None]]) -> Thread:
        def target() -> None:
            working = list(consumers)
            with stream:
                data = None
                while data != b"":
                    # The bytes that have arrived, because a line may have any length.
                    data = cast(BufferedReader, stream).read1(_BLOCK_BYTES)
                    self._blocks += 1
                    for consume in list(working):
                        try:
                            consume(data)
                        except Exception:
                            # The pipe must be emptied anyway, or the process would block on it.
                            working.remove(consume)
                            _logger.exception("The %s of spark-submit is no longer forwarded", name)
            if not self._ended_streams.acquire(blocking=False):
                self._on_end()

        thread = Thread(target=target, name=f"{name} of spark-submit", daemon=True)
        thread.start()
        return thread


class _Lines:
    """The lines of one stream for the tail: a longer one is cut, and of a progress bar the last state counts."""

    def __init__(self, lines: deque[str]) -> None:
        self._lines = lines
        self._rest = b""

    def feed(self, data: bytes) -> None:
        *complete, rest = (self._rest + data).split(b"\n")
        # The end of a line says more than its beginning.
        self._rest = rest[-_TAIL_LINE_BYTES:]
        for line in complete if data or not rest else [*complete, rest]:
            text = line[-_TAIL_LINE_BYTES:].decode("utf-8", "replace")
            self._lines.append(text.rstrip("\r").rpartition("\r")[2])
