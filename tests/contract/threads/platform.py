"""The smallest platform, a thread that runs a job. It passes the contract suite, and only the suite's list names it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dagster import PipesEnvContextInjector
from dagster_pipes import PipesException

from dagster_pipes_jvm import PipesJvmS3MessageReader, PipesSparkClient, SparkJob
from dagster_pipes_jvm.errors import PipesJvmError
from dagster_pipes_jvm.read.logs.source import LogSource
from dagster_pipes_jvm.run.failure import end_of_stderr, what_was_reported
from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm.run.jobs import Found, JobRef, Listed, Order, Seen, Surroundings, Written
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm.run.port import Launch, Platform
from tests.contract.threads.service import Service


@dataclass(frozen=True, kw_only=True)
class WrittenThread(Written):
    """Arguments and environment of a job, and the marks for a later attempt."""

    args: Sequence[str]
    env: Mapping[str, str]
    marks: Mapping[str, Any]


@dataclass(frozen=True)
class ThreadEnd:
    """How a thread ended; a `JobEnd`."""

    seen: Seen
    stderr_tail: Sequence[str]

    is_success = property(lambda self: self.seen.is_success)
    how = property(lambda self: f"ended as {self.seen.state}")
    metadata = property(lambda self: {"state": self.seen.state})

    def failure(self, job: SparkJob, exception: PipesException | None) -> Exception:
        """The error of a job that did not succeed."""
        reported = f" {what_was_reported(exception)}" if exception else ""
        return PipesJvmError(
            f"The thread of {job.application} {self.how}.{reported}\n{end_of_stderr(self.stderr_tail)}"
        )


class ThreadPlatform(Platform[WrittenThread, JobRef, Seen]):
    """Threads of a `Service`."""

    name = "The service of threads"
    client_name = "ThreadClient"
    can_go_on = True
    ref_type = JobRef

    def __init__(self, service: Service) -> None:
        self._service = service

    key = property(lambda self: id(self._service))

    def start(self, written: WrittenThread, identity: LaunchIdentity, surroundings: Surroundings) -> JobRef:
        """Ask the service for a thread."""
        return JobRef(
            self._service.submit(written.args, written.env, {**written.marks, "identity": identity}), "service"
        )

    def look(self, refs: Sequence[JobRef], earlier: Mapping[str, Seen]) -> Mapping[str, Seen]:
        """One request for all."""
        return {
            id: Seen(state=state, is_over=state != "RUNNING", is_success=state == "OK", said=state)
            for id, state in self._service.states([ref.id for ref in refs]).items()
        }

    def end_of(self, ref: JobRef, seen: Seen, stderr_tail: Sequence[str]) -> ThreadEnd:
        """Its last state."""
        return ThreadEnd(seen, stderr_tail)

    def end(self, ref: JobRef, log: Any) -> None:
        """Ask the service to stop it."""
        self._service.stop(ref.id)

    def describe(self, ref: JobRef) -> str:
        """The thread."""
        return f"thread {ref.id}"

    def logs(self, ref: JobRef, seen: Seen) -> LogSource:
        """Its stderr."""
        return self._service.log(ref.id)

    def launches(self) -> Sequence[Listed]:
        """All of them, newest first."""
        return [Listed(marks["identity"], (id, marks)) for id, marks in reversed(self._service.listed())]

    def take_up(self, listed: Listed, identity: LaunchIdentity) -> Found[JobRef]:
        """One of them."""
        id, marks = listed.detail
        return Found(JobRef(id, "service"), marks["messages"], marks["context"], identity.digest)


class ThreadClient(PipesSparkClient):
    """Runs a job in a thread of a service."""

    def __init__(
        self, platform: ThreadPlatform, reader: Callable[[], PipesJvmS3MessageReader], patience: Patience
    ) -> None:
        self._platform, self._reader, self._patience = platform, reader, patience

    def _launch(self, context: Any, job: SparkJob, extras: Any) -> Launch[WrittenThread]:
        def write(order: Order) -> WrittenThread:
            session = order.session
            marks = {"messages": session.message_reader_params, "context": session.context_injector_params}
            env = session.get_bootstrap_env_vars() if job.pipes != "off" else {}
            return WrittenThread(args=[job.application, *job.args], env=env, marks=marks, single_attempt=True)

        return Launch(job, self._platform, write, PipesEnvContextInjector(), self._reader(), None, self._patience)
