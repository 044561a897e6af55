"""tests/golden from this side: Dagster still writes those files, and its own handler takes what the JVM writes."""

import dagster as dg
import pytest
from dagster._core.pipes.context import PipesMessageHandler

from dagster_pipes_jvm.wire import decode_line
from tests.conftest import REPOSITORY
from tests.support.dagster_runs import DagsterRuns, Finished

GOLDEN = REPOSITORY / "tests" / "golden"


def handled(runs: DagsterRuns, feature: str) -> tuple[Finished, PipesMessageHandler]:
    """Each line of a golden file through Dagster's own handler, in a real run."""
    handlers: list[PipesMessageHandler] = []

    def body(context: dg.AssetExecutionContext) -> None:
        handlers.append(PipesMessageHandler(context, dg.PipesTempFileMessageReader()))
        for line in (GOLDEN / f"{feature}.jsonl").read_text(encoding="utf-8").splitlines():
            handlers[0].handle_message(decode_line(line))

    run = runs.run_body(body)
    assert run.success, run.failure
    return run, handlers[0]


def test_dagster_handles_every_message_that_only_the_jvm_writes(runs: DagsterRuns) -> None:
    run, handler = handled(runs, "jvm_messages")
    checks = {
        r.check_name: r.metadata["value"] for r in handler.get_reported_results() if isinstance(r, dg.AssetCheckResult)
    }
    assert checks == {
        "json of odd numbers": dg.MetadataValue.json(
            {"nan": "NaN", "infinities": ["Infinity", "-Infinity"], "past 2^53": "9007199254740993"}
        ),
        "table of odd numbers": dg.MetadataValue.table(
            [dg.TableRecord({"a": "NaN"}), dg.TableRecord({"a": "9007199254740993"}), dg.TableRecord({"a": None})],
            dg.TableSchema([dg.TableColumn("a", "double")]),
        ),
        "no timestamp": dg.MetadataValue.text("NaN"),
        "decimal": dg.MetadataValue.text("0.12345678901234567890"),
        "bare json": dg.MetadataValue.int(2**53 + 1),
        "5001 digits": dg.MetadataValue.text("1" + "0" * 5000),
        "half a character": dg.MetadataValue.text("a\ufffdz"),
        "day": dg.MetadataValue.text("2013-01-01"),
        "path": dg.MetadataValue.path("data"),
        "optional": dg.MetadataValue.int(1),
    }
    assert handler.get_custom_messages() == ("0.12345678901234567890", "1" + "0" * 5000)
    assert "half a character: \ufffd." in [text for _, text in run.logs]
    first, second = run.engine_errors
    assert (first.message, first.cls_name, first.cause.message) == (
        "größer",
        "java.lang.RuntimeException",
        "java.lang.NullPointerException",
    )
    assert "  Suppressed: java.io.IOException: while closing \ufffd\n" in first.stack
    links = [second]
    while links[-1].cause:
        links.append(links[-1].cause)
    assert [link.message for link in links] == [str(n) for n in range(12, 1, -1)]
    assert "Caused by: java.lang.Error: 0\n" in links[-1].stack


@pytest.mark.parametrize(
    ("feature", "results", "custom"),
    [
        ("lifecycle", 0, 0),
        ("logs", 0, 0),
        ("metadata_values", 28, 0),
        ("materializations", 2, 0),
        ("checks", 3, 0),
        ("custom_messages", 0, 8),
        ("external_streams", 0, 0),
        ("exceptions", 0, 0),
    ],
)
def test_dagster_handles_the_messages_of_the_reference(
    runs: DagsterRuns, feature: str, results: int, custom: int
) -> None:
    _, handler = handled(runs, feature)
    assert len(handler.get_reported_results()) == results
    assert len(handler.get_custom_messages()) == custom
