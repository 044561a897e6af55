"""The default writer of dagster_pipes, with an identity in each line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dagster_pipes import PipesDefaultMessageWriter, PipesMessageWriterChannel

from dagster_pipes_jvm.injob.forked import OpeningProcess
from dagster_pipes_jvm.injob.identity import Numbers, new_session
from dagster_pipes_jvm.injob.write.capture import captured_output


class NumberedMessageWriter(PipesDefaultMessageWriter):
    """Writes to the file, stdout or stderr that the parameters name, for a reader that sends a token."""

    @contextmanager
    def open(self, params: Mapping[str, Any]) -> Iterator[PipesMessageWriterChannel]:
        """Open the channel; as in dagster_pipes only that of a file captures output."""
        numbers = Numbers(new_session(params))
        with super().open({**params, self.INCLUDE_STDIO_IN_MESSAGES_KEY: False}) as stock:
            channel = NumberedChannel(stock, numbers)
            captures = params if self.FILE_PATH_KEY in params else {}
            with captured_output(channel, captures):
                yield channel


class NumberedChannel(PipesMessageWriterChannel):
    """Numbers the messages of a stock channel. Threads: any. A forked process has no numbers, see `OpeningProcess`."""

    def __init__(self, stock: PipesMessageWriterChannel, numbers: Numbers) -> None:
        self._stock = stock
        self._numbers = numbers
        self._process = OpeningProcess(has_identity=numbers.are_requested)

    def write_message(self, message: Mapping[str, Any]) -> None:
        """Write one message. If the write fails, no other line gets its number, since part of it may have arrived."""
        if not self._process.is_this:
            self._process.write_in_fork(message)
            return
        with self._numbers.lock:
            numbered = self._numbers.next(message)
            json.dumps(numbered)  # A message that is no JSON raises here, and leaves no gap.
            self._numbers.admit()
            self._stock.write_message(numbered)
