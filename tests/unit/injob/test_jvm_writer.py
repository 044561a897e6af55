"""Python's part of a session that goes through the JVM, with a bridge that keeps what it gets."""

import json
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from dagster_pipes import DagsterPipesError
from py4j.protocol import Py4JJavaError, Py4JNetworkError

from tests.unit.injob.bridge import Bridge, OlderBridge, channel, java_error
from tests.unit.injob.messages import CLOSED, OPENED, log, materialization, report

ALREADY = (
    "Calling `report_asset_materialization` with asset key `a` is undefined. Asset has already been materialized, so no"
    " additional data can be reported for it. Collect the metadata and report the asset once."
)


def written(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()] if path.exists() else []


def test_lines_have_the_session_of_the_jvm_and_pythons_numbers(tmp_path: Path) -> None:
    bridge = Bridge("k3f9a1x7c2")
    opened = channel(bridge, tmp_path / "m")
    for message in (OPENED, log("1"), report(2), CLOSED, log("after closed")):
        opened.write_message(message)
    assert [json.loads(line)["n"] for line in bridge.lines] == [f"k3f9a1x7c2p.{n}" for n in range(1, 6)]
    # The JVM adds the facts of the session to `closed`, with its own count.
    assert json.loads(bridge.lines[3]) == {**CLOSED, "n": "k3f9a1x7c2p.4"}
    assert written(tmp_path / "m") == []


@pytest.mark.parametrize("bridge", [Bridge(None), OlderBridge()])
def test_without_a_session_id_lines_are_those_of_dagster_pipes(bridge: Bridge, tmp_path: Path) -> None:
    opened = channel(bridge, tmp_path / "m")
    for message in (OPENED, log("1"), CLOSED):
        opened.write_message(message)
    assert bridge.lines == [json.dumps(message) for message in (OPENED, log("1"), CLOSED)]


def test_a_line_that_the_jvm_drops_leaves_its_number_and_is_not_kept(tmp_path: Path) -> None:
    bridge = Bridge()
    opened = channel(bridge, tmp_path / "m")
    opened.write_message(OPENED)
    bridge.answers = [1, -1 - 2, 2, Py4JNetworkError("gone")]
    for text in ("waits", "dropped", "next", "last"):
        opened.write_message(log(text))
    opened.write_message(CLOSED)
    assert bridge.numbers == ["p.1", "p.2", "p.3", "p.4"]
    kept = written(tmp_path / "m")
    assert [m["params"].get("message") for m in kept] == ["waits", "next", "last", None]
    assert kept[-1]["dagster_pipes_jvm"]["dropped_log_lines"] == 1


def test_if_the_jvm_is_gone_lines_keep_their_numbers_and_its_count_is_unknown(tmp_path: Path) -> None:
    bridge = Bridge("k3f9a1x7c3")
    opened = channel(bridge, tmp_path / "m")
    opened.write_message(OPENED)
    bridge.answers = [1, Py4JNetworkError("gone")]
    for message in (log("2"), report(3), log("4"), CLOSED, log("after closed")):
        opened.write_message(message)
    opened.close()
    lines = written(tmp_path / "m")
    # The JVM has written 2 and 3, too: a reader recognizes them.
    assert [m["n"] for m in lines] == [f"k3f9a1x7c3p.{n}" for n in (2, 3, 4, 5, 6)]
    # Without a count of the JVM, a reader would take its lines for complete.
    assert lines[3] == {
        **CLOSED,
        "dagster_pipes_jvm": {"messages": {"p": 5, "j": None}, "dropped_log_lines": 0},
        "n": "k3f9a1x7c3p.5",
    }


def test_a_closed_that_the_dying_jvm_may_have_written_has_facts_where_python_writes_it(tmp_path: Path) -> None:
    bridge = Bridge()
    opened = channel(bridge, tmp_path / "m")
    opened.write_message(OPENED)
    bridge.answers = [Py4JNetworkError("gone")]
    opened.write_message(CLOSED)
    (closed,) = written(tmp_path / "m")
    assert closed["n"].endswith("p.2")
    assert closed["dagster_pipes_jvm"]["messages"] == {"p": 2, "j": None}


def test_the_last_line_of_a_file_is_compared_only_without_identity(tmp_path: Path) -> None:
    for bridge, expected in ((Bridge(None), ["1"]), (Bridge(), ["1", "1"])):
        path = tmp_path / f"m{len(expected)}"
        opened = channel(bridge, path)
        bridge.answers = [Py4JNetworkError("gone")]
        with path.open("w", encoding="ascii") as file:
            # As the JVM does before it ends.
            session = bridge.session()
            line = {**log("1"), "n": f"{session}p.1"} if session else log("1")
            file.write(json.dumps(line) + "\n")
        opened.write_message(log("1"))
        assert [m["params"]["message"] for m in written(path)] == expected


def test_an_asset_that_jvm_code_has_reported_is_refused_in_the_words_of_dagster_pipes(tmp_path: Path) -> None:
    bridge = Bridge()
    opened = channel(bridge, tmp_path / "m")
    opened.write_message(OPENED)
    bridge.answers = [java_error(ALREADY)]
    with pytest.raises(DagsterPipesError) as caught:
        opened.write_message(materialization("a"))
    assert str(caught.value) == ALREADY
    assert isinstance(caught.value.__cause__, Py4JJavaError)
    # The JVM wrote nothing, so that the job may continue without a gap.
    opened.write_message(CLOSED)
    assert bridge.numbers == ["p.1", "p.2"]


@pytest.mark.parametrize("error", [java_error("Cannot write the file: no space left on device"), KeyboardInterrupt()])
def test_after_any_other_error_no_line_gets_the_same_number(error: BaseException, tmp_path: Path) -> None:
    bridge = Bridge()
    opened = channel(bridge, tmp_path / "m")
    opened.write_message(OPENED)
    bridge.answers = [error]
    with pytest.raises(type(error)):
        opened.write_message(materialization("a"))
    opened.write_message(CLOSED)
    assert [json.loads(line)["n"][-3:] for line in bridge.lines if json.loads(line)["method"] == "closed"] == ["p.3"]


def test_a_session_that_was_refused_begins_again_at_1(tmp_path: Path) -> None:
    bridge = Bridge()
    opened = channel(bridge, tmp_path / "m")
    bridge.answers = [java_error("Cannot write s3://b/1.json")]
    with pytest.raises(Py4JJavaError):
        opened.write_message(OPENED)
    opened.write_message(OPENED)
    assert bridge.numbers == ["p.1"]


def test_python_that_joins_the_session_of_jvm_code_again_continues_its_numbers(tmp_path: Path) -> None:
    bridge = Bridge()
    for number in (1, 2):
        # The JVM code sends `opened` and `closed` of its session.
        bridge.answers = [-1, 0, -1]
        opened = channel(bridge, tmp_path / "m")
        for message in (OPENED, log(str(number)), CLOSED):
            opened.write_message(message)
        opened.close()
    assert bridge.numbers == ["p.1", "p.2"]


class SlowBridge(Bridge):
    """In its first write it lets another thread write, if that one can."""

    def __init__(self) -> None:
        super().__init__()
        self.other: Thread | None = None
        self.on_first_write: Callable[[], None] = lambda: None
        self._has_entered = Event()

    def write(self, method: str, line: str) -> int:
        if self.other is None:
            self.other = Thread(target=self.on_first_write)
            self.other.start()
            self._has_entered.wait(0.2)
        else:
            self._has_entered.set()
        return super().write(method, line)


def test_several_threads_write_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    bridge = SlowBridge()
    opened = channel(bridge, tmp_path / "m")
    bridge.on_first_write = lambda: opened.write_message(log("second"))
    opened.write_message(log("first"))
    assert bridge.other is not None
    bridge.other.join()
    assert bridge.numbers == ["p.1", "p.2"]
