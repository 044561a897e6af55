"""What happens to the driver's output, line by line: messages to the handler, our notices to the event log, the rest onwards."""

from collections.abc import Callable
from typing import IO

from dagster_pipes_jvm.read.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.read.lines import MessageLines

_NOTICE_START = "[dagster-pipes] "
_NOTICES_IN_EVENT_LOG = 20


class DriverOutput:
    """One stream of the driver, forwarded to the step's compute log.

    Threads: `on_line` belongs to the one thread that reads the stream.

    Args:
        name: `stdout` or `stderr`.
        target: where lines go on to; flushed line by line, so that the compute log is live.
        handler: gets the messages, where this stream carries them.
        warn: called with what the bridge says about its own trouble, such as messages that it could not deliver.
    """

    def __init__(
        self, name: str, target: IO[str], handler: PipesJvmMessageHandler | None, warn: Callable[[str], None]
    ) -> None:
        self._target = target
        self._lines = MessageLines(handler, f"the driver's {name}") if handler else None
        self._warn = warn
        self._notices = 0

    def on_line(self, line: str) -> None:
        """Handle one line, with its line end."""
        rest = self._lines.feed_output(line, "a line") if self._lines else line
        if rest is None:
            return
        if rest.startswith(_NOTICE_START) and self._notices < _NOTICES_IN_EVENT_LOG:
            self._notices += 1
            self._warn(f"[pipes] the job says: {rest[len(_NOTICE_START) :].rstrip()}")
        self._forward(rest)

    def _forward(self, text: str) -> None:
        encoding = getattr(self._target, "encoding", None) or "utf-8"
        try:
            self._target.write(text.encode(encoding, "replace").decode(encoding))
            self._target.flush()
        except (OSError, ValueError):
            # A compute log that is closed or full: the messages among the lines matter more, so reading goes on.
            pass
