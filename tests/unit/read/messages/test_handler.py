"""What a job of another version may say, and what becomes of it."""

import json
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm.read.messages.account import RunAccount
from dagster_pipes_jvm.read.messages.file import PipesJvmFileMessageReader
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.read.messages.lines import MessageLines
from dagster_pipes_jvm.texts import PAGE_URL
from tests.support.dagster_runs import DagsterRuns, Finished
from tests.support.numbered import SESSION, TOKEN, Session


def line(method: str, params: Any, version: Any = "0.1", **fields: Any) -> str:
    return json.dumps({"__dagster_pipes_version": version, "method": method, "params": params, **fields})


def feed(runs: DagsterRuns, *lines: str, **options: Any) -> tuple[Finished, PipesJvmMessageHandler]:
    """The run and the handler, after a reader has met these lines."""
    handlers: list[PipesJvmMessageHandler] = []

    def body(context: dg.AssetExecutionContext) -> Any:
        handler = PipesJvmMessageHandler(context, PipesJvmFileMessageReader(), **options)
        handlers.append(handler)
        with handler.handle_messages():
            source = MessageLines(handler, "the test")
            for number, text in enumerate(lines, start=1):
                source.feed(text, f"line {number}")
            source.finish()
        (result,) = handler.get_reported_results() or [dg.MaterializeResult()]
        return result

    return runs.run_body(body), handlers[0]


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("0.2", "a newer"),
        ("0.10", "a newer"),
        ("1.0", "a newer"),
        ("0.0", "an older"),
        ("next", "an unknown"),
        (2, "a newer"),
    ],
)
def test_another_protocol_version_is_said_once_and_the_run_goes_on(runs: DagsterRuns, version: Any, said: str) -> None:
    first, second = (line("log", {"message": text, "level": "INFO"}, version) for text in ("first", "second"))
    run, handler = feed(runs, line("opened", {}, version), first, second, line("closed", {}, version))
    assert run.success, run.failure
    warnings = [text for level, text in run.logs if level == 30]
    assert len(warnings) == 1
    assert warnings[0].startswith(
        f"[pipes] The job speaks {said} version of the Pipes protocol: {version}, and this side knows 0.1."
    )
    assert "Let the job use the bridge jar of dagster-pipes-jvm " in warnings[0]
    assert warnings[0].endswith(f"See {PAGE_URL}#protocol-version")
    assert [text for _, text in run.logs][-2:] == ["first", "second"]
    assert handler.received_by_method == {"opened": 1, "log": 2, "closed": 1}
    assert handler.received_closed_message


def test_what_a_newer_message_says_on_top_is_left_out_and_said_once(runs: DagsterRuns) -> None:
    materialization = {"asset_key": "probe", "metadata": {"n": {"raw_value": 1, "type": "int"}}, "data_version": None}
    run, handler = feed(
        runs,
        line("opened", {"extras": {"scala": "3"}, "from": "the future"}),
        line("log", {"message": "one", "level": "INFO", "color": "red"}, request_id=7),
        line("log", {"message": "two", "level": "INFO", "color": "blue"}),
        line("report_asset_materialization", {**materialization, "tags": {"a": "b"}}),
        line("closed", {"exit_code": 0}),
    )
    assert run.success, run.failure
    assert run.metadata["n"] == 1
    assert [text for level, text in run.logs if level == 30] == [
        "[pipes] The job sends `color` of `log`, which this side does not know; it is left out, here and in later messages."
        f" See {PAGE_URL}#protocol-version",
        "[pipes] The job sends `tags` of `report_asset_materialization`, which this side does not know; it is left out, here"
        f" and in later messages. See {PAGE_URL}#protocol-version",
    ]
    assert [text for level, text in run.logs if level == 20][-2:] == ["one", "two"]
    assert handler.received_by_method == {"opened": 1, "log": 2, "report_asset_materialization": 1, "closed": 1}


def test_a_method_that_dagster_does_not_know_is_said_with_its_line_and_the_rest_goes_on(runs: DagsterRuns) -> None:
    unknown = line("report_cost", {"dollars": 1})
    run, handler = feed(runs, line("opened", {}), unknown, line("closed", {}))
    assert run.success, run.failure
    (warning,) = [text for level, text in run.logs if level == 30]
    assert warning == (
        "[pipes] the test, line 2: not handled, the rest goes on: DagsterPipesExecutionError: Unknown message method:"
        f" report_cost: {unknown}"
    )
    assert any("Unknown message method: report_cost" in error.message for error in run.engine_errors)
    assert handler.received_by_method == {"opened": 1, "closed": 1}


def test_many_unknown_params_are_not_said_one_by_one(runs: DagsterRuns) -> None:
    lines = [line("log", {"message": f"{i}", "level": "INFO", f"x{i}": 1}) for i in range(40)]
    run, handler = feed(runs, *lines)
    assert len([text for level, text in run.logs if level == 30]) == 20
    assert handler.received_by_method == {"log": 40}


def logs(level: str, *texts: str) -> list[str]:
    return [line("log", {"message": text, "level": level}) for text in texts]


def test_warnings_have_a_cap_of_their_own(runs: DagsterRuns) -> None:
    run, _ = feed(runs, *logs("WARNING", "a", "b"), *logs("INFO", "c"), max_log_events=1)
    assert [text for _, text in run.logs] == [
        "a",
        "[pipes] The job has logged 1 messages from WARNING on. Further ones go to the step's compute log (stderr) only,"
        f" because the event log is a database. See {PAGE_URL}#log-flood",
        "c",
        "[pipes] 1 of the 3 log messages of this run are in the step's compute log (stderr) only, 1 of them warnings or"
        f" errors. See {PAGE_URL}#log-flood",
    ]


def test_without_a_cap_every_log_message_is_an_event(runs: DagsterRuns) -> None:
    texts = [str(number) for number in range(30)]
    run, _ = feed(runs, *logs("INFO", *texts), max_log_events=None)
    assert [text for _, text in run.logs] == texts


def seen(rows: int) -> str:
    metadata = {"rows": {"raw_value": rows, "type": "int"}, "spark/wall_seconds": {"raw_value": 1.5, "type": "float"}}
    return line("report_asset_materialization", {"asset_key": "probe", "metadata": metadata, "data_version": None})


def own(rows: int) -> str:
    metadata = {"rows": {"raw_value": rows, "type": "int"}}
    return line("report_asset_materialization", {"asset_key": "probe", "metadata": metadata, "data_version": None})


@pytest.mark.parametrize("order", ["the script closes first", "the script closes last"])
def test_a_script_that_reports_its_asset_beside_an_instrumented_spark_has_the_word(
    order: str, runs: DagsterRuns
) -> None:
    spark = [seen(3), line("log", {"message": "of Spark", "level": "INFO"}), line("closed", {})]
    script = [own(5), line("closed", {})]
    opened = [line("opened", {"extras": {"spark_application_id": "local-1"}}), line("opened", {"extras": {}})]
    both = [*script, *spark] if order == "the script closes first" else [*spark, *script]
    run, handler = feed(runs, *opened, *both)
    assert run.success, run.failure
    assert run.metadata["rows"] == 5
    assert [text for level, text in run.logs if level == 30] == []  # "unexpected message received after closed"
    assert [text for _, text in run.logs][-1] == (
        "The application reported the asset probe itself: what Spark wrote is not added."
    )
    assert handler.received_closed_message


def test_what_spark_was_seen_to_write_is_reported_where_nobody_else_does(runs: DagsterRuns) -> None:
    opened = line("opened", {"extras": {"spark_application_id": "local-1"}})
    run, handler = feed(runs, opened, seen(3), line("closed", {}))
    assert run.metadata["rows"] == 3
    assert handler.received_closed_message


def test_one_of_two_sessions_that_stays_open_is_not_closed(runs: DagsterRuns) -> None:
    opened = [line("opened", {"extras": {"spark_application_id": "local-1"}}), line("opened", {"extras": {}})]
    _, handler = feed(runs, *opened, own(5), line("closed", {}))
    assert not handler.received_closed_message
    _, handler = feed(runs, opened[1], opened[1], line("closed", {}))
    assert not handler.received_closed_message


def test_one_session_may_follow_another(runs: DagsterRuns) -> None:
    opened, closed = line("opened", {"extras": {}}), line("closed", {})
    run, handler = feed(runs, opened, closed, opened)
    assert handler.received_opened_message
    assert not handler.received_closed_message
    assert [text for level, text in run.logs if level == 30] == []
    run, handler = feed(runs, opened, closed, opened, closed, *logs("INFO", "late"))
    assert handler.received_closed_message
    (warning,) = [text for level, text in run.logs if level == 30]
    assert "not handled, the rest goes on: a message behind the end of its session: {" in warning


@pytest.mark.parametrize("is_closed", [True, False])
def test_what_a_reader_brings_that_keeps_no_account_is_in_the_account(runs: DagsterRuns, is_closed: bool) -> None:
    """As Dagster's own readers do."""
    verdicts: list[Any] = []

    def body(context: dg.AssetExecutionContext) -> None:
        handler = PipesJvmMessageHandler(context, PipesJvmFileMessageReader())
        for text in (line("opened", {"extras": {}}), *logs("INFO", "a"), *[line("closed", {})] * is_closed):
            handler.handle_message(json.loads(text))
        verdicts.append(handler.account.verdict(no_messages_text="", silence=""))

    runs.run_body(body)
    (verdict,) = verdicts
    if is_closed:
        assert verdict is None
    else:
        assert "whose end did not arrive; 2 messages arrived, the last one" in verdict.what


def test_sessions_with_identities_are_told_apart_and_no_late_message_is_unexpected(runs: DagsterRuns) -> None:
    handlers: list[PipesJvmMessageHandler] = []

    def fed(*lines: str) -> PipesJvmMessageHandler:
        def body(context: dg.AssetExecutionContext) -> None:
            handler = PipesJvmMessageHandler(context, PipesJvmFileMessageReader(), account=RunAccount(run_token=TOKEN))
            handlers.append(handler)
            source = MessageLines(handler, "the test", holds_reports=True)
            for number, text in enumerate(lines, start=1):
                source.feed(text, f"line {number}")
            source.finish()

        run = runs.run_body(body)
        assert [text for level, text in run.logs if level == 30 and "started again" not in text] == []
        return handlers[-1]

    a, b = Session("aaaa"), Session("bbbb")
    late = a.log("late")
    failure = {"name": "java.lang.Error", "message": "boom", "stack": [], "cause": None, "context": None}
    both = [a.opened(), b.opened(), a.closed(exception=failure), late]
    assert not fed(*both).received_closed_message
    handler = fed(*both, b.closed())
    assert handler.received_closed_message
    # The job's own end tells whether the failure of one of its sessions is the job's.
    assert handler.exception == failure
    killed, again = Session("aaaa", attempt=1), Session("bbbb", attempt=2)
    handler = fed(killed.opened(), again.opened(), again.closed())
    assert handler.received_closed_message


def test_a_stock_reader_brings_lines_of_another_run_in_vain(runs: DagsterRuns) -> None:
    other = Session(token="zzzzzz")

    def body(context: dg.AssetExecutionContext) -> None:
        handler = PipesJvmMessageHandler(context, PipesJvmFileMessageReader(), account=RunAccount(run_token=TOKEN))
        for text in (other.opened(), *SESSION, *SESSION):
            handler.handle_message(json.loads(text))
        assert handler.received_by_method == {"opened": 1, "log": 2, "report_custom_message": 1, "closed": 1}
        assert handler.account.verdict(no_messages_text="", silence="") is None

    run = runs.run_body(body)
    assert run.success, run.failure
    (warning,) = [text for level, text in run.logs if level == 30]
    assert warning.startswith("[pipes] a message is not handled, because it is of another run: `{")
