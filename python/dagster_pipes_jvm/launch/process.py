"""A process in a group of its own, whose output is read while it runs and which ends whole."""

import logging
import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Thread
from typing import IO

_logger = logging.getLogger(__name__)

_TAIL_LINES = 400
# A grandchild may hold the pipes open after the process has ended; it is then ended, and this is how long we wait for the rest.
_OUTPUT_END_SECONDS = 10.0


class GroupProcess:
    """A started process, the leader of its own session and process group.

    Lifecycle: constructing starts it; `wait`, and `terminate` when it is not to go on; both leave no process of the group.
    Threads: the two callbacks are called from one thread each, line by line.

    Args:
        command: program and arguments.
        environment: the whole environment.
        cwd: working directory, `None` for the caller's.
        on_stdout: gets each line of stdout, with its line end.
        on_stderr: likewise for stderr.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        cwd: str | None,
        on_stdout: Callable[[str], None],
        on_stderr: Callable[[str], None],
    ) -> None:
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
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
            self._pump("stdout", self._process.stdout, [on_stdout]),
            self._pump("stderr", self._process.stderr, [self._tail.append, on_stderr]),
        ]

    @property
    def pid(self) -> int:
        """Process id, and the id of the group."""
        return self._process.pid

    @property
    def stderr_tail(self) -> list[str]:
        """The last lines of stderr, oldest first, without line ends."""
        return [line.rstrip("\n") for line in self._tail]

    def wait(self) -> int:
        """Wait until the process has ended and its output is read.

        Returns:
            int: the exit code; the negative number of a signal that ended it.
        """
        code = self._process.wait()
        # What it left behind would hold the pipes open, and nobody would ever end it.
        self._signal(signal.SIGTERM)
        self._join_pumps()
        return code

    def terminate(self, grace_seconds: float) -> None:
        """End the whole group: SIGTERM, then SIGKILL for what is still there after `grace_seconds`."""
        self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(grace_seconds)
        self._signal(signal.SIGKILL)
        self._process.wait()
        self._join_pumps()

    def _join_pumps(self) -> None:
        for pump in self._pumps:
            pump.join(_OUTPUT_END_SECONDS)
        if any(pump.is_alive() for pump in self._pumps):
            self._signal(signal.SIGKILL)
            for pump in self._pumps:
                pump.join(_OUTPUT_END_SECONDS)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    @staticmethod
    def _pump(name: str, stream: IO[bytes], consumers: Sequence[Callable[[str], None]]) -> Thread:
        def target() -> None:
            working = list(consumers)
            with stream:
                for line in stream:
                    for consume in list(working):
                        try:
                            consume(line.decode("utf-8", "replace"))
                        except Exception:
                            # The pipe must be emptied all the same, or the process would block on it.
                            working.remove(consume)
                            _logger.exception("The %s of spark-submit is no longer forwarded", name)

        thread = Thread(target=target, name=f"{name} of spark-submit", daemon=True)
        thread.start()
        return thread
