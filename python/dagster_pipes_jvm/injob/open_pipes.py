"""A Pipes session whose parameters, context and channel come from wherever the launcher put them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Optional

from dagster_pipes import (
    DagsterPipesError,
    PipesContext,
    PipesContextLoader,
    PipesDefaultMessageWriter,
    PipesMessageWriter,
    PipesParamsLoader,
    encode_param,
    open_dagster_pipes,
)

from dagster_pipes_jvm.injob.default_writer import NumberedMessageWriter
from dagster_pipes_jvm.injob.jvm import bridge_class
from dagster_pipes_jvm.injob.jvm_writer import PipesJvmMessageWriter
from dagster_pipes_jvm.injob.params import LimitedContextLoader, LimitedS3ContextLoader, find_params_loader
from dagster_pipes_jvm.injob.write.limits import REQUEST_ATTEMPTS
from dagster_pipes_jvm.texts import see
from dagster_pipes_jvm.wire import RUN_TOKEN_KEY

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_CONTEXT_ATTEMPTS = 3
"""There is no channel that retries, and botocore waits at most some seconds, also if S3 asks for an hour."""
_STORE_KEYS = ("bucket", "uri")
_DEFAULT_WRITER_KEYS = ("path", "stdio", "buffered_stdio")
_ANCHOR = "message-channel"


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
        message_writer: by default what the parameters name: a file, stdout or stderr, or chunks on S3 or at any URI.
            With the bridge jar it writes through the JVM (`PipesJvmMessageWriter`), so that JVM code which the job
            calls reports into the same session. Without the jar it is a writer of Dagster, with boto3 for S3.

    Raises:
        DagsterPipesError: the parameters ask for S3, and there is neither the bridge jar nor boto3. The same holds
            for another store without the bridge jar. Parameters or a context of more than 16 MiB are refused as well.
    """
    if PipesContext.is_initialized():
        return PipesContext.get()
    loader = params_loader or find_params_loader(spark)
    if loader.is_dagster_pipes_process():
        context_loader = context_loader or _context_loader(spark, loader.load_context_params())
        message_writer = message_writer or _message_writer(spark, loader.load_messages_params())
        if isinstance(message_writer, PipesJvmMessageWriter):
            message_writer.context_params = loader.load_context_params()
    return open_dagster_pipes(context_loader=context_loader, message_writer=message_writer, params_loader=loader)


class _JvmContextLoader(PipesContextLoader):
    """Loads a stored context through the JVM, with the cluster's own credentials."""

    def __init__(self, bridge: Any) -> None:
        self._bridge = bridge

    @contextmanager
    def load_context(self, params: Mapping[str, Any]) -> Iterator[Any]:
        yield json.loads(self._bridge.loadContext(encode_param(params)))


def _context_loader(spark: Optional[SparkSession], params: Mapping[str, Any]) -> PipesContextLoader:
    if not any(key in params for key in _STORE_KEYS):
        return LimitedContextLoader()
    bridge = bridge_class(spark)
    if bridge:
        return _JvmContextLoader(bridge)
    _check_is_bucket(params)
    return LimitedS3ContextLoader(_boto3_s3_client(_CONTEXT_ATTEMPTS))


def _message_writer(spark: Optional[SparkSession], params: Mapping[str, Any]) -> PipesMessageWriter[Any]:
    if spark is not None and bridge_class(spark):
        return PipesJvmMessageWriter(spark)
    if not any(key in params for key in _STORE_KEYS) or any(key in params for key in _DEFAULT_WRITER_KEYS):
        return PipesDefaultMessageWriter() if params.get(RUN_TOKEN_KEY) is None else NumberedMessageWriter()
    _check_is_bucket(params)
    from dagster_pipes_jvm.injob.write.s3 import PipesJvmS3MessageWriter

    return PipesJvmS3MessageWriter(_boto3_s3_client())


def _check_is_bucket(params: Mapping[str, Any]) -> None:
    if "bucket" not in params:
        raise DagsterPipesError(
            f"The Pipes parameters of this job name {params['uri']}, and only the JVM reaches it. Expected a session whose"
            " driver has the class dagsterpipes.spark.PySparkBridge, got none. Pass `spark` to `open_pipes`, and add the bridge"
            f" jar with `--jars`; our clients do. {see(_ANCHOR)}"
        )


def _boto3_s3_client(total_max_attempts: int = REQUEST_ATTEMPTS) -> Any:
    try:
        import boto3  # noqa: F401
    except ImportError as e:
        raise DagsterPipesError(
            "The Pipes parameters of this job name an S3 bucket, and there is no way to it. The driver has neither the bridge"
            " jar (class dagsterpipes.spark.PySparkBridge) nor the Python package boto3. Add the jar with `--jars`, as our"
            f" clients do, or install boto3 for {sys.executable}. {see(_ANCHOR)}"
        ) from e
    from dagster_pipes_jvm.injob.write.s3 import s3_client

    return s3_client(total_max_attempts)
