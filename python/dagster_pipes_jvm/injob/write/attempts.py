"""A prefix of its own for each attempt of one application; `dagsterpipes.write.Attempts` on the JVM."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Optional

from dagster_pipes_jvm.injob.write.limits import MAX_ATTEMPTS

# container_e17_1410901177871_0001_02_000001: epoch (may be left out), cluster's start, application, attempt, container.
_CONTAINER_ID = re.compile(r"container_(?:e\d+_)?(\d+_\d+)_(\d+)_\d+")


def free_folders(is_there: Callable[[str], Optional[bool]], key_prefix: str, yarn_attempt: int) -> Iterator[str]:
    """The free folders of a run, in order: empty, or with a slash at the end.

    The first session writes under `KEY_PREFIX/`, a later one under `KEY_PREFIX/attempt-2/`, ...: the first place without a
    `1.json`. An attempt that died before its first chunk leaves no gap.

    Args:
        is_there: whether an object is there; `None` where this process may not look, and YARN's number decides then.
        key_prefix: may be empty.
        yarn_attempt: see `attempt_of_container`.
    """
    first = f"{key_prefix}/" if key_prefix else ""
    for attempt in range(2 if yarn_attempt > 1 else 1, MAX_ATTEMPTS + 1):
        there = is_there(f"{_folder(first, attempt)}1.json")
        if not there:
            yield _folder(first, max(attempt, yarn_attempt) if there is None else attempt)
    raise RuntimeError(f"{first} has {MAX_ATTEMPTS} folders")


def attempt_of_container(container_id: Optional[str]) -> Optional[int]:
    """The attempt that this YARN container (environment variable `CONTAINER_ID`) belongs to; `None` if that is unknown."""
    found = _CONTAINER_ID.fullmatch(container_id or "")
    return (int(found.group(2)) or None) if found else None


def application_of_container(container_id: Optional[str]) -> Optional[str]:
    """The application that this YARN container belongs to, such as `application_1410901177871_0001`."""
    found = _CONTAINER_ID.fullmatch(container_id or "")
    return f"application_{found.group(1)}" if found else None


def _folder(first: str, attempt: int) -> str:
    return first if attempt == 1 else f"{first}attempt-{attempt}/"
