"""`require_closed` of two readers. With Dagster's own clients nothing else requires a whole session."""

import re
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import PipesJvmFileMessageReader, PipesJvmFilesystemMessageReader
from tests.support.dagster_runs import DagsterRuns, Finished
from tests.support.numbered import Session

READERS = [PipesJvmFileMessageReader, PipesJvmFilesystemMessageReader]


def read(runs: DagsterRuns, reader: Any, kept: slice) -> Finished:
    """A run of Dagster's own client, whose job sends these lines of a session."""

    def body(context: dg.AssetExecutionContext) -> Any:
        with dg.open_pipes_session(context, dg.PipesEnvContextInjector(), reader) as opened:
            params = dict(opened.message_reader_params)
            session = Session(token=params["run_token"])
            lines = [session.opened(), session.log("a"), session.log("b"), session.closed()][kept]
            file = Path(params["path"]) if "path" in params else Path(params["uri"].removeprefix("file://"), "1.json")
            file.parent.mkdir(exist_ok=True)
            # A chunk appears whole, as those of our writers do.
            written = file if "path" in params else file.with_name("written")
            written.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            written.replace(file)
        return dg.MaterializeResult()

    return runs.run_body(body)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("kept", "error"),
    [
        pytest.param(slice(0, 4), "", id="whole"),
        pytest.param(slice(0, 3), "PipesNotClosedError: .*whose end did not arrive", id="killed"),
        pytest.param(slice(0, 4, 3), "MessagesMissingError: .*messages 2 to 3 of the JVM's 4", id="half"),
        pytest.param(slice(0, 0), "PipesNotClosedError", id="silent"),
    ],
)
def test_the_step_fails_unless_the_session_is_whole(
    runs: DagsterRuns, tmp_path: Path, reader: type, kept: slice, error: str
) -> None:
    done = read(runs, reader(str(tmp_path), require_closed=True), kept)
    assert done.success == (not error), done.failure
    if error:
        assert re.search(error, done.failure, re.DOTALL)
        assert done.materializations == []
    without = read(runs, reader(str(tmp_path)), kept)
    assert without.success, without.failure
