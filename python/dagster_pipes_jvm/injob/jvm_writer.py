"""Writes messages through py4j to the JVM's channel: one stream for Python, Scala and Java code of one job."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from threading import Lock
from typing import TYPE_CHECKING, Any, Optional

from dagster_pipes import (
    DagsterPipesError,
    PipesDefaultLogWriter,
    PipesDefaultMessageWriter,
    PipesMessageWriter,
    PipesMessageWriterChannel,
    encode_param,
)

from dagster_pipes_jvm.injob.fallback import Fallback
from dagster_pipes_jvm.injob.jvm import bridge_class, is_connect
from dagster_pipes_jvm.texts import invalid_value

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class PipesJvmMessageWriter(PipesMessageWriter["PipesJvmMessageWriterChannel"]):
    """Passes messages through py4j to the JVM's channel, so that a job's Python and Scala code share one ordered stream.

    Scala or Java code that the job calls gets this session from `Pipes.current()`, `Pipes.open()` and `Pipes.run`, and
    leaves it open. If such code opened a session first, the writer joins it, and that code closes it. If the JVM does
    not answer any more, the writer sends messages that may be undelivered, and all later ones, without it: see
    docs/pyspark.md.

    Args:
        spark: the job's classic session, with the bridge jar on the driver's class path.

    Raises:
        DagsterPipesError: for a session of Spark Connect, or without the bridge jar.
    """

    context_params: Optional[Mapping[str, Any]] = None
    """The place of the step's context, for JVM code that finds no parameters of its own; `open_pipes` sets it."""

    def __init__(self, spark: SparkSession) -> None:
        if is_connect(spark):
            raise _invalid_session(
                expected="a classic session, whose JVM runs beside this Python",
                got="one of Spark Connect, which reaches no JVM",
                remedy="Use `open_pipes()` without a message writer: it writes files, stdout and stderr with Dagster's own"
                " writer, and S3 with boto3 (PipesJvmS3MessageWriter).",
            )
        self._bridge = bridge_class(spark)
        if self._bridge is None:
            raise _invalid_session(
                expected="a session whose driver has the class dagsterpipes.spark.PySparkBridge",
                got="one without it",
                remedy="Add the bridge jar with `--jars`; our clients do.",
            )

    @contextmanager
    def open(self, params: Mapping[str, Any]) -> Iterator[PipesJvmMessageWriterChannel]:
        """Open the JVM's session for these parameters; leaving the block delivers what waits and closes it."""
        context = None if self.context_params is None else encode_param(self.context_params)
        channel = PipesJvmMessageWriterChannel(self._bridge.open(encode_param(params), context), Fallback(params))
        try:
            with ExitStack() as stack:
                if params.get(PipesDefaultMessageWriter.INCLUDE_STDIO_IN_MESSAGES_KEY):
                    writer = PipesDefaultLogWriter(message_channel=channel)
                    stack.enter_context(writer.open(params.get("log_writer", {})))
                else:
                    stack.enter_context(nullcontext())
                yield channel
        finally:
            channel.close()


class PipesJvmMessageWriterChannel(PipesMessageWriterChannel):
    """One open channel of the JVM. Any thread may write; a thread's messages keep their order."""

    def __init__(self, opened: Any, fallback: Fallback) -> None:
        self._opened = opened
        self._fallback = fallback
        self._lock = Lock()
        self._is_lost = False

    def write_message(self, message: Mapping[str, Any]) -> None:
        """Write one message; returns when the JVM's channel has taken it."""
        line = json.dumps(message)
        with self._lock:
            if self._is_lost:
                self._fallback.write(line)
                return
            # Under a lock, so that what is kept has the JVM's order.
            waiting = self._call("write", message["method"], line)
            self._fallback.keep(message["method"], line)
            if waiting is None:
                self._fallback.take_over()
            else:
                self._fallback.delivered_all_but(waiting)

    def close(self) -> None:
        """Deliver what still waits, and close the JVM's channel."""
        with self._lock:
            if not self._is_lost and self._call("close") is None:
                self._fallback.take_over()

    def _call(self, method: str, *arguments: str) -> Optional[int]:
        """How many messages wait in the JVM; `None` if there is no JVM any more."""
        from py4j.protocol import Py4JError, Py4JJavaError

        try:
            return getattr(self._opened, method)(*arguments) or 0
        except Py4JJavaError:
            raise  # The JVM's own answer.
        except (Py4JError, OSError) as e:
            if "Trace:" in str(e):
                raise  # The JVM exists: this is an error of py4j in it.
            self._is_lost = True
            return None


def _invalid_session(*, expected: str, got: str, remedy: str) -> DagsterPipesError:
    return DagsterPipesError(
        invalid_value(
            parameter="spark",
            call="PipesJvmMessageWriter",
            expected=expected,
            got=got,
            remedy=remedy,
            anchor="message-channel",
        )
    )
