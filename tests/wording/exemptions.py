"""The list of old files, each with the number of findings that it still has. The list may only shrink."""

from collections.abc import Mapping
from pathlib import Path

LIST = Path(__file__).with_name("exempt.txt")
_HEAD = "# Old files and their findings. Written by `python -m tests.wording --shrink`; the total may only fall."


class ListGrowsError(Exception):
    """The new list would allow more findings than the old one."""


def parse(text: str) -> dict[str, int]:
    """The findings by path. A merge may leave a path twice; the smaller number counts."""
    exempt: dict[str, int] = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            count, path = line.split(None, 1)
            exempt[path] = min(int(count), exempt.get(path, int(count)))
    return exempt


def render(exempt: Mapping[str, int]) -> str:
    """The list as a file, by path."""
    return "\n".join([_HEAD, *(f"{count:4} {path}" for path, count in sorted(exempt.items())), ""])


def shrunk(old: Mapping[str, int] | None, counts: Mapping[str, int]) -> dict[str, int]:
    """The new list.

    Moved files keep their findings, because only the total is compared.

    Args:
        old: the present list; `None` to begin one.
        counts: the findings of every checked file.

    Raises:
        ListGrowsError: there are more findings than in the old list.
    """
    new = {path: count for path, count in counts.items() if count}
    if old is not None and sum(new.values()) > sum(old.values()):
        more = [f"{path}: {old.get(path, 0)} -> {n}" for path, n in sorted(new.items()) if n > old.get(path, 0)]
        raise ListGrowsError(
            f"The tree has {sum(new.values())} findings, and the list allows {sum(old.values())}. Correct the new ones;"
            " `python -m tests.wording --all FILE` shows them. Files with more findings than listed:\n  "
            + "\n  ".join(more)
        )
    return new


def complaints(exempt: Mapping[str, int], counts: Mapping[str, int]) -> list[str]:
    """The differences between the list and the tree, except files with too many findings."""
    found = []
    for path, allowed in sorted(exempt.items()):
        count = counts.get(path)
        if count is None:
            found.append(f"{path}: listed, but this file does not exist.")
        elif count == 0:
            found.append(f"{path}: listed, but this file has become clean.")
        elif count < allowed:
            found.append(f"{path}: listed with {allowed} findings, but this file has only {count} now.")
    return found
