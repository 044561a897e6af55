import json
from typing import Any

from dagster_pipes_jvm.injob.identity import Numbers
from dagster_pipes_jvm.injob.write.buffer import MessageBuffer
from dagster_pipes_jvm.injob.write.limits import MAX_CHUNK_BYTES
from tests.unit.injob.messages import CLOSED, log, report


def buffer(limit_bytes: int, session: str = "") -> MessageBuffer:
    return MessageBuffer(limit_bytes, Numbers(session, "none"))


def take_all(source: MessageBuffer) -> list[list[dict[str, Any]]]:
    chunks = []
    while source.chunks:
        chunk = source.take()
        lines = chunk.body.split(b"\n")
        assert len(lines) == chunk.lines
        chunks.append([json.loads(line) for line in lines])
    return chunks


def messages(source: MessageBuffer) -> list[dict[str, Any]]:
    return [message for chunk in take_all(source) for message in chunk]


def test_a_chunk_has_at_most_2_mib_and_a_longer_line_is_one_of_its_own() -> None:
    waiting = buffer(1 << 30)
    for size in [1_000_000] * 9 + [MAX_CHUNK_BYTES + 1, 5]:
        waiting.add(log("x" * size))
    sizes = [[len(m["params"]["message"]) for m in chunk] for chunk in take_all(waiting)]
    assert sizes == [*([[1_000_000] * 2] * 4), [1_000_000], [MAX_CHUNK_BYTES + 1], [5]]


def test_beyond_the_limit_log_lines_are_dropped_and_said_at_their_place_and_reports_are_kept() -> None:
    waiting = buffer(5_000, "A0000")
    for n in range(9):
        waiting.add(log(f"{n}" + "d" * 999))
    waiting.add(report(1))
    waiting.add(log("too late"))
    assert waiting.notice.startswith(
        "log lines are dropped from here on: the message store does not take them, and 5000"
    )
    waiting.add(CLOSED)
    got = messages(waiting)
    assert [m["params"]["message"][0] for m in got[:4]] == ["0", "1", "2", "3"]
    assert [m["method"] for m in got[4:]] == ["report_custom_message", "log", "closed"]
    assert got[5]["params"]["message"].startswith("6 log line(s) of this job were dropped here")
    # They have no number: what arrives has no gap.
    assert [m["n"] for m in got] == [f"A0000p.{n}" for n in range(1, 8)]
    assert got[-1]["dagster_pipes_jvm"] == {"messages": {"p": 7}, "dropped_log_lines": 6}


def test_once_half_of_the_limit_is_free_log_lines_are_taken_again_behind_the_warning() -> None:
    waiting = buffer(4 * MAX_CHUNK_BYTES, "A0000")
    for _ in range(5):
        waiting.add(log("d" * (MAX_CHUNK_BYTES - 200)))
    before = [waiting.take(), waiting.take()]
    waiting.add(log("again"))
    got = [json.loads(line) for chunk in before for line in chunk.body.split(b"\n")] + messages(waiting)
    assert [m["params"]["message"][:11] for m in got[-2:]] == ["1 log line(", "again"]
    assert [m["n"] for m in got] == [f"A0000p.{n}" for n in range(1, 7)]


def test_without_closed_the_warning_comes_at_the_end() -> None:
    waiting = buffer(100)
    waiting.add(log("d" * 100))
    assert messages(waiting) == []
    waiting.finish()
    (warning,) = messages(waiting)
    assert warning["params"]["level"] == "WARNING"


def test_a_chunk_is_ready_if_it_is_full_or_has_an_urgent_line() -> None:
    waiting = buffer(1 << 30)
    waiting.add(log("a"))
    assert not waiting.first_is_ready
    waiting.add(report(1))
    assert waiting.first_is_ready
    waiting.take()
    waiting.add(log("b"))
    oldest = waiting.chunks[0].oldest
    waiting.add(log("c" * MAX_CHUNK_BYTES))
    assert waiting.first_is_ready
    assert waiting.chunks[0].oldest == oldest


def test_a_session_that_was_refused_begins_again_at_1() -> None:
    waiting = buffer(1 << 20, "A0000")
    waiting.add(log("a"))
    waiting.reset()
    assert waiting.lines == 0
    waiting.add(log("b"))
    assert [m["n"] for m in messages(waiting)] == ["A0000p.1"]
