"""Messages among the lines of the driver's stdout or stderr; the JVM's partner is `dagsterpipes.write`'s stream channel."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from dagster import PipesMessageHandler, PipesMessageReader
from dagster_pipes import PipesParams

from dagster_pipes_jvm._dagster import OneWriter
from dagster_pipes_jvm.read.logs.output import check_stream
from dagster_pipes_jvm.read.messages.accounted import Recipient
from dagster_pipes_jvm.wire import BUFFERED_STDIO_KEY, RUN_TOKEN_KEY, STDIO_KEY


class PipesJvmStdioMessageReader(OneWriter, PipesMessageReader):
    """Asks the job to write messages to stdout or stderr, and leaves the reading to the client that has those streams.

    `PipesSparkSubmitClient` in client mode finds the messages among the driver's other lines and forwards the others. It
    is for places where the two sides share no file and no store. One reader serves any number of runs.

    Args:
        stream: which stream of the driver carries the messages.
        buffered: whether the job keeps all messages until it closes, so that they stand together at the end.
    """

    def __init__(self, stream: Literal["stdout", "stderr"] = "stdout", *, buffered: bool = False) -> None:
        check_stream(stream, type(self).__name__)
        self._stream = stream
        self._stream_key = BUFFERED_STDIO_KEY if buffered else STDIO_KEY

    @contextmanager
    def read_messages(self, handler: PipesMessageHandler) -> Iterator[PipesParams]:
        """Yields the parameters that name the stream."""
        recipient = Recipient(handler)
        yield {self._stream_key: self._stream, RUN_TOKEN_KEY: recipient.account.run_token}
        # The client has read the stream to its end.
        recipient.account.say(lambda what: recipient.warn(f"[pipes] the driver's {self._stream}: {what}"))

    def no_messages_debug_text(self) -> str:
        """What to check when nothing arrived."""
        return (
            f"Attempted to read messages from the driver's {self._stream}, which only"
            " PipesSparkSubmitClient does, and only in client mode."
        )
