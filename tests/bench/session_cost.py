"""What the bridge costs a job: its size, the time a session adds to a JVM, and messages per second.

`make bench` prints the table; it takes most of a minute and wants a machine that does nothing else.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from dagster_pipes import encode_param
from rich import box
from rich.console import Console
from rich.table import Table

from dagster_pipes_jvm.jars import bridge_jar

HERE = Path(__file__).parent
PAIRS = 9
THREADS = (1, 16)
WARM_UP_ROUNDS, ROUNDS, ROUND_MILLISECONDS = 2, 5, 500
MESSAGE = "stage 12.0: task 7 of 200 finished on executor 3; " * 4
CONTEXT = {
    "asset_keys": ["flights"],
    "code_version_by_asset_key": {"flights": None},
    "provenance_by_asset_key": {"flights": None},
    "partition_key": None,
    "partition_key_range": None,
    "partition_time_window": None,
    "run_id": "2b1d7c1e-4a55-4f0e-9d0c-6f4f2b7c9a10",
    "job_name": "bench",
    "retry_number": 0,
    "extras": {},
}


@dataclass(frozen=True)
class Spread:
    """Several measurements of one thing."""

    values: Sequence[float]

    def show(self, form: str) -> str:
        median, least, most = statistics.median(self.values), min(self.values), max(self.values)
        return f"{median:{form}} ({least:{form}}..{most:{form}})"


@dataclass(frozen=True)
class Output:
    """Lines that were counted while they were read."""

    lines: int
    size: int

    @classmethod
    def read(cls, stream: IO[bytes]) -> "Output":
        lines = size = 0
        while chunk := stream.read(1 << 16):
            lines += chunk.count(b"\n")
            size += len(chunk)
        return cls(lines, size)


@dataclass(frozen=True)
class Rates:
    """Messages per second by number of threads, of one runtime over one channel."""

    runtime: str
    bytes_per_line: float
    by_threads: dict[int, Spread]


class Bench:
    """The programs, compiled into a folder of their own, and the ways to measure them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.messages = folder / "messages"
        javac = ["--release", "8", "-Xlint:-options", "-cp", str(bridge_jar()), "-d", str(folder)]
        subprocess.run([jdk("javac"), *javac, str(HERE / "SessionCost.java")], check=True)
        self.java = [jdk("java"), "-cp", os.pathsep.join([str(folder), str(bridge_jar())])]
        self.python = [sys.executable, str(HERE / "session_cost_python.py")]

    def run(self, command: Sequence[str], messages: dict[str, str]) -> Output:
        """Runs to the end, reading stdout meanwhile."""
        parameters = {
            "DAGSTER_PIPES_CONTEXT": encode_param({"data": CONTEXT}),
            "DAGSTER_PIPES_MESSAGES": encode_param(messages),
        }
        errors = self.folder / "stderr"
        with errors.open("wb") as stderr:
            process = subprocess.Popen(
                command, env={**os.environ, **parameters}, stdout=subprocess.PIPE, stderr=stderr, bufsize=0
            )
            assert process.stdout
            with process.stdout as stdout:
                output = Output.read(stdout)
        if process.wait():
            sys.exit(f"{command[0]} ended with {process.returncode}:\n{errors.read_text(errors='replace')}")
        return output

    def seconds(self, main_class: str) -> float:
        begin = time.perf_counter()
        self.run([*self.java, main_class], {"path": str(self.messages)})
        return time.perf_counter() - begin

    def pairs(self) -> Iterator[tuple[float, float]]:
        """Seconds of a JVM without a session and, right after it, with one; the first pair only fills the caches."""
        for number in range(1 + PAIRS):
            self.messages.write_bytes(b"")
            pair = self.seconds("SessionCost$Bare"), self.seconds("SessionCost$Session")
            if self.messages.read_bytes().count(b"\n") != 3:
                sys.exit(f"opened, a report and closed were expected: {self.messages.read_text()}")
            if number:
                yield pair

    def rates(self, program: Sequence[str], messages: dict[str, str]) -> Rates:
        self.messages.write_bytes(b"")
        results = self.folder / "results"
        arguments = [MESSAGE, results, WARM_UP_ROUNDS + ROUNDS, ROUND_MILLISECONDS, *THREADS]
        output = self.run([*program, *map(str, arguments)], messages)
        if "path" in messages:
            with self.messages.open("rb") as file:
                output = Output.read(file)
        runtime, *lines = results.read_text().splitlines()
        measured = [(int(threads), int(sent), int(taken)) for threads, sent, taken in map(str.split, lines)]
        expected = sum(sent for _, sent, _ in measured) + len(["opened", "closed"])
        if output.lines != expected:
            sys.exit(f"{runtime}, {messages}: {expected} messages were sent and {output.lines} lines arrived")
        counted = measured[WARM_UP_ROUNDS * len(THREADS) :]
        by_threads = {n: Spread([sent / taken * 1e9 for m, sent, taken in counted if m == n]) for n in THREADS}
        return Rates(runtime, output.size / output.lines, by_threads)


def jdk(tool: str) -> str:
    home = os.environ.get("JAVA_HOME")
    found = shutil.which(tool, path=str(Path(home) / "bin") if home else None)
    return found or sys.exit(f"No {tool} in {home or 'PATH'}: install JDK 17.")


def main() -> None:
    load = os.getloadavg()[0]  # other work makes every figure worse
    table = Table(title="median (least..most)", box=box.SIMPLE)
    table.add_column("")
    table.add_column("this bridge", justify="right")
    table.add_column("dagster_pipes", justify="right")
    table.add_row("bridge jar, bytes", f"{bridge_jar().stat().st_size:,}", "")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        pairs = list(bench.pairs())
        added = Spread([session - bare for bare, session in pairs])
        table.add_row("a session adds to a JVM, s", added.show(".3f"), "")
        table.add_row("the JVM without it, s", Spread([bare for bare, _ in pairs]).show(".3f"), "")
        runtimes: dict[str, None] = {}  # a set that keeps its order
        for channel, messages in {
            "file": {"path": str(bench.messages)},
            "pipe": {"stdio": "stdout"},
        }.items():
            columns = [bench.rates([*bench.java, "SessionCost$Rates"], messages), bench.rates(bench.python, messages)]
            for threads in THREADS:
                name = f"log lines/s, {channel}, {threads} thread{'s' if threads > 1 else ''}"
                table.add_row(name, *(rates.by_threads[threads].show(",.0f") for rates in columns))
            runtimes |= {f"{rates.runtime} ({rates.bytes_per_line:.0f} bytes a line)": None for rates in columns}
    console = Console(width=100)  # a log of `make` keeps the columns too
    console.print(table)
    console.print(
        f"{date.today()}, {os.cpu_count()} cores, load average {load:.1f} before; {', '.join(runtimes)}. {PAIRS} pairs of"
        f" JVMs, {ROUNDS} rounds of {ROUND_MILLISECONDS} ms after {WARM_UP_ROUNDS} to warm up.\n"
        "A session: opened, one report, closed, into a file. The pipe is stdout and is read meanwhile, the file is not."
        " The bridge flushes stdout after every message, dagster_pipes does not.",
        highlight=False,
    )


if __name__ == "__main__":
    main()
