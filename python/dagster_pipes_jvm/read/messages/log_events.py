"""Log messages as events of the run, as many as a database should take; the others as lines of the compute log."""

import logging
import sys
from threading import Lock

from dagster import DagsterLogManager

from dagster_pipes_jvm._dagster import check, coerce_valid_log_level
from dagster_pipes_jvm.errors import see

# Dagster writes a few hundred a second into SQLite.
DEFAULT_MAX_LOG_EVENTS = 5_000


class LogEvents:
    """Writes a job's log messages into the run's event log, up to a number; what comes beyond goes to the step's stderr.

    Messages from WARNING on have as many events of their own, so that an error behind a flood is an event. The event log
    says when the number is reached, and at the end how many messages went elsewhere. Nothing is dropped.

    Lifecycle: one per run; call `finish` when no more come. Threads: any.

    Args:
        log: of the step's context.
        max_events: how many, for messages below WARNING and again for those from WARNING on; `None` for any number.
    """

    def __init__(self, log: DagsterLogManager, max_events: int | None) -> None:
        self._log = log
        self._max_events = max_events
        self._lock = Lock()
        self._written = {False: 0, True: 0}

    def write(self, message: str, level: str) -> None:
        """Write one message.

        Raises:
            CheckError: where message or level are none that Dagster takes.
        """
        check.str_param(message, "message")
        number = coerce_valid_log_level(level)
        if not self._log.isEnabledFor(number):
            return  # `python_logs` of the instance wants no event for it.
        is_grave = number >= logging.WARNING
        with self._lock:
            self._written[is_grave] += 1
            beyond = 0 if self._max_events is None else self._written[is_grave] - self._max_events
        if beyond <= 0:
            self._log.log(number, message)
            return
        if beyond == 1:
            self._log.warning(f"[pipes] {self._begins(is_grave)} {see('log-flood')}")
        write_to_compute_log(f"{logging.getLevelName(number)} {message}\n")

    def finish(self) -> None:
        """Say how many messages went to the compute log, where any did."""
        with self._lock:
            below, grave = (max(0, self._written[which] - (self._max_events or 0)) for which in (False, True))
        if self._max_events is not None and below + grave:
            self._log.warning(
                f"[pipes] {below + grave:,} of the {sum(self._written.values()):,} log messages of this run are in the step's"
                f" compute log (stderr) only, {grave:,} of them warnings or errors. {see('log-flood')}"
            )

    def _begins(self, is_grave: bool) -> str:
        which = "from WARNING on" if is_grave else "below WARNING"
        rest = "" if is_grave else " Warnings and errors still become events."
        return (
            f"The job has logged {self._max_events:,} messages {which}. Further ones go to the step's compute log (stderr)"
            f" only, because the event log is a database.{rest}"
        )


def write_to_compute_log(text: str) -> None:
    """Write text to the step's stderr."""
    stream = sys.stderr
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except (OSError, ValueError):
        # A compute log that is closed or full: the messages that follow matter more.
        pass
