"""What Structured Streaming's queries report, in a PySpark job; `dagsterpipes.spark.StreamingReports` does the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagster_pipes import DagsterPipesError, PipesContext

from dagster_pipes_jvm.injob.jvm import bridge_class
from dagster_pipes_jvm.texts import invalid_value

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class StreamingReports:
    """Reports each progress (or every n-th) of the session's streaming queries as a log line and a custom message, and a
    failure as an ERROR line; a process that is told to end lets running batches finish first.

    The JVM's own listener, so that Python is not asked for every event. Lifecycle: from creation until `close`, which stops no
    query; a context manager. A query that fails raises from its `awaitTermination`, as in Spark, and from `close`, where nobody
    awaits it. Threads: any.

    Args:
        pipes: the session of `open_pipes(spark)`, which goes through the JVM; outside Dagster nothing is reported.
        spark: the job's classic session.
        every_nth: 10: the first progress and every tenth after it.
        stop_timeout_seconds: how long a process that is told to end waits for batches that run, in seconds; less than what its
            launcher gives it (`termination_grace_seconds`).

    Raises:
        DagsterPipesError: the session does not go through the JVM.
    """

    def __init__(
        self, pipes: PipesContext, spark: SparkSession, *, every_nth: int = 1, stop_timeout_seconds: int = 10
    ) -> None:
        self._reports: Any = None
        if type(pipes).__module__ == "unittest.mock":
            return  # Dagster's stand-in where it launched nothing.
        if bridge_class(spark) is None or not _has_session(spark):
            raise DagsterPipesError(
                invalid_value(
                    parameter="pipes",
                    call="StreamingReports",
                    expected="a session that goes through the JVM",
                    got="another one",
                    remedy="Open it with `open_pipes(spark)`, with the bridge jar on `--jars`, as our clients put it.",
                    anchor="streaming",
                )
            )
        jvm = spark.sparkContext._jvm
        self._reports = jvm.dagsterpipes.spark.StreamingReports.start(
            jvm.dagsterpipes.Pipes.current(), spark._jsparkSession, every_nth, stop_timeout_seconds
        )

    @property
    def metrics(self) -> dict[str, Any]:
        """What the queries have done so far: `NAME/batches`, `NAME/input_rows`, `NAME/last_batch_id`; empty outside Dagster."""
        return dict(self._reports.metrics()) if self._reports is not None else {}

    def close(self) -> None:
        """Report no more; queries run on. Raises for one that failed and was not started again."""
        if self._reports is not None:
            self._reports.close()

    def __enter__(self) -> StreamingReports:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self.close()
        except Exception:
            if kind is None:
                raise


def _has_session(spark: Any) -> bool:
    from py4j.protocol import Py4JJavaError

    try:
        return bool(spark.sparkContext._jvm.dagsterpipes.Pipes.current().isDagsterPipesProcess())
    except Py4JJavaError:
        return False
