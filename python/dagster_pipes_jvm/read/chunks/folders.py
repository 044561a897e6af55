"""The folders of one run: each has the chunks `1.json`, `2.json`, ... of one session, or of several in a row."""

import re
from collections.abc import Callable, Iterable
from typing import Final

from dagster_pipes_jvm.read.chunks.downloads import Downloads
from dagster_pipes_jvm.read.messages.channel import ChannelAccount

JVM_BASE: Final = "jvm/"
"""The base of the folders of sessions that JVM code of a PySpark job opened beside Python's own."""
_NAME = re.compile(r"(?P<base>jvm/)?(?:attempt-(?P<index>[2-9]|[1-9][0-9]+)/)?(?P<number>[1-9][0-9]*)\.json")


class Folder:
    """One folder, and how far it is read. Threads: one at a time.

    Args:
        base: the folder of the run, or `JVM_BASE`.
        index: 1 for the base itself, 2 for `attempt-2/` in it, and so on.
        channel: the account of its channel.
        fetch: the text of a chunk by its name, see `ChunkStore.fetch`.

    Attributes:
        base (str): the parameter.
        index (int): the parameter.
        channel (ChannelAccount): the parameter.
        name (str): the folder, with a slash at its end; empty for the folder of the run.
        next (int): the number of the chunk that comes next.
        downloads (Downloads): its chunks.
        poll_at (float): when to poll it again if it is polled seldom, by `time.monotonic`.
        final_since (float | None): since when its next chunk has been polled for the last time.
    """

    def __init__(self, base: str, index: int, channel: ChannelAccount, fetch: Callable[[str], str | None]) -> None:
        self.base = base
        self.index = index
        self.channel = channel
        self.name = folder_name(base, index)
        self.next = 1
        self.downloads = Downloads(lambda number: fetch(f"{self.name}{number}.json"))
        self.poll_at = 0.0
        self.final_since: float | None = None

    def holds(self, name: str) -> bool:
        """Whether a name is that of one of its chunks."""
        found = _NAME.fullmatch(name)
        return found is not None and place_of(found) == (self.base, self.index)

    def numbers_in(self, names: Iterable[str]) -> list[int]:
        """The numbers of its chunks among the names that are still to be read, in ascending order."""
        chunks = filter(None, map(_NAME.fullmatch, names))
        numbers = (int(chunk["number"]) for chunk in chunks if place_of(chunk) == (self.base, self.index))
        return sorted(number for number in numbers if number >= self.next)


def folder_name(base: str, index: int) -> str:
    """The name of a folder, with a slash at its end; empty for the folder of the run."""
    return base if index == 1 else f"{base}attempt-{index}/"


def places_in(names: Iterable[str]) -> set[tuple[str, int]]:
    """The bases and indexes of the folders that have chunks."""
    return {place_of(found) for name in names if (found := _NAME.fullmatch(name))}


def place_of(found: re.Match[str]) -> tuple[str, int]:
    """The base and the index of the folder of a chunk."""
    return found["base"] or "", int(found["index"] or 1)
