"""Log messages a second into Dagster, layer by layer: what of it is reading, what is Dagster's handler, what is the database."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import patch

import dagster as dg
from dagster._core.pipes.context import PipesMessageHandler
from tests.bench.case import Case
from tests.bench.reader import Counting, log_line

from dagster_pipes_jvm import PipesJvmFileMessageReader
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler

MESSAGES, FLOOD, ROUNDS = 1_000, 30_000, 2
_CAP = 500


class _Layer:
    """One way of handling; the seconds of each round, and how many of them the event log's storage took."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.storing: list[float] = []

    def rates(self, messages: int) -> list[float]:
        return [messages / one for one in self.seconds]

    def add(self, reader: Any, handler: Any, messages: int, store: Any = None) -> int:
        """One round; returns how many events were stored in it."""
        # Line by line, as jobs write: Dagster's reader ends at the first line that it sees half of.
        lines = [f"{log_line(n)}\n".encode() for n in range(messages)]
        with _timed(store) as storing:
            with reader.read_messages(handler) as params, Path(str(params["path"])).open("ab", buffering=0) as file:
                started = time.monotonic()
                for line in lines:
                    file.write(line)
            self.seconds.append(time.monotonic() - started)
        self.storing.append(sum(storing))
        return len(storing)


@contextmanager
def _timed(store: Any) -> Iterator[list[float]]:
    took: list[float] = []
    if store is None:
        yield took
        return
    store_event = store.store_event

    def timed(event: Any) -> None:
        started = time.monotonic()
        store_event(event)
        took.append(time.monotonic() - started)

    with patch.object(store, "store_event", timed):
        yield took


def _in_step(instance: dg.DagsterInstance, body: Callable[[dg.OpExecutionContext], None]) -> None:
    @dg.op
    def step(context: dg.OpExecutionContext) -> None:
        body(context)

    @dg.job
    def bench() -> None:
        step()

    bench.execute_in_process(instance=instance)


@contextmanager
def _quiet(directory: Path) -> Iterator[None]:
    """Stderr as a step's compute log is: a file. Dagster prints each event there."""
    sys.stderr.flush()
    kept = os.dup(2)
    with (directory / "stderr").open("ab") as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)


def measure() -> list[Case]:
    """The rows on handling."""
    counting, memory, sqlite, capped, stock = (_Layer() for _ in range(5))
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory) / "dagster"
        home.mkdir()

        def ours(layer: _Layer, messages: int, cap: int | None) -> Callable[[dg.OpExecutionContext], None]:
            def body(context: dg.OpExecutionContext) -> None:
                reader = PipesJvmFileMessageReader()
                handler = PipesJvmMessageHandler(context, reader, max_log_events=cap)
                stored = layer.add(reader, handler, messages, context.instance.event_log_storage)
                assert stored >= min(messages, cap or messages), stored

            return body

        def dagsters(context: dg.OpExecutionContext) -> None:
            reader = dg.PipesFileMessageReader(str(Path(directory) / "messages"))
            stored = stock.add(
                reader, PipesMessageHandler(context, reader), MESSAGES, context.instance.event_log_storage
            )
            assert stored >= MESSAGES, f"Dagster's reader stored {stored} of {MESSAGES} messages"

        overrides = {"telemetry": {"enabled": False}}
        with _quiet(Path(directory)), dg.DagsterInstance.local_temp(str(home), overrides=overrides) as on_disk:
            for _ in range(ROUNDS):
                counting.add(PipesJvmFileMessageReader(), Counting(), FLOOD)
                with dg.DagsterInstance.ephemeral() as in_memory:
                    _in_step(in_memory, ours(memory, MESSAGES, None))
                _in_step(on_disk, ours(sqlite, MESSAGES, None))
                _in_step(on_disk, dagsters)
                _in_step(on_disk, ours(capped, FLOOD, _CAP))
    group, unit = "log messages into Dagster", "messages/s"
    name = f"dagster {version('dagster')}, PipesFileMessageReader and its handler, SQLite"

    def share(layer: _Layer) -> list[float]:
        return [100 * stored / whole for stored, whole in zip(layer.storing, layer.seconds, strict=True)]

    return [
        Case(group, f"reader alone, {FLOOD:,} into a counting handler", unit, counting.rates(FLOOD)),
        Case(
            group, f"with Dagster's log manager and an event log in memory, {MESSAGES:,}", unit, memory.rates(MESSAGES)
        ),
        Case(group, f"with SQLite, {MESSAGES:,}", unit, sqlite.rates(MESSAGES), stock.rates(MESSAGES), name),
        Case(group, "of that, time inside the event log's storage", "%", share(sqlite), share(stock), name),
        Case(
            group,
            f"with SQLite, {FLOOD:,}, of which {_CAP:,} become events and the others lines of the compute log",
            unit,
            capped.rates(FLOOD),
            stock.rates(MESSAGES),
            name,
        ),
    ]
