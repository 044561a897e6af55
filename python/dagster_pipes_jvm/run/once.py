"""Starting a job once: after a request with an unknown outcome the client searches for the job."""

from dagster_pipes_jvm.errors import PassingFaultError
from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm.run.jobs import Found, JobRef, Listed, NoRoomError, Surroundings, UnknownOutcomeError, Written
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
) -> JobRef:
    """Start a job once, and wait for room where there is none.

    Raises:
        TimeLimitError: there has been no room for too long.
        JobRequestError: the outcome is unknown, or the platform does not answer.
        PipesJvmError: the platform refuses, and nothing was started.
    """
    for attempt in range(1, patience.start_attempts + 1):
        try:
            return _start(platform, written, identity, surroundings, patience)
        except UnknownOutcomeError as e:
            if not written.has_mark:
                raise platform.request_error(
                    f'{platform.name} did not answer whether it has {e.done}, and a job with pipes="off" has no mark to find it'
                    f" by. Look there before this step is run again. {platform.start_remedy}".strip()
                ) from e.__cause__
            if ref := _found_again(platform, identity, patience, e):
                return ref
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
    """The job whose answer was lost, or `None` if the platform lists none.

    If the platform does not list launches, the request is not repeated.
    """
    for attempt in range(1, patience.start_attempts + 1):
        patience.pause(patience.start_pause_seconds)
        try:
            found = listed_launches(platform)
        except PassingFaultError as e:
            if attempt == patience.start_attempts:
                raise platform.request_error(
                    f"{platform.name} did not answer whether it has {unknown.done}, and does not list it now: {e}. Look there"
                    f" before this step is run again. {platform.start_remedy}".strip()
                ) from e
            continue
        for listed in found:
            if matching(platform, identity, listed):
                taken: Found[JobRef] | None = platform.take_up(listed, identity)
                if taken is not None:
                    return taken.ref
        return None
    raise AssertionError("the last attempt returns or raises")
