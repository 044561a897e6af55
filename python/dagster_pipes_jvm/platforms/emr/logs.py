"""The logs of a step while it runs and after it: onwards to the compute logs, and the last lines of stderr for the error."""

import sys
from collections import deque
from threading import Event, Thread
from typing import IO, Any, cast
from urllib.parse import urlsplit

from dagster import AssetExecutionContext, OpExecutionContext

from dagster_pipes_jvm.platforms.emr.log_readers import EmrLogs
from dagster_pipes_jvm.read.logs.lines import LogLines
from dagster_pipes_jvm.read.logs.output import DriverOutput, Stream
from dagster_pipes_jvm.read.logs.source import Patience, follow
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.stores.s3 import S3Place

_POLL_SECONDS = 5.0
_QUIET_SECONDS = 3.0
_TAIL_LINES = 400


class StepLogs:
    """Follows the logs that EMR keeps on S3 of one step, and of its driver on YARN.

    EMR uploads them every few minutes, and when the step has ended. Messages among them, which the job could not send, are
    handled at the end of the session.

    Lifecycle: `finish` once, when the step has ended. Threads: one of its own.

    Args:
        context: of the run, for warnings.
        handler: gets undelivered messages.
        client: a `boto3.client("s3")` that may list and get the logs.
        log_uri: the cluster's.
        cluster_id: the cluster.
        step_id: the step.
        wait_seconds: how long logs that are not there are waited for when the step has ended, in seconds.
    """

    def __init__(
        self,
        context: OpExecutionContext | AssetExecutionContext,
        handler: PipesJvmMessageHandler,
        client: Any,
        log_uri: str,
        cluster_id: str,
        step_id: str,
        wait_seconds: float,
    ) -> None:
        self._context = context
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        where = urlsplit(log_uri)
        prefix = "/".join(filter(None, (where.path.strip("/"), cluster_id)))
        place = S3Place(client, where.netloc, None, call="PipesSparkEMRClient")
        self._logs = EmrLogs(place, prefix, step_id, None)
        self._handler = handler
        self._ended = Event()
        self._abandoned = Event()
        self._patience = Patience(_POLL_SECONDS, wait_seconds, _QUIET_SECONDS)
        self._thread = Thread(target=self._follow, name=f"logs of {step_id}", daemon=True)
        self._thread.start()

    def finish(self, *, wait: bool) -> list[str]:
        """Read what is there, and what comes while it is waited for; returns the last lines of stderr, oldest first.

        Args:
            wait: whether logs that are not there yet are waited for.
        """
        if not wait:
            self._abandoned.set()
        self._ended.set()
        self._thread.join()
        return list(self._tail)

    def _follow(self) -> None:
        undelivered = self._handler.account.undelivered

        def output(stream: Stream) -> DriverOutput:
            target = cast("IO[str]", _Tail(self._tail)) if stream == "stderr" else stream
            return DriverOutput(target, self._context.log.warning, undelivered=undelivered)

        lines = LogLines(output, lambda _: undelivered.forget())
        try:
            follow(
                self._logs,
                lines.take,
                self._warn,
                self._ended,
                self._abandoned,
                self._patience,
                is_whole=lambda: None,
            )
        except Exception as e:
            self._warn(f"{self._logs.name} is no longer read: {type(e).__name__}: {e}")
        finally:
            lines.finish()

    def _warn(self, text: str) -> None:
        self._context.log.warning(f"[pipes] logs of the step: {text}")


class _Tail:
    """This process's stderr, of which the last lines are kept."""

    def __init__(self, tail: deque[str]) -> None:
        self._tail = tail

    @property
    def encoding(self) -> str | None:
        return getattr(sys.stderr, "encoding", None)

    def write(self, text: str) -> None:
        self._tail.extend(text.splitlines())
        sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()
