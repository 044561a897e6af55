from pathlib import Path

from dagster_pipes_jvm.texts import PAGE_URL
from tests.support.dagster_runs import DagsterRuns
from tests.unit.read.messages.test_handler import feed, logs


def compute_log(runs: DagsterRuns) -> str:
    root = Path(runs.instance.root_directory)
    return "".join(file.read_text(encoding="utf-8") for file in root.glob("storage/**/*.err"))


def test_a_flood_of_log_messages_is_capped_and_said_and_an_error_behind_it_is_an_event(runs: DagsterRuns) -> None:
    flood = logs("INFO", *(f"line {number}" for number in range(5)))
    run, handler = feed(runs, *flood, *logs("ERROR", "it broke"), *logs("DEBUG", "detail é"), max_log_events=2)
    assert run.success, run.failure
    assert [text for _, text in run.logs] == [
        "line 0",
        "line 1",
        "[pipes] The job has logged 2 messages below WARNING. Further ones go to the step's compute log (stderr) only, because"
        f" the event log is a database. Warnings and errors still become events. See {PAGE_URL}#log-flood",
        "it broke",
        "[pipes] 4 of the 7 log messages of this run are in the step's compute log (stderr) only, 0 of them warnings or"
        f" errors. See {PAGE_URL}#log-flood",
    ]
    said = [text for text in compute_log(runs).splitlines() if "line" in text or "detail" in text]
    assert [text for text in said if " - dagster - " not in text and "[pipes]" not in text][-4:] == [
        "INFO line 2",
        "INFO line 3",
        "INFO line 4",
        "DEBUG detail é",
    ]
    assert handler.received_by_method == {"log": 7}
