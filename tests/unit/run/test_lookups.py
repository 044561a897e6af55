"""One listing of launches serves all that ask at the same time, and is never older than the question."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any, cast

import pytest

from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm.run.jobs import Listed, RefusedError
from dagster_pipes_jvm.run.lookups import listed_launches
from tests.support.emr import until_true


class Place:
    """Lists what was launched; a listing that is held says what there was when it began."""

    def __init__(self) -> None:
        self.listing_key = id(self)
        self.launched: list[int] = []
        self.listings = 0
        self.may_answer = Event()
        self.may_answer.set()

    def launches(self) -> Sequence[Listed]:
        self.listings += 1
        found = list(self.launched)
        assert self.may_answer.wait(60)
        return [Listed(LaunchIdentity("run", "step", number), None) for number in found]


def numbers(place: Place) -> list[int]:
    return [listed.mark.retry_number for listed in listed_launches(cast("Any", place))]


def test_who_asks_while_a_listing_is_under_way_shares_the_next_one() -> None:
    place = Place()
    place.may_answer.clear()
    with ThreadPoolExecutor(20) as pool:
        first = pool.submit(numbers, place)
        until_true(lambda: place.listings == 1)
        place.launched.append(1)  # The listing under way does not know of it.
        others = [pool.submit(numbers, place) for _ in range(19)]
        place.may_answer.set()
        assert first.result() == []
        assert [one.result() for one in others] == [[1]] * 19
    # Those who came while the second one was under way have had a third.
    assert place.listings <= 3


def test_a_later_question_is_asked_anew() -> None:
    place = Place()
    assert numbers(place) == []
    place.launched.append(1)
    assert numbers(place) == [1]


def test_a_listing_that_fails_is_the_next_ones_to_try_again() -> None:
    place = Place()

    def refuse() -> Any:
        raise RefusedError("forbidden")

    allowed, place.launches = place.launches, refuse  # type: ignore[method-assign]  # the test changes the answer of the fake
    with pytest.raises(RefusedError):
        numbers(place)
    place.launches = allowed  # type: ignore[method-assign]  # the test changes the answer of the fake
    place.launched.append(1)
    assert numbers(place) == [1]
