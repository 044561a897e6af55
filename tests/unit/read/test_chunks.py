from threading import Event
from typing import Any

import pytest

from dagster_pipes_jvm.read import chunks
from dagster_pipes_jvm.read.chunks import PassingFaultError, read_chunks


class Lines:
    """Takes what a `MessageLines` takes."""

    def __init__(self) -> None:
        self.fed: list[tuple[str, str]] = []
        self.warned: list[str] = []

    def feed(self, line: str, where: str) -> None:
        self.fed.append((line, where))

    def warn(self, what: str) -> None:
        self.warned.append(what)

    def finish(self) -> None:
        pass


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_FAULT_PAUSE_SECONDS", 0)


def ended() -> Event:
    event = Event()
    event.set()
    return event


def test_chunks_are_read_in_order_to_the_first_that_is_not_there() -> None:
    lines: Any = Lines()
    read_chunks({1: "a\nb", 2: "c", 4: "never"}.get, lines, ended(), 3600)
    assert lines.fed == [("a", "chunk 1, line 1"), ("b", "chunk 1, line 2"), ("c", "chunk 2, line 1")]


def test_a_store_that_does_not_answer_for_a_while_costs_nothing() -> None:
    """One SlowDown used to end the reader of a job that ran on for hours."""
    lines: Any = Lines()
    faults = [PassingFaultError("SlowDown")] * 3

    def fetch(index: int) -> str | None:
        if index == 2 and faults:
            raise faults.pop()
        return {1: "a", 2: "b"}.get(index)

    read_chunks(fetch, lines, ended(), 3600)
    assert [line for line, _ in lines.fed] == ["a", "b"]
    assert lines.warned == ["chunk 2 cannot be read now, trying again: SlowDown"]


def test_a_store_that_does_not_come_back_is_given_up_after_the_writers_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_FAULT_LIMIT_SECONDS", -1)

    def fetch(index: int) -> str | None:
        raise PassingFaultError("SlowDown")

    lines: Any = Lines()
    with pytest.raises(PassingFaultError, match="SlowDown"):
        read_chunks(fetch, lines, ended(), 3600)


def test_what_comes_behind_closed_is_read_too() -> None:
    """dagster_pipes writes `closed` and then the last captured output, in a chunk of its own."""
    lines: Any = Lines()
    closed = '{"__dagster_pipes_version": "0.1", "method": "closed", "params": {}}'
    read_chunks({1: closed, 2: "the last output"}.get, lines, ended(), 3600)
    assert [line for line, _ in lines.fed] == [closed, "the last output"]
