from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_pipes_jvm.read.messages.account import delivery_of
from dagster_pipes_jvm.read.messages.lines import MessageLines
from dagster_pipes_jvm.read.messages.undelivered import undelivered_of
from dagster_pipes_jvm.wire import decode_line
from tests.support.recording import OPENED, RecordingHandler, log, message


def closed(messages: int) -> str:
    return message("closed", dagster_pipes_jvm={"messages": messages, "dropped_log_lines": 0})


def delivered(arrived: list[str], printed: list[str]) -> Any:
    """A handler that got the first by a channel, and the second from the driver's stderr."""
    handler: Any = RecordingHandler()
    # stderr is read while the channel is.
    for line in printed:
        undelivered_of(handler).take(line, decode_line(line))
    channel = MessageLines(handler, "s3://bucket/prefix")
    for line in arrived:
        channel.feed(line, "a line")
    channel.finish()
    undelivered_of(handler).hand_over(handler)
    undelivered_of(handler).hand_over(handler)  # A client that makes sure finds nothing more.
    return handler


def test_what_could_not_be_sent_is_handled_behind_what_arrived_and_makes_the_delivery_whole() -> None:
    handler = delivered([OPENED, log("a")], [log("b"), log("c"), closed(5)])
    assert handler.texts == ["opened", "a", "b", "c", "closed"]
    assert delivery_of(handler).is_complete
    assert handler.warnings == [
        "[pipes] the driver's stderr: the job could not send its last 3 message(s), and wrote them here; they are handled now."
    ]


# Few texts, so that many messages are alike, as ticks of progress are.
@settings(derandomize=True, database=None, deadline=None)
@given(st.lists(st.sampled_from("ab"), min_size=1, max_size=12), st.integers(0, 12), st.integers(0, 12), st.booleans())
def test_what_arrived_all_the_same_is_not_handled_twice(
    texts: list[str], arrived: int, printed_from: int, is_counted: bool
) -> None:
    lines = [OPENED, *map(log, texts), closed(len(texts) + 2) if is_counted else message("closed")]
    arrived = min(arrived, len(lines))
    printed_from = min(printed_from, arrived)
    handler = delivered(lines[:arrived], lines[printed_from:])
    if is_counted:
        assert handler.texts == ["opened", *texts, "closed"]
        assert delivery_of(handler).is_complete
    else:
        # Without the count the longest overlap is taken: what is alike may be left out, and nothing is handled twice.
        assert len(handler.texts) <= len(lines)
        assert handler.texts[-1] == "closed"


def test_messages_that_neither_arrived_nor_were_printed_are_still_missing() -> None:
    handler = delivered([OPENED, log("a")], [log("d"), closed(6)])
    assert handler.texts == ["opened", "a", "d", "closed"]
    assert delivery_of(handler).missing_messages == 2


def test_a_session_of_which_nothing_arrived_is_taken_whole() -> None:
    handler = delivered([], [OPENED, log("a"), closed(3)])
    assert handler.texts == ["opened", "a", "closed"]
    assert delivery_of(handler).is_complete


def test_output_that_was_captured_behind_closed_is_not_lost() -> None:
    output = message("log_external_stream", {"stream": "stdout", "text": "x"})
    handler = delivered([OPENED, log("a"), closed(3)], [log("a"), closed(3), output])
    assert handler.texts == ["opened", "a", "closed", "log_external_stream"]


def test_what_an_attempt_printed_that_does_not_count_is_forgotten() -> None:
    handler: Any = RecordingHandler()
    undelivered_of(handler).take(log("old"), decode_line(log("old")))
    undelivered_of(handler).forget()
    undelivered_of(handler).take(log("new"), decode_line(log("new")))
    undelivered_of(handler).hand_over(handler)
    assert handler.texts == ["new"]


def test_a_gigabyte_of_it_is_kept_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dagster_pipes_jvm.read.messages.undelivered._MEMORY_BYTES", 1000)
    handler: Any = RecordingHandler()
    undelivered = undelivered_of(handler)
    for number in range(100):
        undelivered.take(log(f"\ud83d {number}"), decode_line(log(f"\ud83d {number}")))
    assert undelivered._lines is not None
    assert undelivered._lines._rolled  # type: ignore[attr-defined]
    undelivered.hand_over(handler)
    assert handler.texts == [f"\ud83d {number}" for number in range(100)]
