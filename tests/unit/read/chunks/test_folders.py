"""Sessions beside one another under one prefix, and attempts: who wrote a folder is known by the lines in it."""

from threading import Event
from typing import Any

import pytest

from dagster_pipes_jvm.errors import PassingFaultError
from dagster_pipes_jvm.read.chunks.reader import ChunkPatience, ChunkReader
from dagster_pipes_jvm.read.messages.faults import FaultPatience
from dagster_pipes_jvm.read.messages.lines import MessageLines
from tests.support.numbered import Session, account, numbered_handler
from tests.support.recording import CLOSED, OPENED, RecordingHandler, log
from tests.unit.read.chunks.test_reader import IMPATIENT, MemoryStore, ended


def read(
    store: MemoryStore,
    *,
    single_attempt: bool = False,
    until: Event | None = None,
    patience: ChunkPatience = IMPATIENT,
) -> RecordingHandler:
    handler = numbered_handler()
    account(handler).single_attempt = single_attempt
    lines = MessageLines(handler, "the store", holds_reports=True)  # type: ignore[arg-type]  # a recorder
    ChunkReader(store, lines, until or ended(), 0.001, patience, reads_jvm_folder=True).read()
    return handler


def judged(handler: RecordingHandler) -> str:
    verdict = account(handler).verdict(no_messages_text="", silence="say so")
    return "" if verdict is None else str(verdict.error)


def chunk(*lines: str) -> str:
    return "\n".join(lines)


@pytest.mark.parametrize("single_attempt", [True, False])
@pytest.mark.parametrize("is_listed", [True, False])
@pytest.mark.parametrize("folder", ["attempt-2/", "jvm/", "jvm/attempt-2/"])
def test_two_jvms_of_one_job_both_count(single_attempt: bool, is_listed: bool, folder: str) -> None:
    """`bash -c "java A && java B"`: B finds the chunks of A, and writes beside them."""
    a, b = Session("aaaa"), Session("bbbb")
    texts = {
        "1.json": chunk(a.opened(), a.report("a")),
        "2.json": a.closed(),
        f"{folder}1.json": chunk(b.opened(), b.log("of b")),
        f"{folder}2.json": chunk(b.report("b"), b.closed()),
    }
    handler = read(MemoryStore(texts, is_listed=is_listed), single_attempt=single_attempt)
    assert handler.texts.count("report_asset_materialization") == 2
    assert handler.texts.count("closed") == 2
    assert not any("started again" in warning for warning in handler.warnings)
    assert judged(handler) == ""


def test_of_two_jvms_the_one_that_is_not_complete_fails_the_step() -> None:
    a, b = Session("aaaa"), Session("bbbb")
    lines = [b.opened(), b.report("b"), b.closed()]
    texts = {"1.json": chunk(a.opened(), a.closed()), "attempt-2/1.json": chunk(lines[0], lines[2])}
    assert "of session bbbb, message 2 of the JVM's 3 did not arrive" in judged(read(MemoryStore(texts)))
    texts["attempt-2/1.json"] = chunk(*lines[:2])
    assert "the end of 1 of its 2 Pipes sessions did not arrive" in judged(read(MemoryStore(texts)))


def test_sessions_beside_one_another_are_read_while_they_run() -> None:
    a, b = Session("aaaa"), Session("bbbb")
    until, opened = Event(), a.opened()
    steps = {
        "attempt-2/1.json": chunk(b.opened(), b.log("b 1")),
        "2.json": a.log("a 2"),
        "attempt-2/2.json": b.log("b 2"),
        "3.json": chunk(a.log("a 3"), a.closed()),
        "attempt-2/3.json": chunk(b.log("b 3"), b.closed()),
    }

    def go_on(store: MemoryStore, name: str) -> None:
        # Each chunk appears only when it was looked for, behind the one before it.
        if name in steps and next(iter(steps)) == name:
            store.texts[name] = steps.pop(name)
        if not steps:
            until.set()

    store = MemoryStore({"1.json": opened}, is_listed=False, on_fetch=go_on)
    handler = read(store, single_attempt=True, until=until)
    assert [text for text in handler.texts if text.startswith("a ")] == ["a 2", "a 3"]
    assert [text for text in handler.texts if text.startswith("b ")] == ["b 1", "b 2", "b 3"]
    assert handler.texts[-1] == "closed"
    assert judged(handler) == ""


def test_a_poll_for_another_folder_that_fails_does_not_stop_the_chunks() -> None:
    a = Session("aaaa")
    until = Event()
    failures: list[str] = []

    def fail_beside(store: MemoryStore, name: str) -> None:
        if "/" in name and not until.is_set():
            failures.append(name)
            raise PassingFaultError("the connection was reset")
        if name == "2.json" and failures:
            store.texts[name] = chunk(a.log("a 2"), a.closed())
            until.set()

    slow = ChunkPatience(FaultPatience(first_pause_seconds=60.0), folder_interval_seconds=0.0)
    handler = read(MemoryStore({"1.json": a.opened()}, on_fetch=fail_beside), until=until, patience=slow)
    assert handler.texts == ["opened", "a 2", "closed"]
    assert judged(handler) == ""


def test_a_store_that_fails_every_second_request_is_read_to_the_end() -> None:
    """A poll of several requests never succeeds if it is repeated as a whole."""
    a, b = Session("aaaa"), Session("bbbb")
    texts = {"1.json": chunk(a.opened(), a.closed()), "jvm/1.json": chunk(b.opened(), b.closed())}
    requests: list[str] = []

    def fail_every_second(store: MemoryStore, name: str) -> None:
        requests.append(name)
        if len(requests) % 2 == 0:
            raise PassingFaultError("the connection was reset")

    handler = read(MemoryStore(texts, is_listed=False, on_fetch=fail_every_second))
    assert handler.texts == ["opened", "opened", "closed", "closed"]
    assert judged(handler) == ""


@pytest.mark.parametrize("is_listed", [True, False])
def test_an_attempt_is_one_that_its_platform_says_is_one(is_listed: bool) -> None:
    first, second = Session("aaaa", attempt=1), Session("bbbb", attempt=2)
    texts = {
        "1.json": chunk(first.opened(), first.log("first"), first.report()),
        "attempt-2/1.json": chunk(second.opened(), second.log("second"), second.report()),
        "attempt-2/2.json": second.closed(),
    }
    handler = read(MemoryStore(texts, is_listed=is_listed))
    assert handler.texts == ["opened", "first", "opened", "second", "report_asset_materialization", "closed"]
    assert handler.warnings == [
        "[pipes] the store: the job was started again: attempt 2 begins. Attempt 1 sent no end of its session that arrived; its"
        " 1 report(s) do not count."
    ]
    assert judged(handler) == ""


def test_a_zombie_attempt_is_read_and_does_not_count() -> None:
    zombie, second = Session("aaaa", attempt=1), Session("bbbb", attempt=2)
    until = Event()
    late = {"2.json": chunk(zombie.opened(), zombie.log("zombie"), zombie.report(), zombie.closed())}
    first, late["2.json"] = late["2.json"].split("\n", 1)

    def write_on(store: MemoryStore, name: str) -> None:
        if name == "attempt-2/2.json":
            store.texts.update(late)
            until.set()

    texts = {"1.json": first, "attempt-2/1.json": chunk(second.opened(), second.report(), second.closed())}
    store = MemoryStore(texts, on_fetch=write_on)
    handler = read(store, until=until)
    assert handler.texts == ["opened", "opened", "zombie", "report_asset_materialization", "closed"]
    assert len([warning for warning in handler.warnings if "which still writes after attempt 2 began" in warning]) == 1
    assert judged(handler) == ""
    assert "2.json" in store.fetched  # It is removed with the others.


def test_a_gap_of_an_attempt_that_does_not_count_is_no_loss() -> None:
    first, second = Session("aaaa", attempt=1), Session("bbbb", attempt=2)
    opened, _, later = first.opened(), first.log("lost"), first.log("later")
    texts = {"1.json": opened, "3.json": later, "attempt-2/1.json": chunk(second.opened(), second.closed())}
    handler = read(MemoryStore(texts))
    assert any("chunk 2 is not there" in warning for warning in handler.warnings)
    assert judged(handler) == ""


def test_a_session_of_which_no_line_can_be_read_is_missing() -> None:
    """A proxy's error page instead of the chunk of a second JVM: no number tells of that session."""
    a = Session("aaaa")
    texts = {"1.json": chunk(a.opened(), a.closed()), "attempt-2/1.json": "<html>\n<h1>502 Bad Gateway</h1>\n</html>"}
    text = judged(read(MemoryStore(texts)))
    assert "but chunk attempt-2/1 has no message of this run. They should be in the store" in text


def test_a_stock_session_beside_the_jvms_is_read_too() -> None:
    jvm = Session("aaaa")
    texts = {
        "1.json": chunk(OPENED, log("by stock Python")),
        "2.json": CLOSED,
        "jvm/1.json": chunk(jvm.opened(), jvm.log("by the JVM")),
        "jvm/2.json": jvm.closed(),
    }
    handler = read(MemoryStore(texts))
    assert sorted(handler.texts) == sorted(["opened", "by stock Python", "closed", "opened", "by the JVM", "closed"])
    assert [warning for warning in handler.warnings if "opened a session of its own" in warning] == handler.warnings
    assert judged(handler) == ""
    del texts["2.json"]
    assert "the end of 1 of its 2 Pipes sessions did not arrive" in judged(read(MemoryStore(texts)))


@pytest.mark.parametrize("is_open", [True, False])
def test_a_folder_whose_sessions_have_closed_is_polled_seldom(is_open: bool) -> None:
    a, b = Session("aaaa"), Session("bbbb")
    until = Event()

    def count(store: MemoryStore, name: str) -> None:
        if store.fetched.count("attempt-2/2.json") == 200:
            until.set()

    texts = {"1.json": a.opened() if is_open else chunk(a.opened(), a.closed()), "attempt-2/1.json": b.opened()}
    store = MemoryStore(texts, on_fetch=count)
    # 200 polls of the other folder take less time than 50 of these intervals.
    patience = ChunkPatience(FaultPatience(), folder_interval_seconds=0.02)
    handler: Any = numbered_handler()
    ChunkReader(store, MessageLines(handler, "the store"), until, 0.0, patience).read()
    polls = store.fetched[store.fetched.index("attempt-2/2.json") :].count("2.json")
    assert polls > 190 if is_open else polls < 100
