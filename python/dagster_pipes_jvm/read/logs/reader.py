"""Base of the log readers: the ordinary lines of a driver's log, while its messages come elsewhere."""

import sys
from abc import abstractmethod
from collections.abc import Mapping
from threading import Event, Thread
from typing import IO, Any

from dagster import PipesLogReader, PipesMessageHandler
from dagster_pipes import PipesParams

from dagster_pipes_jvm.read.logs.lines import LogLines
from dagster_pipes_jvm.read.logs.output import DriverOutput
from dagster_pipes_jvm.read.logs.source import LogSource, Patience, follow
from dagster_pipes_jvm.read.messages.accounted import Recipient


class PipesJvmLogReader(PipesLogReader):
    """Base of the readers that forward the lines of a driver's log to the step's compute logs, while messages come elsewhere.

    Beside a reader of ours that takes log readers (`PipesJvmS3MessageReader`), messages that the job could not send and wrote
    to its stderr (which Spark joins with stdout for a Python driver) are taken in, too. A log that never comes is no error. A
    subclass says where the logs are, by `open_logs`.

    Lifecycle: given to a message reader, it is copied for each run; added to one (`add_log_reader`), it serves that run. Like
    Dagster's own, it runs in a thread.

    Args:
        poll_interval_seconds: time between two looks, in seconds.
        wait_for_logs_seconds: how long after the job's end logs are waited for that are not there, in seconds.
        quiet_seconds: how long after the job's end nothing new must come before what is there counts as whole, in seconds.
        target_stream: where lines go to; by default stdout's to this process's stdout, and stderr's to its stderr.
        debug_info: added to warnings about this log reader.
    """

    def __init__(
        self,
        *,
        poll_interval_seconds: float,
        wait_for_logs_seconds: float,
        quiet_seconds: float,
        target_stream: IO[str] | None = None,
        debug_info: str | None = None,
    ) -> None:
        self._patience = Patience(poll_interval_seconds, wait_for_logs_seconds, quiet_seconds)
        self._target_stream = target_stream
        self._debug_info = debug_info
        self._recipient: Recipient | None = None
        self._thread: Thread | None = None
        self._abandoned = Event()

    @abstractmethod
    def open_logs(self, known: Mapping[str, Any]) -> LogSource | None:
        """The logs of a run; `None` while it is not known where they are.

        Args:
            known: the message parameters of the run, and what the job said in `opened`.
        """

    @property
    def debug_info(self) -> str | None:
        """As it was given."""
        return self._debug_info

    def attach(self, handler: PipesMessageHandler) -> None:
        """Called before `start` by our message readers: whose warnings and undelivered messages these are."""
        self._recipient = Recipient(handler)

    def target_is_readable(self, params: PipesParams) -> bool:
        """Whether it is known where the logs are; they need not be there."""
        logs = self.open_logs(params)
        if logs is not None:
            logs.close()
        return logs is not None

    def start(self, params: PipesParams, is_session_closed: Event) -> None:
        """Follow the logs in a thread until `is_session_closed` is set, and then to their end."""
        logs = self.open_logs(params)
        if logs is None:
            raise RuntimeError(f"{self.name} was started before it is known where the logs are")
        self._abandoned = Event()
        self._thread = Thread(
            target=self._follow, args=(logs, is_session_closed, self._abandoned), name=self.name, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Wait until the logs are read to their end, for `wait_for_logs_seconds` at most after the last line."""
        if self._thread is not None:
            self._thread.join()

    def abandon(self) -> None:
        """Read no longer than it takes to look once more."""
        self._abandoned.set()

    def is_running(self) -> bool:
        """Whether it still reads."""
        return self._thread is not None and self._thread.is_alive()

    def _follow(self, logs: LogSource, ended: Event, abandoned: Event) -> None:
        account = None if self._recipient is None else self._recipient.account
        keep = None if account is None else account.keep_undelivered
        lines = LogLines(
            lambda stream: DriverOutput(self._target_stream or stream, self._warn, undelivered=keep),
            lambda _: account.undelivered.forget() if account else None,
        )
        try:
            follow(
                logs,
                lines.take,
                lambda what: self._warn(self.with_debug_info(f"[pipes] log reader {self.name}: {what}")),
                ended,
                abandoned,
                self._patience,
                is_whole=lambda: None,
            )
        except Exception as e:
            self._warn(
                self.with_debug_info(f"[pipes] log reader {self.name}: stopped reading: {type(e).__name__}: {e}")
            )
        finally:
            lines.finish()
            logs.close()

    def _warn(self, text: str) -> None:
        if self._recipient is not None:
            self._recipient.warn(text)
        else:
            print(text, file=sys.stderr)
