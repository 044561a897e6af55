"""Log lines of 200 bytes through the file channel and through stdout: this bridge, dagster_pipes, and a plain stream."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO

from tests.bench.case import Case, Target
from tests.bench.programs import class_path, environment, jdk

THREADS = (1, 16)
# In turns: each round starts every program anew.
TURNS = 3
WARM_UP_ROUNDS, ROUNDS, ROUND_MILLISECONDS = 2, 4, 300
MESSAGE = "stage 12.0: task 7 of 200 finished on executor 3; " * 4


@dataclass(frozen=True)
class Output:
    """Lines that were counted while they were read."""

    lines: int
    size: int

    @classmethod
    def read(cls, stream: IO[bytes]) -> "Output":
        """Read to the end."""
        lines = size = 0
        while chunk := stream.read(1 << 16):
            lines += chunk.count(b"\n")
            size += len(chunk)
        return cls(lines, size)


class Rates:
    """Messages a second by number of threads, of one program over one channel; grows with every turn."""

    def __init__(self, folder: Path, program: Sequence[str], messages: Mapping[str, str], framing: int) -> None:
        self._folder = folder
        self._program = program
        self._messages = messages
        self._framing = framing
        self.by_threads: dict[int, list[float]] = {threads: [] for threads in THREADS}
        self.runtime = ""
        self.bytes_per_line = 0.0

    def measure(self) -> None:
        """One more turn; every line that was sent has to be there."""
        if "path" in self._messages:
            Path(self._messages["path"]).write_bytes(b"")
        results = self._folder / "results"
        arguments = [MESSAGE, results, WARM_UP_ROUNDS + ROUNDS, ROUND_MILLISECONDS, *THREADS]
        output = self._run([*self._program, *map(str, arguments)])
        self.runtime, *lines = results.read_text().splitlines()
        measured = [(int(threads), int(sent), int(taken)) for threads, sent, taken in map(str.split, lines)]
        expected = sum(sent for _, sent, _ in measured) + self._framing
        if self._framing and output.lines != expected:
            raise RuntimeError(
                f"{self.runtime}, {self._messages}: {expected} lines were sent and {output.lines} arrived"
            )
        self.bytes_per_line = output.size / max(1, output.lines)
        for threads, sent, taken in measured[WARM_UP_ROUNDS * len(THREADS) :]:
            self.by_threads[threads].append(sent / taken * 1e9)

    def _run(self, command: Sequence[str]) -> Output:
        errors = self._folder / "stderr"
        with errors.open("wb") as stderr:
            process = subprocess.Popen(
                command, env=environment(self._messages), stdout=subprocess.PIPE, stderr=stderr, bufsize=0
            )
            assert process.stdout
            with process.stdout as stdout:
                output = Output.read(stdout)
        if process.wait():
            raise RuntimeError(f"{command[0]} ended with {process.returncode}:\n{errors.read_text(errors='replace')}")
        if "path" in self._messages:
            with Path(self._messages["path"]).open("rb") as file:
                output = Output.read(file)
        return output


def measure() -> list[Case]:
    """The rows on log lines."""
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        java = [jdk("java"), "-cp", class_path(), "dagsterpipes.bench.Rates"]
        python = [sys.executable, str(Path(__file__).with_name("rates.py"))]
        file, pipe = {"path": str(folder / "messages")}, {"stdio": "stdout"}
        ours = {
            "file": Rates(folder, [*java, "session"], file, 2),
            "stdout": Rates(folder, [*java, "session"], pipe, 2),
        }
        stock = {"file": Rates(folder, python, file, 2), "stdout": Rates(folder, python, pipe, 2)}
        plain = Rates(folder, [*java, "plain"], {}, 0)
        for _ in range(TURNS):
            for rates in (ours["file"], stock["file"], plain, ours["stdout"], stock["stdout"]):
                rates.measure()
    name = f"dagster_pipes {version('dagster-pipes')}"
    bytes_per_line = {
        "ours_bytes_a_line": ours["file"].bytes_per_line,
        "reference_bytes_a_line": stock["file"].bytes_per_line,
    }

    def case(channel: str, threads: int, target: Target) -> Case:
        what = f"to {'a file' if channel == 'file' else 'stdout'}, {threads} thread{'s' if threads > 1 else ''}"
        of = (ours[channel].by_threads[threads], stock[channel].by_threads[threads])
        return Case("log lines of 200 bytes", what, "lines/s", *of, name, target, more=bytes_per_line)

    file_rates = ours["file"].by_threads
    return [
        case("file", 1, Target("ratio", "at least", 10)),
        Case(
            "the file system",
            "log lines to a file, 1 thread",
            "lines/s",
            file_rates[1],
            plain.by_threads[1],
            "the same bytes, encoded beforehand, by a BufferedOutputStream",
            Target("ratio", "at least", 0.1),
        ),
        case("file", 16, Target("ratio", "at least", 5)),
        case("stdout", 1, Target("ratio", "at least", 5)),
        case("stdout", 16, Target("ratio", "at least", 5)),
        Case(
            "threads",
            "to a file, 16 threads together",
            "lines/s",
            file_rates[16],
            file_rates[1],
            "one thread",
            Target("ratio", "at least", 1),
            more={"cores": os.cpu_count()},
        ),
    ]
