"""The picture of the house in `CONTRIBUTING.md` shows the imports; `make lint` and `sbt testAll` hold the floors."""

import re

import pytest

from tests.support.floors import BEGIN, END, PAGE, jvm_floors, jvm_imports, picture, python_floors, python_imports


def test_the_picture_is_what_the_imports_are() -> None:
    shown = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert shown == picture(), "Run `python -m tests.support.floors`."


@pytest.mark.parametrize("floor", python_floors())
def test_a_floor_of_python_imports_floors_below_it_alone(floor: str) -> None:
    order = python_floors()
    assert {order.index(name) for name in python_imports(floor)} <= set(range(order.index(floor) + 1, len(order)))


@pytest.mark.parametrize("number", range(len(jvm_floors())))
def test_a_floor_of_the_jvm_imports_floors_below_it_alone(number: int) -> None:
    below = {package for floor in jvm_floors()[number + 1 :] for package in floor}
    for package in jvm_floors()[number]:
        assert jvm_imports(package) <= below


def test_every_sentence_of_the_picture_says_something() -> None:
    purposes = re.findall(r"^\| `[^`]+` \| ([^|]*) \|", picture(), re.MULTILINE)
    assert len(purposes) == len(python_floors()) + sum(map(len, jvm_floors()))
    assert all(len(purpose.split()) > 3 for purpose in purposes)
