"""Messages in numbered chunks on S3; the JVM's partner is `dagsterpipes.write`'s chunked channel."""

import copy
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from threading import Event
from typing import Any
from uuid import uuid4

from dagster import PipesLogReader, PipesMessageHandler
from dagster_aws.pipes import PipesS3MessageReader
from dagster_pipes import PipesBlobStoreMessageWriter, PipesOpenedData, PipesParams

from dagster_pipes_jvm._dagster import OneWriter
from dagster_pipes_jvm.errors import InvalidParameterError, PassingFaultError
from dagster_pipes_jvm.read.chunks.reader import ChunkReader
from dagster_pipes_jvm.read.chunks.s3_objects import S3Chunks
from dagster_pipes_jvm.read.logs.run_readers import RunLogReaders, RunsByThread
from dagster_pipes_jvm.read.messages.accounted import account_of, check_closed
from dagster_pipes_jvm.read.messages.lines import MessageLines, hand_over_undelivered
from dagster_pipes_jvm.read.messages.marks import marks_beside
from dagster_pipes_jvm.read.messages.thread import reading
from dagster_pipes_jvm.stores.s3 import S3Place
from dagster_pipes_jvm.wire import (
    LAUNCH_KEY,
    READS_JVM_FOLDER_KEY,
    RUN_TOKEN_KEY,
    STOP_POLL_INTERVAL_MILLIS_KEY,
    UPLOAD_INTERVAL_MILLIS_KEY,
)

_SHOWN_FAILURES = 3


class PipesJvmS3MessageReader(OneWriter, PipesS3MessageReader):  # type: ignore[misc]  # dagster_aws is untyped
    """Reads messages from chunks `PREFIX/1.json`, `PREFIX/2.json`, ... of an S3 bucket, as soon as each is there.

    It is a `PipesS3MessageReader`, so that Dagster's clients take it for theirs. What differs: state is kept per run, so
    that one reader serves any number of runs, one after another and at once; a backlog is read whole; the step ends as soon
    as the job's last chunk is read; refused access is an error at once, not "nothing yet"; what is missing is noticed; the
    chunks are removed when they are read. A job that its platform starts again is read attempt by attempt; only the last
    one's reports count.

    Log readers (`log_readers`, `add_log_reader`) belong to the run of the thread that adds them: Dagster's clients add them
    in the thread that runs the step. Those given here, or added before any run, are read in every run.

    Args:
        bucket: the bucket.
        client: a `boto3.client("s3")` that may get, put and delete objects under the prefix; also one of an assumed role.
        key_prefix: put in front of each run's own random prefix; empty for none.
        put_options: arguments of `put_object` for what is written here (`ServerSideEncryption`, `SSEKMSKeyId`, `ACL`, ...);
            `RequestPayer` and `ExpectedBucketOwner` go with every request.
        poll_interval_seconds: time between two looks for the next chunk, in seconds. 0.25 costs 240 GET requests a minute
            while the job runs, 0.6 cents an hour.
        upload_interval_millis: how long the job's log lines may wait before they are sent, in milliseconds.
        include_stdio_in_messages: whether the job's stdout and stderr come as messages too and go to the step's compute
            logs. For cluster mode: in client mode the client forwards the driver's output, and each line would come twice.
        require_closed: whether the step fails where the job's session never opened, never closed, or did not arrive whole. For
            Dagster's own clients; ours judge by `SparkJob(pipes=...)`.
        single_attempt: whether the platform never restarts the job, so that its reports need not wait for its end. By
            default each session says it: reports wait if its platform counts attempts (YARN in cluster mode), or if its
            writer gives no identities. `False` lets all reports wait. Our clients say it themselves, in the account of the run.
        keep_messages: whether the chunks stay in the bucket. Our clients keep those of a step that may be reattached to.
        log_readers: log readers that every run has.
        wait_for_logs_seconds: how long a step waits at its end for logs that are not there, in seconds.
        interval: Dagster's name of `poll_interval_seconds`, and in its place.

    Raises:
        InvalidParameterError: for a value that cannot work.
        S3AccessError: at the start of a run, for a bucket that does not exist or refuses the reader.
        MessagesMissingError: at the end of a run, for chunks that could not be read; with `require_closed` also for messages
            that are missing.
        PipesNotClosedError: at the end of a run, with `require_closed`.
    """

    def __init__(
        self,
        *,
        bucket: str,
        client: Any,
        key_prefix: str = "",
        put_options: Mapping[str, Any] | None = None,
        poll_interval_seconds: float = 0.25,
        upload_interval_millis: int = 300,
        include_stdio_in_messages: bool = False,
        require_closed: bool = False,
        single_attempt: bool | None = None,
        keep_messages: bool = False,
        log_readers: Sequence[PipesLogReader] | None = None,
        wait_for_logs_seconds: float = 60.0,
        interval: float | None = None,
    ) -> None:
        if interval is not None:
            poll_interval_seconds = interval
        if not poll_interval_seconds > 0:
            raise InvalidParameterError(
                parameter="poll_interval_seconds" if interval is None else "interval",
                call=type(self).__name__,
                expected="more than 0 seconds",
                got=repr(poll_interval_seconds),
                remedy="Leave it out; 0.25 is quick, 1 costs a quarter.",
                anchor="s3-access",
            )
        super().__init__(
            interval=poll_interval_seconds,
            bucket=bucket,
            client=client,
            log_readers=log_readers,
            include_stdio_in_messages=include_stdio_in_messages,
        )
        self._place = S3Place(client, bucket, put_options, call=type(self).__name__)
        self._key_prefix = key_prefix.strip("/")
        self._poll_interval_seconds = poll_interval_seconds
        self._upload_interval_millis = upload_interval_millis
        self._require_closed = require_closed
        self._single_attempt = single_attempt
        self._keep_messages = keep_messages
        self._wait_for_logs_seconds = wait_for_logs_seconds
        self._resumed: PipesParams | None = None
        self._runs: RunsByThread[RunLogReaders] = RunsByThread()
        self._last = threading.local()
        self._chunks_by_prefix: dict[str, S3Chunks] = {}

    @property
    def key_prefix(self) -> str:
        """As it was given, without slashes around it."""
        return self._key_prefix

    @property
    def place(self) -> S3Place:
        """The bucket, with the options that were given."""
        return self._place

    @property
    def put_options(self) -> Mapping[str, Any]:
        """As they were given."""
        return self._place.put_options

    def resuming(self, params: PipesParams) -> "PipesJvmS3MessageReader":
        """A reader that takes up an earlier run where it lies, after the process that read it has died.

        It reads from the first chunk on, because the reports of the earlier reader died with it. Log lines that have an identity,
        and that the earlier reader has marked as handled, are not handled again. The earlier run's chunks must still exist (see
        `keep_messages`).

        Args:
            params: what the earlier `read_messages` yielded.
        """
        reader = copy.copy(self)
        reader._resumed = dict(params)
        reader._runs = RunsByThread()
        reader._last = threading.local()
        reader._chunks_by_prefix = {}
        return reader

    def request_stop(self, params: PipesParams, reason: str) -> None:
        """Ask a job to end that its platform does not end when told to, such as the application of a cancelled EMR step.

        A JVM job that was told to look for it ends as by SIGTERM, with `reason` in what it closes its session with. It looks
        where the account of its run says how often. The request is removed with the run.

        Args:
            params: what `read_messages` yielded for the run, which is still being read.
            reason: why, in a sentence.

        Raises:
            S3AccessError: S3 refuses to write the request.
            PassingFaultError: it does not answer, or asks to come again later.
        """
        self._chunks_by_prefix[str(params["key_prefix"])].request_stop(reason)

    @contextmanager
    def read_messages(self, handler: PipesMessageHandler) -> Iterator[PipesParams]:
        """Read the run's chunks in a thread; yields the parameters with which the job finds their place."""
        account = account_of(handler)
        prefix = "/".join(filter(None, [self._key_prefix, str(uuid4())]))
        if self._resumed is not None:
            prefix = str(self._resumed["key_prefix"])
            account.adopt_token(self._resumed.get(RUN_TOKEN_KEY))
        chunks = S3Chunks(self._place, prefix)
        self._last.uri = chunks.uri
        # A missing first chunk is what a reader with access sees; a refusal is known before the job starts.
        with suppress(PassingFaultError):
            chunks.fetch("1.json")
        params: dict[str, Any] = {
            "bucket": self.bucket,
            "key_prefix": prefix,
            PipesBlobStoreMessageWriter.INCLUDE_STDIO_IN_MESSAGES_KEY: self.include_stdio_in_messages,
            UPLOAD_INTERVAL_MILLIS_KEY: self._upload_interval_millis,
            RUN_TOKEN_KEY: account.run_token,
            READS_JVM_FOLDER_KEY: True,
        }
        if account.stop_poll_interval_millis is not None:
            params[STOP_POLL_INTERVAL_MILLIS_KEY] = account.stop_poll_interval_millis
        if account.launch is not None:
            params[LAUNCH_KEY] = account.launch
            chunks.expect_job_name()
        lines = MessageLines(
            handler,
            chunks.uri,
            holds_reports=not self._single_attempt,
            asks_sessions=self._single_attempt is None,
        )
        logs = RunLogReaders(params, lines.warn, self._wait_for_logs_seconds, handler)

        def is_kept() -> bool:
            return self._keep_messages or account.keep_messages

        marks = marks_beside(chunks, account, lines.warn, is_kept=is_kept, is_resumed=self._resumed is not None)
        is_read = False

        def read(ended: Event) -> None:
            nonlocal is_read
            self._runs.adopt(logs)
            ChunkReader(chunks, lines, ended, self._poll_interval_seconds, reads_jvm_folder=True, marks=marks).read()
            is_read = True

        self._chunks_by_prefix[prefix] = chunks
        try:
            with self._runs.entered(logs), logs.running(tuple(self.log_readers.values())):
                with reading(handler, type(self).__name__, read):
                    yield params
        finally:
            # Also where the run has failed.
            del self._chunks_by_prefix[prefix]
            hand_over_undelivered(handler)
            account.say(lines.warn)
            # Users look for missing messages.
            is_done = is_read and account.is_complete and not is_kept()
            if is_kept():
                marks.write()
            if failures := chunks.remove_read() if is_done else chunks.remove_written():
                lines.warn(_stays(failures))
        if self._require_closed:
            check_closed(account, self)

    @property
    def tells_attempts_apart(self) -> bool:
        """Whether a job may be started again by its platform, and only the last attempt's reports count."""
        return not self._single_attempt

    def on_opened(self, opened_payload: PipesOpenedData) -> None:
        """Gives what the job said in `opened` to the log readers of its run."""
        super().on_opened(opened_payload)
        if (run := self._runs.current()) is not None:
            run.opened(opened_payload)

    def add_log_reader(self, log_reader: PipesLogReader) -> None:
        """Starts a log reader in the run of the calling thread; before any run, in every run to come.

        From a thread of its own, while several runs are active, it cannot be told which run is meant: the log reader is
        then left out, with a warning.
        """
        run = self._runs.current()
        if run is not None:
            run.add(log_reader)
        elif not self._runs.any_active:
            super().add_log_reader(log_reader)
        else:
            warnings.warn(
                f"[pipes] log reader {log_reader.name} is left out: it was added from a thread that belongs to no run while"
                " several are active. Add it in the thread that runs the step.",
                stacklevel=2,
            )

    def no_messages_debug_text(self) -> str:
        """What to check when nothing arrived; names the run that the calling thread read last."""
        where = getattr(self._last, "uri", f"s3://{self.bucket}/{self._key_prefix}".rstrip("/"))
        return (
            f"Attempted to read messages from {where}, which S3 allowed. A JVM job writes them with"
            " dagsterpipes.Pipes.open, a PySpark job with dagster_pipes_jvm.pyspark.open_pipes, a plain Python job with"
            " dagster_pipes.PipesS3MessageWriter; the first two find the place through spark.dagster.pipes.messages. The job"
            " needs s3:PutObject there; what it could not send stands on its driver's stderr."
        )


def _stays(failures: Sequence[str]) -> str:
    shown = ", ".join(failures[:_SHOWN_FAILURES])
    more = f" and {len(failures) - _SHOWN_FAILURES:,} more" if len(failures) > _SHOWN_FAILURES else ""
    return (
        f"{len(failures):,} object(s) could not be removed and stay: {shown}{more}. Give the reader s3:DeleteObject, or pass"
        " keep_messages=True and let a lifecycle rule remove them."
    )
