import tracemalloc
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_pipes_jvm.read.messages.account import RunAccount
from dagster_pipes_jvm.read.messages.accounted import account_of
from dagster_pipes_jvm.read.messages.lines import MessageLines, hand_over_undelivered
from dagster_pipes_jvm.read.messages.undelivered import Undelivered
from dagster_pipes_jvm.wire import decode_line
from tests.support.recording import OPENED, RecordingHandler, log, message


def closed(messages: int) -> str:
    return message("closed", dagster_pipes_jvm={"messages": messages, "dropped_log_lines": 0})


def delivered(arrived: list[str], printed: list[str]) -> Any:
    """A handler that got the first by a channel, and the second from the driver's stderr."""
    handler: Any = RecordingHandler()
    # stderr is read while the channel is.
    for line in printed:
        account_of(handler).undelivered.take(line, decode_line(line))
    channel = MessageLines(handler, "s3://bucket/prefix")
    for line in arrived:
        channel.feed(line, "a line")
    channel.finish()
    hand_over_undelivered(handler)
    hand_over_undelivered(handler)  # A client that makes sure finds nothing more.
    return handler


def test_what_could_not_be_sent_is_handled_behind_what_arrived_and_makes_the_delivery_whole() -> None:
    handler = delivered([OPENED, log("a")], [log("b"), log("c"), closed(5)])
    assert handler.texts == ["opened", "a", "b", "c", "closed"]
    assert account_of(handler).is_complete
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
        assert account_of(handler).is_complete
    else:
        # Without the count the longest overlap is taken: what is alike may be left out, and nothing is handled twice.
        assert len(handler.texts) <= len(lines)
        assert handler.texts[-1] == "closed"


def test_messages_that_neither_arrived_nor_were_printed_are_still_missing() -> None:
    handler = delivered([OPENED, log("a")], [log("d"), closed(6)])
    assert handler.texts == ["opened", "a", "d", "closed"]
    assert account_of(handler).session().missing_messages == 2


def test_a_session_of_which_nothing_arrived_is_taken_whole() -> None:
    handler = delivered([], [OPENED, log("a"), closed(3)])
    assert handler.texts == ["opened", "a", "closed"]
    assert account_of(handler).is_complete


def test_output_that_was_captured_behind_closed_is_not_lost() -> None:
    output = message("log_external_stream", {"stream": "stdout", "text": "x"})
    handler = delivered([OPENED, log("a"), closed(3)], [log("a"), closed(3), output])
    assert handler.texts == ["opened", "a", "closed", "log_external_stream"]


def test_what_an_attempt_printed_that_does_not_count_is_forgotten() -> None:
    handler: Any = RecordingHandler()
    account_of(handler).undelivered.take(log("old"), decode_line(log("old")))
    account_of(handler).undelivered.forget()
    account_of(handler).undelivered.take(log("new"), decode_line(log("new")))
    hand_over_undelivered(handler)
    assert handler.texts == ["new"]


def test_a_gigabyte_of_it_is_kept_on_disk() -> None:
    account = RunAccount(undelivered=Undelivered(memory_bytes=1000))
    padding = "x" * 10_000
    tracemalloc.start()
    try:
        for number in range(500):
            line = log(f"\ud83d {number} {padding}")
            account.undelivered.take(line, decode_line(line))
        kept_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept_bytes < 1_000_000
    with account.undelivered.taken_out(account.session()) as lines:
        assert lines is not None
        assert lines.count == 500
        assert [(n, decode_line(line)["params"]) for n, line in lines.others] == [
            (number + 1, {"message": f"\ud83d {number} {padding}", "level": "INFO"}) for number in range(500)
        ]
