"""Numbered chunks in order: 1, 2, 3, ... until `closed` has come, or the writer has ended and the next one is not there."""

from collections.abc import Callable
from threading import Event

from dagster_pipes_jvm.read.lines import MessageLines


def read_chunks(
    fetch: Callable[[int], str | None],
    lines: MessageLines,
    ended: Event,
    poll_interval_seconds: float,
) -> None:
    """Handle every chunk as soon as it is there.

    Args:
        fetch: the text of a chunk by its number, `None` while it is not there; a store that is read after write must
            show a chunk at once, as S3 does, so that a missing one after the writer's end will never come.
        lines: where the messages go.
        ended: set when the external process has ended.
        poll_interval_seconds: time between two looks for a chunk that is not there, in seconds.
    """
    index = 1
    while not lines.closed:
        # Asked before the fetch: a chunk that was written before the process ended is seen by this fetch.
        is_last = ended.is_set()
        chunk = fetch(index)
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
