from collections.abc import Callable, Iterator, Mapping
from threading import Barrier, Event, Thread
from typing import Any

import pytest

from dagster_pipes_jvm.errors import MessagesMissingError, PassingFaultError, PipesNotClosedError, S3AccessError
from dagster_pipes_jvm.read.logs.messages import PipesJvmLogMessageReader
from dagster_pipes_jvm.read.logs.reader import PipesJvmLogReader
from dagster_pipes_jvm.read.logs.source import LogPart, LogSource
from tests.support.recording import CLOSED, OPENED, RecordingHandler, log, message


class Scripted(LogSource):
    """Gives one step a look: parts of the log, or a fault."""

    name = "the log"

    def __init__(self, *looks: str | Exception) -> None:
        self._looks = list(looks)
        self.at_end = Event()
        self.is_closed = False

    def poll(self) -> Iterator[LogPart]:
        look = self._looks.pop(0) if self._looks else ""
        if not self._looks:
            self.at_end.set()
        if isinstance(look, Exception):
            raise look
        if look:
            yield LogPart(self.name, "stdout", look.encode())

    def close(self) -> None:
        self.is_closed = True


class Reader(PipesJvmLogMessageReader):
    def __init__(self, open_logs: Callable[[Mapping[str, Any]], LogSource | None], **options: Any) -> None:
        super().__init__(
            poll_interval_seconds=0.01,
            quiet_seconds=0.0,
            **{"wait_for_logs_seconds": 0.0, "require_closed": True, **options},
        )
        self.open_logs = open_logs  # type: ignore[method-assign]  # the instance has its own `open_logs`

    def open_logs(self, known: Mapping[str, Any]) -> LogSource | None:
        raise NotImplementedError

    def no_messages_debug_text(self) -> str:
        return "Looked at the log."


def read(source: LogSource, **options: Any) -> RecordingHandler:
    handler: Any = RecordingHandler()
    with Reader(lambda _: source, **options).read_messages(handler):
        if isinstance(source, Scripted):
            assert source.at_end.wait(60)
    kept: RecordingHandler = handler
    return kept


def test_a_fault_that_passes_is_said_once_and_costs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    source = Scripted(
        f"a line\n{OPENED}\n",
        PassingFaultError("busy"),
        PassingFaultError("busy"),
        f"{log('x')[:20]}",
        log("x")[20:] + f"\n{CLOSED}",
    )
    handler = read(source)
    assert handler.texts == ["opened", "x", "closed"]
    assert handler.warnings == ["[pipes] the driver's stdout log: the log cannot be read now, trying again: busy"]
    assert capsys.readouterr().out == "a line\n"
    assert source.is_closed


def test_a_refusal_that_is_not_repaired_before_the_end_fails_the_step() -> None:
    refusals = [S3AccessError("denied")] * 1000
    with pytest.raises(S3AccessError, match="denied"):
        read(Endless(*refusals))


class Endless(Scripted):
    def __init__(self, *looks: str | Exception) -> None:
        super().__init__(*looks)
        self.at_end.set()


def test_a_session_that_never_closed_fails_the_step_with_its_last_message() -> None:
    with pytest.raises(
        PipesNotClosedError, match=r"whose end did not arrive; 2 messages arrived, the last one .*the last words"
    ):
        read(Scripted(f"{OPENED}\n{log('the last words')}\n"))
    with pytest.raises(PipesNotClosedError, match=r"never opened its Pipes session. Looked at the log."):
        read(Scripted("nothing of ours\n"))


def test_a_message_that_another_process_wrote_into_is_counted_and_its_text_is_forwarded(
    capsys: pytest.CaptureFixture[str],
) -> None:
    damaged = f"{log('x')[:50]}WARN from elsewhere\n{log('x')[50:]}\n"
    closed = message("closed", dagster_pipes_jvm={"messages": 3, "dropped_log_lines": 0})
    with pytest.raises(MessagesMissingError, match=r"could not read a line .*, a line of the log: cut off"):
        read(Scripted(f"{OPENED}\n{damaged}{closed}\n"))
    assert capsys.readouterr().out == damaged


def test_the_last_message_is_waited_for_as_long_as_was_said() -> None:
    handler = read(Scripted(f"{OPENED}\n", *[""] * 10, f"{CLOSED}\n"), wait_for_logs_seconds=60.0)
    assert handler.texts == ["opened", "closed"]


def test_two_runs_at_once_get_the_logs_that_their_client_reported() -> None:
    sources = {name: Scripted(f"{OPENED}\n{log(name)}\n{CLOSED}\n") for name in "ab"}
    reader = Reader(lambda known: sources.get(known.get("job", "")))
    both, handlers = Barrier(2, timeout=60), {}

    def run(name: str) -> None:
        handler: Any = RecordingHandler()
        handlers[name] = handler
        with reader.read_messages(handler):
            both.wait()
            reader.on_launched({"extras": {"job": name}})
            assert sources[name].at_end.wait(60)

    threads = [Thread(target=run, args=(name,)) for name in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: handler.texts for name, handler in handlers.items()} == {
        name: ["opened", name, "closed"] for name in sources
    }


def test_what_belongs_to_no_run_is_said() -> None:
    with pytest.warns(UserWarning, match=r"what the client launched is left out: it was told to Reader from a thread"):
        Reader(lambda _: None).on_launched({"extras": {"job": "a"}})


class OneLog(PipesJvmLogReader):
    def __init__(self, source: LogSource) -> None:
        super().__init__(
            poll_interval_seconds=0.01, wait_for_logs_seconds=0.0, quiet_seconds=0.0, debug_info="of step 1"
        )
        self._source = source

    def open_logs(self, known: Mapping[str, Any]) -> LogSource | None:
        return self._source if known.get("job") else None


def test_a_log_reader_that_nobody_attached_forwards_everything_and_one_that_fails_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ended = Event()
    ended.set()
    log_reader = OneLog(Scripted(f"a line\n{log('undelivered')}\n", ""))
    assert not log_reader.target_is_readable({})
    log_reader.start({"job": "a"}, ended)
    log_reader.stop()
    # Dagster's readers have no place to bring a message to.
    assert capsys.readouterr().out == f"a line\n{log('undelivered')}\n"
    handler: Any = RecordingHandler()
    log_reader = OneLog(Scripted(S3AccessError("denied"), RuntimeError("broken")))
    log_reader.attach(handler)
    log_reader.start({"job": "a"}, ended)
    log_reader.stop()
    assert handler.warnings == [
        "[pipes] log reader OneLog: the log cannot be read now, trying again: denied\nDebug info: of step 1",
        "[pipes] log reader OneLog: stopped reading: RuntimeError: broken\nDebug info: of step 1",
    ]


def test_a_step_whose_job_was_never_launched_waits_for_no_logs() -> None:
    """A launch that is refused names its reason at once, though a log may come for ten minutes after a job's end."""
    failed = Event()

    def body() -> None:
        with (
            pytest.raises(ValueError, match="refused"),
            Reader(lambda _: None, wait_for_logs_seconds=600.0, require_closed=False).read_messages(
                RecordingHandler()  # type: ignore[arg-type]  # a handler that records
            ),
        ):
            raise ValueError("the launch is refused")
        failed.set()

    Thread(target=body, daemon=True).start()
    assert failed.wait(30)
