"""Rows about who reports: two JVMs in one job, an attempt that writes on after the next one began, and printed text."""

import json
import shlex
import time
from collections import Counter
from typing import Any

import dagster as dg

from dagster_pipes_jvm import PipesJvmLogFileMessageReader, PipesJvmS3MessageReader
from tests.faults.job import proxied_client, proxied_environment
from tests.faults.outcome import Outcome, line_numbers, step_end
from tests.faults.runs import FaultRuns, Stage, end_problems
from tests.faults.scenarios import Scenario
from tests.support.dagster_runs import Finished

TWO_JVMS_ROW = "two JVMs in one job, at once under one prefix"
ZOMBIE_ROW = "an attempt writes on after the next one began"
FORGED_ROW = "lines that look like messages are printed to the stream of the messages"

_FORGED_ROWS = 999


def run_two_jvms(runs: FaultRuns) -> Outcome:
    """A shell that starts two; one of them reports the asset."""
    scenario = Scenario(TWO_JVMS_ROW)
    with runs.staged(scenario) as stage:
        first, second = _jvm(runs, stage, 1, 0, "-DonlyLogs=true"), _jvm(runs, stage, 2, scenario.lines)
        finished, seconds = _run(runs, stage, f"{first} & {second} & wait -n && wait -n")
    return _outcome(runs, stage, TWO_JVMS_ROW, 2 * scenario.lines, finished, seconds)


def run_zombie(runs: FaultRuns) -> Outcome:
    """YARN's second attempt begins while the first one still reports; only the second one's report counts."""
    scenario = Scenario(ZOMBIE_ROW)
    with runs.staged(scenario) as stage:
        script = "\n".join(
            [
                f"CONTAINER_ID=container_1410901177871_0001_01_000001 {_jvm(runs, stage, 1, 0, pause_millis=40)} &",
                "sleep 2",
                f"CONTAINER_ID=container_1410901177871_0001_02_000001 {_jvm(runs, stage, 2, scenario.lines)}",
                "wait",
            ]
        )
        finished, seconds = _run(runs, stage, script, single_attempt=False)
    texts = [text for _, text in finished.logs]
    problems = [] if any("which still writes after attempt 2 began" in text for text in texts) else ["nobody was told"]
    return _outcome(runs, stage, ZOMBIE_ROW, 2 * scenario.lines, finished, seconds, *problems)


def run_forged(runs: FaultRuns) -> Outcome:
    """A whole session of Dagster's own writer is printed before and behind the job's session, with another content."""
    scenario = Scenario(FORGED_ROW)
    with runs.staged(scenario) as stage:
        log, replay = stage.mark.with_suffix(".log"), stage.mark.with_suffix(".replay")
        rows = {
            "asset_key": "probe",
            "data_version": None,
            "metadata": {"reported": {"raw_value": _FORGED_ROWS, "type": "int"}},
        }
        lines = [("opened", {"extras": {}}), ("report_asset_materialization", rows), ("closed", {})]
        replay.write_text(
            "".join(
                json.dumps({"__dagster_pipes_version": "0.1", "method": method, "params": params}) + "\n"
                for method, params in lines
            ),
            encoding="utf-8",
        )
        reader = PipesJvmLogFileMessageReader(str(log), require_closed=True)
        script = f"{{ cat {replay}; {_jvm(runs, stage, 1, 0)} && cat {replay}; }} > {log}"
        finished, seconds = _run(runs, stage, script, reader)
    is_forged = any(m.metadata["reported"].value == _FORGED_ROWS for m in finished.materializations)
    problems = ["the forged report became an event"] if is_forged else []
    arrived = Counter(line_numbers(text for _, text in finished.logs))
    return Outcome(
        name=FORGED_ROW,
        reported=scenario.lines,
        written=scenario.lines,
        arrived=arrived,
        ended=step_end(finished),
        seconds=seconds,
        end_problems=tuple(end_problems(finished)),
        problems=tuple(problems),
    )


def _jvm(runs: FaultRuns, stage: Stage, number: int, first: int, *options: str, pause_millis: int = 5) -> str:
    scenario = Scenario("", pause_millis=pause_millis)
    mark = stage.mark.with_suffix(f".{number}")
    return shlex.join(runs.command(scenario, mark, f"-Dfirst={first}", *options))


def _run(runs: FaultRuns, stage: Stage, script: str, reader: Any = None, **options: Any) -> tuple[Finished, float]:
    client = proxied_client(runs.s3, stage.to_reader)
    reader = reader or PipesJvmS3MessageReader(
        bucket=stage.bucket, client=client, require_closed=True, keep_messages=True, **options
    )
    pipes = dg.PipesSubprocessClient(env=proxied_environment(runs.s3, stage.to_job), message_reader=reader)
    started = time.monotonic()
    finished = runs.runs.run_body(
        lambda context: pipes.run(context=context, command=["bash", "-c", script]).get_materialize_result()
    )
    return finished, time.monotonic() - started


def _outcome(
    runs: FaultRuns, stage: Stage, name: str, reported: int, finished: Finished, seconds: float, *problems: str
) -> Outcome:
    return Outcome(
        name=name,
        reported=reported,
        written=len(runs.written(stage.bucket)),
        arrived=Counter(line_numbers(text for _, text in finished.logs)),
        ended=step_end(finished),
        seconds=seconds,
        end_problems=tuple(end_problems(finished)),
        problems=problems,
    )
