"""PySpark's side of reports from tasks without a Spark; tests/endtoend/test_executors.py has one."""

import logging
import pickle
from types import SimpleNamespace
from typing import Any

import pytest

from dagster_pipes_jvm.injob import task_reports as _task_reports
from dagster_pipes_jvm.injob.task_reports import _CountersParam, _Lines, _LogParam
from dagster_pipes_jvm.texts import PAGE_URL


class Session:
    """Takes log lines as a Pipes session does, until it is closed."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.closed = False
        self.log: Any = SimpleNamespace(
            **{
                level.lower(): lambda text, level=level: self._take(level, text)
                for level in logging.getLevelNamesMapping()
            }
        )

    def _take(self, level: str, text: str) -> None:
        if self.closed:
            raise RuntimeError("closed")
        self.lines.append((level, text))


@pytest.fixture
def in_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    task = SimpleNamespace(stageId=lambda: 3, partitionId=lambda: 5, attemptNumber=lambda: 1)
    monkeypatch.setattr(_task_reports, "TaskContext", SimpleNamespace(get=lambda: task))


def in_task(param: Any) -> Any:
    """What arrives in a worker, where the session must not."""
    return pickle.loads(pickle.dumps(param))


def test_a_tasks_lines_reach_the_session_with_their_task_in_front(in_a_task: None) -> None:
    session = Session()
    param = _LogParam(session)  # type: ignore[arg-type]  # a recorder of the session's calls
    task = in_task(param)
    kept = task.zero(None)
    for text in ("one", "two"):
        kept = task.addInPlace(kept, _Lines([("WARNING", text)]))
    assert session.lines == []
    param.addInPlace(param.zero(None), in_task(kept))
    assert session.lines == [
        ("WARNING", "[stage 3, partition 5, attempt 1] one"),
        ("WARNING", "[stage 3, partition 5, attempt 1] two"),
    ]


def test_what_a_task_logs_above_its_share_is_counted_and_the_count_arrives(in_a_task: None) -> None:
    session = Session()
    param = _LogParam(session)  # type: ignore[arg-type]  # a recorder of the session's calls
    kept = in_task(param).zero(None)
    for number in range(1234):
        kept = in_task(param).addInPlace(kept, _Lines([("INFO", str(number))]))
    param.addInPlace(param.zero(None), kept)
    assert len(session.lines) == 1001
    assert session.lines[-1] == (
        "WARNING",
        "[stage 3, partition 5, attempt 1] 234 more log line(s) of this task are left out: an attempt keeps at most 1,000"
        f" lines and 500,000 characters. Count instead of logging each row. See {PAGE_URL}#executors",
    )


def test_lines_after_the_session_are_counted_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    session = Session()
    session.closed = True
    param = _LogParam(session)  # type: ignore[arg-type]  # a recorder of the session's calls
    for _ in range(12):
        param.addInPlace(param.zero(None), _Lines([("INFO", "late")]))
    said = capfd.readouterr().err.splitlines()
    assert said == [
        f"[dagster-pipes] {number} log line(s) of Spark tasks did not reach Dagster so far: closed."
        f" See {PAGE_URL}#executors"
        for number in (1, 10)
    ]


def test_counters_are_sums_and_a_task_has_a_bounded_number_of_names(in_a_task: None) -> None:
    param = _CountersParam()
    total = param.addInPlace({"a": 1}, in_task(param).addInPlace({"a": 2}, {"b": 3}))
    assert total == {"a": 3, "b": 3}
    with pytest.raises(ValueError, match="at most 1,000 different names in a task, got one more"):
        param.addInPlace({str(number): 1 for number in range(1000)}, {"one more": 1})
