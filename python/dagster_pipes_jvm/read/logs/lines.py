"""The logs of a driver: each decoded on its own, its messages and its ordinary lines handed on."""

from collections.abc import Callable

from dagster_pipes_jvm.read.logs.output import DriverOutput, Stream
from dagster_pipes_jvm.read.logs.source import LogPart
from dagster_pipes_jvm.read.messages.decoder import LogDecoder


class LogLines:
    """Decodes each log of a run on its own, and hands on what is in it.

    Lifecycle: one per run and source; call `finish` at the end. Threads: one at a time.

    Args:
        output: makes what takes the text and the messages of one log.
        begin_attempt: called with the number of a later attempt, before its first part.
    """

    def __init__(self, output: Callable[[Stream], DriverOutput], begin_attempt: Callable[[int], None]) -> None:
        self._output = output
        self._begin_attempt = begin_attempt
        self._logs: dict[str, tuple[LogDecoder, DriverOutput]] = {}
        self._attempt = 1

    def take(self, part: LogPart) -> None:
        """Hand on what a part completes."""
        if part.attempt > self._attempt:
            self.finish()
            self._attempt = part.attempt
            self._begin_attempt(part.attempt)
        if part.log not in self._logs:
            self._logs[part.log] = (LogDecoder(), self._output(part.stream))
        decoder, output = self._logs[part.log]
        decoded = decoder.feed(part.data) if isinstance(part.data, bytes) else decoder.feed_record(part.data)
        for piece in decoded:
            output.on_piece(piece, f"a line of {part.log}")

    def finish(self) -> None:
        """Hand on what has no line end."""
        for name, (decoder, output) in self._logs.items():
            for piece in decoder.finish():
                output.on_piece(piece, f"the end of {name}")
