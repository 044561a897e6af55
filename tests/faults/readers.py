"""Rows about who reads: Dagster's process killed in the middle of a run, and two jobs with one reader at once."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import dagster as dg
from dagster._core.pipes.client import PipesClientCompletedInvocation

from dagster_pipes_jvm import PipesJvmS3MessageReader
from tests.faults.dagster_process import DagsterProcess
from tests.faults.job import proxied_client, proxied_environment
from tests.faults.outcome import Outcome, line_numbers, order_problems, step_end
from tests.faults.runs import FaultRuns, end_problems, wait_until
from tests.faults.scenarios import Scenario
from tests.support.dagster_runs import Finished

RESTARTED_ROW = "Dagster's process killed in the middle, the run taken up by another"
TWO_JOBS_ROW = "two jobs at once with one reader"


def run_restarted_reader(runs: FaultRuns) -> Outcome:
    """SIGKILL for Dagster's process once it has some lines; the job goes on, and a second step reads it with `resuming`."""
    scenario = Scenario(RESTARTED_ROW, pause_millis=20)
    with runs.staged(scenario) as stage:
        started = time.monotonic()
        first = DagsterProcess(runs, stage, runs.command(scenario, stage.mark))
        wait_until(lambda: len(_lines(first.finished())) >= 50 or first.process.poll() is not None, Event())
        first.process.kill()
        first.process.wait()
        was_in_the_middle = not stage.mark.exists()

        def take_up(context: dg.AssetExecutionContext) -> Any:
            client = proxied_client(runs.s3, stage.to_reader)
            reader = PipesJvmS3MessageReader(
                bucket=stage.bucket, client=client, require_closed=True, keep_messages=True
            )
            resumed = reader.resuming(first.params)
            with dg.open_pipes_session(context, dg.PipesEnvContextInjector(), resumed) as session:
                first.await_end_of_both()
            return PipesClientCompletedInvocation(session).get_materialize_result()

        second = runs.runs.run_body(take_up)
        seconds = time.monotonic() - started
    before, after = _lines(first.finished()), _lines(second)
    # Only those may come twice that the first process had.
    problems = order_problems(after)
    if len(set(after)) != len(after):
        problems.append("the second reader handled a line twice")
    if not was_in_the_middle or not before:
        problems.append("the first process was not killed in the middle")
    return Outcome(
        name=RESTARTED_ROW,
        reported=scenario.lines,
        written=len(runs.written(stage.bucket)),
        arrived=Counter([*before, *after]),
        ended=step_end(second),
        seconds=seconds,
        end_problems=tuple(end_problems(second)),
        problems=tuple(problems),
        may_repeat=True,
    )


def run_two_jobs(runs: FaultRuns) -> Outcome:
    """Two steps of one process, whose jobs report different lines at the same time through one reader."""
    scenario = Scenario(TWO_JOBS_ROW, pause_millis=5)
    with runs.staged(scenario) as stage:
        client = proxied_client(runs.s3, stage.to_reader)
        reader = PipesJvmS3MessageReader(bucket=stage.bucket, client=client, require_closed=True, keep_messages=True)
        pipes = dg.PipesSubprocessClient(env=proxied_environment(runs.s3, stage.to_job), message_reader=reader)
        one_runs, both_run = Event(), Barrier(2)

        def run(first: int) -> Finished:
            def body(context: dg.AssetExecutionContext) -> Any:
                one_runs.set()
                both_run.wait(60)
                command = runs.command(scenario, stage.mark.with_suffix(f".{first}"), f"-Dfirst={first}")
                return pipes.run(context=context, command=command).get_materialize_result()

            return runs.runs.run_body(body)

        started = time.monotonic()
        firsts = (0, scenario.lines)
        with ThreadPoolExecutor(2) as threads:
            one = threads.submit(run, firsts[0])
            # Dagster configures Python's logging where a run begins; while another run logs, both wait for ever.
            one_runs.wait(60)
            other = threads.submit(run, firsts[1])
            finished = [one.result(), other.result()]
        seconds = time.monotonic() - started
    problems = []
    for first, of_one in zip(firsts, finished, strict=True):
        problems += order_problems(_lines(of_one))
        if strangers := set(_lines(of_one)) - set(range(first, first + scenario.lines)):
            problems.append(f"{len(strangers)} lines of the other job")
    return Outcome(
        name=TWO_JOBS_ROW,
        reported=2 * scenario.lines,
        written=len(runs.written(stage.bucket)),
        arrived=Counter(number for of_one in finished for number in _lines(of_one)),
        ended=", ".join(dict.fromkeys(step_end(of_one) for of_one in finished)),
        seconds=seconds,
        end_problems=tuple(problem for of_one in finished for problem in end_problems(of_one)),
        problems=tuple(problems),
    )


def _lines(finished: Finished) -> list[int]:
    return line_numbers(text for _, text in finished.logs)
