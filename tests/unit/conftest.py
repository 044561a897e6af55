"""Holds the tier of this folder: no test here starts a process or serves a port, so that `make check` is quick.

Tests of one part with a real process or server are in `tests/processes`, tests of the whole in `tests/endtoend`.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from tests.support.dagster_runs import DagsterRuns

_FORBIDDEN = {
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "socket.bind",
    "subprocess.Popen",
}
_HERE = str(Path(__file__).parent)
_running: list[str] = []


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if _running and event in _FORBIDDEN:
        raise AssertionError(
            f"{_running[-1]} raises {event} {arguments!r:.200}, and no test of tests/unit starts a process or serves a"
            " port. Move it to tests/processes."
        )


sys.addaudithook(_refuse)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Note which test of this folder runs, its fixtures among it."""
    if not str(item.path).startswith(_HERE):
        return (yield)
    _running.append(item.nodeid)
    try:
        return (yield)
    finally:
        _running.pop()


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[DagsterRuns]:
    """As the fixture for every test, without Dagster's compute logs, each of which is followed by a process."""
    compute_logs = {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
    overrides = {"telemetry": {"enabled": False}, "compute_logs": compute_logs}
    (tmp_path / "dagster_home").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster_home"), overrides=overrides) as instance:
        yield DagsterRuns(instance)
