import io
from typing import Any

import dagster as dg

from dagster_pipes_jvm.read.logs.output import DriverOutput
from dagster_pipes_jvm.read.messages.decoder import pieces
from dagster_pipes_jvm.read.messages.file import PipesJvmFileMessageReader
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.read.messages.lines import MessageLines
from tests.support.dagster_runs import DagsterRuns

LOG = '{"__dagster_pipes_version": "0.1", "method": "log", "params": {"message": "%s", "level": "INFO"}}\n'


def write(output: DriverOutput, line: str) -> None:
    for piece in pieces(line):
        output.on_piece(piece, "a line")


def test_a_compute_log_that_cannot_take_a_line_does_not_cost_a_message(runs: DagsterRuns) -> None:
    latin = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    closed = io.StringIO()
    closed.close()

    def body(context: dg.AssetExecutionContext) -> Any:
        handler = PipesJvmMessageHandler(context, PipesJvmFileMessageReader())
        for target in (latin, closed):
            output = DriverOutput(target, context.log.warning, messages=MessageLines(handler, "the driver's stdout"))
            write(output, "a rocket: \U0001f680\n")
            write(output, LOG % "behind it")

    run = runs.run_body(body)
    assert [text for _, text in run.logs] == ["behind it", "behind it"]
    latin.seek(0)
    assert latin.read() == "a rocket: ?\n"


def test_what_the_bridge_says_about_itself_is_in_the_event_log() -> None:
    target, said = io.StringIO(), []
    output = DriverOutput(target, said.append)
    write(output, "[dagster-pipes] 3 message(s) could not be written to s3://b/7.json\n")
    write(output, "other\n")
    for _ in range(30):
        write(output, "[dagster-pipes] again\n")
    assert said[0] == "[pipes] the job says: 3 message(s) could not be written to s3://b/7.json"
    assert len(said) == 20
    assert target.getvalue().count("\n") == 32
