"""What a run costs a Dagster process that only waits for it: this package's client and reader, and Dagster's own.

`python -m tests.bench.waiting SIDE ENDPOINT RUNS` is such a process. The S3 is another one, and the external process sleeps.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

import dagster as dg
from tests.bench.bare_s3 import BareS3, client, requests
from tests.bench.case import Case

SECONDS = 10.0
_STARTUP_SECONDS = 60.0
_SLEEP = ["sleep", "120"]


def _rss_bytes() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _body(side: str, endpoint_url: str, home: Path):
    """What the step of each run calls; one reader and client for all of them, as a resource is."""
    s3 = client(endpoint_url)
    if side == "stock":
        from dagster_aws.pipes import PipesS3MessageReader

        stock = dg.PipesSubprocessClient(message_reader=PipesS3MessageReader(bucket="bench", client=s3))
        return lambda context: stock.run(context=context, command=_SLEEP)
    from dagster_pipes_jvm import PipesJvmS3MessageReader, PipesSparkSubmitClient, SparkJob

    program = home / "bin" / "spark-submit"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexec {' '.join(_SLEEP)}\n", encoding="utf-8")
    program.chmod(0o755)
    (home / "job.py").touch()
    ours = PipesSparkSubmitClient(
        "local[1]", spark_home=str(home), message_reader=PipesJvmS3MessageReader(bucket="bench", client=s3)
    )
    job = SparkJob(str(home / "job.py"), pipes="optional")
    return lambda context: ours.run(context=context, job=job)


def _start(body, runs: int) -> None:
    @dg.op
    def step(context: dg.OpExecutionContext) -> None:
        body(context)

    @dg.job
    def waiting() -> None:
        step()

    def run() -> None:
        with dg.DagsterInstance.ephemeral() as instance:
            waiting.execute_in_process(instance=instance, raise_on_error=False)

    for _ in range(runs):
        threading.Thread(target=run, daemon=True).start()


def _children() -> set[int]:
    return {int(pid) for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()}


def _await_children(runs: int) -> set[int]:
    give_up_at = time.monotonic() + _STARTUP_SECONDS
    while len(children := _children()) < runs:
        if time.monotonic() > give_up_at:
            sys.exit(f"bench: {len(children)} of {runs} runs wait after {_STARTUP_SECONDS:.0f} s")
        time.sleep(0.05)
    return children


def main() -> None:
    """Measure one process, for `measured`."""
    side, endpoint_url, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    # Dagster's lines about the runs are no part of waiting.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    with tempfile.TemporaryDirectory() as home:
        body = _body(side, endpoint_url, Path(home))
        before, threads_before = _rss_bytes(), threading.active_count()
        _start(body, runs)
        children = _await_children(runs)
        time.sleep(1)  # Launching has to be over, in every thread.
        cpu, answered, started = time.process_time(), requests(endpoint_url), time.monotonic()
        time.sleep(SECONDS)
        minutes = (time.monotonic() - started) / 60
        found = {
            "cpu_seconds_a_minute": (time.process_time() - cpu) / minutes,
            "requests_a_minute": (requests(endpoint_url) - answered) / minutes,
            "rss_bytes": _rss_bytes(),
            "rss_added_bytes": _rss_bytes() - before,
            "threads_added": threading.active_count() - threads_before,
        }
        print(json.dumps(found), flush=True)
        for pid in children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    # The runs would go on to read what is there: stock's takes 11 s for that.
    os._exit(0)


@cache
def measured(side: str, runs: int) -> dict[str, float]:
    """One process with so many runs, `side` being `ours` or `stock`."""
    with BareS3() as s3:
        command = [sys.executable, "-W", "ignore", "-m", "tests.bench.waiting", side, s3.endpoint_url, str(runs)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measure() -> list[Case]:
    """The rows on waiting."""
    name = f"dagster {version('dagster')}, PipesSubprocessClient with PipesS3MessageReader"
    rows = (
        ("memory of the process (RSS)", "MB", "rss_bytes", 1e-6),
        ("memory that the waiting adds", "MB", "rss_added_bytes", 1e-6),
        ("CPU", "s a minute", "cpu_seconds_a_minute", 1),
        ("S3 requests", "a minute", "requests_a_minute", 1),
        ("threads", "threads", "threads_added", 1),
    )
    cases = []
    for runs in (1, 100):
        ours, stock = measured("ours", runs), measured("stock", runs)
        group = f"waiting for {runs} run{'s' if runs > 1 else ''} in one process"
        cases += [
            Case(group, what, unit, [ours[key] * factor], [stock[key] * factor], name)
            for what, unit, key, factor in rows
        ]
    return cases


if __name__ == "__main__":
    main()
