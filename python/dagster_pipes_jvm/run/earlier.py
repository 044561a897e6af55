"""The choice among the jobs that earlier attempts of a step have started: each call continues with its own job."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary

from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm.run.jobs import Found, Seen

_OTHER_JOB = "was started with another application, other args, conf or extras than this attempt has"


@dataclass(frozen=True)
class EarlierLaunch:
    """One job of an earlier attempt of the step.

    Args:
        found: the job.
        call_number: the number of the client's call that started it.
    """

    found: Found[Any]
    call_number: int


@dataclass
class Claims:
    """The jobs that the calls of one attempt have. Hold the lock during a choice. Threads: any.

    Attributes:
        lock (RLock): the lock.
        job_ids (set[str]): the jobs that calls have started or continued with.
        started (set[int]): the numbers of the calls that start a job.
    """

    lock: Any = field(default_factory=RLock)
    job_ids: set[str] = field(default_factory=set)
    started: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, step_context: Any) -> "Claims":
        """The claims of the step's attempt, always the same ones for its context."""
        with _claims_lock:
            return _claims.setdefault(step_context, cls())


_claims: WeakKeyDictionary[Any, Claims] = WeakKeyDictionary()
_claims_lock = RLock()


@dataclass
class Choice:
    """The result of a choice.

    Args:
        found: the job with which this call continues, or `None` to start one.
        warning: a sentence for the event log. Empty for none.
    """

    found: Found[Any] | None = None
    warning: str = ""


def choose(
    launches: Sequence[EarlierLaunch],
    identity: LaunchIdentity,
    state_of: Callable[[Found[Any]], Seen | None],
    describe: Callable[[Found[Any]], str],
    *,
    taken: Iterable[str],
    judged: Iterable[str],
) -> Choice:
    """Choose the job of this call.

    A job with the digest of this call is its job, whatever the order of the calls. A running job goes before a
    completed one. A job that failed is never chosen, and neither is an older one of the same call.

    A job with another digest is chosen only if it runs, and if the earlier attempts made one call. Then it cannot be
    the job of another call. In all other cases the results of two calls could be swapped.

    Args:
        launches: all jobs of the earlier attempts, the newest first.
        identity: this call.
        state_of: the state of a job, or `None` if the platform does not show it any more.
        describe: a job in a few words.
        taken: the ids of the jobs that other calls of this attempt have.
        judged: the ids of the jobs whose end an earlier attempt has judged.
    """
    excluded = {*taken, *judged}
    open_launches = [launch for launch in launches if launch.found.ref.id not in excluded]
    own = [launch for launch in open_launches if _is_of(launch, identity)]
    own.sort(key=lambda launch: launch.call_number != identity.call_number)
    states = {launch.found.ref.id: _usable(state_of(launch.found)) for launch in own}
    for launch in own:
        if states[launch.found.ref.id] == "runs":
            return Choice(launch.found)
    failed: set[int] = set()
    for launch in own:
        state = states[launch.found.ref.id]
        if state == "completed" and launch.call_number not in failed:
            return Choice(launch.found)
        failed.add(launch.call_number)
    return _of_other_job(
        launches, [launch for launch in open_launches if launch not in own], identity, state_of, describe
    )


def _of_other_job(
    launches: Sequence[EarlierLaunch],
    others: Sequence[EarlierLaunch],
    identity: LaunchIdentity,
    state_of: Callable[[Found[Any]], Seen | None],
    describe: Callable[[Found[Any]], str],
) -> Choice:
    is_only_call = {launch.call_number for launch in launches} == {identity.call_number}
    for launch in others:
        state = _usable(state_of(launch.found))
        if state == "runs" and is_only_call:
            text = f"{describe(launch.found)} {_OTHER_JOB}; its reports are those of the earlier attempt."
            return Choice(launch.found, text)
        if state is not None:
            is_there = "still runs" if state == "runs" else "has completed"
            text = f"{describe(launch.found)}, which {is_there}, {_OTHER_JOB}. This attempt starts its own job."
            return Choice(None, text)
    return Choice()


def _is_of(launch: EarlierLaunch, identity: LaunchIdentity) -> bool:
    if not launch.found.digest:
        return launch.call_number == identity.call_number
    return launch.found.digest == identity.digest


def _usable(seen: Seen | None) -> str | None:
    if seen is None or seen.lost:
        return None
    if not seen.is_over:
        return "runs"
    return "completed" if seen.is_success else None
