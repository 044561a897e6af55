"""Log lines and counters from PySpark's tasks. Executors import this module: it needs pyspark and this package only."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Optional

from pyspark import TaskContext
from pyspark.accumulators import AccumulatorParam

from dagster_pipes_jvm.texts import invalid_value, see

if TYPE_CHECKING:
    from dagster_pipes import PipesContext
    from pyspark.sql import SparkSession

_MAX_LINES = 1_000
_MAX_CHARACTERS = 500_000
_MAX_NAMES = 1_000
_ANCHOR = "executors"


class TaskReports:
    """What tasks report from the executors' Python workers; `dagsterpipes.spark.TaskReports` is its JVM counterpart.

    Two of PySpark's accumulators carry the reports, so they arrive when a task ends, before the action that ran it returns,
    and only from attempts that succeed: of a failed one PySpark brings the traceback alone. An attempt keeps at most 1,000
    lines and 500,000 characters; what is above is counted, and the count arrives. Counters follow Spark's rule for
    accumulators: once for each task in an action, again whenever a transformation is computed again.

    Lifecycle: created in the driver for one session; functions that Spark sends to executors may use it, and the workers'
    Python must find this package. In the driver it logs and counts at once. Threads: any may report.

    Args:
        pipes: the open session, of `open_pipes` or of Dagster's own `open_dagster_pipes`.
        spark: the job's classic session; Spark Connect has no accumulators.
    """

    def __init__(self, pipes: PipesContext, spark: SparkSession) -> None:
        self._log = spark.sparkContext.accumulator(_Lines(), _LogParam(pipes))
        self._counters = spark.sparkContext.accumulator({}, _CountersParam())

    def log(self, level: str, message: str) -> None:
        """Log a line at one of Dagster's levels, such as `WARNING`; in a task it waits for the task's end."""
        self._log.add(_Lines([(level, str(message))]))

    def debug(self, message: str) -> None:
        """Log at DEBUG."""
        self.log("DEBUG", message)

    def info(self, message: str) -> None:
        """Log at INFO."""
        self.log("INFO", message)

    def warning(self, message: str) -> None:
        """Log at WARNING."""
        self.log("WARNING", message)

    def error(self, message: str) -> None:
        """Log at ERROR."""
        self.log("ERROR", message)

    def critical(self, message: str) -> None:
        """Log at CRITICAL."""
        self.log("CRITICAL", message)

    def count(self, counter: str, number: int = 1) -> None:
        """Add to a counter, which starts at 0; at most 1,000 names in a task."""
        self._counters.add({counter: number})

    @property
    def counters(self) -> dict[str, int]:
        """The counters by name, in alphabetical order: what tasks that have ended counted. Not for tasks."""
        return dict(sorted(self._counters.value.items()))


@dataclass
class _Lines:
    """A task's, on their way to the driver."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    characters: int = 0
    dropped: int = 0
    where: str = ""

    def append(self, level: str, text: str) -> None:
        self.where = _where()
        if len(self.lines) < _MAX_LINES and len(text) <= _MAX_CHARACTERS - self.characters:
            self.lines.append((level, f"{self.where}{text}"))
            self.characters += len(text)
        else:
            self.dropped += 1

    def told(self) -> list[tuple[str, str]]:
        if not self.dropped:
            return self.lines
        what = (
            f"{self.where}{self.dropped} more log line(s) of this task are left out: an attempt keeps at most {_MAX_LINES:,}"
            f" lines and {_MAX_CHARACTERS:,} characters. Count instead of logging each row. {see(_ANCHOR)}"
        )
        return [*self.lines, ("WARNING", what)]


class _LogParam(AccumulatorParam[Any]):  # type: ignore[misc]  # pyspark is not there to be checked
    """Keeps lines in a task, and hands them over in the driver, where PySpark adds up what tasks have."""

    def __init__(self, pipes: Optional[PipesContext] = None) -> None:
        self._pipes = pipes
        self._lock = Lock()
        self._undelivered = 0
        self._undelivered_to_say = 1

    def __reduce__(self) -> Any:
        return _LogParam, ()  # The session stays in the driver.

    def zero(self, _value: Any) -> Any:
        return _Lines()

    def addInPlace(self, value1: Any, value2: Any) -> Any:
        if self._pipes is None:
            with self._lock:
                for level, text in value2.lines:
                    value1.append(level, text)
        else:
            for level, text in value2.told():
                self._send(self._pipes, level, text)
        return value1

    def _send(self, pipes: PipesContext, level: str, text: str) -> None:
        try:
            getattr(pipes.log, level.lower())(text)
        except Exception as e:  # PySpark's one thread for all accumulators must go on.
            self._undelivered += 1
            if self._undelivered >= self._undelivered_to_say:
                self._undelivered_to_say *= 10
                said = (
                    f"[dagster-pipes] {self._undelivered} log line(s) of Spark tasks did not reach Dagster so far: {e}"
                )
                print(f"{said}. {see(_ANCHOR)}", file=sys.stderr, flush=True)


class _CountersParam(AccumulatorParam[Any]):  # type: ignore[misc]  # pyspark is not there to be checked
    """Sums by name."""

    def __init__(self) -> None:
        self._lock = Lock()

    def __reduce__(self) -> Any:
        return _CountersParam, ()

    def zero(self, _value: Any) -> Any:
        return {}

    def addInPlace(self, value1: Any, value2: Any) -> Any:
        with self._lock:
            for name, number in value2.items():
                if len(value1) >= _MAX_NAMES and name not in value1 and TaskContext.get() is not None:
                    raise ValueError(
                        invalid_value(
                            parameter="counter",
                            call="TaskReports.count",
                            expected=f"at most {_MAX_NAMES:,} different names in a task",
                            got="one more",
                            remedy="Count kinds of things, not the things themselves.",
                            anchor=_ANCHOR,
                        )
                    )
                value1[name] = value1.get(name, 0) + number
        return value1


def _where() -> str:
    task = TaskContext.get()
    if task is None:
        return ""
    return f"[stage {task.stageId()}, partition {task.partitionId()}, attempt {task.attemptNumber()}] "
