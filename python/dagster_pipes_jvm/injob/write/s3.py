"""Messages in numbered chunks on S3, from a Python job; the partner of `dagster_pipes_jvm.read.chunks.s3`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Optional

from dagster_pipes import DagsterPipesError, PipesMessageWriter

from dagster_pipes_jvm.injob.identity import new_session
from dagster_pipes_jvm.injob.write import limits
from dagster_pipes_jvm.injob.write.capture import captured_output
from dagster_pipes_jvm.injob.write.channel import (
    ChunkedMessageWriterChannel,
    ChunkSettings,
    RefusedError,
    StoreUnavailableError,
)
from dagster_pipes_jvm.injob.write.job_of_launch import job_check
from dagster_pipes_jvm.texts import see
from dagster_pipes_jvm.wire import LAUNCH_KEY, UPLOAD_INTERVAL_MILLIS_KEY


class PipesJvmS3MessageWriter(PipesMessageWriter["ChunkedMessageWriterChannel"]):
    """Writes messages to chunks on S3 so that none is lost while the store does not answer.

    For plain Python jobs, and PySpark jobs without the bridge jar: `open_dagster_pipes(message_writer=
    PipesJvmS3MessageWriter())`. It keeps the rules of the JVM's writer (docs/delivery.md): with a reader of ours log lines
    wait at most 300 ms and everything else leaves at once; messages wait in memory for a store that does not answer; beyond
    the limit log lines are dropped and counted; a later attempt of the same application writes beside the first one's
    chunks. Works with Dagster's own `PipesS3MessageReader`, too.

    Args:
        client: a `boto3.client("s3")` that may put objects under the prefix; `None`: one from the process's environment.
        close_timeout_seconds: how long closing waits for the last chunks, in seconds; undelivered messages then go to
            stderr, one a line.
        buffer_bytes: how much may wait in memory for a store that takes no chunks, in bytes. Reports may exceed it.

    Raises:
        RefusedError: on opening, where S3 refuses the first chunk; a `DagsterPipesError` as all others.
    """

    def __init__(
        self,
        client: Any = None,
        *,
        close_timeout_seconds: float = limits.CLOSE_TIMEOUT_MILLIS / 1000,
        buffer_bytes: int = limits.BUFFER_BYTES,
    ) -> None:
        self._client = client
        self._close_timeout_seconds = close_timeout_seconds
        self._buffer_bytes = buffer_bytes

    @contextmanager
    def open(self, params: Mapping[str, Any]) -> Iterator[ChunkedMessageWriterChannel]:
        """Open the channel for what the reader sent; leaving the block delivers what waits and closes it."""
        bucket = _parameter(params, "bucket", str)
        key_prefix = _parameter(params, "key_prefix", (str, type(None))) or ""
        sent = _parameter(params, UPLOAD_INTERVAL_MILLIS_KEY, (int, type(None)))
        settings = ChunkSettings(
            interval_seconds=(limits.STOCK_INTERVAL_MILLIS if sent is None else sent) / 1000,
            reader_keeps_up=sent is not None,
            close_timeout_seconds=self._close_timeout_seconds,
            buffer_bytes=self._buffer_bytes,
            session=new_session(params),
            check=job_check(params.get(LAUNCH_KEY), os.environ),
        )
        store = _S3Store(self._client or s3_client(), bucket)
        channel = ChunkedMessageWriterChannel(store, key_prefix, settings, os.environ.get("CONTAINER_ID"))
        try:
            with captured_output(channel, params):
                yield channel
        finally:
            channel.close()


def s3_client(total_max_attempts: int = limits.REQUEST_ATTEMPTS) -> Any:
    """A client for S3 from the process's environment, which gives up soon: the channel retries failed requests.

    Args:
        total_max_attempts: of each request.

    Raises:
        DagsterPipesError: boto3 is not installed.
    """
    try:
        import boto3
        from botocore.config import Config
    except ImportError as e:
        raise DagsterPipesError(
            "The Pipes parameters of this job name an S3 bucket, and the Python package boto3 is not there. Install it for"
            f" {sys.executable}. {see('message-channel')}"
        ) from e
    config = Config(
        connect_timeout=limits.REQUEST_TIMEOUT_MILLIS / 1000,
        read_timeout=limits.REQUEST_TIMEOUT_MILLIS / 1000,
        retries={"mode": "standard", "total_max_attempts": total_max_attempts},
    )
    return boto3.client("s3", region_name=os.environ.get("AWS_REGION"), config=config)


class _S3Store:
    """One bucket. Used by the channel's thread."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self.creates_in_one_step = True

    def read(self, key: str, max_bytes: int) -> Optional[bytes]:
        try:
            body: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read(max_bytes)
        except Exception as e:
            if _can_pass(e):
                raise StoreUnavailableError(f"{self.describe(key)}: {e}") from e
            return None
        return body

    def put(self, key: str, body: bytes, *, is_new: bool = False) -> bool:
        try:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body, **({"IfNoneMatch": "*"} if is_new else {}))
            return True
        except Exception as e:
            status = _status(e)
            if is_new and status == 412:
                return False
            # Other stores may not know the condition, and older versions of boto3 do not.
            if is_new and (status == 501 or type(e).__name__ == "ParamValidationError"):
                self.creates_in_one_step = False
                return self.put(key, body)
            if status == 409 or _can_pass(e):
                raise StoreUnavailableError(f"{self.describe(key)}: {e}") from e
            raise RefusedError(
                f"Cannot write {self.describe(key)}. Expected S3 to accept PutObject through boto3, got {type(e).__name__}:"
                f" {e}, for a place sent by the orchestration side in the messages parameter. Allow the identity that this"
                " process runs as s3:PutObject there, and correct its credentials and region."
                f" {see('s3-access')}"
            ) from e

    def is_there(self, key: str) -> Optional[bool]:
        try:
            self._client.head_object(Bucket=self._bucket, Key=key)
            return True
        except Exception as e:
            if _can_pass(e):
                raise StoreUnavailableError(f"{self.describe(key)}: {e}") from e
            # S3 answers 403 for a missing object, too, to who may not list. What else is wrong the next put tells.
            return False if _status(e) == 404 else None

    def describe(self, key: str) -> str:
        return f"s3://{self._bucket}/{key}"


def _status(e: Exception) -> Optional[int]:
    """What S3 answered; `None` where no answer came."""
    response = getattr(e, "response", None)
    return response.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(response, dict) else None


def _can_pass(e: Exception) -> bool:
    from botocore import exceptions

    status = _status(e)
    if status is not None:
        code = getattr(e, "response", {}).get("Error", {}).get("Code")
        return status >= 500 or status in limits.RETRYABLE_STATUSES or code in limits.RETRYABLE_CODES
    # No answer: connections and time-outs, or credentials that could not be fetched just now.
    passing = (exceptions.HTTPClientError, exceptions.ConnectionError, exceptions.MetadataRetrievalError)
    return isinstance(e, (*passing, exceptions.CredentialRetrievalError, OSError))


def _parameter(params: Mapping[str, Any], name: str, expected: Any) -> Any:
    value = params.get(name)
    if isinstance(value, expected) and not isinstance(value, bool):
        return value
    raise DagsterPipesError(
        f"Invalid type for parameter `{name}` passed from orchestration side to `PipesJvmS3MessageWriter`. Expected"
        f" {getattr(expected, '__name__', 'another type')}, got {type(value).__name__}. Look at what the message reader"
        f" yields. {see('message-channel')}"
    )
