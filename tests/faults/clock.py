"""The row in which the wall clock jumps, for the job and for Dagster, under an S3 that knows the time.

libfaketime does it: it is loaded into both processes, answers questions for the wall clock from a file, and leaves the
monotonic clock alone. Nothing inside of a JVM could: the clock is asked for by the JDK, the AWS SDK and Dagster alike.
"""

import time
from collections import Counter
from pathlib import Path
from threading import Event, Thread

from tests.faults.dagster_process import DagsterProcess
from tests.faults.outcome import Outcome, line_numbers, order_problems, step_end
from tests.faults.runs import FaultRuns, Stage, end_problems
from tests.faults.scenarios import Scenario, skewed

CLOCK_ROW = "the wall clock jumps by 10 min, -20 min, 2 h and back"
# The third one is more than S3 lets pass.
_JUMPS_SECONDS = (600, -600, 7200, 0)
_BETWEEN = 4


def find_libfaketime() -> Path | None:
    """Where Debian's package has it; `None` where it is not installed."""
    return next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


def run_clock_jumps(runs: FaultRuns) -> Outcome:
    """The clock jumps while the job reports, each time when both sides have sent a few requests since the last jump.

    A writer or a reader that measured its pauses by the wall clock would stand still for as long as the clock was set back:
    the next jump would then not come before the job has reported everything.
    """
    library = find_libfaketime()
    if library is None:
        return Outcome(CLOCK_ROW, not_run="libfaketime is not installed")
    scenario = Scenario(CLOCK_ROW, skewed, skewed, pause_millis=40)
    with runs.staged(scenario) as stage:
        clock = stage.mark.with_suffix(".clock")
        clock.write_text("+0\n", encoding="utf-8")
        environment = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
            # Otherwise it turns waits on a monotonic clock into none at all.
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        }
        started = time.monotonic()
        dagster = DagsterProcess(runs, stage, runs.command(scenario, stage.mark), environment)
        jumps: list[int] = []
        is_over = Event()
        jumper = Thread(target=_jump, args=(clock, stage, jumps, is_over), daemon=True)
        jumper.start()
        dagster.await_end_of_both()
        seconds = time.monotonic() - started
        is_over.set()
        jumper.join()
    finished = dagster.finished()
    arrived = line_numbers(text for _, text in finished.logs)
    problems = order_problems(arrived)
    if len(jumps) <= len(_JUMPS_SECONDS):
        problems.append(f"writer or reader stood still after jump {len(jumps)}")
    return Outcome(
        name=CLOCK_ROW,
        reported=scenario.lines,
        written=len(runs.written(stage.bucket)),
        arrived=Counter(arrived),
        ended=step_end(finished),
        seconds=seconds,
        end_problems=tuple(end_problems(finished)),
        problems=tuple(problems),
    )


def _jump(clock: Path, stage: Stage, jumps: list[int], is_over: Event) -> None:
    for seconds in (0, *_JUMPS_SECONDS):
        # Whole at once: it is read all the time.
        new = clock.with_suffix(".new")
        new.write_text(f"{seconds:+}\n", encoding="utf-8")
        new.replace(clock)
        puts, gets = stage.to_job.requests["PUT"] + _BETWEEN, stage.to_reader.requests["GET"] + _BETWEEN
        # A reader whom S3 refused looks again 10 s later.
        is_refused = any(abs(jump) > 900 for jump in (seconds, *jumps))
        while stage.to_job.requests["PUT"] < puts or (stage.to_reader.requests["GET"] < gets and not is_refused):
            if stage.mark.exists() or is_over.wait(0.05):
                return
        jumps.append(seconds)
