import contextlib
import json
from collections.abc import Callable
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm.read.messages.accounted import account_of
from dagster_pipes_jvm.read.messages.file import PipesJvmFileMessageReader
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.read.messages.lines import MessageLines
from dagster_pipes_jvm.wire import NotAMessageError, decode_line
from tests.support.dagster_runs import DagsterRuns, Finished
from tests.support.recording import CLOSED, OPENED, RecordingHandler, message

LOG = '{"__dagster_pipes_version": "0.1", "method": "log", "params": {"message": "%s", "level": "INFO"}}'


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("hello", "no JSON (Expecting value: line 1 column 1 (char 0))"),
        ("123", "JSON, but int instead of an object"),
        ("null", "JSON, but NoneType instead of an object"),
        ('{"method": "log"}', "an object without `__dagster_pipes_version`"),
        ('{"__dagster_pipes_version": "0.1", "method": 1}', "a message whose `method` is no string"),
        ('{"__dagster_pipes_version": "0.1", "method": "log"}', "a message without `params`"),
        (
            '{"__dagster_pipes_version": "0.1", "method": "log", "params": []}',
            "a message whose `params` is no object",
        ),
        ("[" * 100_000, "nested deeper than this Python decodes, whose recursion limit is"),
    ],
)
def test_a_line_that_is_no_message_is_told_from_one(line: str, reason: str) -> None:
    with pytest.raises(NotAMessageError) as caught:
        decode_line(line)
    assert str(caught.value).startswith(reason)


def feed(runs: DagsterRuns, *lines: str) -> tuple[Finished, PipesJvmMessageHandler, MessageLines]:
    kept: list[Any] = []

    def body(context: dg.AssetExecutionContext) -> None:
        handler = PipesJvmMessageHandler(context, PipesJvmFileMessageReader())
        source = MessageLines(handler, "the test")
        for number, line in enumerate(lines, start=1):
            source.feed(line, f"line {number}")
        source.finish()
        kept.extend((handler, source))

    return runs.run_body(body), *kept


def test_bad_lines_are_said_and_the_rest_goes_on(runs: DagsterRuns) -> None:
    refused_by_dagster = LOG.replace('"INFO"', '"TRACE"') % "x"
    run, handler, _ = feed(runs, LOG % "first", "123", "", refused_by_dagster, LOG % "last", CLOSED)
    texts = [text for _, text in run.logs]
    assert texts[0] == "first"
    assert (
        texts[1] == "[pipes] the test, line 2: not handled, the rest goes on: JSON, but int instead of an object: 123"
    )
    assert texts[2].startswith("[pipes] the test, line 4: not handled, the rest goes on: ")
    assert "TRACE" in texts[2]
    assert texts[3] == "last"
    assert handler.received_by_method == {"log": 2, "closed": 1}


@pytest.mark.parametrize("holds_reports", [True, False])
def test_a_source_that_does_not_keep_its_lines_gives_refused_messages_to_the_compute_log(
    holds_reports: bool, runs: DagsterRuns, capsys: pytest.CaptureFixture[str]
) -> None:
    report = message("report_asset_materialization", {"asset_key": "probe", "metadata": {}, "data_version": 5})
    verdicts: list[Any] = []
    forwarded: list[str | None] = []

    def body(context: dg.AssetExecutionContext) -> None:
        handler = PipesJvmMessageHandler(context, PipesJvmFileMessageReader())
        source = MessageLines(handler, "the log", holds_reports=holds_reports, keeps_lines=False)
        for line in (OPENED, report, CLOSED):
            forwarded.append(source.feed_output(f"{line}\n", "a line"))
        source.finish()
        verdicts.append(handler.account.verdict(no_messages_text="", silence=""))

    runs.run_body(body)
    assert forwarded == [None, None, None]
    # The warning has the line, too, behind other words.
    assert report in capsys.readouterr().err.splitlines()
    assert "1 line could not be handled, and can be found in the step's compute log." in str(verdicts[0].error)


def test_of_many_lines_that_could_not_be_handled_the_first_are_named(runs: DagsterRuns) -> None:
    verdicts: list[Any] = []

    def body(context: dg.AssetExecutionContext) -> None:
        handler = PipesJvmMessageHandler(context, PipesJvmFileMessageReader())
        source = MessageLines(handler, "the test")
        for number, line in enumerate([OPENED, *[LOG.replace('"INFO"', '"TRACE"') % "x"] * 9, CLOSED], start=1):
            source.feed(line, f"line {number}")
        verdicts.append(handler.account.verdict(no_messages_text="", silence=""))
        verdicts.append(handler.account.lost_reports)

    runs.run_body(body)
    verdict, lost_reports = verdicts
    assert lost_reports == ""
    assert verdict.what.count("the test, line ") == 5
    assert " and 4 more." in verdict.what
    assert "9 lines could not be handled, and can be found in the test." in str(verdict.error)


def test_a_message_of_dagsters_reader_that_is_refused_is_lost(runs: DagsterRuns) -> None:
    verdicts: list[Any] = []

    def body(context: dg.AssetExecutionContext) -> None:
        handler = PipesJvmMessageHandler(context, PipesJvmFileMessageReader())
        for line in (OPENED, message("report_custom_message"), CLOSED):
            with contextlib.suppress(TypeError):  # Dagster's reader ends with it.
                handler.handle_message(json.loads(line))
        verdicts.append(handler.account.verdict(no_messages_text="", silence=""))

    runs.run_body(body)
    assert "Dagster refused a line (a message of Dagster's reader: TypeError: " in verdicts[0].what


def test_a_flood_of_bad_lines_is_counted_and_not_said_one_by_one(runs: DagsterRuns) -> None:
    run, _, _ = feed(runs, *["bad"] * 25)
    assert len(run.logs) == 21
    assert run.logs[-1][1] == (
        "[pipes] the test: 25 lines in all were no messages that Dagster accepts; the first 20 are above."
    )


def test_among_other_output_a_message_is_handled_and_the_rest_is_given_back(runs: DagsterRuns) -> None:
    given_back: list[str | None] = []

    def body(context: dg.AssetExecutionContext) -> None:
        source = MessageLines(PipesJvmMessageHandler(context, PipesJvmFileMessageReader()), "the test")
        broken = '{"__dagster_pipes_version": '
        for line in ("plain\n", LOG % "whole" + "\n", "progress: " + LOG % "behind" + "\n", broken, '{"a": 1}\n'):
            given_back.append(source.feed_output(line, "a line"))

    run = runs.run_body(body)
    assert given_back == ["plain\n", None, "progress: ", '{"__dagster_pipes_version": ', '{"a": 1}\n']
    assert [text for _, text in run.logs][:2] == ["whole", "behind"]
    assert "not handled" in run.logs[2][1]


def test_a_chunk_is_fed_as_its_lines_are_one_by_one() -> None:
    lines = [
        '{"__dagster_pipes_version": "0.1", "method": "opened", "params": {"extras": {}}}',
        *(f'{{"__dagster_pipes_version": "0.1", "method": "log", "params": {{"message": "{n}"}}}}' for n in range(600)),
        "",
        "no message",
        '{"__dagster_pipes_version": "0.1", "method": "log",',
        '"params": {"message": "of two lines"}}',
        '{"__dagster_pipes_version": "0.1", "method": "log", "params": {"message": "of two lines"}',
        "}",
        '{"__dagster_pipes_version": "0.1", "method": ["log"], "params": {}}',
        '{"__dagster_pipes_version": "0.1", "method": "log", "params": null}',
        '{"method": "log", "params": {"message": "without a version"}}',
        ' {"__dagster_pipes_version": "0.1", "method": "log", "params": {"message": "spaced\u2028"}} ',
        '{"__dagster_pipes_version": "0.1", "method": "closed", "params": {}}',
        '{"__dagster_pipes_version": "0.1", "method": "log_external_stream", "params": {"stream": "stdout", "text": "late"}}',
        '{"__dagster_pipes_version": "0.1", "method": "log", "params": {"message": "late"}}',
    ]

    def fed(feed: Callable[[MessageLines], None]) -> tuple[Any, ...]:
        handler: Any = RecordingHandler()
        one = MessageLines(handler, "source")
        feed(one)
        one.finish()
        channel = account_of(handler).channel()
        return handler.messages, handler.warnings, channel.arrived, channel.last, account_of(handler).is_complete

    def one_by_one(to: MessageLines) -> None:
        for number, line in enumerate(lines, start=1):
            to.feed(line, f"chunk 1, line {number}")

    whole = fed(lambda to: to.feed_text("\n".join(lines), "chunk 1"))
    assert whole == fed(one_by_one)
    assert len(whole[0]) == 605
