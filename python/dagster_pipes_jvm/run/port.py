"""The port for platforms: all that a place where jobs run has to bring. What is the same everywhere is in this package.

A run goes through it from top to bottom: the client prepares a `Launch`; its job is written down, started once, looked at
together with all others that wait in the same place, ended where it must be, and its end told.
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

# What goes wrong with a platform. Beside these `PassingFaultError` says that the same request may be answered later.


class UnknownOutcomeError(Exception):
    """A job may have been started, though no answer says so; the cause says why.

    Args:
        request: what was asked, such as "AddJobFlowSteps".
        done: what may have been done, in words that follow "whether it has", such as "added step x to cluster y".
    """

    def __init__(self, request: str, done: str) -> None:
        super().__init__(request)
        self.request = request
        self.done = done


class NoRoomError(PipesJvmError):
    """Nothing was started: there is no room for another job now, as the text says ("cluster y has 256 active steps")."""


class RefusedError(PipesJvmError):
    """The platform refuses a request.

    Args:
        message: its words.
        is_final: whether nobody could repair that, so that asking again is of no use.
    """

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.is_final = is_final


# What a platform says of a job.


@dataclass(frozen=True)
class JobRef:
    """A job that was started, as its platform knows it. Platforms add what they need, all of it JSON if a later attempt can
    go on with the job.

    Args:
        id: the job's id.
        place: what it is looked at with in one call: a cluster, a namespace, this machine.
    """

    id: str
    place: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a look shows of a job. Platforms add what they need.

    Args:
        state: the platform's word, such as "RUNNING".
        has_run: whether it has begun to run.
        is_over: whether the state is a last one.
        is_success: whether the platform calls it successful.
        said: what the event log is told, whenever it changes, such as "step PENDING, cluster STARTING"; empty for nothing.
        around: a sentence on what is around it, for a time limit that is over; empty for none.
        lost: why the platform does not show the job any more, where it does not, with a link.
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
        """The end state in words that follow "The job", such as "ended with exit code 0"."""

    @property
    def stderr_tail(self) -> Sequence[str]:
        """The last lines of the driver's stderr as far as they are known, oldest first."""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What every materialization of the run gets beside what the job reports."""

    def failure(self, job: SparkJob, exception: PipesException | None) -> Exception:
        """The error of a job that did not succeed.

        Args:
            job: the job.
            exception: what its session closed with, where it reported one.
        """


# What is started.


@dataclass(frozen=True)
class Order:
    """For which run a job is written down.

    Args:
        identity: of the launch.
        session: its Pipes session; one without parameters where the job is not told of any (`pipes="off"`).
        move_context: puts the context where the job fetches it, for a job that is too long with it, and gives the session
            with the new parameters; `None` where that cannot be.
    """

    identity: LaunchIdentity
    session: PipesSession
    move_context: Callable[[], PipesSession] | None = None


@dataclass(frozen=True, kw_only=True)
class Written:
    """A job as its platform is sent it. Platforms add the request itself.

    Args:
        single_attempt: whether the platform never starts the job again by itself, see `MessageLines`.
        has_mark: whether the platform shows the launch's identity with the job, so that it can be found by it.
        notes: what the user should be told, each a sentence.
    """

    single_attempt: bool
    has_mark: bool = True
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Surroundings:
    """What a platform is given for a job that it starts.

    Args:
        on_line: takes a line of the job's output, for platforms that hold the job's pipes; others have `Platform.logs`.
        on_news: says that something has become of the job, so that it is looked at now.
        log: writes into the event log.
    """

    on_line: Callable[[Stream, str], None]
    on_news: Callable[[], None]
    log: Logger


@dataclass(frozen=True)
class Listed:
    """A launch that a platform lists by its mark.

    Args:
        mark: its identity, spelled as the platform does, see `Platform.spelled`.
        detail: what `Platform.take_up` needs.
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
        messages_params: where its messages are.
        context_params: where its context is.
        digest: of what was launched; empty where it is not known.
        single_attempt: whether the platform never starts the job again by itself, as far as it is known.
    """

    ref: R
    messages_params: Mapping[str, Any] = field(default_factory=dict)
    context_params: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""
    single_attempt: bool = False


class Platform(ABC, Generic[W, R, S]):
    """A place where jobs run. It brings no loop, no thread and no lock: each method makes its requests and returns.

    Lifecycle: one per client. Threads: any number at once. Errors: `PassingFaultError` for what may be answered later,
    `RefusedError` for what is not; what else is said at a method.
    """

    name: ClassVar[str]
    """What people call it, such as "EMR"."""
    client_name: ClassVar[str]
    """Under which Dagster keeps the handles of its launches."""
    can_go_on: ClassVar[bool] = False
    """Whether a job outlives Dagster's process, and a later attempt of the step can go on with it."""
    jobs_in_a_look: ClassVar[int] = 1_000
    """How many jobs one look shows."""
    run_limit_parameter: ClassVar[str] = "run_time_limit_seconds"
    """What the client calls `Patience.run_time_limit_seconds`."""
    time_limit_error: ClassVar[type[TimeLimitError]] = TimeLimitError
    time_limit_remedy: ClassVar[str] = ""
    request_error: ClassVar[type[JobRequestError]] = JobRequestError
    start_remedy: ClassVar[str] = ""
    """Where a person reads on about a start that was not answered, with its link."""
    look_remedy: ClassVar[str] = ""
    """What to check where it refuses to show a job, with its link."""

    @property
    @abstractmethod
    def key(self) -> Hashable:
        """Platforms with the same key are the same one: their jobs are looked at together, whoever's client it is."""

    # Start.

    @abstractmethod
    def start(self, written: W, identity: LaunchIdentity, surroundings: Surroundings) -> R:
        """Start a job; one request that is not repeated.

        Raises:
            UnknownOutcomeError: it may have been started.
            NoRoomError: not now.
            PipesJvmError: nothing was started.
        """

    def reported(self, ref: R) -> Mapping[str, Any]:
        """What readers of messages and logs are told of the job."""
        return {}

    # Look.

    @abstractmethod
    def look(self, refs: Sequence[R], earlier: Mapping[str, S]) -> Mapping[str, S]:
        """What is to be seen of jobs of one place, by their ids; a job that is left out is as it was.

        Args:
            refs: the jobs, at most `jobs_in_a_look`.
            earlier: what earlier looks have shown of them.
        """

    def settle(self, ref: R, seen: S) -> S:
        """Called once when a job's end was seen, to end what it left behind, and to see what there is to see only then."""
        return seen

    @abstractmethod
    def end_of(self, ref: R, seen: S, stderr_tail: Sequence[str]) -> JobEnd:
        """How a job ended.

        Args:
            ref: the job.
            seen: what `settle` gave.
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
            str | None: what has become of it, where that is all there is to do ("cluster y, which was started for it, is
                terminated"); `None` where its end is waited for, and `sweep` called then.
        """

    def may_outlive(self, ref: R) -> bool:
        """Whether the driver may run on when the platform has ended the job, so that it is asked to stop by itself, too."""
        return False

    def sweep(self, ref: R, seen: S | None, *, has_closed: bool, log: Logger) -> R | None:
        """End what is left of a job that was told to end, by whatever means.

        Args:
            ref: the job.
            seen: how it is.
            has_closed: whether its session has closed.
            log: writes into the event log.

        Returns:
            R | None: the job that does so, where it takes one; it is waited for.
        """
        return None

    def describe_sweep(self, ref: R, sweeper: R, state: str) -> str:
        """The warning about a sweeping job that did not succeed: what may run on, and what to do."""
        return f"{self.describe(sweeper)} is {state}"

    def describe_end(self, ref: R, seen: S | None) -> str:
        """What has become of a job that was told to end."""
        return f"{self.describe(ref)} is {seen.state if seen else 'told to end'}."

    # Words and links.

    @abstractmethod
    def describe(self, ref: R) -> str:
        """The job in a few words, such as "EMR step s-1 on cluster j-1"."""

    def describe_start(self, ref: R, written: W | None) -> str:
        """The job when it was started, in words that follow "started"."""
        return self.describe(ref)

    def by_hand(self, ref: R) -> str:
        """What a person does to end it, with its link."""
        return ""

    def url(self, ref: R) -> str | None:
        """Where a person sees it."""
        return None

    def links(self, ref: R, seen: S) -> Mapping[str, Any]:
        """Where a person looks while it runs, as metadata of an event."""
        return {}

    # Logs.

    def logs(self, ref: R, seen: S) -> LogSource | None:
        """Its logs, `None` where there are none, or it is not known yet where."""
        return None

    # Find it again.

    ref_type: ClassVar[type[JobRef]]
    """Of `R`, for platforms with `can_go_on`."""

    @property
    def listing_key(self) -> Hashable:
        """Platforms with the same key list the same launches."""
        return self.key

    def spelled(self, identity: LaunchIdentity) -> LaunchIdentity:
        """An identity as the marks of this platform have it, which may shorten its parts."""
        return identity

    def launches(self) -> Iterable[Listed]:
        """Launches of ours, newest first, those that have ended too, as far back as the platform can be asked for."""
        return ()

    def take_up(self, listed: Listed, identity: LaunchIdentity) -> Found[R] | None:
        """A listed launch; `None` where it turns out that nobody can go on with it.

        Args:
            listed: the launch.
            identity: what it is, spelled out.
        """
        return None

    def to_handle(self, ref: R) -> Mapping[str, Any]:
        """A job as the event log keeps it."""
        return asdict(ref)

    def from_handle(self, kept: Mapping[str, Any]) -> R:
        """The inverse."""
        return self.ref_type(**kept)  # type: ignore[return-value]  # `ref_type` is R.


AnyPlatform = Platform[Any, Any, Any]


@dataclass(frozen=True)
class Launch(Generic[W]):
    """What a client has prepared for one run.

    Args:
        job: the job with everything of this run; its `pipes` says how the session is judged.
        platform: where it runs.
        write: writes the job down for the platform: called once, before anything is started; without effect but for what it
            stages, and the same for the same order.
        context_injector: takes the context to the job; `message_reader` brings its messages.
        max_log_events: see `LogEvents`.
        patience: how long what may take.
        stop_poll_interval_millis: how often the job looks whether it shall stop, see `PipesJvmS3MessageReader.request_stop`;
            `None` where its platform ends it.
        fallback_injector: takes the context to a job that is too long with it.
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
