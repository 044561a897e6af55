import threading
from collections.abc import Callable, Collection
from threading import Event, Thread, current_thread
from typing import Any

import pytest

from dagster_pipes_jvm.errors import MessagesMissingError, PassingFaultError, PipesJvmError
from dagster_pipes_jvm.read.chunks.reader import ChunkPatience, ChunkReader, ChunkStore
from dagster_pipes_jvm.read.messages.accounted import account_of
from dagster_pipes_jvm.read.messages.faults import FaultPatience
from dagster_pipes_jvm.read.messages.lines import MessageLines
from dagster_pipes_jvm.texts import PAGE_URL
from tests.support.numbered import Session, numbered_handler
from tests.support.recording import CLOSED, OPENED, RecordingHandler, log, message

MATERIALIZATION = message("report_asset_materialization", {"asset_key": "probe"})
OTHER_MATERIALIZATION = message("report_asset_materialization", {"asset_key": "other"})


NO_PAUSES = {
    "first_pause_seconds": 0.0,
    "longest_pause_seconds": 0.0,
    "refused_pause_seconds": 0.0,
    "refused_limit_seconds": 0.0,
}
IMPATIENT = ChunkPatience(FaultPatience(**NO_PAUSES), folder_interval_seconds=0.0)


class MemoryStore(ChunkStore):
    """Chunks by name; `on_fetch` is called before each look, and may put some in or raise."""

    def __init__(
        self,
        texts: dict[str, str],
        *,
        is_listed: bool = True,
        on_fetch: Callable[["MemoryStore", str], None] = lambda store, name: None,
    ) -> None:
        self.texts = texts
        self.fetched: list[str] = []
        self._is_listed = is_listed
        self._on_fetch = on_fetch

    def fetch(self, name: str) -> str | None:
        self.fetched.append(name)
        self._on_fetch(self, name)
        return self.texts.get(name)

    def names(self) -> Collection[str] | None:
        return tuple(self.texts) if self._is_listed else None


def ended() -> Event:
    event = Event()
    event.set()
    return event


def read(
    store: ChunkStore,
    *,
    may_be_started_again: bool = True,
    single_attempt: bool = False,
    until: Event | None = None,
    patience: ChunkPatience = IMPATIENT,
) -> RecordingHandler:
    handler: Any = RecordingHandler()
    account_of(handler).single_attempt = single_attempt
    lines = MessageLines(handler, "the store", holds_reports=may_be_started_again)
    ChunkReader(store, lines, until or ended(), 0.001, patience).read()
    kept: RecordingHandler = handler
    return kept


def test_chunks_are_read_in_order_to_the_first_that_is_not_there() -> None:
    handler = read(MemoryStore({"1.json": f"{OPENED}\n{log('a')}", "2.json": log("b")}))
    assert handler.texts == ["opened", "a", "b"]
    assert handler.warnings == []


def test_a_store_that_does_not_answer_for_a_while_costs_nothing() -> None:
    """One SlowDown used to end the reader of a job that ran on for hours."""
    faults = [PassingFaultError("SlowDown")] * 3

    def slow_down(store: MemoryStore, name: str) -> None:
        if name == "2.json" and faults:
            raise faults.pop()

    handler = read(MemoryStore({"1.json": log("a"), "2.json": log("b")}, on_fetch=slow_down))
    assert handler.texts == ["a", "b"]
    assert handler.warnings == ["[pipes] the store: chunk 2 cannot be read now, trying again: SlowDown"]


def test_a_store_that_does_not_come_back_fails_the_step_after_the_writers_end() -> None:
    def slow_down(store: MemoryStore, name: str) -> None:
        raise PassingFaultError("SlowDown.")

    patience = ChunkPatience(FaultPatience(**NO_PAUSES, limit_seconds=0.0))
    with pytest.raises(MessagesMissingError) as caught:
        read(MemoryStore({}, on_fetch=slow_down), patience=patience)
    assert str(caught.value) == (
        "chunk 1 could not be read within 0 s of the job's end, nor what is behind it: SlowDown. It stays where it is. See"
        f" {PAGE_URL}#messages-missing"
    )


def test_a_refusal_in_the_middle_of_a_run_is_said_at_once_and_may_be_repaired() -> None:
    refusals = [PipesJvmError("AccessDenied")] * 2

    def refuse(store: MemoryStore, name: str) -> None:
        if name == "2.json" and refusals:
            raise refusals.pop()
        if name == "3.json":
            until.set()

    until = Event()
    handler = read(MemoryStore({"1.json": log("a"), "2.json": log("b")}, on_fetch=refuse), until=until)
    assert handler.texts == ["a", "b"]
    assert handler.warnings == [
        "[pipes] the store: AccessDenied The job runs on; nothing is read until this is repaired."
    ]


def test_a_refusal_after_the_writers_end_fails_the_step() -> None:
    def refuse(store: MemoryStore, name: str) -> None:
        raise PipesJvmError("AccessDenied")

    with pytest.raises(PipesJvmError, match="AccessDenied"):
        read(MemoryStore({}, on_fetch=refuse))


def test_what_comes_behind_closed_is_read_too() -> None:
    """dagster_pipes writes `closed` and then the last captured output, in a chunk of its own."""
    output = message("log_external_stream", {"stream": "stdout", "text": "the last output"})
    handler = read(MemoryStore({"1.json": CLOSED, "2.json": output}), single_attempt=True)
    assert handler.texts == ["closed", "log_external_stream"]


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_gap_is_said_and_what_is_beyond_it_is_read(is_listed: bool) -> None:
    store = MemoryStore({"1.json": OPENED, "4.json": log("a"), "6.json": CLOSED}, is_listed=is_listed)
    handler = read(store)
    assert handler.texts == ["opened", "a", "closed"]
    assert handler.warnings == [
        "[pipes] the store: chunks 2 to 3 are not there, though chunk 4 is",
        "[pipes] the store: chunk 5 is not there, though chunk 6 is",
    ]
    verdict = account_of(handler).verdict(no_messages_text="", silence="")  # type: ignore[arg-type]  # a recorder of the handler's calls
    assert verdict is not None
    assert isinstance(verdict.error, MessagesMissingError)
    assert "chunk 5 is not there" in verdict.what


def test_a_chunk_that_is_listed_but_seen_late_is_waited_for() -> None:
    late = {"2.json": log("late")}

    def show(store: MemoryStore, name: str) -> None:
        if store.fetched.count("2.json") == 4:
            store.texts.update(late)

    class Listing(MemoryStore):
        def names(self) -> Collection[str]:
            return (*self.texts, *late)

    handler = read(Listing({"1.json": OPENED}, on_fetch=show))
    assert handler.texts == ["opened", "late"]
    assert handler.warnings == []


def test_a_backlog_is_fetched_by_several_threads_and_handled_in_order() -> None:
    threads: set[str] = set()
    store = MemoryStore(
        {f"{n}.json": log(str(n)) for n in range(1, 2001)},
        on_fetch=lambda store, name: threads.add(current_thread().name),
    )
    handler = read(store)
    assert handler.texts == [str(n) for n in range(1, 2001)]
    assert len(threads) > 1
    assert not any(thread.name.startswith("dagster-pipes-chunks") for thread in threading.enumerate())


def test_no_more_than_a_few_chunks_are_fetched_ahead_of_the_one_that_is_handled() -> None:
    ahead: list[int] = []
    store = MemoryStore({f"{n}.json": log(str(n)) for n in range(1, 101)})
    handler: Any = RecordingHandler()
    taken = handler.handle_message

    def handle(one: Any) -> None:
        asked = max(int(name.removesuffix(".json")) for name in list(store.fetched) if name[0].isdigit())
        ahead.append(asked - int(one["params"]["message"]))
        taken(one)

    handler.handle_message = handle
    ChunkReader(store, MessageLines(handler, "the store"), ended(), 0.001).read()
    assert len(ahead) == 100
    assert 1 < max(ahead) <= 8


def test_while_nothing_is_there_one_chunk_is_asked_for_at_a_time() -> None:
    until = Event()

    def count(store: MemoryStore, name: str) -> None:
        if len(store.fetched) == 50:
            until.set()

    store = MemoryStore({}, on_fetch=count)
    read(store, may_be_started_again=False, until=until, patience=ChunkPatience(FaultPatience(**NO_PAUSES)))
    assert set(store.fetched[:50]) == {"1.json"}


def test_sessions_without_identities_in_several_folders_all_count() -> None:
    """Nobody has said that the job was restarted, so that they are sessions beside one another."""
    closed_badly = message("closed", {"exception": {"name": "java.lang.Error", "message": "boom"}})
    handler = read(
        MemoryStore(
            {
                "1.json": f"{OPENED}\n{log('first')}\n{MATERIALIZATION}",
                "2.json": closed_badly,
                "attempt-2/1.json": f"{OPENED}\n{log('second')}\n{OTHER_MATERIALIZATION}",
                "attempt-2/2.json": CLOSED,
            }
        )
    )
    assert handler.texts.count("report_asset_materialization") == 2
    assert handler.texts.count("closed") == 2
    assert handler.warnings == []


def test_a_later_attempt_is_found_while_it_runs_and_only_when_the_one_before_is_read() -> None:
    until = Event()

    def start_again(store: MemoryStore, name: str) -> None:
        if name == "attempt-2/1.json" and name not in store.texts:
            # Both appear between two looks: the end of the first attempt is not passed over.
            store.texts.update({"2.json": log("the end of the first"), name: log("second")})
        if name == "attempt-2/2.json":
            until.set()

    handler = read(MemoryStore({"1.json": log("first")}, is_listed=False, on_fetch=start_again), until=until)
    assert handler.texts == ["first", "the end of the first", "second"]


def test_without_the_right_to_list_an_attempt_that_died_before_its_first_chunk_is_passed_over() -> None:
    handler = read(MemoryStore({"1.json": log("first"), "attempt-3/1.json": log("third")}, is_listed=False))
    assert handler.texts == ["first", "third"]


def test_reports_of_a_job_that_cannot_be_started_again_are_handled_at_once() -> None:
    until, handled = Event(), Event()
    handler: Any = RecordingHandler()
    account_of(handler).single_attempt = True
    taken = handler.handle_message

    def handle(one: Any) -> None:
        taken(one)
        handled.set()

    handler.handle_message = handle
    store = MemoryStore({"1.json": MATERIALIZATION})
    reader = ChunkReader(store, MessageLines(handler, "the store", holds_reports=True), until, 0.001, IMPATIENT)
    thread = Thread(target=reader.read)
    thread.start()
    assert handled.wait(60)
    until.set()
    thread.join()


def test_what_was_held_is_handled_when_the_client_finds_that_there_is_one_attempt_only() -> None:
    handler: Any = RecordingHandler()
    lines = MessageLines(handler, "the store", holds_reports=True)
    lines.feed(MATERIALIZATION, "here")
    assert handler.texts == []
    account_of(handler).single_attempt = True
    lines.feed(log("a"), "here")
    assert handler.texts == ["report_asset_materialization", "a"]


def numbered(store: ChunkStore, patience: ChunkPatience) -> RecordingHandler:
    """The handler after the reader has read a store of a run with identities, whose job has ended."""
    handler = numbered_handler()
    lines = MessageLines(handler, "the store")  # type: ignore[arg-type]  # a recorder
    ChunkReader(store, lines, ended(), 0.001, patience).read()
    return handler


@pytest.mark.parametrize("name", ["1.json", "3.json", "attempt-2/1.json"])
def test_a_refusal_after_the_writers_end_that_passes_costs_nothing(name: str) -> None:
    """Credentials that rotate are refused for a moment: writers wait for them as well."""
    session, refusals = Session(), [PipesJvmError("ExpiredToken")] * 3

    def refuse(store: MemoryStore, asked: str) -> None:
        if asked == name and refusals:
            raise refusals.pop()

    texts = {"1.json": f"{session.opened()}\n{session.report()}", "2.json": session.closed()}
    patience = ChunkPatience(FaultPatience(first_pause_seconds=0.0, longest_pause_seconds=0.0))
    handler = numbered(MemoryStore(texts, is_listed=False, on_fetch=refuse), patience)
    assert handler.texts == ["opened", "report_asset_materialization", "closed"]
    assert refusals == []
    assert [text for text in handler.warnings if "cannot be read now, trying again: ExpiredToken" in text]
    assert account_of(handler).is_complete  # type: ignore[arg-type]  # a recorder


def test_a_list_that_never_comes_is_not_needed_where_every_number_has_arrived() -> None:
    session, hang = Session(), Event()

    class Hanging(MemoryStore):
        def names(self) -> Collection[str]:
            hang.wait()
            return ()

    class Refusing(MemoryStore):
        def names(self) -> Collection[str]:
            raise PassingFaultError("SlowDown")

    second = Session("bbbb")
    texts = {
        "1.json": f"{session.opened()}\n{session.closed()}",
        # A session that nothing was seen of before the job's end is looked for by its name.
        "attempt-2/1.json": f"{second.opened()}\n{second.report()}",
        "attempt-2/2.json": second.closed(),
    }
    try:
        for kind in (Hanging, Refusing):
            handler = numbered(kind(dict(texts)), ChunkPatience(list_limit_seconds=0.01))
            assert handler.texts == ["opened", "closed", "opened", "report_asset_materialization", "closed"]
            assert handler.warnings == []
            assert account_of(handler).is_complete  # type: ignore[arg-type]  # a recorder
    finally:
        hang.set()


def test_a_list_that_fails_is_needed_where_a_number_is_missing() -> None:
    session = Session()
    opened, _, closed = session.opened(), session.log("lost"), session.closed()

    class Refusing(MemoryStore):
        def names(self) -> Collection[str]:
            raise PassingFaultError("SlowDown")

    patience = ChunkPatience(FaultPatience(**NO_PAUSES, limit_seconds=0.0))
    with pytest.raises(MessagesMissingError, match="could not be read within 0 s of the job's end"):
        numbered(Refusing({"1.json": f"{opened}\n{closed}"}), patience)
