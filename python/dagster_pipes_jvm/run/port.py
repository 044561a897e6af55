"""The port for platforms: the contract that every place where jobs run implements.

The rest of this package does everything that is the same on all platforms. A run uses the port from top to bottom. The
client prepares a `Launch`. The job is written down, started once, and polled together with the other jobs of its place.
At last it is judged.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from logging import Logger
from typing import Any, ClassVar, Generic, Literal

from dagster import PipesContextInjector, PipesMessageReader

from dagster_pipes_jvm.errors import JobRequestError, TimeLimitError
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.read.logs.source import LogSource
from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm.run.jobs import (
    Found,
    JobEnd,
    JobRef,
    Listed,
    Order,
    R,
    S,
    Surroundings,
    W,
)
from dagster_pipes_jvm.run.patience import Patience


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

    def place_of(self, written: W) -> Hashable:
        """The place that may have no room for a job: runs that wait for the same one take turns."""
        return None

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

    def is_gone(self, ref: R) -> bool:
        """Whether the place of a job has ended, so that nothing of the job can run on. `False` if that is unknown."""
        return False

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

    def start_metadata(self, ref: R, written: W) -> Mapping[str, Any]:
        """The details of the started job, such as its whole command, as metadata of an event."""
        return {}

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

    def running_launches(self) -> Iterable[Listed]:
        """Our launches that have not ended."""
        return ()

    def describe_listed(self, listed: Listed) -> str:
        """A listed launch in a few words."""
        return f"a job of {self.name}"

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
        may_start_twice: whether the platform may start a job twice, if an answer is lost. The second job then ends itself,
            if the message reader can tell it.
        when_already_running: see `check_already_running`.
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
    may_start_twice: bool = False
    when_already_running: Literal["warn", "refuse", "ignore"] = "ignore"
