"""The stdout and stderr of this process as messages, if the reader requests them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from dagster_pipes import (
    PipesDefaultLogWriter,
    PipesDefaultMessageWriter,
    PipesLogWriter,
    PipesMessageWriterChannel,
)


def captured_output(channel: PipesMessageWriterChannel, params: Mapping[str, Any]) -> AbstractContextManager[None]:
    """Capture the output for a channel, from the beginning of the block to its end, as dagster_pipes does."""
    if not params.get(PipesDefaultMessageWriter.INCLUDE_STDIO_IN_MESSAGES_KEY):
        return nullcontext()
    return PipesDefaultLogWriter(message_channel=channel).open(params.get(PipesLogWriter.LOG_WRITER_KEY, {}))
