"""A service that runs each job in a thread, as a cloud does for a real platform."""

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, Literal

from dagster_pipes_jvm.read.logs.source import LogPart, LogSource
from dagster_pipes_jvm.run.jobs import RefusedError, UnknownOutcomeError


@dataclass
class _Job:
    process: "subprocess.Popen[bytes]"
    marks: Mapping[str, Any]
    state: str = "RUNNING"
    stderr: bytes = b""
    ended_at: float = 0.0
    is_over: Event = field(default_factory=Event)


class Service:
    """Threads: any.

    Args:
        environment: what every job finds.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.requests: list[str] = []
        self.loses: Literal["answer", "request"] | None = None
        self.refuses: Literal["start", "look", "list"] | None = None
        self.log_delay_seconds = 0.0
        self._environment = environment
        self._lock = Lock()
        self._numbers = count(1)
        self._jobs: dict[str, _Job] = {}

    def submit(self, args: Sequence[str], env: Mapping[str, str], marks: Mapping[str, Any]) -> str:
        """Run `python ARGS` in a thread; returns its id."""
        self._request("start")
        loses, self.loses = self.loses, None
        if loses == "request":
            raise UnknownOutcomeError("submit", "started a thread") from TimeoutError("no answer")
        environment = {**os.environ, **self._environment, **env}
        process = subprocess.Popen([sys.executable, *args], env=environment, stderr=subprocess.PIPE)
        with self._lock:
            id = f"t-{next(self._numbers)}"
            job = self._jobs[id] = _Job(process, marks)
        Thread(target=self._run, args=(job,), daemon=True).start()
        if loses == "answer":
            raise UnknownOutcomeError("submit", "started a thread") from TimeoutError("no answer")
        return id

    def states(self, ids: Sequence[str]) -> Mapping[str, str]:
        """RUNNING, OK, FAILED or STOPPED."""
        self._request("look")
        with self._lock:
            return {id: self._jobs[id].state for id in ids}

    def stop(self, id: str) -> None:
        """End a job."""
        self._request("stop")
        with self._lock:
            job = self._jobs[id]
            if job.state == "RUNNING":
                job.state = "STOPPED"
        job.process.kill()

    def listed(self) -> list[tuple[str, Mapping[str, Any]]]:
        """All jobs with their marks, oldest first."""
        self._request("list")
        with self._lock:
            return [(id, job.marks) for id, job in self._jobs.items()]

    def log(self, id: str) -> LogSource:
        """The stderr of a job, which arrives at its end or later."""
        return _Log(self, id)

    def stderr(self, id: str) -> bytes:
        """The part of its stderr that has arrived."""
        job = self._jobs[id]
        return job.stderr if job.is_over.is_set() and monotonic() - job.ended_at >= self.log_delay_seconds else b""

    def _request(self, what: str) -> None:
        self.requests.append(what)
        if self.refuses == what:
            raise RefusedError(f"{what} is forbidden")

    def _run(self, job: _Job) -> None:
        _, job.stderr = job.process.communicate()
        job.ended_at = monotonic()
        job.is_over.set()
        with self._lock:
            if job.state == "RUNNING":
                job.state = "OK" if job.process.returncode == 0 else "FAILED"


class _Log(LogSource):
    def __init__(self, service: Service, id: str) -> None:
        self.name = f"the stderr of {id}"
        self._service = service
        self._id = id
        self._read = 0

    def poll(self) -> Iterable[LogPart]:
        new = self._service.stderr(self._id)[self._read :]
        self._read += len(new)
        return [LogPart(self._id, "stderr", new)] if new else []
