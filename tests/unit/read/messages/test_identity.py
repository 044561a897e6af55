import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_pipes_jvm.read.messages.account import RunAccount
from dagster_pipes_jvm.read.messages.identity import Identity, Numbers, new_run_token, parse_identity


def test_an_identity_is_read() -> None:
    assert parse_identity("k3f9a1x7c2j.123") == Identity("k3f9a1", "x7c2", "j", 123)
    # A token may have any length, and letters and digits of any case.
    assert parse_identity("0x7c2p.1") == Identity("0", "x7c2", "p", 1)
    assert parse_identity(f"{'Z' * 32}x7c2p.999999999999999999") == Identity("Z" * 32, "x7c2", "p", 10**18 - 1)


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 7, 1.5, [], {}, ""),
        *("k3f9a1x7c2j.0", "k3f9a1x7c2j.-1", "k3f9a1x7c2j.007", "k3f9a1x7c2j.+1", "k3f9a1x7c2j.1e3", "k3f9a1x7c2j. 1"),
        *(
            "k3f9a1x7c2j.",
            "k3f9a1x7c2j",
            "k3f9a1x7c2.1",
            "k3f9a1x7c2x.1",
            "x7c2j.1",
            "k3f9a1x7c2j.1\n",
            "k3f9a1x7C2j.1",
        ),
        *(
            "k3f9a1x7c2j.\u0661",
            f"k3f9a1x7c2j.1{'0' * 18}",
            f"k3f9a1x7c2j.{'9' * 5000}",
            f"{'z' * 33}x7c2j.1",
            "k\u00e9x7c2j.1",
        ),
    ],
)
def test_every_other_value_is_no_identity(value: object) -> None:
    assert parse_identity(value) is None


def test_a_token_is_random_and_six_characters_long() -> None:
    tokens = {new_run_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"[a-z0-9]{6}", token) for token in tokens)
    assert RunAccount().run_token != RunAccount().run_token


def test_a_run_keeps_the_token_that_it_has_and_takes_no_invalid_one() -> None:
    assert RunAccount(run_token="Abc123").run_token == "Abc123"
    account = RunAccount(run_token="not a token")
    assert re.fullmatch(r"[a-z0-9]{6}", account.run_token)
    account.adopt_token(None)
    account.adopt_token("")
    assert re.fullmatch(r"[a-z0-9]{6}", account.run_token)
    account.adopt_token("k3f9a1")
    assert account.run_token == "k3f9a1"


@given(st.lists(st.integers(1, 30), max_size=60), st.integers(0, 30))
def test_numbers_are_a_set(added: list[int], last: int) -> None:
    numbers = Numbers()
    assert [numbers.add(one) for one in added] == [one not in added[:at] for at, one in enumerate(added)]
    assert [one for one in range(1, 32) if one in numbers] == sorted(set(added))
    assert len(numbers) == len(set(added))
    assert numbers.next == max(added, default=0) + 1
    missing = [one for first, until in numbers.missing(last) for one in range(first, until + 1)]
    assert missing == [one for one in range(1, last + 1) if one not in added]
    # As few intervals as possible.
    assert all(
        later > until + 1 for (_, until), (later, _) in zip(numbers.intervals, numbers.intervals[1:], strict=False)
    )
    assert Numbers(numbers.intervals).intervals == numbers.intervals
    assert Numbers((one, one) for one in added).intervals == numbers.intervals
    before = len(numbers)
    numbers.extend(3)
    assert len(numbers) == before + 3


def test_a_million_numbers_in_a_row_are_one_interval() -> None:
    numbers = Numbers()
    for number in range(1, 1_000_001):
        numbers.add(number)
    assert numbers.intervals == [(1, 1_000_000)]
