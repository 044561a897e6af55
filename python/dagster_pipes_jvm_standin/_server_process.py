"""A server in a process of its own, which says in one line that it serves and ends when its stdin does."""

import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock, Timer
from typing import IO


class ServerProcess:
    """A started server.

    Lifecycle: constructing starts it and returns when it has said its line, or has ended; `stop` ends it. When this process
    dies, by SIGKILL too, its end of the server's stdin closes, and the server ends by itself.

    Threads: start and stop belong to one; `ask` may be called from any.

    Args:
        command: program and arguments.
        startup_seconds: after these a server without a line is killed.
        shutdown_seconds: after these a server that does not end is killed.
        stderr: where its stderr goes; `None` for this process's own.
        environment: the whole environment; `None` for this process's.
        cwd: its working directory; `None` for this process's.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        startup_seconds: float,
        shutdown_seconds: float,
        stderr: IO[bytes] | None = None,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self._shutdown_seconds = shutdown_seconds
        self._asking = Lock()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=environment,
            cwd=cwd,
            # A Ctrl-C is for whoever uses the server: it has to outlive the `finally` blocks that still read from it.
            start_new_session=True,
        )
        try:
            self.ready_line = self._read_line(startup_seconds)
        except BaseException:
            self.stop()
            raise

    def _read_line(self, startup_seconds: float) -> str:
        assert self._process.stdout is not None
        # The line, or the end of the pipe when the process dies, ends the wait; the timer is for one that hangs.
        watchdog = Timer(startup_seconds, self._process.kill)
        watchdog.start()
        try:
            return self._process.stdout.readline().decode().strip()
        finally:
            watchdog.cancel()
            watchdog.join()

    def ask(self, line: str) -> str:
        """Send the server a line and return the one with which it answers; empty where it has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._asking:
            try:
                self._process.stdin.write(f"{line}\n".encode())
                self._process.stdin.flush()
            except BrokenPipeError:
                return ""
            return self._process.stdout.readline().decode().strip()

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def stop(self) -> int:
        """End the process and wait for it; returns its exit code."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(self._shutdown_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        return self._process.returncode
