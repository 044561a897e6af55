"""Listings of launches, shared by all runs of this process that need one at the same time."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from threading import Lock

from dagster_pipes_jvm.run.jobs import Listed
from dagster_pipes_jvm.run.port import AnyPlatform
from dagster_pipes_jvm.run.shared_answer import SharedAnswer

_registry = Lock()
_listings: dict[Hashable, "_Listing"] = {}


def listed_launches(platform: AnyPlatform) -> Sequence[Listed]:
    """The launches that the platform lists, newest first.

    The listing begins after this call, since an older one may lack the launch. Concurrent callers wait for the listing
    in progress, and share the next one.

    Raises:
        PassingFaultError: the platform may answer later.
        RefusedError: it refuses.
    """
    return _shared(platform, "all", platform.launches)


def running_launches(platform: AnyPlatform) -> Sequence[Listed]:
    """The launches that have not ended, as far as the platform lists them; shared as `listed_launches`.

    Raises:
        PassingFaultError: the platform may answer later.
        RefusedError: it refuses.
    """
    return _shared(platform, "running", platform.running_launches)


def _shared(platform: AnyPlatform, what: str, ask: Callable[[], Iterable[Listed]]) -> Sequence[Listed]:
    key = (type(platform), platform.listing_key, what)
    with _registry:
        listing = _listings.setdefault(key, _Listing())
        listing.users += 1
    try:
        return listing.answer.get(lambda: tuple(ask()))
    finally:
        with _registry:
            listing.users -= 1
            if not listing.users:
                del _listings[key]


class _Listing:
    """The listings of one place, while a caller needs one."""

    def __init__(self) -> None:
        self.users = 0
        self.answer: SharedAnswer[Sequence[Listed]] = SharedAnswer()
