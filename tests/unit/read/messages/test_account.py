from typing import Any

import pytest

from dagster_pipes_jvm.errors import MessagesMissingError, PipesNotClosedError
from dagster_pipes_jvm.read.messages.account import delivery_of
from dagster_pipes_jvm.read.messages.lines import MessageLines
from tests.support.recording import CLOSED, OPENED, RecordingHandler, log, message


def closed(messages: int, dropped: int = 0) -> str:
    """As the JVM writes it for a reader that asked for the count."""
    return message("closed", dagster_pipes_jvm={"messages": messages, "dropped_log_lines": dropped})


def fed(*lines: str) -> RecordingHandler:
    handler: Any = RecordingHandler()
    source = MessageLines(handler, "s3://bucket/prefix")
    for number, line in enumerate(lines, start=1):
        source.feed(line, f"line {number}")
    source.finish()
    kept: RecordingHandler = handler
    delivery_of(kept).say(kept.warnings.append)
    return kept


def test_a_session_that_arrived_whole_is_complete() -> None:
    delivery = delivery_of(fed(OPENED, log("a"), closed(3)))
    assert delivery.is_complete
    delivery.check_complete()
    delivery.check_closed("")


def test_missing_messages_are_counted_and_it_is_said_where_they_should_be() -> None:
    handler = fed(OPENED, log("a"), closed(7))
    assert delivery_of(handler).missing_messages == 4
    assert handler.warnings == ["4 of the 7 messages that the job sent did not arrive."]
    with pytest.raises(MessagesMissingError) as caught:
        delivery_of(handler).check_complete()
    assert str(caught.value) == (
        "The job ended, but 4 of 7 messages that the job sent did not arrive. They should be in s3://bucket/prefix, or on the"
        " driver's stderr. See TROUBLESHOOTING.md#messages-missing"
    )


def test_a_line_that_is_no_message_has_arrived_all_the_same() -> None:
    assert delivery_of(fed(OPENED, "123", closed(3))).is_complete


def test_output_that_is_captured_behind_closed_makes_up_for_nothing() -> None:
    output = message("log_external_stream", {"stream": "stdout", "text": "x"})
    assert delivery_of(fed(OPENED, closed(3), output)).missing_messages == 1


def test_a_message_that_is_cut_off_is_missing() -> None:
    with pytest.raises(MessagesMissingError, match="but line 2 is cut off"):
        delivery_of(fed(OPENED, log("a")[:30], closed(3))).check_complete()


def test_dropped_log_lines_are_said_and_are_not_missing() -> None:
    handler = fed(OPENED, log("a"), closed(3, dropped=12))
    assert delivery_of(handler).is_complete
    assert handler.warnings == [
        "the job had to drop 12 log line(s), because they could not be sent and its disk was full."
    ]


def test_a_writer_that_does_not_count_is_believed() -> None:
    assert delivery_of(fed(OPENED, CLOSED)).is_complete


def test_each_session_of_a_job_counts_its_own() -> None:
    assert delivery_of(fed(OPENED, log("a"), closed(3), OPENED, closed(3))).missing_messages == 1


def test_all_sources_of_a_run_count_together() -> None:
    """What the channel could not deliver is found on stderr, by another reader."""
    handler: Any = RecordingHandler()
    chunks, stderr = MessageLines(handler, "s3://bucket/prefix"), MessageLines(handler, "stderr")
    chunks.feed(OPENED, "chunk 1, line 1")
    stderr.feed_output(log("a"), "line 8")
    stderr.feed_output(closed(4), "line 9")
    with pytest.raises(MessagesMissingError, match=r"1 of 4 .* in s3://bucket/prefix and stderr"):
        delivery_of(handler).check_complete()


def test_a_session_that_never_opened_is_told_from_one_that_never_closed() -> None:
    with pytest.raises(PipesNotClosedError, match=r"never opened its Pipes session\. Looked there\. See"):
        delivery_of(fed()).check_closed("Looked there.")
    with pytest.raises(
        PipesNotClosedError, match=r"never closed it; 2 messages arrived, the last one .*the last words"
    ):
        delivery_of(fed(OPENED, log("the last words"))).check_closed("")
