"""A line that is damaged, or that Dagster refuses, is lost: the step knows, and the line stays where the error says."""

import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import PipesJvmFileMessageReader, PipesJvmStdioMessageReader, SparkJob
from tests.support.dagster_runs import DagsterRuns, Finished, warnings_of
from tests.support.damage import DAMAGES, Damage, SendingSpark, damage_called, damaged, session

Run = Callable[..., Finished]

every_damage = pytest.mark.parametrize("damage", DAMAGES, ids=[damage.what for damage in DAMAGES])


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory for temporary files, of which the reader may keep one."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    return tmp_path / "temporary"


@pytest.fixture
def run(runs: DagsterRuns, tmp_path: Path) -> Run:
    """Runs a job of these lines with our client."""

    def with_client(lines: list[bytes], *, pipes: Any = "required", reader: Any = None) -> Finished:
        spark = SendingSpark(tmp_path)
        job = SparkJob(spark.application(lines), pipes=pipes)
        return runs.run_body(
            lambda context: spark.client(reader).run(context=context, job=job).get_materialize_result(),
            checks=("fresh",),
        )

    return with_client


@pytest.mark.parametrize("is_numbered", [True, False], ids=["numbered", "of Dagster's writer"])
def test_a_session_without_damage_succeeds_and_leaves_nothing(run: Run, is_numbered: bool, tmp_path: Path) -> None:
    (tmp_path / "messages").mkdir()
    done = run(session(is_numbered=is_numbered), reader=PipesJvmFileMessageReader(str(tmp_path / "messages")))
    assert done.success, done.failure
    assert done.metadata["rows"] == 7
    assert warnings_of(done) == []
    assert list((tmp_path / "messages").iterdir()) == []


@every_damage
@pytest.mark.parametrize("is_numbered", [True, False], ids=["numbered", "of Dagster's writer"])
def test_where_reports_are_required_the_step_fails_and_names_the_line(
    damage: Damage, is_numbered: bool, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "messages").mkdir()
    lines = damaged(damage, is_numbered=is_numbered)
    done = run(lines, reader=PipesJvmFileMessageReader(str(tmp_path / "messages")))
    assert not done.success
    assert done.materializations == []
    (kept,) = (tmp_path / "messages").iterdir()
    assert ("MessagesMissingError" if damage.is_closed else "PipesNotClosedError") in done.failure
    found = re.search(
        rf"(message {damage.number}|a line) \({re.escape(str(kept))}, line {damage.number}: (.*)\)", done.failure
    )
    assert found, done.failure
    assert damage.reason in found[2]
    assert is_numbered or found[1] == "a line"
    assert f"can be found in {kept}." in done.failure
    assert (
        kept.read_bytes().splitlines()[damage.number - 1].split(b'"n"')[0] == lines[damage.number - 1].split(b'"n"')[0]
    )


@every_damage
def test_where_reports_are_optional_it_is_a_warning_and_no_asset_is_materialized_without_its_report(
    damage: Damage, run: Run
) -> None:
    done = run(damaged(damage), pipes="optional")
    assert any(f"line {damage.number}: not handled, the rest goes on: " in text for text in warnings_of(done))
    if damage.is_of_asset:
        assert not done.success
        assert "probe cannot be materialized, because the report of it may be lost: " in done.failure
        assert done.materializations == []
    elif damage.method == "report_asset_check":
        assert not done.success  # Dagster misses the check that the asset has.
    else:
        assert done.success, done.failure
        assert done.metadata["rows"] == 7


def test_a_temporary_file_stays_only_with_lines_that_could_not_be_handled(run: Run, temporary: Path) -> None:
    run(session())
    assert list(temporary.rglob("*.jsonl")) == []
    lines = damaged(damage_called("a broken character"))
    done = run(lines)
    (kept,) = temporary.rglob("*.jsonl")
    assert f"can be found in {kept}." in done.failure
    assert len(kept.read_bytes().splitlines()) == len(lines)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("what", ["a broken character", "a byte that is no UTF-8", "a data version that is a number"])
def test_on_a_drivers_stream_the_line_stays_in_the_compute_log(
    what: str, stream: Any, run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    damage = damage_called(what)
    done = run(damaged(damage), reader=PipesJvmStdioMessageReader(stream))
    assert not done.success
    assert done.materializations == []
    assert f"message 3 (the driver's {stream}, a line: " in done.failure
    assert damage.reason in done.failure
    assert "1 line could not be handled, and can be found in the step's compute log." in done.failure


@pytest.mark.parametrize("pipes", ["required", "optional"])
def test_a_stream_of_results_fails_at_the_end(pipes: Any, runs: DagsterRuns, tmp_path: Path) -> None:
    spark = SendingSpark(tmp_path)
    damage = damage_called("a data version that is a number")
    job = SparkJob(spark.application(damaged(damage)), pipes=pipes)

    @dg.asset(name="probe", check_specs=[dg.AssetCheckSpec("fresh", asset="probe")])
    def probe(context: dg.AssetExecutionContext) -> Iterator[Any]:
        yield from spark.client().stream(context=context, job=job)

    done = runs.materialize(probe)
    assert "MessagesMissingError" in done.failure
    assert "Dagster refused message 3" in done.failure
    assert done.materializations == []
    assert len(done.checks) == 1


def test_a_method_of_a_newer_protocol_is_no_loss(run: Run) -> None:
    lines = session()
    lines[4] = lines[4].replace(b'"0.1"', b'"0.2"').replace(b"report_custom_message", b"report_cost")
    done = run(lines)
    assert done.success, done.failure
    assert any("Unknown message method: report_cost" in text for text in warnings_of(done))


def test_a_report_of_a_newer_protocol_that_dagster_refuses_is_a_loss(run: Run) -> None:
    lines = session()
    lines[2] = lines[2].replace(b'"0.1"', b'"0.2"').replace(b'"int"', b'"quantity"')
    assert "Dagster refused message 3" in run(lines).failure


def test_a_whole_copy_of_a_damaged_line_makes_up_for_it(run: Run) -> None:
    lines = damaged(damage_called("a broken character"))
    done = run([*lines, session()[2]])
    assert done.success, done.failure
    assert done.metadata["rows"] == 7


def test_a_value_that_dagster_refuses_only_with_the_result_fails_the_step(run: Run) -> None:
    unknown_asset, unknown_check, twice = (
        session(is_numbered=False),
        session(is_numbered=False),
        session(is_numbered=False),
    )
    unknown_asset[2] = unknown_asset[2].replace(b'"probe"', b'"prabe"')
    unknown_check[3] = unknown_check[3].replace(b'"fresh"', b'"frash"')
    twice.insert(3, twice[2].replace(b'"raw_value": 7', b'"raw_value": 8'))
    assert "prabe" in run(unknown_asset).failure
    assert "frash" in run(unknown_check).failure
    assert "Multiple materialize results" in run(twice).failure
    copied = session(is_numbered=False)
    assert run([*copied[:3], copied[2], *copied[3:]]).metadata["rows"] == 7
