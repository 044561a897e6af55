"""What reporting adds to a Spark application that spark-submit starts: the same work with the bridge and without."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

import pyspark
from tests.bench.case import Case, Target
from tests.bench.programs import class_path, environment

from dagster_pipes_jvm.submit.bridge import bridge_jar

PAIRS = 6
MAX_ADDED_SECONDS, MAX_ADDED_SHARE = 0.2, 0.01


def measure() -> list[Case]:
    """The row on spark-submit."""
    with tempfile.TemporaryDirectory() as directory:
        took: dict[str, list[float]] = {"bare": [], "reporting": []}
        for pair in range(1 + PAIRS):
            # Which of the two is first changes: a machine that slows down would blame the second.
            for side in ("bare", "reporting") if pair % 2 else ("reporting", "bare"):
                took[side].append(_seconds(Path(directory), side))
    # The first pair fills the caches.
    bare, reporting = took["bare"][1:], took["reporting"][1:]
    most = max(MAX_ADDED_SECONDS, MAX_ADDED_SHARE * sorted(bare)[PAIRS // 2])
    name = f"the same without the bridge (Spark {pyspark.__version__})"
    what = "an application of local[2] through spark-submit, with the bridge, to a file"
    return [Case("Spark", what, "s", reporting, bare, name, Target("added", "at most", most))]


def _seconds(directory: Path, side: str) -> float:
    """From spark-submit to its end."""
    messages = directory / "messages"
    messages.write_bytes(b"")
    spark_submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    jars = ["--jars", str(bridge_jar())] if side == "reporting" else []
    program = class_path().split(os.pathsep)[1]
    main_class = ["--class", "dagsterpipes.bench.SparkWork", "--conf", "spark.ui.enabled=false"]
    command = [str(spark_submit), "--master", "local[2]", *jars, *main_class, program, side, str(directory / "out")]
    begin = time.perf_counter()
    subprocess.run(command, env=environment({"path": str(messages)}), check=True, capture_output=True, cwd=directory)
    seconds = time.perf_counter() - begin
    lines = messages.read_bytes().count(b"\n")
    if lines != (4 if side == "reporting" else 0):
        raise RuntimeError(f"{side}: {lines} messages arrived: {messages.read_text()}")
    return seconds
