"""The CPU time that one log line of a chunk costs the reader, in one thread, with and without an identity."""

import json
import time
from collections.abc import Callable
from typing import Any

from tests.bench.case import Case, Target
from tests.bench.reader import Counting, chunk

from dagster_pipes_jvm.read.messages.accounted import account_of
from dagster_pipes_jvm.read.messages.lines import MessageLines

ROUNDS = 31
_SESSION = "k3f9a1x7c2"
_OPENED = '{"__dagster_pipes_version":"0.1","method":"opened","params":{"extras":{}},"n":"k3f9a1x7c2j.1"}'
_IDENTIFIED = "chunk by chunk, with an identity in each line"
_GROUP = "a log line of a chunk, CPU time"


def _numbered(lines: list[str], producers: str = "j") -> list[str]:
    """The lines with identities, of these producers in turns."""
    count = len(producers)
    numbers = [(producers[at % count], at // count + (2 if at % count == 0 else 1)) for at in range(len(lines))]
    return [
        f'{line[:-1]},"n":"{_SESSION}{producer}.{number}"}}'
        for line, (producer, number) in zip(lines, numbers, strict=True)
    ]


def _read(text: str) -> int:
    """A chunk through a new account, as the first one behind `opened`."""
    handler: Any = Counting()
    account_of(handler).adopt_token(_SESSION[:6])
    reader = MessageLines(handler, "memory")
    reader.feed(_OPENED, "chunk 1, line 1")
    reader.feed_text(text, "chunk 2")
    return int(handler.messages) - 1


def _feed(reader: MessageLines, lines: list[str]) -> None:
    for number, line in enumerate(lines):
        reader.feed(line, f"chunk 1, line {number}")


def measure() -> list[Case]:
    """The rows on a line."""
    text = chunk(1)
    lines = text.split("\n")
    compact = [json.dumps(json.loads(line), separators=(",", ":")) for line in lines]  # as the JVM's writer
    raw_decode = json.JSONDecoder().raw_decode
    stock: Any = Counting()
    one_by_one = MessageLines(stock, "memory")
    in_chunks = MessageLines(stock, "memory")
    identified, mixed = "\n".join(_numbered(compact)), "\n".join(_numbered(compact, "jp"))
    whole = "\n".join(compact)
    ways: dict[str, Callable[[], Any]] = {
        "json.loads alone": lambda: [json.loads(line) for line in lines],
        "JSONDecoder.raw_decode alone": lambda: [raw_decode(line) for line in compact],
        "line by line: decode, check, count, handle": lambda: _feed(one_by_one, lines),
        "chunk by chunk": lambda: in_chunks.feed_text(whole, "chunk 1"),
        _IDENTIFIED: lambda: _read(identified),
        "chunk by chunk, with identities of two producers in turns": lambda: _read(mixed),
    }
    if [_read(one) for one in (identified, mixed)] != [len(lines)] * 2:
        raise SystemExit("bench: lines with an identity were not all handled")
    samples: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started = time.thread_time()
            way()
            samples[name].append((time.thread_time() - started) / len(lines) * 1e6)
    without = samples["chunk by chunk"]
    return [
        Case(
            _GROUP,
            name,
            "us",
            of,
            without,
            "the same chunk without identities",
            Target("ratio", "at most", 1.08),
        )
        if name == _IDENTIFIED
        else Case(_GROUP, name, "us", of)
        for name, of in samples.items()
    ]
