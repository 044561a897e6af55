"""The port for platforms: the contract that every place where jobs run implements.

The rest of this package does everything that is the same on all platforms. A run uses the port from top to bottom. The
client prepares a `Launch`. The job is written down, started once, and polled together with the other jobs of its place.
At last it is judged.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from logging import Logger
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from dagster import PipesContextInjector, PipesMessageReader, PipesSession
from dagster_pipes import PipesException

from dagster_pipes_jvm.errors import JobRequestError, PipesJvmError, TimeLimitError
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.read.logs.output import Stream
from dagster_pipes_jvm.read.logs.source import LogSource
from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm.run.patience import Patience

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
    """

    state: str
    has_run: bool = True
    is_over: bool = False
    is_success: bool = False
    said: str = ""
    around: str = ""
    lost: str = ""


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
        on_line: takes a line of the job's output, for platforms that hold the job's pipes. Others have `Platform.logs`.
        on_news: says that the job's state may have changed, so that it is polled now.
        log: writes into the event log.
    """

    on_line: Callable[[Stream, str], None]
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


class Platform(ABC, Generic[W, R, S]):
    """A place where jobs run. It needs no loop, no thread and no lock: each method makes its requests and returns.

    Lifecycle: one per client. Threads: any number at once. Errors: `PassingFaultError` for a transient error and
    `RefusedError` for a refusal. Methods name their other errors.
    """

    name: ClassVar[str]
    """The common name, such as "EMR"."""
    client_name: ClassVar[str]
    """The name under which Dagster keeps the handles of its launches."""
    can_go_on: ClassVar[bool] = False
    """Whether a job outlives Dagster's process, and a later attempt of the step can continue with it."""
    jobs_in_a_look: ClassVar[int] = 1_000
    """The maximum number of jobs in one call of `look`."""
    run_limit_parameter: ClassVar[str] = "run_time_limit_seconds"
    """The client's name for `Patience.run_time_limit_seconds`."""
    time_limit_error: ClassVar[type[TimeLimitError]] = TimeLimitError
    time_limit_remedy: ClassVar[str] = ""
    request_error: ClassVar[type[JobRequestError]] = JobRequestError
    start_remedy: ClassVar[str] = ""
    """The link for a start without an answer."""
    look_remedy: ClassVar[str] = ""
    """The advice, with a link, for a refusal to show a job."""

    @property
    @abstractmethod
    def key(self) -> Hashable:
        """Platforms with the same key are the same place: their jobs are polled together, across clients."""

    # Start.

    @abstractmethod
    def start(self, written: W, identity: LaunchIdentity, surroundings: Surroundings) -> R:
        """Start a job, by one request without retries.

        Raises:
            UnknownOutcomeError: it may have been started.
            NoRoomError: not now.
            PipesJvmError: nothing was started.
        """

    def reported(self, ref: R) -> Mapping[str, Any]:
        """The facts about the job for readers of messages and logs."""
        return {}

    # Look.

    @abstractmethod
    def look(self, refs: Sequence[R], earlier: Mapping[str, S]) -> Mapping[str, S]:
        """The states of jobs of one place, by their ids. The state of an omitted job is unchanged.

        Args:
            refs: the jobs, at most `jobs_in_a_look`.
            earlier: their last known states.
        """

    def settle(self, ref: R, seen: S) -> S:
        """Called once after a job's end: ends its remains, and returns the state with all details."""
        return seen

    @abstractmethod
    def end_of(self, ref: R, seen: S, stderr_tail: Sequence[str]) -> JobEnd:
        """How a job ended.

        Args:
            ref: the job.
            seen: the result of `settle`.
            stderr_tail: the last lines of its stderr, from `logs`.
        """

    # End.

    @abstractmethod
    def end(self, ref: R, log: Logger) -> str | None:
        """Tell a job to end.

        Args:
            ref: the job.
            log: writes into the event log.

        Returns:
            str | None: a sentence on the effect if nothing else remains to do ("cluster y is terminated"), or `None` if
                the caller must wait for the end and call `sweep`.
        """

    def may_outlive(self, ref: R) -> bool:
        """Whether the driver may outlive the job, so that it must also be asked to stop by itself."""
        return False

    def sweep(self, ref: R, seen: S | None, *, has_closed: bool, log: Logger) -> R | None:
        """End the remains of a job that was told to end, by any means.

        Args:
            ref: the job.
            seen: its state.
            has_closed: whether its session has closed.
            log: writes into the event log.

        Returns:
            R | None: the job that does so, if one is needed. The caller waits for it.
        """
        return None

    def describe_sweep(self, ref: R, sweeper: R, state: str) -> str:
        """The warning about a sweeping job that did not succeed, with its remedy."""
        return f"{self.describe(sweeper)} is {state}"

    def describe_end(self, ref: R, seen: S | None) -> str:
        """The effect of `end`, as a sentence."""
        return f"{self.describe(ref)} is {seen.state if seen else 'told to end'}."

    # Words and links.

    @abstractmethod
    def describe(self, ref: R) -> str:
        """The job in a few words, such as "EMR step s-1 on cluster j-1"."""

    def describe_start(self, ref: R, written: W | None) -> str:
        """The started job, in words that follow "started"."""
        return self.describe(ref)

    def by_hand(self, ref: R) -> str:
        """The command with which the user ends it, with a link."""
        return ""

    def url(self, ref: R) -> str | None:
        """The page that shows it."""
        return None

    def links(self, ref: R, seen: S) -> Mapping[str, Any]:
        """The pages that show it while it runs, as metadata of an event."""
        return {}

    # Logs.

    def logs(self, ref: R, seen: S) -> LogSource | None:
        """Its logs, or `None` if there are none, or if their place is not known yet."""
        return None

    # Find it again.

    ref_type: ClassVar[type[JobRef]]
    """The class `R`, for platforms with `can_go_on`."""

    @property
    def listing_key(self) -> Hashable:
        """Platforms with the same key list the same launches."""
        return self.key

    def spelled(self, identity: LaunchIdentity) -> LaunchIdentity:
        """An identity as the marks of this platform spell it. Long parts may be shortened."""
        return identity

    def launches(self) -> Iterable[Listed]:
        """Our launches, newest first, including those that have ended, as far back as the platform lists them."""
        return ()

    def take_up(self, listed: Listed, identity: LaunchIdentity) -> Found[R] | None:
        """A listed launch, or `None` if no attempt can continue with it.

        Args:
            listed: the launch.
            identity: its full identity.
        """
        return None

    def to_handle(self, ref: R) -> Mapping[str, Any]:
        """A job in the form that the event log keeps."""
        return asdict(ref)

    def from_handle(self, kept: Mapping[str, Any]) -> R:
        """The inverse."""
        return self.ref_type(**kept)  # type: ignore[return-value]  # `ref_type` is R.


AnyPlatform = Platform[Any, Any, Any]


@dataclass(frozen=True)
class Launch(Generic[W]):
    """The preparations of a client for one run.

    Args:
        job: the job with all overrides of this run. Its `pipes` says how the session is judged.
        platform: the place that runs it.
        write: writes the job down for the platform. It is called once, before the start. It only stages files, and its
            result depends on the order alone.
        context_injector: brings the context to the job.
        message_reader: brings the job's messages.
        max_log_events: see `LogEvents`.
        patience: the time limits and intervals.
        stop_poll_interval_millis: the interval at which the job checks for a request to stop. `None` if its platform
            ends it. See `PipesJvmS3MessageReader.request_stop`.
        fallback_injector: brings the context to a job that would be too long with it.
    """

    job: SparkJob
    platform: Platform[W, Any, Any]
    write: Callable[[Order], W]
    context_injector: PipesContextInjector
    message_reader: PipesMessageReader
    max_log_events: int | None
    patience: Patience
    stop_poll_interval_millis: int | None = None
    fallback_injector: PipesContextInjector | None = None
