"""A driver's log in CloudWatch, on top of Dagster's own readers."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from botocore import exceptions as boto
from dagster import PipesLogReader
from dagster_aws.pipes.message_readers import (
    PipesCloudWatchLogReader,
    PipesCloudWatchMessageReader,
    get_log_events,
)

from dagster_pipes_jvm._dagster import PipesLaunchedData
from dagster_pipes_jvm.errors import PassingFaultError, PipesJvmError, see, sentence
from dagster_pipes_jvm.read.logs.messages import PipesJvmLogMessageReader
from dagster_pipes_jvm.read.logs.output import Stream
from dagster_pipes_jvm.read.logs.reader import PipesJvmLogReader
from dagster_pipes_jvm.read.logs.source import LogPart, LogSource

_PASSING_STATUS = 500
_PASSING = {"ThrottlingException", "ServiceUnavailableException", "RequestTimeout"}


class CloudWatchLog(LogSource):
    """One log stream. Every page is read, also behind empty ones; Dagster's own readers stop there, and begin at the last page.

    Args:
        client: a `boto3.client("logs")`.
        group: the log group.
        stream: the log stream, which need not be there.
        driver_stream: which stream of the driver it holds.
        skips_existing: whether what is in it now belongs to somebody else.
        start_time: the first time stamp that counts, in milliseconds since 1970; `None` for all.
        max_retries: how often to ask again at once when CloudWatch throttles.
    """

    def __init__(
        self,
        client: Any,
        group: str,
        stream: str,
        driver_stream: Stream,
        *,
        skips_existing: bool = False,
        start_time: int | None = None,
        max_retries: int | None = 3,
    ) -> None:
        self.name = f"CloudWatch log {group}:{stream}"
        self._client = client
        self._max_retries = max_retries
        self._driver_stream = driver_stream
        # From the head: AWS then gives every event; by default it begins with the newest page.
        self._request = {"logGroupName": group, "logStreamName": stream, "startFromHead": True}
        if start_time is not None:
            self._request["startTime"] = start_time
        if skips_existing:
            answer = self._ask({**self._request, "startFromHead": False, "limit": 1})
            if answer is not None:
                self._request["nextToken"] = answer["nextForwardToken"]

    def poll(self) -> Iterator[LogPart]:
        """What was logged since the last call.

        Raises:
            PassingFaultError: CloudWatch throttles or does not answer.
            PipesJvmError: it refuses.
        """
        while (answer := self._ask(self._request)) is not None:
            token = answer["nextForwardToken"]
            is_end = token == self._request.get("nextToken")
            self._request["nextToken"] = token
            for event in answer["events"]:
                yield LogPart(self.name, self._driver_stream, event.get("message", ""))
            if is_end:
                return

    def _ask(self, request: Mapping[str, Any]) -> Any:
        """The answer; `None` where there is no such log stream."""
        try:
            return get_log_events(self._client, self._max_retries, **request)
        except boto.ClientError as e:
            if e.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
                return None
            raise self._fault(e) from e
        except (boto.BotoCoreError, OSError) as e:
            raise PassingFaultError.of(e) from e

    def _fault(self, e: boto.ClientError) -> PipesJvmError:
        code = str(e.response.get("Error", {}).get("Code", ""))
        status = e.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _PASSING or status >= _PASSING_STATUS:
            return PassingFaultError(str(e))
        return PipesJvmError(
            f"Cannot read {self.name}: {sentence(str(e))} Give the credentials of `client` logs:GetLogEvents on it, and the"
            " client its region."
            f" {see('log-lines')}"
        )


class PipesJvmCloudWatchMessageReader(PipesJvmLogMessageReader, PipesCloudWatchMessageReader):  # type: ignore[misc]  # dagster_aws is untyped
    """Finds messages in a CloudWatch log stream and forwards the other lines.

    It is a `PipesCloudWatchMessageReader`, so that Dagster's clients (ECS, EMR Serverless, EMR on EKS, Glue) take it for theirs
    and tell it group and stream when they have started the job. What differs: state is kept per run; ordinary lines reach the
    compute logs; no page is skipped; a message that was cut into several events is put together; the step ends when `closed` is
    in.

    Args:
        client: a `boto3.client("logs")`.
        log_group: the log group; `None` where the client reports it.
        log_stream: the log stream; `None` where the client reports it. A stream that is named here and already there is read
            from where it ends when a run starts, so that two runs at once need a stream each.
        log_readers: log readers that every run has.
        max_retries: how often to ask again at once when CloudWatch throttles.
        stream: which stream of the driver the log holds; Dagster's clients report the one of stdout.
        buffered: see `PipesJvmLogMessageReader`.
        poll_interval_seconds: see there. 1 costs 60 requests a minute and run.
        wait_for_logs_seconds: see there.
        quiet_seconds: see there.
        require_closed: see there.

    Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
    """

    def __init__(
        self,
        client: Any = None,
        log_group: str | None = None,
        log_stream: str | None = None,
        log_readers: Sequence[PipesLogReader] | None = None,
        max_retries: int | None = 3,
        *,
        stream: Stream = "stdout",
        buffered: bool = False,
        poll_interval_seconds: float = 1.0,
        wait_for_logs_seconds: float = 60.0,
        quiet_seconds: float = 2.0,
        require_closed: bool = False,
    ) -> None:
        PipesCloudWatchMessageReader.__init__(self, client, log_group, log_stream, max_retries=max_retries)
        PipesJvmLogMessageReader.__init__(
            self,
            stream=stream,
            buffered=buffered,
            poll_interval_seconds=poll_interval_seconds,
            wait_for_logs_seconds=wait_for_logs_seconds,
            quiet_seconds=quiet_seconds,
            require_closed=require_closed,
            log_readers=log_readers,
        )

    def open_logs(self, known: Mapping[str, Any]) -> LogSource | None:
        """The log stream, once it is known."""
        group, stream = known.get("log_group", self.log_group), known.get("log_stream", self.log_stream)
        if not group or not stream:
            return None
        return CloudWatchLog(
            self.client,
            group,
            stream,
            self._stream,
            skips_existing="log_stream" not in known,
            max_retries=self.max_retries,
        )

    def on_launched(self, launched_payload: PipesLaunchedData) -> None:
        """Takes group and stream for the run of the calling thread."""
        PipesJvmLogMessageReader.on_launched(self, launched_payload)

    def on_opened(self, opened_payload: Any) -> None:
        """Nothing: Dagster's would keep it for every run."""

    def add_log_reader(self, log_reader: PipesLogReader) -> None:
        """Reads one more log in the run of the calling thread; one of the log stream that holds the messages is left out.

        Dagster's clients add that one, too, but its lines are forwarded with the messages already.
        """
        if not isinstance(log_reader, PipesCloudWatchLogReader):
            super().add_log_reader(log_reader)
            return
        launch = self._runs.current()
        known = launch.known if launch is not None else {}
        messages = (known.get("log_group", self.log_group), known.get("log_stream", self.log_stream))
        if (log_reader.log_group, log_reader.log_stream) != messages:
            super().add_log_reader(_ours(log_reader))

    def no_messages_debug_text(self) -> str:
        """What to check when nothing arrived."""
        return (
            f"Attempted to read messages from CloudWatch, group {self.log_group or '(reported by the client)'}, stream"
            f" {self.log_stream or '(reported by the client)'}, which must hold the driver's {self._stream}. The job finds the"
            " stream through its Pipes parameters."
        )


class PipesJvmCloudWatchLogReader(PipesJvmLogReader):
    """Forwards a CloudWatch log stream, every page and once.

    Group and stream come from the call, or from the job's message parameters, as with Dagster's `PipesCloudWatchLogReader`.

    Args:
        client: a `boto3.client("logs")`.
        log_group: the log group.
        log_stream: the log stream, which need not be there yet.
        stream: which stream of the driver it holds.
        start_time: the first time stamp that is forwarded, in milliseconds since 1970; `None` for all.
        max_retries: how often to ask again at once when CloudWatch throttles.
        poll_interval_seconds: see `PipesJvmLogReader`.
        wait_for_logs_seconds: see there.
        quiet_seconds: see there.
        target_stream: see there.
        debug_info: see there.
    """

    def __init__(
        self,
        client: Any,
        log_group: str | None = None,
        log_stream: str | None = None,
        *,
        stream: Stream = "stdout",
        start_time: int | None = None,
        max_retries: int = 3,
        poll_interval_seconds: float = 1.0,
        wait_for_logs_seconds: float = 30.0,
        quiet_seconds: float = 5.0,
        target_stream: IO[str] | None = None,
        debug_info: str | None = None,
    ) -> None:
        super().__init__(
            poll_interval_seconds=poll_interval_seconds,
            wait_for_logs_seconds=wait_for_logs_seconds,
            quiet_seconds=quiet_seconds,
            target_stream=target_stream,
            debug_info=debug_info,
        )
        self._client = client
        self._group = log_group
        self._log_stream = log_stream
        self._stream: Stream = stream
        self._start_time = start_time
        self._max_retries = max_retries

    @property
    def name(self) -> str:
        """The class and the log."""
        return f"{type(self).__name__}({self._group}:{self._log_stream})"

    def open_logs(self, known: Mapping[str, Any]) -> LogSource | None:
        """The log stream, once it is known."""
        group, stream = known.get("log_group") or self._group, known.get("log_stream") or self._log_stream
        if not group or not stream:
            return None
        return CloudWatchLog(
            self._client,
            group,
            stream,
            self._stream,
            start_time=self._start_time,
            max_retries=self._max_retries,
        )


def _ours(log_reader: PipesCloudWatchLogReader) -> PipesJvmCloudWatchLogReader:
    """The same as Dagster's, which never ends while nothing new is logged."""
    return PipesJvmCloudWatchLogReader(
        log_reader.client,
        log_reader.log_group,
        log_reader.log_stream,
        stream="stderr" if log_reader.target_stream is sys.stderr else "stdout",
        start_time=log_reader.start_time,
        target_stream=log_reader.target_stream,
        debug_info=log_reader.debug_info,
    )
