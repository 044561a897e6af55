"""The stock channels with an identity, as `open_pipes` opens them for a reader that sends a token."""

import json
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from dagster_pipes import (
    DagsterPipesError,
    PipesContext,
    PipesMappingParamsLoader,
    PipesMessageWriterChannel,
    encode_param,
)

from dagster_pipes_jvm.injob.default_writer import NumberedChannel
from dagster_pipes_jvm.injob.identity import Numbers
from dagster_pipes_jvm.injob.open_pipes import open_pipes
from tests.unit.injob.messages import log
from tests.unit.injob.test_pyspark import CONTEXT

CONTAINER_ID = "container_e17_1410901177871_0001_02_000001"


@pytest.fixture(autouse=True)
def no_session_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PipesContext, "_instance", None)
    monkeypatch.delenv("CONTAINER_ID", raising=False)


def opened(messages: dict[str, Any]) -> PipesContext:
    given = {
        "DAGSTER_PIPES_CONTEXT": encode_param({"data": CONTEXT}),
        "DAGSTER_PIPES_MESSAGES": encode_param(messages),
    }
    return open_pipes(params_loader=PipesMappingParamsLoader(given))


def job(messages: dict[str, Any]) -> None:
    with opened(messages) as pipes:
        pipes.log.info("gr\u00f6\u00dfer")
        pipes.report_asset_materialization(metadata={"rows": 3})


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def test_each_line_of_a_file_has_its_number_and_closed_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTAINER_ID", CONTAINER_ID)
    job({"path": str(tmp_path / "m"), "run_token": "k3f9a1"})
    lines = read(tmp_path / "m")
    session, _, _ = lines[0]["n"].partition("p.")
    assert session[:6] == "k3f9a1"
    assert len(session) == 10
    assert [line["n"] for line in lines] == [f"{session}p.{n}" for n in range(1, 5)]
    assert lines[0]["dagster_pipes_jvm"] == {"attempt": 2, "application": "application_1410901177871_0001"}
    assert lines[-1]["dagster_pipes_jvm"] == {"messages": {"p": 4}, "dropped_log_lines": 0}
    assert all(list(line)[-1] == "n" for line in lines)


def test_without_a_token_the_bytes_are_those_of_dagster_pipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTAINER_ID", CONTAINER_ID)
    job({"path": str(tmp_path / "stock")})
    monkeypatch.setattr(PipesContext, "_instance", None)
    job({"path": str(tmp_path / "numbered"), "run_token": "A"})
    numbered = read(tmp_path / "numbered")
    for line in numbered:
        line.pop("n")
        line.pop("dagster_pipes_jvm", None)
    assert (tmp_path / "stock").read_text(encoding="ascii") == "".join(json.dumps(line) + "\n" for line in numbered)


@pytest.mark.parametrize("key", ["stdio", "buffered_stdio"])
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_streams_have_numbers_too(key: str, stream: str, capsys: pytest.CaptureFixture[str]) -> None:
    job({key: stream, "run_token": "A"})
    lines = [json.loads(line) for line in getattr(capsys.readouterr(), stream[3:6]).splitlines()]
    assert [line["n"][5:] for line in lines] == ["p.1", "p.2", "p.3", "p.4"]


class SlowChannel(PipesMessageWriterChannel):
    """In its first write it lets another thread write, if that one can."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.others: list[Thread] = []
        self.channel = NumberedChannel(self, Numbers("A0000", "none"))
        self._has_entered = Event()

    def write_message(self, message: Any) -> None:
        if self.others:
            self._has_entered.set()
        else:
            self.others.append(Thread(target=self.channel.write_message, args=(log("second"),)))
            self.others[0].start()
            self._has_entered.wait(0.2)
        self.written.append(message["n"])


def test_numbers_are_in_the_order_of_the_lines_of_several_threads() -> None:
    slow = SlowChannel()
    slow.channel.write_message(log("first"))
    slow.others[0].join()
    assert slow.written == ["A0000p.1", "A0000p.2"]


def test_a_message_that_is_no_json_leaves_no_gap(tmp_path: Path) -> None:
    with opened({"path": str(tmp_path / "m"), "run_token": "A"}) as pipes:
        with pytest.raises(TypeError):
            pipes.report_custom_message(object())
        pipes.log.info("next")
    assert [line["n"][5:] for line in read(tmp_path / "m")] == ["p.1", "p.2", "p.3"]


def test_a_message_that_could_not_be_written_leaves_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "m"
    with opened({"path": str(path), "run_token": "A"}) as pipes:
        path.rename(tmp_path / "before")
        path.mkdir()
        with pytest.raises(IsADirectoryError):
            pipes.report_custom_message("lost")
        path.rmdir()
        (tmp_path / "before").rename(path)
    lines = read(path)
    assert [line["n"][5:] for line in lines] == ["p.1", "p.3"]
    assert lines[-1]["dagster_pipes_jvm"]["messages"] == {"p": 3}


def test_a_bad_token_fails_the_opening(tmp_path: Path) -> None:
    with pytest.raises(DagsterPipesError, match="Invalid value for parameter `run_token`"):
        opened({"path": str(tmp_path / "m"), "run_token": "a.b"})
