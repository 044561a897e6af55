"""The CPU time of the identity of lines: log lines of 200 bytes with and without it, in turns in one JVM."""

import subprocess
import tempfile
from pathlib import Path

from tests.bench.case import Case, Target
from tests.bench.channels import MESSAGE
from tests.bench.programs import class_path, jdk

TURNS = 3
WARM_UP_ROUNDS, ROUNDS, ROUND_MILLISECONDS = 40, 60, 50
CHANNELS = {
    "file": "write a log line to a file, CPU time",
    "nowhere": "write a log line to a stream that throws it away, CPU time",
}


def measure() -> list[Case]:
    """The rows on numbered lines."""
    pairs: dict[str, list[tuple[float, float]]] = {channel: [] for channel in CHANNELS}
    with tempfile.TemporaryDirectory() as directory:
        for _ in range(TURNS):
            for channel, samples in pairs.items():
                samples += _rounds(channel, Path(directory))
    return [
        Case(
            "identity of lines",
            CHANNELS[channel],
            "ns",
            [ours for ours, _ in samples],
            [reference for _, reference in samples],
            "the same lines without an identity",
            Target("ratio", "at most", 1.03) if channel == "file" else None,
        )
        for channel, samples in pairs.items()
    ]


def _rounds(channel: str, folder: Path) -> list[tuple[float, float]]:
    results = folder / "results"
    command = [jdk("java"), "-cp", class_path(), "dagsterpipes.bench.Numbered"]
    arguments = [channel, MESSAGE, results, WARM_UP_ROUNDS + ROUNDS, ROUND_MILLISECONDS]
    subprocess.run([*command, *map(str, arguments)], check=True, capture_output=True)
    lines = results.read_text(encoding="utf-8").splitlines()[1 + WARM_UP_ROUNDS :]
    return [(float(ours), float(reference)) for ours, reference in map(str.split, lines)]
