"""Messages in numbered chunks on S3; the JVM's partner is `dagsterpipes.write`'s chunked channel."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError
from dagster._core.pipes.context import PipesMessageHandler
from dagster_aws.pipes import PipesS3MessageReader
from dagster_pipes import PipesBlobStoreMessageWriter, PipesParams
from urllib3.exceptions import HTTPError

from dagster_pipes_jvm.errors import S3AccessError, see
from dagster_pipes_jvm.protocol import UPLOAD_INTERVAL_MILLIS_KEY
from dagster_pipes_jvm.read.chunks import PassingFaultError, read_chunks
from dagster_pipes_jvm.read.lines import MessageLines
from dagster_pipes_jvm.read.thread import reading

# S3 answers 403 for a key that is not there when the caller may not list the bucket (AWS's GetObject page).
_FORBIDDEN = {"403", "AccessDenied", "Forbidden"}
_NO_SUCH_KEY = {"404", "NoSuchKey"}
_FINAL_STATUS = {400, 401, 403, 404}
_REFUSED = _FORBIDDEN | {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"}
_PASSING = {"RequestTimeout"}  # A 400 that means: send it again.
_FINAL = _REFUSED | {"NoSuchBucket"}


class PipesJvmS3MessageReader(PipesS3MessageReader):  # type: ignore[misc]  # dagster_aws is untyped
    """Reads messages from chunks `PREFIX/1.json`, `PREFIX/2.json`, ... of an S3 bucket, as soon as each is there.

    It is a `PipesS3MessageReader`, so that Dagster's clients take it for theirs. What differs: state is kept per run, so
    that one reader serves any number of runs, one after another and at once; a backlog is read whole; the step ends
    as soon as the job's last chunk is read; refused access is an error at once, not "nothing yet".

    Args:
        bucket: the bucket.
        client: a `boto3.client("s3")` that may get objects under the prefix.
        key_prefix: put in front of each run's own random prefix; empty for none.
        poll_interval_seconds: time between two looks for the next chunk, in seconds. 0.3 costs about 200 GET requests
            a minute while the job runs.
        upload_interval_millis: how long the job's log lines may wait before they are sent, in milliseconds.
        include_stdio_in_messages: whether the job's stdout and stderr come as messages too and go to the step's compute
            logs. For cluster mode: in client mode the client forwards the driver's output, and each line would come twice.

    Raises:
        S3AccessError: at the start of a run, for a bucket that does not exist or refuses the reader.
    """

    def __init__(
        self,
        *,
        bucket: str,
        client: Any,
        key_prefix: str = "",
        poll_interval_seconds: float = 0.3,
        upload_interval_millis: int = 300,
        include_stdio_in_messages: bool = False,
    ) -> None:
        super().__init__(
            bucket=bucket,
            client=client,
            include_stdio_in_messages=include_stdio_in_messages,
        )
        self._key_prefix = key_prefix
        self._poll_interval_seconds = poll_interval_seconds
        self._upload_interval_millis = upload_interval_millis

    @contextmanager
    def read_messages(self, handler: PipesMessageHandler) -> Iterator[PipesParams]:
        """Read the run's chunks in a thread; yields the parameters with which the job finds their place."""
        prefix = f"{self._key_prefix.rstrip('/')}/{uuid4()}".lstrip("/")
        chunks = _S3Chunks(self.client, self.bucket, prefix)
        # A missing first chunk is what a reader with access sees; a refusal is known before the job starts.
        with suppress(PassingFaultError):
            chunks.fetch(1)
        lines = MessageLines(handler, f"s3://{self.bucket}/{prefix}")
        with reading(
            handler,
            type(self).__name__,
            lambda ended: read_chunks(chunks.fetch, lines, ended, self._poll_interval_seconds),
        ):
            yield {
                "bucket": self.bucket,
                "key_prefix": prefix,
                PipesBlobStoreMessageWriter.INCLUDE_STDIO_IN_MESSAGES_KEY: self.include_stdio_in_messages,
                UPLOAD_INTERVAL_MILLIS_KEY: self._upload_interval_millis,
            }

    def no_messages_debug_text(self) -> str:
        """What to check when nothing arrived."""
        return (
            f"Attempted to read messages from S3 bucket {self.bucket}. A JVM job writes them with dagsterpipes.Pipes.open,"
            " a PySpark job with dagster_pipes_jvm.pyspark.open_pipes, a plain Python job with"
            " dagster_pipes.PipesS3MessageWriter; the first two find the place through spark.dagster.pipes.messages."
        )


class _S3Chunks:
    """The chunks of one run, with what is known of the reader's access to them."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._has_proven_access = False

    def fetch(self, index: int) -> str | None:
        """The text of a chunk, `None` while it is not there.

        Raises:
            S3AccessError: where S3 refuses for another reason than that.
            PassingFaultError: where it does not answer, or asks to come again later.
        """
        key = f"{self._prefix}/{index}.json"
        try:
            body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as e:
            code = e.response.get("Error", {}).get("Code", "")
            if code in _NO_SUCH_KEY or (code in _FORBIDDEN and self._proves_access()):
                return None
            status = e.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if code in _FINAL or (status in _FINAL_STATUS and code not in _PASSING):
                raise self._access_error(key, code, e) from e
            raise PassingFaultError(str(e)) from e
        except (BotoCoreError, HTTPError, OSError) as e:
            # No answer, or a body that broke off: botocore has tried again already, and the job runs on meanwhile.
            raise PassingFaultError(f"{type(e).__name__}: {e}") from e
        return str(body, "utf-8", "replace")

    def _proves_access(self) -> bool:
        """Whether an object of our own under the prefix can be written and read: 403 for another key then means "not yet"."""
        if not self._has_proven_access:
            key = f"{self._prefix}/reader"
            try:
                self._client.put_object(Bucket=self._bucket, Key=key, Body=b"")
                self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
                self._client.delete_object(Bucket=self._bucket, Key=key)
            except ClientError:
                return False
            self._has_proven_access = True
        return True

    def _access_error(self, key: str, code: str, cause: ClientError) -> S3AccessError:
        if code == "NoSuchBucket":
            remedy = "Create the bucket, or name another in `bucket`."
        elif code in _REFUSED:
            remedy = (
                "Give the credentials of `client` s3:GetObject on that prefix, and s3:ListBucket (or s3:PutObject and"
                " s3:DeleteObject there), so that a missing object can be told from a refused one."
            )
        else:
            remedy = "Check the bucket and the endpoint of `client`."
        return S3AccessError(
            "Invalid value for parameter `bucket` or `client` of `PipesJvmS3MessageReader`. Expected to read"
            f" s3://{self._bucket}/{key} or to be told that it is not there yet, got {code or 'an error'} from S3: {cause}."
            f" {remedy} {see('s3-access')}"
        )
