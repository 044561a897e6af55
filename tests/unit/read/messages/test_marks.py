import json
from typing import Any

import pytest

from dagster_pipes_jvm.errors import PassingFaultError, S3AccessError
from dagster_pipes_jvm.read.messages.lines import MessageLines
from dagster_pipes_jvm.read.messages.marks import HandledMarks, MarksPlace
from tests.support.numbered import SESSION, TEXTS, TOKEN, Session, account, numbered_handler
from tests.support.recording import RecordingHandler


class Memory:
    """A place for marks; `fault` is raised instead of an answer."""

    def __init__(self, text: str | None = None) -> None:
        self.text = text
        self.writes = 0
        self.fault: Exception | None = None

    def read(self) -> str | None:
        if self.fault:
            raise self.fault
        return self.text

    def write(self, text: str) -> None:
        self.writes += 1
        if self.fault:
            raise self.fault
        self.text = text


def marks(handler: RecordingHandler, memory: Memory, **options: Any) -> HandledMarks:
    place = MarksPlace(memory.read, memory.write)
    is_wanted = options.pop("is_wanted", lambda: True)
    return HandledMarks(account(handler), place, is_wanted, handler.warnings.append, **options)


def fed(handler: RecordingHandler, *lines: str) -> RecordingHandler:
    source = MessageLines(handler, "the store")  # type: ignore[arg-type]  # a recorder of the handler's calls
    source.feed_text("\n".join(lines), "chunk 1")
    source.finish()
    return handler


def resumed(memory: Memory) -> RecordingHandler:
    handler = numbered_handler()
    marks(handler, memory).load()
    return handler


def test_a_later_reader_repeats_reports_and_lifecycle_messages_and_no_marked_log_line() -> None:
    memory, first = Memory(), numbered_handler()
    fed(first, *SESSION[:4])
    marks(first, memory).write()
    assert json.loads(memory.text or "") == {"run_token": TOKEN, "handled": {"x7c2j": [[1, 3]], "x7c2p": [[1, 1]]}}
    second = fed(resumed(memory), *SESSION)
    assert second.texts == ["opened", "report_custom_message", "closed"]
    assert second.warnings == []
    assert account(second).verdict(no_messages_text="", silence="") is None


def test_lines_since_the_last_mark_are_logged_again_and_those_that_come_late_are_not() -> None:
    session, memory, first = Session(), Memory(), numbered_handler()
    lines = [session.opened(), *(session.log(f"{n}") for n in range(2, 7)), session.closed()]
    fed(first, *lines[:2], *lines[3:5])  # The third is missing.
    marks(first, memory).write()
    fed(first, lines[5])
    second = fed(resumed(memory), *lines[:2], lines[5], lines[6], lines[4], lines[3], lines[2])
    assert second.texts == ["opened", "6", "closed", "3"]
    assert account(second).is_whole


def test_marks_of_the_earlier_reader_are_kept_by_the_next_one() -> None:
    memory = Memory()
    marks(fed(numbered_handler(), *SESSION[:4]), memory).write()
    second = resumed(memory)
    fed(second, SESSION[0])
    marks(second, memory).write()
    assert fed(resumed(memory), *SESSION).texts == ["opened", "report_custom_message", "closed"]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "{",
            "null",
            "[]",
            "7",
            '{"run_token":"k3f9a1"}',
            '{"run_token":"k3f9a1","handled":[]}',
            "\x00" * 30,
            "[" * 9999,
        ),
        '{"run_token":"k3f9a1","handled":{"x7c2j":[[1,3]],"x7c2p":[[1,',
        *(
            f'{{"run_token":"k3f9a1","handled":{{"x7c2j":{value}}}}}'
            for value in ("7", "[1]", "[[1]]", "[[3,1]]", "[[0,5]]")
        ),
        *(
            f'{{"run_token":"k3f9a1","handled":{{"x7c2j":[[1,{value}]]}}}}'
            for value in ("true", '"3"', "2.5", "-1", "null")
        ),
        '{"run_token":"zzzzzz","handled":{"x7c2j":[[1,4]]}}',
    ],
)
def test_damaged_marks_lose_no_line(text: str) -> None:
    handler = resumed(Memory(text))
    (warning,) = handler.warnings
    assert warning.startswith("the marks of handled lines cannot be used: ")
    assert warning.endswith("Log lines of the earlier attempt are logged again.")
    assert fed(handler, *SESSION).texts == TEXTS


def test_no_marks_are_no_fault_and_a_store_that_does_not_answer_costs_a_warning() -> None:
    assert resumed(Memory()).warnings == []
    memory = Memory()
    memory.fault = PassingFaultError("SlowDown.")
    handler = resumed(memory)
    assert len(handler.warnings) == 1
    assert fed(handler, *SESSION).texts == TEXTS


def test_a_place_that_may_not_be_written_costs_one_warning() -> None:
    memory, handler = Memory(), numbered_handler()
    memory.fault = S3AccessError("AccessDenied.", code="AccessDenied")
    written = marks(handler, memory, interval_seconds=0.0)
    for line in SESSION:
        fed(handler, line)
        written.tick()
    assert memory.writes == len(SESSION)
    assert len(handler.warnings) == 1
    assert "AccessDenied" in handler.warnings[0]


def test_marks_are_written_at_an_interval_and_only_if_there_are_new_ones_that_are_wanted() -> None:
    memory, handler = Memory(), numbered_handler()
    patient = marks(handler, memory, interval_seconds=3600.0)
    patient.tick()
    assert memory.writes == 0  # There is nothing to mark.
    fed(handler, SESSION[0])
    patient.tick()
    assert memory.writes == 1
    fed(handler, SESSION[1])
    patient.tick()
    assert memory.writes == 1
    patient.write()
    patient.write()
    assert memory.writes == 2
    impatient = marks(handler, memory, interval_seconds=0.0)
    for _ in range(3):
        impatient.tick()
    assert memory.writes == 3
    marks(handler, memory, is_wanted=lambda: False).write()
    assert memory.writes == 3
