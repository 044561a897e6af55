"""Each message type and each metadata type, from one JVM process into a real Dagster instance; `jvm/conformance`'s Cases."""

import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster_pipes import DAGSTER_PIPES_CONTEXT_ENV_VAR, DAGSTER_PIPES_MESSAGES_ENV_VAR

from tests.support.dagster_runs import DagsterRuns, Finished
from tests.support.web_page import WebPage, shown

CASES = ["logs", "metadata", "check", "custom"]
THROWN = [
    "an error",
    "a chain",
    "a circle",
    "suppressed",
    "no message",
    "broken getters",
    "a stack overflow",
    "thirty causes",
    "a huge message",
    "huge causes",
]


class Session:
    """What one run got from all the sessions of one JVM process."""

    def __init__(self, run: Finished, page: WebPage, custom: list[Any]) -> None:
        self.run = run
        self.custom = custom
        self._page = page

    @property
    def page_metadata(self) -> dict[str, Any]:
        return self._page.metadata("probe")

    def page_events(self, event_type: str) -> list[dict[str, Any]]:
        return [e for e in self._page.events(self.run.entries[0].run_id) if e["__typename"] == event_type]


@pytest.fixture(scope="module")
def session(conformance_command: list[str], tmp_path_factory: pytest.TempPathFactory) -> Any:
    directory = tmp_path_factory.mktemp("cases")
    custom: list[Any] = []
    with dg.DagsterInstance.local_temp(str(directory), overrides={"telemetry": {"enabled": False}}) as instance:

        def body(context: dg.AssetExecutionContext) -> Any:
            sessions = report(context, conformance_command, directory, [*CASES, *(f"throws {name}" for name in THROWN)])
            custom.extend(sessions["custom"].get_custom_messages())
            for case in ("metadata", "check"):
                yield from sessions[case].get_results(implicit_materializations=False)

        @dg.asset(name="probe", check_specs=[dg.AssetCheckSpec("my_check", asset="probe")])
        def probe(context: dg.AssetExecutionContext):  # type: ignore[no-untyped-def]  # checks need more than one output
            yield from body(context)

        run = DagsterRuns(instance).materialize(probe)
        yield Session(run, WebPage(instance), custom)


def report(
    context: dg.AssetExecutionContext, conformance_command: list[str], directory: Path, cases: list[str]
) -> dict[str, dg.PipesSession]:
    """One JVM process with a session for each case, all read by Dagster's own readers until it has ended."""
    lines = []
    sessions = {}
    with ExitStack() as stack:
        for case in cases:
            session = stack.enter_context(
                dg.open_pipes_session(context, dg.PipesEnvContextInjector(), dg.PipesTempFileMessageReader())
            )
            sessions[case] = session
            env = session.get_bootstrap_env_vars()
            lines.append(f"{case}\t{env[DAGSTER_PIPES_CONTEXT_ENV_VAR]}\t{env[DAGSTER_PIPES_MESSAGES_ENV_VAR]}\n")
        (directory / "cases").write_text("".join(lines), encoding="utf-8")
        command = [*conformance_command[:-1], "dagsterpipes.conformance.Cases", str(directory / "cases")]
        subprocess.run(command, check=True, capture_output=True)
    return sessions


def test_the_run_succeeds_and_no_message_was_refused(session: Session) -> None:
    assert session.run.success, session.run.failure
    assert set(errors(session)) == set(THROWN)
    assert not [text for _, text in session.run.logs if "did not receive" in text or "unexpected" in text]
    openings = [t for _, t in session.run.logs if t == "[pipes] external process successfully opened dagster pipes."]
    assert len(openings) == len(CASES) + len(THROWN)


def test_log_lines_arrive_with_level_and_every_character(session: Session) -> None:
    logged = [(level, text) for level, text in session.run.logs if "größer" in text]
    names = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
    # Half a character is no character: it is replaced, so that the line can be stored and shown.
    assert logged == [
        (10 * (n + 1), f"{name}: größer \U0001f680\n\u2028 \u0001 \ufffd.") for n, name in enumerate(names)
    ]


def test_custom_messages_arrive_as_python_values_with_every_digit(session: Session) -> None:
    first, *rest = session.custom
    assert first.pop("nan") != first.get("nan")
    assert first == {"list": [1, 2.5, None, True, "ß"], "past 2^53": 9007199254740993}
    assert rest == [2**64, "0.12345678901234567890", "1" + "0" * 5000, {}, None]


TYPED: dict[str, dg.MetadataValue[Any]] = {
    "text": dg.MetadataValue.text("größer \U0001f680"),
    "url": dg.MetadataValue.url("https://dagster.io"),
    "path": dg.MetadataValue.path("s3://bucket/key"),
    "notebook": dg.MetadataValue.notebook("a.ipynb"),
    "json": dg.MetadataValue.json({"a": [1, 2.5, None]}),
    "md": dg.MetadataValue.md("# ok\n"),
    "float": dg.MetadataValue.float(1.0),
    "int": dg.MetadataValue.int(3),
    "bool": dg.MetadataValue.bool(True),
    "run": dg.MetadataValue.dagster_run("db892d7f-0031-4747-973d-22e8b9095d9d"),
    "asset": dg.MetadataValue.asset(dg.AssetKey(["up", "stream"])),
    "null": dg.MetadataValue.null(),
    "timestamp": dg.MetadataValue.timestamp(1356998400.5),
}
ID = dg.TableColumn(
    "id",
    "bigint",
    description="who",
    tags={"pii": "no"},
    constraints=dg.TableColumnConstraints(nullable=False, unique=True, other=["> 0"]),
)
TABLES: dict[str, dg.MetadataValue[Any]] = {
    "table": dg.MetadataValue.table(
        [
            dg.TableRecord({"id": "9007199254740993", "delay": "NaN"}),
            dg.TableRecord({"id": 2, "delay": None}),
        ],
        dg.TableSchema([ID, dg.TableColumn("delay", "double")]),
    ),
    "table schema": dg.MetadataValue.table_schema(dg.TableSchema([ID])),
    "lineage": dg.MetadataValue.column_lineage(
        dg.TableColumnLineage({"id": [dg.TableColumnDep(dg.AssetKey(["up", "stream"]), "source_id")]})
    ),
}
INFERRED: dict[str, dg.MetadataValue[Any]] = {
    "inferred text": dg.MetadataValue.text("plain"),
    "inferred int": dg.MetadataValue.int(3),
    "inferred float": dg.MetadataValue.float(3.0),
    "inferred bool": dg.MetadataValue.bool(False),
    "inferred null": dg.MetadataValue.null(),
    "inferred list": dg.MetadataValue.json([1, 2]),
    "inferred map": dg.MetadataValue.json({"day": "2013-01-01"}),
    "inferred timestamp": dg.MetadataValue.timestamp(0.0),
    "inferred url": dg.MetadataValue.url("https://dagster.io"),
    "inferred path": dg.MetadataValue.path("data/orders"),
    "inferred optional": dg.MetadataValue.md("# ok"),
    "inferred enum": dg.MetadataValue.text("DAYS"),
    "inferred duration": dg.MetadataValue.text("PT1M30S"),
    "inferred uuid": dg.MetadataValue.text("db892d7f-0031-4747-973d-22e8b9095d9d"),
}
ODD_JSON = {
    "nan": "NaN",
    "infinities": ["Infinity", "-Infinity"],
    "past 2^53": "9007199254740993",
    "past 2^63": str(2**64 + 1),
}
ODD: dict[str, dg.MetadataValue[Any]] = {
    "odd json": dg.MetadataValue.json(ODD_JSON),
    "bare json": dg.MetadataValue.int(2**53 + 1),
    "infinity": dg.MetadataValue.float(float("inf")),
    "past 2^53": dg.MetadataValue.int(2**53 + 1),
    "past 2^63": dg.MetadataValue.int(2**64 + 1),
    "5001 digits": dg.MetadataValue.text("1" + "0" * 5000),
    "whole decimal": dg.MetadataValue.int(2**53 + 1),
    "long decimal": dg.MetadataValue.text("0.12345678901234567890"),
    "no timestamp": dg.MetadataValue.text("NaN"),
    "far timestamp": dg.MetadataValue.text("+1000000000-12-31T23:59:59.999999999Z"),
    "half a character": dg.MetadataValue.text("a\ufffdz"),
    "control characters": dg.MetadataValue.text("\u0000\u0001\u007f\u2028"),
    "": dg.MetadataValue.text("an empty name"),
}
EXPECTED = {**TYPED, **TABLES, **INFERRED, **ODD}


def assert_all_arrived(metadata: Any) -> None:
    metadata = dict(metadata)
    assert str(metadata.pop("nan")) == str(dg.MetadataValue.float(float("nan")))
    assert metadata == EXPECTED


def test_a_materialization_arrives_with_every_metadata_type(session: Session) -> None:
    (materialization,) = session.run.materializations
    assert_all_arrived(materialization.metadata)
    assert (materialization.tags or {})["dagster/data_version"] == "v 1ß"


def test_a_check_arrives_with_every_metadata_type(session: Session) -> None:
    (check,) = session.run.checks
    assert (check.check_name, check.passed, check.severity.value) == ("my_check", False, "WARN")
    assert_all_arrived(check.metadata)


def test_the_web_page_shows_every_entry_with_every_digit(session: Session) -> None:
    on_page = session.page_metadata
    assert set(on_page) == {*EXPECTED, "nan"}
    assert on_page["odd json"] == ("Json", ODD_JSON)
    assert on_page["table"] == ("Table", [{"id": "9007199254740993", "delay": "NaN"}, {"id": 2, "delay": None}])
    assert on_page["past 2^53"] == ("Int", "9007199254740993")
    assert on_page["past 2^63"] == ("Int", str(2**64 + 1))
    assert on_page["timestamp"] == ("Timestamp", 1356998400.5)
    assert on_page["far timestamp"] == ("Text", "+1000000000-12-31T23:59:59.999999999Z")
    # A number that is none has an empty value on the page (it does not ask for `floatRepr`), and hides nothing else.
    assert on_page["nan"] == on_page["infinity"] == ("Float", None)
    (evaluation,) = session.page_events("AssetCheckEvaluationEvent")
    assert shown(evaluation["evaluation"]["metadataEntries"]) == on_page
    (event,) = session.page_events("MaterializationEvent")
    assert shown(event["metadataEntries"]) == on_page


def chain(error: Any) -> list[Any]:
    links = [error]
    while links[-1].cause:
        links.append(links[-1].cause)
    return links


def errors(session: Session) -> dict[str, Any]:
    """The engine events' errors, by case: they come in the order of the cases from readers that do not wait for each other."""
    by_start = {link.message[:20]: link for link in session.run.engine_errors}
    starts = {
        "an error": "Java heap space",
        "a chain": "outer",
        "a circle": "first",
        "suppressed": "the body",
        "no message": "java.lang.NullPointerException"[:20],
        "broken getters": "(its getMessage() threw"[:20],
        "a stack overflow": "java.lang.StackOverflowError"[:20],
        "thirty causes": "cause 0",
        "a huge message": "x" * 20,
        "huge causes": "1" + "ß" * 19,
    }
    assert set(by_start) == set(starts.values())
    return {case: by_start[start] for case, start in starts.items()}


def test_every_throwable_is_shown_whole(session: Session) -> None:
    shown_errors = errors(session)
    assert [(link.message, link.cls_name) for link in chain(shown_errors["a chain"])] == [
        ("outer", "java.lang.RuntimeException"),
        ("middle", "java.lang.IllegalStateException"),
        ("inner ß", "java.io.IOException"),
    ]
    assert [link.message for link in chain(shown_errors["a circle"])] == ["first", "second"]
    assert "circle" in shown_errors["a circle"].cause.stack[-1]
    suppressed = "".join(shown_errors["suppressed"].stack)
    for text in ("while closing", "disk", "sector 7", "while flushing"):
        assert text in suppressed
    assert shown_errors["an error"].stack[0] == "java.lang.OutOfMemoryError\n"
    assert shown_errors["broken getters"].stack == ["dagsterpipes.conformance.Throwables$Broken\n"]
    assert len(shown_errors["a stack overflow"].stack) == 1025
    thirty = chain(shown_errors["thirty causes"])
    assert [link.message for link in thirty] == [f"cause {n}" for n in range(11)]
    deeper = [line for line in thirty[-1].stack if line.startswith("Caused by")]
    assert len(deeper) == 20
    assert deeper[-1] == "Caused by: java.io.IOException: cause 30\n"


def test_nothing_of_an_error_was_cut_by_dagster_what_is_left_out_is_said(session: Session) -> None:
    for case, error in errors(session).items():
        text = error.to_string()
        assert "TRUNCATED" not in text, case
        assert "truncated due to size" not in text, case
    assert errors(session)["a huge message"].message.endswith("x... (1800000 more characters left out)")
    messages = [link.message for link in chain(errors(session)["huge causes"])]
    assert [message[0] for message in messages] == [str(n) for n in range(1, 9)]
    assert all(message.endswith("more characters left out)") for message in messages)


def test_the_web_page_shows_each_throwable_with_all_its_links(session: Session) -> None:
    on_page = {e["error"]["message"]: e["error"] for e in session.page_events("EngineEvent") if e["error"]}
    assert len(on_page) == len(THROWN)
    assert [link["error"]["message"] for link in on_page["cause 0"]["errorChain"]] == [
        f"cause {n}" for n in range(1, 11)
    ]
    assert any("cause 30" in line for line in on_page["cause 0"]["errorChain"][-1]["error"]["stack"])
    assert on_page["outer"]["stack"][0] == "java.lang.RuntimeException\n"
