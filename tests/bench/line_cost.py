"""What one log line of a chunk costs the reader, in CPU time of one thread."""

import json
import time
from collections.abc import Callable
from typing import Any

from tests.bench.case import Case
from tests.bench.reader import Counting, chunk

from dagster_pipes_jvm.read.messages.lines import MessageLines

ROUNDS = 15


def measure() -> list[Case]:
    """The rows on a line, as it was read and as it is."""
    text = chunk(1)
    lines = text.split("\n")
    raw_decode = json.JSONDecoder().raw_decode
    reader = MessageLines(Counting(), "memory")  # type: ignore[arg-type]  # a counter of the handler's calls
    ways: dict[str, Callable[[], Any]] = {
        "json.loads alone": lambda: [json.loads(line) for line in lines],
        "JSONDecoder.raw_decode alone": lambda: [raw_decode(line) for line in lines],
        "line by line: decode, check, count, handle": lambda: [
            reader.feed(line, f"chunk 1, line {number}") for number, line in enumerate(lines)
        ],
        "chunk by chunk, as it is read": lambda: reader.feed_text(text, "chunk 1"),
    }
    samples: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started = time.thread_time()
            way()
            samples[name].append((time.thread_time() - started) / len(lines) * 1e6)
    return [Case("a log line of a chunk, CPU time", name, "us", of) for name, of in samples.items()]
