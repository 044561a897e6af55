"""How fast a backlog on S3 is read, beside plain parallel GETs of the same objects; each drain in a process of its own.

`python -m tests.bench.reader SIDE ENDPOINT` is such a process.
"""

import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.bench.bare_s3 import BareS3, client
from tests.bench.case import Case, Target

CHUNKS, CHUNK_BYTES, CONTENTS = 1_000, 1_000_000, 20
ROUNDS = 2
PARALLEL = 8
_BUCKET, _PREFIX = "bench", "backlog"
_PATH = ' path="s3://lake/orders/day=2026-03-14/part-00017.parquet"'


class Counting:
    """A handler that does nothing but count."""

    def __init__(self) -> None:
        self.messages = 0
        self.received_opened_message = False
        self.received_closed_message = False
        self._context = SimpleNamespace(log=SimpleNamespace(warning=_print, info=_print, error=_print, debug=_print))

    def handle_message(self, message: Any) -> None:
        """Count it."""
        self.messages += 1

    def report_pipes_framework_exception(self, origin: str, exc_info: Any) -> None:
        """What a reader could not do."""
        _print(f"bench: {origin}: {exc_info[1]}")


def _print(text: str) -> None:
    print(text, file=sys.stderr)


def log_line(number: int) -> str:
    """A log message as a Spark job writes it, of 200 to 330 bytes."""
    text = (
        f"26/03/14 07:{number // 60 % 60:02}:{number % 60:02} INFO TaskSetManager: Finished task {number % 200}.0 in stage"
        f" {number // 200}.0 (TID {number}) in {number * 7919 % 4000} ms on executor-{number % 16} ({number % 200}/200)"
        f"{_PATH if number % 3 == 0 else ''}"
    )
    message = {"__dagster_pipes_version": "0.1", "method": "log", "params": {"message": text, "level": "INFO"}}
    return json.dumps(message)


def chunk(index: int) -> str:
    """Log lines, as many as fit."""
    lines: list[str] = []
    size = 0
    while size < CHUNK_BYTES:
        lines.append(log_line(index * 10_000 + len(lines)))
        size += len(lines[-1]) + 1
    return "\n".join(lines)


def peak_bytes() -> int:
    """The most memory that this process ever had."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def drain(endpoint_url: str) -> int:
    """Everything through our reader; returns the number of messages."""
    from dagster_pipes_jvm import PipesJvmS3MessageReader

    reader = PipesJvmS3MessageReader(
        bucket=_BUCKET, client=client(endpoint_url), single_attempt=True, keep_messages=True
    )
    handler = Counting()
    with reader.resuming({"key_prefix": _PREFIX}).read_messages(handler):  # type: ignore[arg-type]  # a counter of the handler's calls
        pass
    return handler.messages


def download(endpoint_url: str) -> int:
    """Everything, kept nowhere; returns the number of bytes."""
    s3 = client(endpoint_url)

    def get(index: int) -> int:
        return len(s3.get_object(Bucket=_BUCKET, Key=f"{_PREFIX}/{index}.json")["Body"].read())

    with ThreadPoolExecutor(PARALLEL) as pool:
        return sum(pool.map(get, range(1, CHUNKS + 1)))


def decode(endpoint_url: str) -> int:
    """One chunk as often as there are chunks, from memory into a counting handler: no requests."""
    from threading import Event

    from dagster_pipes_jvm.read.chunks.reader import ChunkReader, ChunkStore
    from dagster_pipes_jvm.read.messages.lines import MessageLines

    text = client(endpoint_url).get_object(Bucket=_BUCKET, Key=f"{_PREFIX}/1.json")["Body"].read()

    class Memory(ChunkStore):
        def fetch(self, name: str) -> str | None:
            return str(text, "utf-8", "replace") if int(name.removesuffix(".json")) <= CHUNKS else None

    handler, ended = Counting(), Event()
    ended.set()
    ChunkReader(Memory(), MessageLines(handler, "memory"), ended, 0.25).read()  # type: ignore[arg-type]  # a counter of the handler's calls
    return handler.messages


_SIDES = {"reader": drain, "gets": download, "decoding": decode}


def _measured(side: str, endpoint_url: str) -> dict[str, float]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.reader", side, endpoint_url]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measure() -> list[Case]:
    """The rows on reading a backlog."""
    with BareS3() as s3:
        owner = s3.client()
        bodies = [chunk(index).encode() for index in range(CONTENTS)]
        for index in range(1, CHUNKS + 1):
            key = f"{_PREFIX}/{index}.json"
            if index <= CONTENTS:
                owner.put_object(Bucket=_BUCKET, Key=key, Body=bodies[index - 1])
            else:
                first = {"Bucket": _BUCKET, "Key": f"{_PREFIX}/{(index - 1) % CONTENTS + 1}.json"}
                owner.copy_object(Bucket=_BUCKET, Key=key, CopySource=first)
        rounds = [{side: _measured(side, s3.endpoint_url) for side in ("reader", "gets")} for _ in range(ROUNDS)]
        decoding = _measured("decoding", s3.endpoint_url)
    lines = bodies[0].count(b"\n") + 1
    expected = sum(bodies[index % CONTENTS].count(b"\n") + 1 for index in range(CHUNKS))
    ours, gets = [one["reader"] for one in rounds], [one["gets"] for one in rounds]
    group = "S3, reading a backlog"
    name = f"boto3 {version('boto3')}, {PARALLEL} threads that get and discard"
    what = f"{CHUNKS:,} chunks of 1 MB ({lines:,} log lines each)"
    if any(found["count"] != expected for found in ours):
        sys.exit(f"bench: {expected:,} messages were there, and {[found['count'] for found in ours]} were read")

    def rates(found: list[dict[str, float]]) -> list[float]:
        return [CHUNKS / one["seconds"] for one in found]

    return [
        Case(
            group,
            f"{what} into a counting handler",
            "chunks/s",
            rates(ours),
            rates(gets),
            name,
            Target("ratio", "at least", 0.5),
            more={"cpu_seconds": [one["cpu_seconds"] for one in ours], "messages": expected},
        ),
        Case(
            group,
            "of that, decoding and handling alone, from memory",
            "chunks/s",
            [CHUNKS / decoding["seconds"]],
            rates(gets),
            name,
        ),
        Case(
            group,
            "messages, of that backlog",
            "messages/s",
            [one["count"] / one["seconds"] for one in ours],
        ),
        Case(
            group,
            "memory added at most while it is read (1 GB in all)",
            "MB",
            [one["peak_bytes"] / 1e6 for one in ours],
            [one["peak_bytes"] / 1e6 for one in gets],
            name,
            Target("ours", "at most", 128),
        ),
    ]


def main() -> None:
    """Measure one side, for `_measured`."""
    side, endpoint_url = sys.argv[1:]
    import dagster_pipes_jvm.read.chunks.s3  # noqa: F401  # its import is no part of reading

    client(endpoint_url).list_objects_v2(Bucket=_BUCKET, Prefix="none")
    before, cpu, started = peak_bytes(), time.process_time(), time.monotonic()
    count = _SIDES[side](endpoint_url)
    found = {
        "seconds": time.monotonic() - started,
        "cpu_seconds": time.process_time() - cpu,
        "peak_bytes": peak_bytes() - before,
        "count": count,
        "threads_left": threading.active_count(),
    }
    print(json.dumps(found), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
