"""Writes messages through py4j to the JVM's channel: one stream for Python, Scala and Java code of one job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Optional

from dagster_pipes import DagsterPipesError, PipesMessageWriter, PipesMessageWriterChannel, encode_param

from dagster_pipes_jvm.injob.fallback import Fallback
from dagster_pipes_jvm.injob.forked import OpeningProcess
from dagster_pipes_jvm.injob.identity import Numbers
from dagster_pipes_jvm.injob.jvm import bridge_class, is_connect
from dagster_pipes_jvm.injob.write.capture import captured_output
from dagster_pipes_jvm.texts import invalid_value
from dagster_pipes_jvm.wire import JVM_PRODUCER, LOG_METHODS, RESULT_METHODS

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
        channel = PipesJvmMessageWriterChannel(self._bridge.open(encode_param(params), context), params)
        try:
            with captured_output(channel, params):
                yield channel
        finally:
            channel.close()


class PipesJvmMessageWriterChannel(PipesMessageWriterChannel):
    """One open channel of the JVM. A forked process cannot use it, see `OpeningProcess`.

    Threads: any may write; a thread's messages keep their order.

    Args:
        opened: the object of the JVM.
        params: the message parameters of the session.
    """

    def __init__(self, opened: Any, params: Mapping[str, Any]) -> None:
        self._opened = opened
        self._is_lost = False
        self._numbers = _numbers_of(opened)
        self._fallback = Fallback(params, has_identity=self._numbers.are_requested)
        self._process = OpeningProcess(has_identity=self._numbers.are_requested)

    def write_message(self, message: Mapping[str, Any]) -> None:
        """Write one message; returns when the JVM's channel has taken it.

        Raises:
            DagsterPipesError: JVM code has reported this asset already, or a forked process reports something.
        """
        if not self._process.is_this:
            self._process.write_in_fork(message)
            return
        method = message["method"]
        # One lock, so that numbers and kept lines have the order of the JVM.
        with self._numbers.lock:
            # The JVM adds the facts of `closed`. Without it, nobody knows how many lines JVM code wrote.
            alone = self._numbers.closed_facts(**{JVM_PRODUCER: None}) if method == "closed" else None
            without_jvm = self._numbers.line(message, alone)
            if self._is_lost:
                self._numbers.admit()
                self._fallback.write(without_jvm)
                return
            line = self._numbers.line(message, {}) if method == "closed" else without_jvm
            # Before the call: if it breaks off, the JVM may have written the line, and no other may have its number.
            self._numbers.admit()
            answer = self._write(method, line)
            if answer is not None and answer < 0:
                self._numbers.take_back()
                self._numbers.dropped_log_lines += method in LOG_METHODS
                self._fallback.delivered_all_but(-1 - answer)
                return
            self._fallback.keep(method, without_jvm)
            if answer is None:
                self._fallback.take_over()
            else:
                self._fallback.delivered_all_but(answer)

    def close(self) -> None:
        """Deliver the rest, and close the JVM's channel."""
        if not self._process.is_this:
            return
        with self._numbers.lock:
            if not self._is_lost and self._call("close") is None:
                self._fallback.take_over()

    def _write(self, method: str, line: str) -> Optional[int]:
        from py4j.protocol import Py4JJavaError

        try:
            return self._call("write", method, line)
        except Py4JJavaError as e:
            refusal = _refusal(method, e)
            if refusal or method == "opened":
                # Nothing was written, or the JVM forgot it: a session that was refused begins again at 1.
                self._numbers.take_back()
            if refusal:
                raise DagsterPipesError(refusal) from e
            raise

    def _call(self, method: str, *arguments: str) -> Optional[int]:
        """The answer of the JVM; `None` if it does not exist any more."""
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


_NUMBERS: dict[str, Numbers] = {}
"""By session: Python may close its part of a session that JVM code keeps open, and join it again."""


def _numbers_of(opened: Any) -> Numbers:
    from py4j.protocol import Py4JError

    try:
        session = opened.session() or ""
    except (Py4JError, OSError):
        return Numbers("")  # A bridge jar that knows no identity.
    return _NUMBERS.setdefault(session, Numbers(session)) if session else Numbers("")


def _refusal(method: str, error: Any) -> Optional[str]:
    """The reason for which the bridge refused a report before it wrote anything; `None` for any other error."""
    if method not in RESULT_METHODS:
        return None
    text = str(error.java_exception.getMessage())
    return text if text.startswith("Calling `report_asset_") else None


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
