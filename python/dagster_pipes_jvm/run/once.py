"""Starting a job once: after a request with an unknown outcome the client searches for the job."""

from dagster_pipes_jvm.errors import PassingFaultError
from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm.run.jobs import (
    Found,
    JobRef,
    Listed,
    NoRoomError,
    RefusedError,
    Surroundings,
    UnknownOutcomeError,
    Written,
)
from dagster_pipes_jvm.run.lookups import listed_launches
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm.run.port import AnyPlatform
from dagster_pipes_jvm.run.rooms import Rooms


def start_once(
    platform: AnyPlatform,
    written: Written,
    identity: LaunchIdentity,
    surroundings: Surroundings,
    patience: Patience,
) -> tuple[JobRef, bool]:
    """Start a job once, and wait for room where there is none.

    Returns:
        tuple[JobRef, bool]: the job, and whether the request was sent more than once, so that a second job may exist.

    Raises:
        TimeLimitError: there has been no room for too long.
        JobRequestError: the outcome is unknown, or the platform does not answer.
        PipesJvmError: the platform refuses, and nothing was started.
    """
    for attempt in range(1, patience.start_attempts + 1):
        try:
            ref = _start(platform, written, identity, surroundings, patience)
            if attempt > 1:
                ref = _first_of_two(platform, identity, ref, surroundings)
            return ref, attempt > 1
        except UnknownOutcomeError as e:
            if not written.has_mark:
                raise platform.request_error(
                    f'{platform.name} did not answer whether it has {e.done}, and a job with pipes="off" has no mark to find it'
                    f" by. Look there before this step is run again. {platform.start_remedy}".strip()
                ) from e.__cause__
            if found := _found_again(platform, identity, patience, e):
                return found, attempt > 1
            if attempt == patience.start_attempts:
                raise platform.request_error(
                    f"{platform.name} does not answer {e.request}: {e.__cause__}. Nothing was started, as far as it says."
                    f" {platform.start_remedy}".strip()
                ) from e.__cause__
    raise AssertionError("the last attempt returns or raises")


def matching(platform: AnyPlatform, identity: LaunchIdentity, listed: Listed) -> bool:
    """Whether a listed launch is this very one."""
    return listed.mark.of_this_attempt == platform.spelled(identity).of_this_attempt


def _start(
    platform: AnyPlatform,
    written: Written,
    identity: LaunchIdentity,
    surroundings: Surroundings,
    patience: Patience,
) -> JobRef:
    with Rooms.turn(platform, platform.place_of(written), patience, surroundings.log.info) as turn:
        while True:
            turn.come()
            try:
                ref: JobRef = platform.start(written, identity, surroundings)
                return ref
            except NoRoomError as e:
                turn.had_no_room(e)


def _found_again(
    platform: AnyPlatform, identity: LaunchIdentity, patience: Patience, unknown: UnknownOutcomeError
) -> JobRef | None:
    """The job whose answer was lost, or `None` if the platform still lists none after `start_looks`.

    If the platform does not list launches, the request is not repeated.
    """
    failures = 0
    for _ in range(patience.start_looks):
        patience.pause(patience.start_pause_seconds)
        try:
            if ref := _listed(platform, identity):
                return ref
            failures = 0
        except PassingFaultError as e:
            failures += 1
            if failures == patience.start_attempts:
                raise _not_listed(platform, unknown, e) from e
            last = e
    if failures:
        raise _not_listed(platform, unknown, last) from last
    return None


def other_job(platform: AnyPlatform, identity: LaunchIdentity, ref: JobRef) -> JobRef | None:
    """Another job of this launch, which the platform did not list before; `None` if it does not tell."""
    try:
        return _listed(platform, identity, besides=ref)
    except (PassingFaultError, RefusedError):
        return None


def _listed(platform: AnyPlatform, identity: LaunchIdentity, besides: JobRef | None = None) -> JobRef | None:
    """This launch's job that the platform lists, the oldest of several.

    Args:
        platform: the platform.
        identity: the launch.
        besides: a job that is not meant.
    """
    for listed in reversed(listed_launches(platform)):
        if matching(platform, identity, listed):
            taken: Found[JobRef] | None = platform.take_up(listed, identity)
            if taken is not None and (besides is None or taken.ref.id != besides.id):
                return taken.ref
    return None


def _first_of_two(
    platform: AnyPlatform, identity: LaunchIdentity, second: JobRef, surroundings: Surroundings
) -> JobRef:
    """The earlier one of two jobs of this launch, after a request that was sent twice. The later one is ended."""
    try:
        first = _listed(platform, identity, besides=second)
        if first is None:
            return second
        surroundings.log.warning(
            f"[pipes] {platform.describe(first)} was started by the request whose answer was lost, and is listed only now."
            f" {platform.describe(second)}, which was started after it, is ended."
        )
        platform.end(second, surroundings.log)
    except (PassingFaultError, RefusedError) as e:
        surroundings.log.warning(f"[pipes] {platform.name} does not say whether this job runs twice: {e}")
        return second
    return first


def _not_listed(platform: AnyPlatform, unknown: UnknownOutcomeError, cause: Exception) -> Exception:
    return platform.request_error(
        f"{platform.name} did not answer whether it has {unknown.done}, and does not list it now: {cause}. Look there"
        f" before this step is run again. {platform.start_remedy}".strip()
    )
