"""Inside a PySpark job: a Pipes session whose parameters, context and channel come from wherever the launcher put them.

Needs only `dagster-pipes` and pyspark, and runs on the cluster's Python (3.9 on EMR 7).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from threading import Lock
from typing import TYPE_CHECKING, Any, Optional

from dagster_pipes import (
    DAGSTER_PIPES_CONTEXT_CLI_ARGUMENT,
    DAGSTER_PIPES_CONTEXT_ENV_VAR,
    DAGSTER_PIPES_MESSAGES_ENV_VAR,
    DagsterPipesError,
    PipesCliArgsParamsLoader,
    PipesContext,
    PipesContextLoader,
    PipesDefaultContextLoader,
    PipesDefaultLogWriter,
    PipesDefaultMessageWriter,
    PipesEnvVarParamsLoader,
    PipesMappingParamsLoader,
    PipesMessageWriter,
    PipesMessageWriterChannel,
    PipesParamsLoader,
    PipesS3ContextLoader,
    encode_param,
    open_dagster_pipes,
)

from dagster_pipes_jvm.injob.data_frames import report_data_frame as report_data_frame
from dagster_pipes_jvm.injob.data_frames import row_count as row_count
from dagster_pipes_jvm.injob.data_frames import table as table
from dagster_pipes_jvm.injob.data_frames import table_schema as table_schema
from dagster_pipes_jvm.injob.fallback import Fallback
from dagster_pipes_jvm.injob.streaming import StreamingReports as StreamingReports
from dagster_pipes_jvm.injob.task_reports import TaskReports as TaskReports

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_CONF_KEYS = {
    DAGSTER_PIPES_CONTEXT_ENV_VAR: "spark.dagster.pipes.context",
    DAGSTER_PIPES_MESSAGES_ENV_VAR: "spark.dagster.pipes.messages",
}
_STORE_KEYS = ("bucket", "uri")
_DEFAULT_WRITER_KEYS = ("path", "stdio", "buffered_stdio")
_TROUBLESHOOTING = "See TROUBLESHOOTING.md#message-channel"


def open_pipes(
    spark: Optional[SparkSession] = None,
    *,
    params_loader: Optional[PipesParamsLoader] = None,
    context_loader: Optional[PipesContextLoader] = None,
    message_writer: Optional[PipesMessageWriter[Any]] = None,
) -> PipesContext:
    """Open the Pipes session of this job; use it as a context manager, so that it closes and reports what is raised.

    Takes the parameters from `--dagster-pipes-context/-messages` arguments, else from the Spark properties
    `spark.dagster.pipes.*`, else from the environment; outside Dagster it gives Dagster's own mock, with a warning.

    Args:
        spark: the job's session; `None` sees only arguments and environment, and has no channel through the JVM.
        params_loader: takes the place of that search.
        context_loader: by default what the parameters name: a file, the parameters themselves, or an object on S3 or
            at any URI that the JVM reaches.
        message_writer: by default what the parameters name: a file, stdout or stderr, or chunks on S3 or at any URI; through
            the JVM (`PipesJvmMessageWriter`) where the bridge jar is attached, so that JVM code which the job calls reports
            into the same session; without it through Dagster's own writers, and boto3 for S3.

    Raises:
        DagsterPipesError: the parameters ask for S3, and there is neither the bridge jar nor boto3; or for another store,
            and there is no bridge jar.
    """
    if PipesContext.is_initialized():
        return PipesContext.get()
    loader = params_loader or _find_params_loader(spark)
    if loader.is_dagster_pipes_process():
        context_loader = context_loader or _context_loader(spark, loader.load_context_params())
        message_writer = message_writer or _message_writer(spark, loader.load_messages_params())
        if isinstance(message_writer, PipesJvmMessageWriter):
            message_writer.context_params = loader.load_context_params()
    return open_dagster_pipes(context_loader=context_loader, message_writer=message_writer, params_loader=loader)


class PipesSparkConfParamsLoader(PipesMappingParamsLoader):
    """Loads the parameters from the Spark properties `spark.dagster.pipes.context` and `spark.dagster.pipes.messages`.

    Args:
        spark: a classic session; one of Spark Connect has no access to the driver's properties and gives no parameters.
    """

    def __init__(self, spark: SparkSession) -> None:
        conf = {}
        jvm = _jvm(spark)
        if jvm is not None:
            # spark-submit makes every `--conf spark.*` a system property of the driver, and the SparkConf takes those.
            spark_conf = spark.sparkContext.getConf()
            for variable, key in _CONF_KEYS.items():
                value = spark_conf.get(key)
                if value:
                    conf[variable] = value
        super().__init__(conf)


class PipesJvmMessageWriter(PipesMessageWriter["PipesJvmMessageWriterChannel"]):
    """Hands messages over py4j to the JVM's channel, so that Python and Scala code of one job share one ordered stream.

    Scala or Java code that the job calls gets this session from `Pipes.current()`, `Pipes.open()` and `Pipes.run`, and leaves
    it open; a session that such code opened first is joined, and stays open until that code closes it. Where the JVM does not
    answer any more, what it may not have delivered and what follows goes where the parameters say without it, see
    docs/pyspark.md.

    Args:
        spark: the job's classic session, with the bridge jar on the driver's class path.

    Raises:
        DagsterPipesError: for a session of Spark Connect, and where the bridge jar is not there.
    """

    context_params: Optional[Mapping[str, Any]] = None
    """Where the step's context is, for JVM code that finds no parameters of its own; `open_pipes` sets it."""

    def __init__(self, spark: SparkSession) -> None:
        if _is_connect(spark):
            raise DagsterPipesError(
                "Invalid value for parameter `spark` of `PipesJvmMessageWriter`. Expected a classic session, whose JVM runs"
                " beside this Python, got one of Spark Connect, which reaches no JVM. Use `open_pipes()` without a message"
                " writer: it writes files, stdout and stderr with Dagster's own writer, and S3 with boto3"
                " (PipesJvmS3MessageWriter)."
                f" {_TROUBLESHOOTING}"
            )
        self._bridge = _bridge(spark)
        if self._bridge is None:
            raise DagsterPipesError(
                "Invalid value for parameter `spark` of `PipesJvmMessageWriter`. Expected a session whose driver has the"
                " class dagsterpipes.spark.PySparkBridge, got one without it. Add the bridge jar with `--jars`; our clients"
                f" do. {_TROUBLESHOOTING}"
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
        """How many messages wait in the JVM; `None` where there is no JVM any more."""
        from py4j.protocol import Py4JError, Py4JJavaError

        try:
            return getattr(self._opened, method)(*arguments) or 0
        except Py4JJavaError:
            raise  # The JVM's own answer.
        except (Py4JError, OSError) as e:
            if "Trace:" in str(e):
                raise  # Of py4j in the JVM, which is there.
            self._is_lost = True
            return None


class _JvmContextLoader(PipesContextLoader):
    """Loads a stored context through the JVM, with the cluster's own credentials."""

    def __init__(self, bridge: Any) -> None:
        self._bridge = bridge

    @contextmanager
    def load_context(self, params: Mapping[str, Any]) -> Iterator[Any]:
        yield json.loads(self._bridge.loadContext(encode_param(params)))


def _find_params_loader(spark: Optional[SparkSession]) -> PipesParamsLoader:
    if DAGSTER_PIPES_CONTEXT_CLI_ARGUMENT in sys.argv:
        return PipesCliArgsParamsLoader()  # type: ignore[no-untyped-call]
    if spark is not None:
        loader = PipesSparkConfParamsLoader(spark)
        if loader.is_dagster_pipes_process():
            return loader
    return PipesEnvVarParamsLoader()  # type: ignore[no-untyped-call]


def _context_loader(spark: Optional[SparkSession], params: Mapping[str, Any]) -> PipesContextLoader:
    if not any(key in params for key in _STORE_KEYS):
        return PipesDefaultContextLoader()
    bridge = _bridge(spark)
    if bridge:
        return _JvmContextLoader(bridge)
    _check_is_bucket(params)
    return PipesS3ContextLoader(_boto3_s3_client())


def _message_writer(spark: Optional[SparkSession], params: Mapping[str, Any]) -> PipesMessageWriter[Any]:
    if spark is not None and _bridge(spark):
        return PipesJvmMessageWriter(spark)
    if not any(key in params for key in _STORE_KEYS) or any(key in params for key in _DEFAULT_WRITER_KEYS):
        return PipesDefaultMessageWriter()
    _check_is_bucket(params)
    from dagster_pipes_jvm.injob.write.s3 import PipesJvmS3MessageWriter

    return PipesJvmS3MessageWriter(_boto3_s3_client())


def _check_is_bucket(params: Mapping[str, Any]) -> None:
    if "bucket" not in params:
        raise DagsterPipesError(
            f"The Pipes parameters of this job name {params['uri']}, and only the JVM reaches it. Expected a session whose"
            " driver has the class dagsterpipes.spark.PySparkBridge, got none. Pass `spark` to `open_pipes`, and add the bridge"
            f" jar with `--jars`; our clients do. {_TROUBLESHOOTING}"
        )


def _boto3_s3_client() -> Any:
    try:
        import boto3  # noqa: F401
    except ImportError as e:
        raise DagsterPipesError(
            "The Pipes parameters of this job name an S3 bucket, and there is no way to it: the driver has neither the bridge"
            " jar (class dagsterpipes.spark.PySparkBridge) nor the Python package boto3. Add the jar with `--jars`, as our"
            f" clients do, or install boto3 for {sys.executable}. {_TROUBLESHOOTING}"
        ) from e
    from dagster_pipes_jvm.injob.write.s3 import s3_client

    return s3_client()


def _bridge(spark: Optional[SparkSession]) -> Any:
    """The class `dagsterpipes.spark.PySparkBridge`, or `None` where the driver has no bridge jar."""
    from py4j.java_gateway import JavaClass

    jvm = _jvm(spark) if spark is not None else None
    if jvm is None:
        return None
    candidate = jvm.dagsterpipes.spark.PySparkBridge
    # py4j takes a name that is no class for a package, without asking.
    return candidate if isinstance(candidate, JavaClass) else None


def _is_connect(spark: Any) -> bool:
    # By the type alone: Spark Connect's module wants grpc.
    return any(kind.__module__.startswith("pyspark.sql.connect.") for kind in type(spark).__mro__)


def _jvm(spark: SparkSession) -> Any:
    """py4j's view of the driver's JVM, or `None` in a Spark Connect session, which has none."""
    try:
        return spark.sparkContext._jvm
    except Exception:
        return None
