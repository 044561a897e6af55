"""Our jar with Dagster's own client, injectors and readers, all unmodified; the program is `jvm/conformance`."""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.pipes.client import PipesClientCompletedInvocation
from dagster_aws.pipes import PipesS3ContextInjector, PipesS3MessageReader

from dagster_pipes_jvm import PipesJvmS3ContextInjector, PipesJvmS3MessageReader
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.support.dagster_runs import DagsterRuns

INJECTORS: dict[str, Callable[[LocalS3], Any]] = {
    "env": lambda s3: dg.PipesEnvContextInjector(),
    "temporary file": lambda s3: dg.PipesTempFileContextInjector(),
    "s3": lambda s3: PipesS3ContextInjector(bucket="pipes", client=s3.client()),
    "our s3": lambda s3: PipesJvmS3ContextInjector(bucket="pipes", client=s3.client(), key_prefix="a/b"),
}
# As in dagster-io's suite: what an extra can be.
EXTRAS: dict[str, dict[str, Any]] = {
    "booleans": {"bool_true": True, "bool_false": False},
    "numbers": {"float": 1.5, "int": 2**60, "negative": -7, "zero": 0},
    "texts": {"text": "hello", "empty": "", "\U0001f680": "\n\u2028é"},
    "null": {"null": None},
    "nesting": {"list": ["é", None, {"x": [1, 2.5]}], "object": {"quux": {"a": 1, "b": None}, "foo": "bar"}},
}
READERS: dict[str, Callable[[LocalS3], Any]] = {
    "temporary file": lambda s3: dg.PipesTempFileMessageReader(),
    "dagster's s3": lambda s3: PipesS3MessageReader(bucket="pipes", client=s3.client()),
    "our s3": lambda s3: PipesJvmS3MessageReader(bucket="pipes", client=s3.client(), require_closed=True),
}


KNOWN_METADATA = {
    "bool_true": dg.MetadataValue.bool(True),
    "bool_false": dg.MetadataValue.bool(False),
    "float": dg.MetadataValue.float(0.1),
    "int": dg.MetadataValue.int(1),
    "url": dg.MetadataValue.url("https://dagster.io"),
    "path": dg.MetadataValue.path("/dev/null"),
    "null": dg.MetadataValue.null(),
    "md": dg.MetadataValue.md("**markdown**"),
    "json": dg.MetadataValue.json({"quux": {"a": 1, "b": 2}, "corge": None, "qux": [1, 2, 3], "foo": "bar", "baz": 1}),
    "text": dg.MetadataValue.text("hello"),
    "asset": dg.MetadataValue.asset(dg.AssetKey(["foo", "bar"])),
    "dagster_run": dg.MetadataValue.dagster_run("db892d7f-0031-4747-973d-22e8b9095d9d"),
    "notebook": dg.MetadataValue.notebook("notebook.ipynb"),
}


class Conformance:
    """Runs the conformance program with Dagster's `PipesSubprocessClient`."""

    def __init__(self, command: list[str], s3: LocalS3, directory: Path) -> None:
        self._command = command
        self._s3 = s3
        self._directory = directory

    def file(self, name: str, content: Any) -> str:
        path = self._directory / f"{name}.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)

    def run(
        self,
        context: dg.AssetExecutionContext,
        test_name: str,
        *flags: str,
        injector: str = "temporary file",
        reader: str = "temporary file",
        extras: dict[str, Any] | None = None,
    ) -> PipesClientCompletedInvocation:
        client = dg.PipesSubprocessClient(
            env=self._s3.environment(),
            context_injector=INJECTORS[injector](self._s3),
            message_reader=READERS[reader](self._s3),
        )
        if injector.endswith("s3"):
            flags = (*flags, "--context-loader", "s3")
        if reader != "temporary file":
            flags = (*flags, "--message-writer", "s3")
        return client.run(context=context, command=[*self._command, "--test-name", test_name, *flags], extras=extras)


@pytest.fixture
def conformance(conformance_command: list[str], s3: LocalS3, tmp_path: Path) -> Conformance:
    return Conformance(conformance_command, s3, tmp_path)


# The stock S3 reader takes 5 s a run: in `make test` every injector meets it once, with another kind of extras.
COMPONENTS_WITH_STOCK_S3 = {*zip(list(EXTRAS)[1:], INJECTORS, strict=True)}


def components() -> Iterator[Any]:
    for values, injector, reader in itertools.product(EXTRAS, INJECTORS, READERS):
        is_slow = reader == "dagster's s3" and (values, injector) not in COMPONENTS_WITH_STOCK_S3
        yield pytest.param(values, injector, reader, marks=pytest.mark.matrix if is_slow else ())


@pytest.mark.parametrize(("values", "injector", "reader"), list(components()))
def test_a_session_opens_reads_its_context_reports_and_closes(
    runs: DagsterRuns, conformance: Conformance, values: str, injector: str, reader: str
) -> None:
    extras = EXTRAS[values]
    custom: list[Any] = []

    def body(context: dg.AssetExecutionContext) -> Any:
        flags = ("--job-name", context.job_name, "--extras", conformance.file("extras", extras))
        invocation = conformance.run(
            context, "test_components", *flags, injector=injector, reader=reader, extras=extras
        )
        custom.extend(invocation.get_custom_messages())
        return invocation.get_materialize_result()

    run = runs.run_body(body)
    assert run.success, run.failure
    assert custom == ["Hello from external process!"]
    assert not any("[pipes] did not receive" in text for _, text in run.logs)


@pytest.mark.parametrize("injector", ["env", "temporary file"])
@pytest.mark.parametrize("values", EXTRAS)
def test_extras_arrive_as_they_were(runs: DagsterRuns, conformance: Conformance, values: str, injector: str) -> None:
    extras = EXTRAS[values]
    flags = ("--extras", conformance.file("extras", extras))
    run = runs.run_body(
        lambda c: conformance.run(c, "test_extras", *flags, injector=injector, extras=extras).get_materialize_result()
    )
    assert run.success, run.failure
    assert not any("[pipes] did not receive" in text for _, text in run.logs)


def test_the_program_compares_the_context_with_what_it_was_told(runs: DagsterRuns, conformance: Conformance) -> None:
    """Or the tests above would pass whatever arrived."""
    flags = ("--extras", conformance.file("extras", {"a": 1}), "--job-name", "another")
    run = runs.run_body(lambda c: conformance.run(c, "test_components", *flags, extras={"a": 2}))
    assert not run.success
    assert any("extra a: expected 1, found 2" in error.message for error in run.engine_errors)


def test_a_throwable_fails_the_step_and_is_shown_with_its_stack(runs: DagsterRuns, conformance: Conformance) -> None:
    run = runs.run_body(lambda context: conformance.run(context, "test_error_reporting"))
    assert not run.success
    (error,) = [e for e in run.engine_errors if "Very bad" in e.message]
    assert error.message == "Very bad error has happened!"
    assert error.cls_name
    assert any("dagsterpipes.conformance" in line for line in error.stack)
    assert not any("[pipes] did not receive" in text for _, text in run.logs)


def test_every_level_arrives_as_that_level(runs: DagsterRuns, conformance: Conformance) -> None:
    run = runs.run_body(lambda c: conformance.run(c, "test_message_log").get_materialize_result())
    logged = [(level, text) for level, text in run.logs if text.endswith(" message")]
    assert logged == [
        (10, "Debug message"),
        (20, "Info message"),
        (30, "Warning message"),
        (40, "Error message"),
        (50, "Critical message"),
    ]


@pytest.mark.parametrize(
    "payload",
    [*EXTRAS.values(), {"a": {"b": [1, 2.5, None, True]}}, 1, 0.25, "text é \U0001f680", [1, "a"], [], {}, None, 2**70],
)
def test_a_custom_message_arrives_as_it_was(runs: DagsterRuns, conformance: Conformance, payload: Any) -> None:
    custom: list[Any] = []

    def body(context: dg.AssetExecutionContext) -> Any:
        flags = ("--custom-payload", conformance.file("payload", {"payload": payload}))
        invocation = conformance.run(context, "test_message_report_custom_message", *flags)
        custom.extend(invocation.get_custom_messages())
        return invocation.get_materialize_result()

    assert runs.run_body(body).success
    assert custom[-1] == payload
    assert type(custom[-1]) is type(payload)


@pytest.mark.parametrize("data_version", [None, "alpha"])
@pytest.mark.parametrize("asset_key", [None, "probe"])
def test_a_materialization_arrives_with_every_type_of_metadata(
    runs: DagsterRuns, conformance: Conformance, data_version: str | None, asset_key: str | None
) -> None:
    report = {"dataVersion": data_version, "assetKey": asset_key}

    def body(context: dg.AssetExecutionContext) -> Any:
        flags = ("--report-asset-materialization", conformance.file("report", report))
        return conformance.run(context, "test_message_report_asset_materialization", *flags).get_materialize_result()

    run = runs.run_body(body)
    assert run.success, run.failure
    (materialization,) = run.materializations
    if data_version:
        assert (materialization.tags or {})["dagster/data_version"] == data_version
    assert materialization.metadata == KNOWN_METADATA


@pytest.mark.parametrize("passed", [True, False])
@pytest.mark.parametrize("severity", ["ERROR", "WARN"])
@pytest.mark.parametrize("asset_key", [None, "probe"])
def test_a_check_arrives_with_every_type_of_metadata(
    runs: DagsterRuns, conformance: Conformance, passed: bool, severity: str, asset_key: str | None
) -> None:
    report = {"passed": passed, "severity": severity, "checkName": "my_check", "assetKey": asset_key}

    def body(context: dg.AssetExecutionContext) -> Any:
        flags = ("--report-asset-check", conformance.file("report", report))
        return conformance.run(context, "test_message_report_asset_check", *flags).get_materialize_result()

    run = runs.run_body(body, checks=("my_check",))
    assert run.success, run.failure
    (evaluation,) = run.checks
    assert (evaluation.check_name, evaluation.passed, evaluation.severity.value) == ("my_check", passed, severity)
    assert evaluation.metadata == KNOWN_METADATA
