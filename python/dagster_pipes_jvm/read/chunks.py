"""Numbered chunks in order: 1, 2, 3, ... until the writer has ended and the next one is not there."""

import time
from collections.abc import Callable
from threading import Event

from dagster_pipes_jvm.read.lines import MessageLines

# A store that does not answer is asked again this much later, and given up this long after the writer's end.
_FAULT_PAUSE_SECONDS = 2.0
_FAULT_LIMIT_SECONDS = 60.0


class PassingFaultError(Exception):
    """The store did not answer, or not now: the same question may be answered later. The cause says what it was."""


def read_chunks(
    fetch: Callable[[int], str | None],
    lines: MessageLines,
    ended: Event,
    poll_interval_seconds: float,
) -> None:
    """Handle every chunk as soon as it is there.

    It goes on after `closed`, because a writer of Dagster's may send the last output of the process behind it.

    Args:
        fetch: the text of a chunk by its number, `None` while it is not there; a store that is read after write must
            show a chunk at once, as S3 does, so that a missing one after the writer's end will never come.
        lines: where the messages go.
        ended: set when the external process has ended.
        poll_interval_seconds: time between two looks for a chunk that is not there, in seconds.

    Raises:
        PassingFaultError: the store still did not answer a minute after the writer's end.
    """
    index = 1
    give_up_at: float | None = None
    is_failing = False
    while True:
        # Asked before the fetch: a chunk that was written before the process ended is seen by this fetch.
        is_last = ended.is_set()
        try:
            chunk = fetch(index)
        except PassingFaultError as e:
            if not is_failing:
                lines.warn(f"chunk {index} cannot be read now, trying again: {e}")
            is_failing = True
            if is_last:
                give_up_at = give_up_at or time.monotonic() + _FAULT_LIMIT_SECONDS
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(_FAULT_PAUSE_SECONDS)
            else:
                ended.wait(_FAULT_PAUSE_SECONDS)
            continue
        is_failing, give_up_at = False, None
        if chunk is not None:
            # Never str.splitlines: U+2028 and others may stand inside a message.
            for number, line in enumerate(chunk.split("\n"), start=1):
                lines.feed(line, f"chunk {index}, line {number}")
            index += 1
        elif is_last:
            break
        else:
            ended.wait(poll_interval_seconds)
    lines.finish()
