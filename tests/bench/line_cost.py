"""What one log line of a chunk costs the reader, in CPU time of one thread: `python -m tests.bench.line_cost`."""

import json
import time
from collections.abc import Callable
from typing import Any

from tests.bench.reader import Counting, chunk

from dagster_pipes_jvm.read.lines import MessageLines

ROUNDS = 15


def main() -> None:
    """Print the table of docs/performance.md."""
    text = chunk(1)
    lines = text.split("\n")
    raw_decode = json.JSONDecoder().raw_decode
    reader = MessageLines(Counting(), "memory")  # type: ignore[arg-type]
    ways: dict[str, Callable[[], Any]] = {
        "json.loads": lambda: [json.loads(line) for line in lines],
        "JSONDecoder.raw_decode": lambda: [raw_decode(line) for line in lines],
        "line by line: decode, check, count, handle": lambda: [
            reader.feed(line, f"chunk 1, line {number}") for number, line in enumerate(lines)
        ],
        "chunk by chunk": lambda: reader.feed_text(text, "chunk 1"),
    }
    for name, way in ways.items():
        print(f"{name:45} {min(_seconds(way) for _ in range(ROUNDS)) / len(lines) * 1e6:.2f} microseconds a line")


def _seconds(way: Callable[[], Any]) -> float:
    started = time.thread_time()
    way()
    return time.thread_time() - started


if __name__ == "__main__":
    main()
