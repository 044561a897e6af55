"""From lines of text to messages handled: one bad line is said and counted, and the rest goes on."""

import sys

from dagster._core.pipes.context import PipesMessageHandler

from dagster_pipes_jvm.protocol import NotAMessageError, decode_line

_MESSAGE_START = '{"__dagster_pipes_version"'
_SHOWN_CHARACTERS = 200
_SAID_IN_FULL = 20


class MessageLines:
    """Feeds the lines of one source, in order, to the handler of one session.

    Lifecycle: one per source and run; call `finish` when the source has ended. Threads: one at a time.

    Args:
        handler: the session's handler; Dagster's own or ours.
        source: how the source is called in warnings, such as `s3://bucket/prefix`.
    """

    def __init__(self, handler: PipesMessageHandler, source: str) -> None:
        self._handler = handler
        self._source = source
        self._refused = 0

    def feed(self, line: str, where: str) -> None:
        """Handle a line of a channel that holds nothing but messages; a blank one is passed over."""
        if line.strip():
            try:
                self._handle(line)
            except NotAMessageError as e:
                self._refuse(where, f"{e}: {_shortened(line)}")
            except Exception as e:
                self._refuse(where, f"{type(e).__name__}: {e}: {_shortened(line)}", broken=True)

    def feed_output(self, line: str, where: str) -> str | None:
        """Handle a line of a process's output, where messages stand among other lines.

        Returns:
            str | None: the text that is no message and is to be forwarded; `None` where nothing remains.
        """
        start = line.find(_MESSAGE_START)
        if start < 0:
            return line
        try:
            self._handle(line[start:])
        except NotAMessageError as e:
            self._refuse(where, f"{e}: {_shortened(line)}")
            return line
        except Exception as e:
            self._refuse(where, f"{type(e).__name__}: {e}: {_shortened(line)}", broken=True)
        # What a job printed without a line end, before the message went out, stands in front of it.
        return line[:start] or None

    def finish(self) -> None:
        """Say how many lines were refused, where some were not said one by one."""
        if self._refused > _SAID_IN_FULL:
            self.warn(
                f"{self._refused} lines in all were no messages that Dagster accepts; the first {_SAID_IN_FULL} are above."
            )

    def warn(self, what: str) -> None:
        """Write a warning about this source into the run's event log."""
        self._handler._context.log.warning(f"[pipes] {self._source}: {what}")

    def _handle(self, line: str) -> None:
        self._handler.handle_message(decode_line(line))

    def _refuse(self, where: str, reason: str, *, broken: bool = False) -> None:
        self._refused += 1
        if self._refused > _SAID_IN_FULL:
            return
        self._handler._context.log.warning(f"[pipes] {self._source}, {where}: not handled, the rest goes on: {reason}")
        if broken:
            self._handler.report_pipes_framework_exception(f"{self._source}, {where}", sys.exc_info())


def _shortened(line: str) -> str:
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[:_SHOWN_CHARACTERS]}... ({len(line):,} characters)"
