"""Launches that a platform lists, looked up once for all runs of this process that ask at the same time."""

from collections.abc import Hashable, Sequence
from threading import Lock

from dagster_pipes_jvm.run.port import AnyPlatform, Listed

_registry = Lock()
_listings: dict[Hashable, "_Listing"] = {}


def listed_launches(platform: AnyPlatform) -> Sequence[Listed]:
    """What the platform lists, newest first, in a listing that began after this call: an older one may lack what is looked for.

    While one listing is under way, all who ask wait for the next one and share it.

    Raises:
        PassingFaultError: the platform may answer later.
        RefusedError: it refuses.
    """
    key = (type(platform), platform.listing_key)
    with _registry:
        listing = _listings.setdefault(key, _Listing())
        listing.users += 1
        asked_at = listing.begun
    try:
        return listing.get(platform, after=asked_at)
    finally:
        with _registry:
            listing.users -= 1
            if not listing.users:
                del _listings[key]


class _Listing:
    """The listings of one place, while anybody asks for one. Threads: any; one asks the platform, the others wait."""

    def __init__(self) -> None:
        self.users = 0
        self.begun = 0
        """How many listings have begun."""
        self._lock = Lock()
        self._found: Sequence[Listed] = ()
        self._found_in = 0

    def get(self, platform: AnyPlatform, *, after: int) -> Sequence[Listed]:
        """The latest listing, where it is one after this many; else a new one."""
        with self._lock:
            if self._found_in <= after:
                self.begun += 1
                self._found = tuple(platform.launches())
                self._found_in = self.begun
            return self._found
