"""How the costs grow: with concurrent runs, with messages, with the size of a context. Each is at most linear.

`python -m tests.bench.scaling_picture` draws what `make bench` has measured.
"""

import os
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dagster import PipesEnvContextInjector, PipesTempFileContextInjector
from dagster_pipes import PipesDefaultContextLoader, encode_param
from tests.bench.bare_s3 import BareS3
from tests.bench.case import Case, Target
from tests.bench.programs import CONTEXT, class_path, jdk
from tests.bench.reader import Counting, log_line
from tests.bench.waiting import measured

from dagster_pipes_jvm import PipesJvmFileMessageReader, PipesJvmS3ContextInjector

GROUP = "scaling"
RUNS = (1, 10, 100)
MESSAGES = (10, 1_000, 100_000)
KEYS = (100, 1_000, 10_000)
EXTRA_BYTES = (1_000, 100_000, 1_000_000)
ROUNDS = 5
# Above 1 by what two measurements of the same thing differ.
LINEAR = 1.25


def _growth(what: str, unit: str, sizes: tuple[int, ...], samples: list[list[float]], per: str) -> list[Case]:
    """A row for each size, and one that compares the cost of one at the largest size with that at the one before."""
    rows = [
        Case(GROUP, f"{what}: {size:,} {per}", unit, of, more={"curve": what, "per": per, "size": size}, detail=True)
        for size, of in zip(sizes, samples, strict=True)
    ]
    (before, last), (few, many) = sizes[-2:], samples[-2:]
    return [
        *rows,
        Case(
            GROUP,
            f"{what}: each of {last:,} beside each of {before:,} {per}",
            unit,
            [one / last for one in many],
            [one / before for one in few],
            "the same at the smaller size",
            Target("ratio", "at most", LINEAR),
        ),
    ]


def _timed(body: Callable[[], Any]) -> float:
    started = time.perf_counter()
    body()
    return time.perf_counter() - started


def _runs() -> list[Case]:
    rows = (
        ("memory added", "MB", "rss_added_bytes", 1e-6),
        ("threads", "threads", "threads_added", 1),
        ("requests", "a minute", "requests_a_minute", 1),
        ("CPU", "s a minute", "cpu_seconds_a_minute", 1),
    )
    return [
        case
        for what, unit, key, factor in rows
        for case in _growth(what, unit, RUNS, [[measured("ours", runs)[key] * factor] for runs in RUNS], "runs")
    ]


def _messages() -> list[Case]:
    def drain(lines: str) -> None:
        reader = PipesJvmFileMessageReader()
        with reader.read_messages(Counting()) as params:  # type: ignore[arg-type]  # a counter of the handler's calls
            Path(str(params["path"])).write_text(lines, encoding="utf-8")

    texts = ["".join(f"{log_line(n)}\n" for n in range(count)) for count in MESSAGES]
    samples = [[_timed(lambda text=text: drain(text)) for text in texts] for _ in range(ROUNDS)]
    return _growth(
        "file to counting handler", "s", MESSAGES, [list(of) for of in zip(*samples, strict=True)], "messages"
    )


def _contexts(directory: Path) -> list[Case]:
    by_keys = [{"partition_keys": [f"2026-03-14|customer-{n:06}" for n in range(count)]} for count in KEYS]
    by_bytes = [{"text": random.Random(0).randbytes(count // 2).hex()} for count in EXTRA_BYTES]
    cases: list[Case] = []
    with BareS3() as s3:
        injectors = {
            "environment": PipesEnvContextInjector(),
            "file": PipesTempFileContextInjector(),
            "S3": PipesJvmS3ContextInjector(bucket="bench", client=s3.client()),
        }

        def inject(name: str, extras: dict[str, Any]) -> tuple[float, float]:
            """Seconds, and the bytes that go into the environment."""
            started = time.perf_counter()
            with injectors[name].inject_context({**CONTEXT, "extras": extras}) as params:  # type: ignore[arg-type]  # a dict in the form of PipesContextData
                encoded = encode_param(params)
                return time.perf_counter() - started, len(encoded)

        for per, sizes, contexts in (("partition keys", KEYS, by_keys), ("bytes of extras", EXTRA_BYTES, by_bytes)):
            for name in injectors:
                inject(name, contexts[0])
                rounds = [[inject(name, extras) for extras in contexts] for _ in range(ROUNDS)]
                of_size = list(zip(*rounds, strict=True))
                seconds = [[took for took, _ in of] for of in of_size]
                cases += _growth(f"context by {name}", "s", sizes, seconds, per)
                size_of_variable = [float(of[0][1]) for of in of_size]
                cases.append(
                    Case(
                        GROUP,
                        f"context by {name}: variable at {sizes[-1]:,} {per}",
                        "bytes",
                        size_of_variable[-1:],
                        detail=True,
                    )
                )
            cases += _growth(
                "loading, Python", "s", sizes, [_python_loads(extras, directory) for extras in contexts], per
            )
            cases += _growth(
                "session on the JVM, from start to exit",
                "s",
                sizes,
                [_jvm(directory, extras) for extras in contexts],
                per,
            )
    return cases


def _context_file(extras: dict[str, Any], directory: Path) -> dict[str, str]:
    path = directory / "context"
    with PipesTempFileContextInjector().inject_context({**CONTEXT, "extras": extras}) as params:  # type: ignore[arg-type]  # a dict in the form of PipesContextData
        path.write_bytes(Path(params["path"]).read_bytes())
    return {"path": str(path)}


def _python_loads(extras: dict[str, Any], directory: Path) -> list[float]:
    params = _context_file(extras, directory)

    def load() -> None:
        with PipesDefaultContextLoader().load_context(params):
            pass

    return [_timed(load) for _ in range(ROUNDS)]


def _jvm(directory: Path, extras: dict[str, Any]) -> list[float]:
    messages = directory / "messages"
    environment = {
        **os.environ,
        "DAGSTER_PIPES_CONTEXT": encode_param(_context_file(extras, directory)),
        "DAGSTER_PIPES_MESSAGES": encode_param({"path": str(messages)}),
    }
    command = [jdk("java"), "-cp", class_path(), "dagsterpipes.bench.OneReport"]

    def session() -> None:
        messages.write_bytes(b"")
        subprocess.run(command, env=environment, check=True)

    return [statistics.median(_timed(session) for _ in range(3))]


def measure() -> list[Case]:
    """The rows on growth."""
    with tempfile.TemporaryDirectory() as directory:
        return [*_runs(), *_messages(), *_contexts(Path(directory))]
