"""The output of a job: text goes to the compute logs, messages to the handler, and the end of stderr to the error."""

import sys
from collections import deque
from collections.abc import Callable
from threading import Event, Thread
from typing import IO, cast

from dagster import PipesSession

from dagster_pipes_jvm.read.logs.lines import LogLines
from dagster_pipes_jvm.read.logs.output import DriverOutput, Stream
from dagster_pipes_jvm.read.logs.source import LogSource, follow
from dagster_pipes_jvm.read.logs.source import Patience as LogPatience
from dagster_pipes_jvm.read.messages.decoder import LogDecoder
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.read.messages.lines import MessageLines
from dagster_pipes_jvm.run.log_tail import LogTail
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm.submit.causes import with_cause
from dagster_pipes_jvm.wire import BUFFERED_STDIO_KEY, STDIO_KEY

_TAIL_LINES = 400
_STREAMS: tuple[Stream, Stream] = ("stdout", "stderr")


def carrier_of(session: PipesSession) -> str | None:
    """The stream of the driver that carries messages; `None` for none."""
    params = session.message_reader_params
    return params.get(STDIO_KEY) or params.get(BUFFERED_STDIO_KEY)


class PipedOutput:
    """The output of a job whose pipes its platform holds. Threads: one for each stream.

    Args:
        session: whose parameters say whether a stream carries messages.
        handler: gets those.
    """

    def __init__(self, session: PipesSession, handler: PipesJvmMessageHandler) -> None:
        carrier = carrier_of(session)
        self._outputs = {
            stream: DriverOutput(
                stream,
                session.context.log.warning,
                messages=MessageLines(handler, f"the driver's {stream}", keeps_lines=False)
                if carrier == stream
                else None,
                # Messages that the job could not send through its channel. Without a session there is no reader for
                # them. Spark joins the two streams of a Python driver.
                undelivered=handler.account.keep_undelivered if session.message_reader_params else None,
            )
            for stream in _STREAMS
        }
        self._decoders = {stream: LogDecoder() for stream in _STREAMS}

    def on_output(self, stream: Stream, data: bytes) -> None:
        """Handle a part of a stream, cut anywhere; no bytes at its end."""
        decoder, output = self._decoders[stream], self._outputs[stream]
        for piece in decoder.feed(data) if data else decoder.finish():
            output.on_piece(piece, "a line")
        if not data:
            output.finish()


class FollowedLogs:
    """Follows the logs that a platform keeps of one job, while it runs and after it.

    Messages among them, which the job could not send, are handled at the end of the session.

    Lifecycle: `finish` once, when the job has ended. Threads: one of its own.

    Args:
        source: the logs.
        handler: gets undelivered messages.
        warn: writes into the event log.
        patience: how long logs that are not there are waited for.
    """

    def __init__(
        self, source: LogSource, handler: PipesJvmMessageHandler, warn: Callable[[str], None], patience: Patience
    ) -> None:
        self._source = source
        self._handler = handler
        self._write_warning = warn
        self._tails: dict[Stream, deque[str]] = {stream: deque(maxlen=_TAIL_LINES) for stream in _STREAMS}
        self._ended = Event()
        self._abandoned = Event()
        self._needs_driver = False
        self._patience = LogPatience(
            patience.log_poll_seconds, patience.wait_for_logs_seconds, patience.log_quiet_seconds
        )
        self._thread = Thread(target=self._follow, name=f"logs: {source.name}", daemon=True)
        self._thread.start()

    def finish(self, *, wait: bool, needs_driver: bool = False) -> list[str]:
        """Read the rest of the logs, and return the last lines of stderr, oldest first.

        They follow the exception that only stdout shows, see `with_cause`.

        Args:
            wait: whether to wait for logs that have not arrived yet.
            needs_driver: whether to wait for the driver's own log also if others have arrived.
        """
        if not wait:
            self._abandoned.set()
        self._needs_driver = needs_driver
        self._ended.set()
        try:
            self._thread.join()
        except BaseException:
            self._abandoned.set()
            raise
        return LogTail(with_cause(self._tails["stdout"], self._tails["stderr"]), self._source.holder_of)

    def _follow(self) -> None:
        account = self._handler.account

        def output(stream: Stream) -> DriverOutput:
            target = cast("IO[str]", _Tail(stream, self._tails[stream]))
            return DriverOutput(target, self._write_warning, undelivered=account.keep_undelivered)

        lines = LogLines(output, lambda _: account.undelivered.forget())
        try:
            follow(
                self._source,
                lines.take,
                self._warn,
                self._ended,
                self._abandoned,
                self._patience,
                is_whole=self._is_whole,
            )
        except Exception as e:
            self._warn(f"{self._source.name} is no longer read: {type(e).__name__}: {e}")
        finally:
            lines.finish()
            self._source.close()

    def _is_whole(self) -> bool | None:
        return False if self._needs_driver and self._source.awaits_driver else None

    def _warn(self, text: str) -> None:
        self._write_warning(f"[pipes] logs of the job: {text}")


class _Tail:
    """A stream of this process, and the last lines that were written into it."""

    def __init__(self, stream: Stream, tail: deque[str]) -> None:
        self._stream = stream
        self._tail = tail

    @property
    def encoding(self) -> str | None:
        return getattr(self._target, "encoding", None)

    def write(self, text: str) -> None:
        self._tail.extend(text.splitlines())
        self._target.write(text)

    def flush(self) -> None:
        self._target.flush()

    @property
    def _target(self) -> IO[str]:
        # Looked up now: Dagster and notebooks replace the streams of a process.
        return cast("IO[str]", getattr(sys, self._stream))
