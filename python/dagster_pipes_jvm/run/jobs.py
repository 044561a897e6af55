"""A job between `run/` and its platform: its start, its state, its end, and what can go wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from logging import Logger
from typing import Any, Generic, Protocol, TypeVar

from dagster import PipesSession
from dagster_pipes import PipesException

from dagster_pipes_jvm.errors import PipesJvmError
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.read.logs.output import Stream
from dagster_pipes_jvm.run.identity import LaunchIdentity

# The errors of a platform. Besides these, `PassingFaultError` says that a retry of the request may succeed.


class UnknownOutcomeError(Exception):
    """A job may have been started, although no answer says so. The cause says why.

    Args:
        request: the operation, such as "AddJobFlowSteps".
        done: its possible effect, in words that follow "whether it has", such as "added step x to cluster y".
    """

    def __init__(self, request: str, done: str) -> None:
        super().__init__(request)
        self.request = request
        self.done = done


class NoRoomError(PipesJvmError):
    """Nothing was started, because the place has no room for another job now ("cluster y has 256 active steps")."""


class RefusedError(PipesJvmError):
    """The platform refuses a request.

    Args:
        message: the platform's reason.
        is_final: whether nobody can repair that, so that a retry is useless.
    """

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.is_final = is_final


# The answers of a platform about a job.


@dataclass(frozen=True)
class JobRef:
    """A started job, as its platform knows it. Platforms add fields.

    All fields must be JSON-serializable if a later attempt can continue with the job.

    Args:
        id: the job's id.
        place: the cluster, namespace or machine. One call polls all jobs of a place.
    """

    id: str
    place: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The state of a job at one moment. Platforms add fields.

    Args:
        state: the platform's word, such as "RUNNING".
        has_run: whether it has begun to run.
        is_over: whether the state is final.
        is_success: whether the platform calls it successful.
        said: the line for the event log when it changes, such as "step PENDING, cluster STARTING". Empty for no line.
        around: a sentence about the job's surroundings, for the error of an expired time limit. Empty for none.
        lost: the reason, with a link, if the platform does not show the job any more.
        trouble: why a part of the state is old, for a warning. Empty if all of it is new.
        has_explaining_logs: whether the logs of a failed job may show why it failed. They do not if it was cancelled.
    """

    state: str
    has_run: bool = True
    is_over: bool = False
    is_success: bool = False
    said: str = ""
    around: str = ""
    lost: str = ""
    trouble: str = ""
    has_explaining_logs: bool = True


class JobEnd(Protocol):
    """How a job ended, as its platform has it."""

    @property
    def is_success(self) -> bool:
        """Whether the platform calls it successful."""

    @property
    def how(self) -> str:
        """The final state in words that follow "The job", such as "ended with exit code 0"."""

    @property
    def stderr_tail(self) -> Sequence[str]:
        """The last lines of the driver's stderr as far as they are known, oldest first."""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The metadata that every materialization of the run gets in addition to the job's own."""

    def failure(self, job: SparkJob, exception: PipesException | None) -> Exception:
        """The error of a job that did not succeed.

        Args:
            job: the job.
            exception: the exception that its session closed with, if it reported one.
        """


# The description of a job that is to be started.


@dataclass(frozen=True)
class Order:
    """The run for which a job is written down.

    Args:
        identity: the launch.
        session: its Pipes session. With `pipes="off"` it has no parameters.
        move_context: moves the context to a store, for a job that would be too long with it. It returns the session
            with the new parameters. `None` if there is no store.
    """

    identity: LaunchIdentity
    session: PipesSession
    move_context: Callable[[], PipesSession] | None = None


@dataclass(frozen=True, kw_only=True)
class Written:
    """A job in the form that its platform takes. Platforms add the request itself.

    Args:
        single_attempt: whether the platform never restarts the job by itself, see `MessageLines`.
        has_mark: whether the platform shows the launch's identity with the job, so that the job can be found by it.
        notes: warnings for the user, each a sentence.
    """

    single_attempt: bool
    has_mark: bool = True
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Surroundings:
    """The callbacks for a job that a platform starts.

    Args:
        on_output: takes a part of the job's output as it comes, cut anywhere, and no bytes at the end of a stream. It
            is for platforms that hold the job's pipes. Others have `Platform.logs`.
        on_news: says that the job's state may have changed, so that it is polled now.
        log: writes into the event log.
    """

    on_output: Callable[[Stream, bytes], None]
    on_news: Callable[[], None]
    log: Logger


@dataclass(frozen=True)
class Listed:
    """A launch that a platform lists by its mark.

    Args:
        mark: its identity as the platform spells it, see `Platform.spelled`.
        detail: the data that `Platform.take_up` needs.
    """

    mark: LaunchIdentity
    detail: Any


W = TypeVar("W", bound=Written)
R = TypeVar("R", bound=JobRef)
S = TypeVar("S", bound=Seen)


@dataclass(frozen=True)
class Found(Generic[R]):
    """A launch of an earlier attempt, or one whose answer was lost.

    Args:
        ref: the job.
        messages_params: the place of its messages.
        context_params: the place of its context.
        digest: the digest of the launched job, see `digest_of`. Empty if unknown.
        single_attempt: whether the platform is known never to restart the job by itself.
    """

    ref: R
    messages_params: Mapping[str, Any] = field(default_factory=dict)
    context_params: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""
    single_attempt: bool = False
