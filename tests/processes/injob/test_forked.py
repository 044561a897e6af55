"""A process that a job forks while its session through the JVM is open."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_pipes_jvm.texts import PAGE_URL
from tests.unit.injob.bridge import Bridge, channel
from tests.unit.injob.messages import CLOSED, OPENED, log, report


def in_fork(action: Callable[[], None]) -> str:
    """The error of an action in a forked process; empty if it has none."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        text = ""
        try:
            action()
        except BaseException as e:
            text = f"{type(e).__name__}: {e}"
        os.write(write, text.encode())
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as answer:
        return answer.read()


def test_a_forked_process_neither_uses_the_gateway_nor_the_numbers(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    bridge = Bridge()
    opened = channel(bridge, tmp_path / "m")
    opened.write_message(OPENED)

    def log_and_close() -> None:
        opened.write_message(log("from a fork"))
        opened.write_message(CLOSED)
        opened.close()
        assert len(bridge.lines) == 1

    assert in_fork(log_and_close) == ""
    printed = capfd.readouterr().err
    assert "INFO: from a fork" in printed
    assert "__dagster_pipes_version" not in printed
    error = in_fork(lambda: opened.write_message(report(1)))
    assert error.startswith("DagsterPipesError: Cannot send `report_custom_message` from process ")
    assert error.endswith(f"See {PAGE_URL}#message-channel")
    opened.write_message(CLOSED)
    assert bridge.numbers == ["p.1", "p.2"]


def test_without_identity_a_forked_process_writes_pipes_lines_to_stderr(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    opened = channel(Bridge(None), tmp_path / "m")
    assert in_fork(lambda: opened.write_message(report(1))) == ""
    assert json.dumps(report(1)) in capfd.readouterr().err
