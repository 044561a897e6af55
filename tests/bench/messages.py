"""What one message costs, by JMH, and what waiting ones hold of the heap."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.case import Case, Target
from tests.bench.programs import class_path, jdk

JMH_OPTIONS = ("-f", "1", "-wi", "3", "-w", "1s", "-i", "5", "-r", "1s", "-prof", "gc")
MESSAGES_A_SECOND, SECONDS = 100_000, 8
HEAP_OPTION = "-Xmx256m"


def measure() -> list[Case]:
    """The rows on single messages and on the heap."""
    with tempfile.TemporaryDirectory() as directory:
        results = Path(directory) / "jmh.json"
        jmh = [jdk("java"), "-cp", class_path(everything=True), "org.openjdk.jmh.Main", *JMH_OPTIONS]
        subprocess.run([*jmh, "-rf", "json", "-rff", results], check=True, capture_output=True)
        found = {entry["benchmark"].rpartition("bench.")[2]: entry for entry in json.loads(results.read_text())}
    name = "one message"
    report = found["Calls.report"]["primaryMetric"]
    return [
        Case(
            name,
            "a report, to a file that the kernel has, median",
            "us",
            [report["scorePercentiles"]["50.0"] / 1000],
            target=Target("ours", "under", 50),
            more={"p99_us": report["scorePercentiles"]["99.0"] / 1000},
        ),
        Case(
            name,
            "a log line, to a file that the kernel has",
            "ns",
            _samples(found["Calls.log"]["primaryMetric"]),
            _samples(found["Calls.plainStream"]["primaryMetric"]),
            "the same bytes, encoded beforehand, by a BufferedOutputStream",
        ),
        Case(name, "encode a log line", "ns", _samples(found["Encoding.log"]["primaryMetric"])),
        Case(
            name,
            "encode a log line, a tenth of it beyond ASCII",
            "ns",
            _samples(found["Encoding.logBeyondAscii"]["primaryMetric"]),
        ),
        Case(name, "encode a report", "ns", _samples(found["Encoding.report"]["primaryMetric"])),
        Case(
            name,
            "garbage of a log line",
            "bytes",
            _samples(_garbage(found["Calls.log"])),
            target=Target("ours", "under", 1000),
        ),
        _heap(),
    ]


def _heap() -> Case:
    """Of a job that logs faster than its store takes it: after a collection, second by second."""
    command = [jdk("java"), HEAP_OPTION, "-cp", class_path(everything=True), "dagsterpipes.bench.SlowStore"]
    output = subprocess.run(
        [*command, str(MESSAGES_A_SECOND), str(SECONDS)], check=True, capture_output=True, text=True
    ).stdout
    used = [int(line.split()[0]) / 1e6 for line in output.splitlines()]
    sent, nanoseconds = map(int, output.splitlines()[-1].split()[1:])
    return Case(
        "heap",
        f"in use, {MESSAGES_A_SECOND:,} messages a second into a store that takes 1 s a chunk",
        "MB",
        used,
        target=Target("ours", "under", 16),
        more={"messages_a_second": sent / nanoseconds * 1e9, "option": HEAP_OPTION},
    )


def _samples(metric: dict[str, Any]) -> list[float]:
    return [value for fork in metric["rawData"] for value in fork]


def _garbage(entry: dict[str, Any]) -> dict[str, Any]:
    """The bytes that were allocated an operation; JMH's versions mark the name differently."""
    metrics: dict[str, dict[str, Any]] = entry["secondaryMetrics"]
    return next(metric for name, metric in metrics.items() if name.endswith("gc.alloc.rate.norm"))
