"""Half characters, as `os.listdir` gives them for names that are not UTF-8, wherever a job may send them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster import PipesMessageHandler, PipesMessageReader
from dagster_pipes import PipesParams

from dagster_pipes_jvm.errors import PipesJvmError
from dagster_pipes_jvm.read.messages.file import PipesJvmFileMessageReader
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.read.messages.lines import MessageLines
from tests.support.dagster_runs import DagsterRuns
from tests.support.recording import message
from tests.support.web_page import WebPage

NAME = "caf\udce9.csv"
SHOWN = "caf\ufffd.csv"
# Each surrogate at a place of its own: at the start, in the middle, at the end, and the wrong way round.
OTHERS = ["\udce9", "a\ud83d", "\ude00\ud83d", "\U0001f600\udfff\U0001f600"]

EXCEPTION = {
    "name": NAME,
    "message": f"FileNotFoundError: {NAME}",
    "stack": [f'  File "{NAME}", line 1\n'],
    "cause": {"name": "E", "message": NAME, "stack": [NAME], "cause": None, "context": None},
    "context": {"name": "E", "message": NAME, "stack": [NAME], "cause": None, "context": None},
}
METADATA: dict[str, Any] = {
    NAME: {"raw_value": NAME, "type": "text"},
    "caf\udcea.csv": {"raw_value": "another", "type": "text"},
    "json": {"raw_value": {NAME: [{"deep": [NAME, *OTHERS]}]}, "type": "json"},
    "bare": {"raw_value": {NAME: NAME}, "type": "__infer__"},
    "path": {"raw_value": f"/data/{NAME}", "type": "path"},
    "url": {"raw_value": f"file:///{NAME}", "type": "url"},
    "md": {"raw_value": f"*{NAME}*", "type": "md"},
    "table": {
        "raw_value": {"records": [{"file": NAME}], "schema": [{"name": NAME, "type": "string", "description": NAME}]},
        "type": "table",
    },
    "schema": {
        "raw_value": {"columns": [{"name": NAME, "type": NAME, "description": NAME}]},
        "type": "table_schema",
    },
    "lineage": {
        "raw_value": {"deps_by_column": {NAME: [{"asset_key": ["up", NAME], "column_name": NAME}]}},
        "type": "table_column_lineage",
    },
    "asset": {"raw_value": f"up/{NAME}", "type": "asset"},
}
CHECK = {"passed": True, "severity": "WARN", "metadata": METADATA}
LINES = [
    message("opened", {"extras": {NAME: NAME}}),
    message("log", {"message": NAME, "level": "INFO"}),
    message("log", {"message": NAME, "level": "ERROR"}),
    message("log", {"message": NAME, "level": NAME}),
    message("log", {"message": NAME, "level": "INFO", NAME: NAME}),
    message("log_external_stream", {"stream": "stdout", "text": f"out {NAME}\n", "extras": {}}),
    message("log_external_stream", {"stream": "stderr", "text": f"err {NAME}\n", "extras": {}}),
    message("log_external_stream", {"stream": NAME, "text": NAME, "extras": {}}),
    message("report_custom_message", {"payload": {NAME: [NAME]}}),
    message("report_asset_check", {"asset_key": "probe", "check_name": "named", **CHECK}),
    message("report_asset_materialization", {"asset_key": "probe", "metadata": METADATA, "data_version": NAME}),
    message("report_asset_check", {"asset_key": NAME, "check_name": NAME, "passed": NAME, "severity": NAME}),
    message(NAME, {NAME: NAME}),
    message("log", {"message": "clean", "level": "INFO"}, **{"__dagster_pipes_version": NAME}),
    '{"__dagster_pipes_version": "0.1", "method": "log", "par\\udce9ams": "cut \\udce9',
    message("closed", {"exception": EXCEPTION}),
    message("log", {"message": f"late {NAME}", "level": "INFO"}),
]


def _is_whole(value: Any) -> bool:
    """Whether it can be encoded, as the web server encodes it."""
    return bool(json.dumps(value, ensure_ascii=False).encode("utf-8"))


@pytest.mark.parametrize("is_ours", [True, False], ids=["our handler", "Dagster's handler"])
def test_no_half_character_enters_dagster(runs: DagsterRuns, is_ours: bool, capfd: pytest.CaptureFixture[str]) -> None:
    """Through our readers into our handler and into Dagster's own, as with Dagster's clients."""
    customs: list[Any] = []

    def body(context: dg.AssetExecutionContext) -> Iterator[Any]:
        reader = PipesJvmFileMessageReader()
        handler = (PipesJvmMessageHandler if is_ours else PipesMessageHandler)(context, reader)
        with handler.handle_messages():
            source = MessageLines(handler, "the test")
            source.feed_text("\n".join(LINES), "chunk 1")
            source.finish()
        customs.extend(handler.get_custom_messages())
        yield from handler.get_reported_results()

    run = runs.run_body(body, checks=("named",))
    assert run.success, run.failure
    for event in WebPage(runs.instance).events(run.entries[0].run_id):
        assert _is_whole(event)
    (materialization,) = run.materializations
    metadata = {key: value.value for key, value in materialization.metadata.items()}
    assert metadata[SHOWN] == SHOWN
    assert metadata["caf\ufffd.csv\ufffd"] == "another"
    assert metadata["json"] == {
        SHOWN: [{"deep": [SHOWN, "\ufffd", "a\ufffd", "\ufffd\ufffd", "\U0001f600\ufffd\U0001f600"]}]
    }
    assert (materialization.tags or {})["dagster/data_version"] == SHOWN
    assert run.checks[0].metadata[SHOWN].value == SHOWN
    assert customs == [{SHOWN: [SHOWN]}]
    assert [level for level, text in run.logs if text == SHOWN][:2] == [20, 40]
    closing = next(error for error in run.engine_errors if error.cls_name == SHOWN)
    assert (closing.cause.stack, closing.context.message) == ([SHOWN], SHOWN)
    written = "".join(path.read_text("utf-8") for path in Path(runs.instance.root_directory).rglob("*.out"))
    assert f"out {SHOWN}" in written


class _Stock(PipesMessageReader):
    """A reader that keeps no account, such as Dagster's own."""

    @contextmanager
    def read_messages(self, handler: PipesMessageHandler) -> Iterator[PipesParams]:
        for line in LINES[:2]:
            handler.handle_message(json.loads(line))
        handler.handle_message(json.loads(message("closed")))
        handler.handle_message(json.loads(message("closed")))
        yield {}

    def no_messages_debug_text(self) -> str:
        return ""


def test_no_half_character_enters_by_a_reader_of_dagster(runs: DagsterRuns) -> None:
    def body(context: dg.AssetExecutionContext) -> None:
        with PipesJvmMessageHandler(context, _Stock()).handle_messages():
            pass

    run = runs.run_body(body)
    assert run.success, run.failure
    assert SHOWN in [text for _, text in run.logs]
    assert WebPage(runs.instance).events(run.entries[0].run_id)


def test_no_half_character_enters_by_an_error_of_ours(runs: DagsterRuns) -> None:
    def body(context: dg.AssetExecutionContext) -> None:
        raise PipesJvmError(f"no such file: {NAME}")

    run = runs.run_body(body)
    assert f"no such file: {SHOWN}" in run.failure
    assert WebPage(runs.instance).events(run.entries[0].run_id)


def test_nul_stays_in_text_and_is_replaced_in_names(runs: DagsterRuns) -> None:
    """In an event's JSON NUL is escaped. Data versions and names of checks have columns, and PostgreSQL refuses it."""

    def body(context: dg.AssetExecutionContext) -> Iterator[Any]:
        handler = PipesJvmMessageHandler(context, PipesJvmFileMessageReader())
        metadata = {"text": {"raw_value": "a\0b", "type": "text"}}
        report = {"asset_key": "probe", "metadata": metadata, "data_version": "v\0.1"}
        check = {"asset_key": "probe", "check_name": "na\0med", "passed": True, "severity": "WARN", "metadata": {}}
        with handler.handle_messages():
            source = MessageLines(handler, "the test")
            source.feed(message("report_asset_materialization", report), "line 1")
            source.feed(message("report_asset_check", check), "line 2")
            source.feed(message("log", {"message": "c\0d", "level": "INFO"}), "line 3")
            source.finish()
        results = handler.get_reported_results()
        found.extend(result.check_name for result in results if isinstance(result, dg.AssetCheckResult))
        yield from (result for result in results if isinstance(result, dg.MaterializeResult))

    found: list[str | None] = []
    run = runs.run_body(body)
    assert run.success, run.failure
    assert found == ["na\ufffdmed"]
    assert run.metadata["text"] == "a\0b"
    assert (run.materializations[0].tags or {})["dagster/data_version"] == "v\ufffd.1"
    assert "c\0d" in [text for _, text in run.logs]
