from collections.abc import Callable
from typing import Any

import pytest

from dagster_pipes_jvm.injob.write.attempts import attempt_of_container, free_folders


def holding(*keys: str) -> Callable[[str], bool | None]:
    return lambda key: key in keys


def unknown(_: str) -> bool | None:
    return None


@pytest.mark.parametrize(
    ("is_there", "yarn_attempt", "folder"),
    [
        (holding(), 1, "p/"),
        (holding("p/1.json"), 1, "p/attempt-2/"),
        (holding("p/1.json", "p/attempt-2/1.json"), 1, "p/attempt-3/"),
        (holding(), 2, "p/attempt-2/"),  # The first attempt died before its first chunk.
        (holding("p/1.json"), 3, "p/attempt-2/"),  # The second one did: readers look for no number twice as far.
        (unknown, 1, "p/"),
        (unknown, 3, "p/attempt-3/"),
    ],
)
def test_an_attempt_writes_where_no_earlier_one_has(is_there: Any, yarn_attempt: int, folder: str) -> None:
    assert next(free_folders(is_there, "p", yarn_attempt)) == folder


def test_chunks_at_the_buckets_top_have_their_attempts_there() -> None:
    free = free_folders(holding("1.json"), "", 1)
    assert [next(free), next(free)] == ["attempt-2/", "attempt-3/"]


@pytest.mark.parametrize(
    ("container_id", "attempt"),
    [
        ("container_1410901177871_0001_01_000005", 1),
        ("container_e17_1410901177871_0001_02_000001", 2),
        ("container_1410901177871_0001_12_000001", 12),
        ("container_1410901177871_0001_00_000005", None),
        (None, None),
        ("", None),
        ("3b1f9c", None),
        ("container_1_2", None),
        ("container_1_2_x_4", None),
        ("pod_1_2_3_4", None),
    ],
)
def test_the_attempt_is_the_last_number_but_one_of_yarns_container_id(
    container_id: str | None, attempt: int | None
) -> None:
    assert attempt_of_container(container_id) == attempt
