"""Where a message becomes an event: Dagster's own handler, with the counts that a person wants to see."""

from collections import Counter
from collections.abc import Mapping
from threading import Lock

from dagster import AssetExecutionContext, OpExecutionContext
from dagster._core.pipes.client import PipesMessageReader
from dagster._core.pipes.context import PipesMessageHandler
from dagster_pipes import PipesException, PipesMessage


class PipesJvmMessageHandler(PipesMessageHandler):
    """Dagster's handler of one session; it also counts what it accepted and keeps the reason of a failure.

    Lifecycle: one per run. Threads: `handle_message` may be called from any thread.
    """

    def __init__(self, context: OpExecutionContext | AssetExecutionContext, message_reader: PipesMessageReader) -> None:
        super().__init__(context, message_reader)
        self._lock = Lock()
        self._received: Counter[str] = Counter()
        self._last_message: PipesMessage | None = None
        self._exception: PipesException | None = None

    @property
    def received_by_method(self) -> Mapping[str, int]:
        """How many messages were accepted, by protocol method."""
        with self._lock:
            return dict(self._received)

    @property
    def last_message(self) -> PipesMessage | None:
        """The message that was accepted last."""
        return self._last_message

    @property
    def exception(self) -> PipesException | None:
        """What the job's session closed with, where it closed with an exception."""
        return self._exception

    def handle_message(self, message: PipesMessage) -> None:
        """Hand one message to Dagster and count it, unless Dagster refuses it with an exception."""
        super().handle_message(message)
        with self._lock:
            self._received[message["method"]] += 1
            self._last_message = message
            if message["method"] == "closed":
                self._exception = (message["params"] or {}).get("exception")
