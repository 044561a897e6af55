"""Launches that a platform lists, looked up once for all runs of this process that ask at the same time."""

from collections.abc import Hashable, Sequence
from threading import Lock

from dagster_pipes_jvm.run.patience import Clock
from dagster_pipes_jvm.run.port import AnyPlatform, Listed

_registry = Lock()
_listings: dict[Hashable, "_Listing"] = {}


def listed_launches(platform: AnyPlatform, clock: Clock, *, not_before: float) -> Sequence[Listed]:
    """What the platform lists, newest first.

    Args:
        platform: the platform.
        clock: the time.
        not_before: the moment, by this clock, before which the listing may not have begun: another run's is taken if it has not.

    Raises:
        PassingFaultError: the platform may answer later.
        RefusedError: it refuses.
    """
    key = (type(platform), platform.listing_key)
    with _registry:
        listing = _listings.setdefault(key, _Listing())
        listing.users += 1
    try:
        return listing.get(platform, clock, not_before)
    finally:
        with _registry:
            listing.users -= 1
            for other, unused in list(_listings.items()):
                if not unused.users and other != key:
                    del _listings[other]  # One of another place; that of this one stays, for who comes soon.


class _Listing:
    """The last listing of one place. Threads: any; one asks, the others wait and take what it got."""

    def __init__(self) -> None:
        self.users = 0
        self._lock = Lock()
        self._begun: float | None = None
        self._clock: Clock | None = None
        self._found: Sequence[Listed] = ()

    def get(self, platform: AnyPlatform, clock: Clock, not_before: float) -> Sequence[Listed]:
        with self._lock:
            if self._begun is None or self._begun < not_before or self._clock is not clock:
                begun = clock.now()
                self._begun = None
                self._found = tuple(platform.launches())
                self._begun, self._clock = begun, clock
            return self._found
