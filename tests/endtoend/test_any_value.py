"""Any value that JSON can hold, from Dagster's encoder into the JVM, and from there through Dagster's decoder and handler."""

import math
import re
import subprocess
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.pipes.context import PipesMessageHandler
from dagster_pipes import decode_param, encode_param
from dagster_shared import seven
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dagster_pipes_jvm.wire import decode_line
from tests.support.dagster_runs import DagsterRuns
from tests.support.pipes_context import pipes_context
from tests.support.web_page import javascript

# The JVM's reader takes numbers of up to 1024 characters, and Python writes surrogates without a partner.
TEXTS = st.text(st.characters(exclude_categories=[]), max_size=30)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**400), 10**400) | st.integers(-(2**70), 2**70) | st.floats() | TEXTS
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5), max_leaves=20
)
CONTEXT = pipes_context("probe", run_id="echo")


class Echoed:
    """What came back of a list of values."""

    def __init__(self, runs: DagsterRuns, conformance_command: list[str], directory: Path, values: list[Any]) -> None:
        messages = directory / "messages"
        messages.write_bytes(b"")
        params = [{"data": CONTEXT}, {"path": str(messages)}, *({"value": value} for value in values)]
        (directory / "params").write_text("".join(f"{encode_param(p)}\n" for p in params), encoding="ascii")
        command = [*conformance_command[:-1], "dagsterpipes.conformance.Echo"]
        subprocess.run([*command, directory / "params", directory / "encoded"], check=True, capture_output=True)

        self.params = [decode_param(line)["value"] for line in (directory / "encoded").read_text("ascii").splitlines()]
        handlers: list[PipesMessageHandler] = []

        def body(context: dg.AssetExecutionContext) -> None:
            handlers.append(PipesMessageHandler(context, dg.PipesTempFileMessageReader()))
            for line in messages.read_bytes().split(b"\n")[:-1]:
                assert re.fullmatch(rb"[ -~]+", line), "printable ASCII on one line"
                handlers[0].handle_message(decode_line(line.decode("ascii")))

        run = runs.run_body(body)
        assert run.success, run.failure
        self.custom = handlers[0].get_custom_messages()
        self.metadata = [result.metadata or {} for result in handlers[0].get_reported_results()]


def arrived(value: Any) -> Any:
    """The value with half characters replaced, and comparable: 1, 1.0 and True differ, NaN equals NaN."""
    match value:
        case str():
            whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
            return "text", re.sub("[\ud800-\udfff]", "\ufffd", whole)
        case list() | tuple():
            return "list", [arrived(item) for item in value]
        case dict():
            return "map", {arrived(key): arrived(item) for key, item in value.items()}
    return type(value).__name__, repr(value)


def as_shown(value: Any) -> Any:
    """What JSON metadata has in place of a number that JavaScript cannot hold."""
    match value:
        case bool():
            return value
        case int():
            return value if abs(value) < 2**53 else str(value)
        case float() if not math.isfinite(value):
            return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
        case list():
            return [as_shown(item) for item in value]
        case dict():
            return {key: as_shown(item) for key, item in value.items()}
    return value


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("echo")


@settings(
    max_examples=4,  # each of them many values, one JVM and one run
    phases=[Phase.generate],  # shrinking would start a hundred JVMs
    suppress_health_check=list(HealthCheck),
)
@given(values=st.lists(VALUES, min_size=100, max_size=150))
def test_any_value_arrives_as_it_was(
    runs: DagsterRuns, conformance_command: list[str], directory: Path, values: list[Any]
) -> None:
    echoed = Echoed(runs, conformance_command, directory, values)
    assert [arrived(value) for value in echoed.params] == [arrived(value) for value in values]
    assert [arrived(value) for value in echoed.custom] == [arrived(value) for value in values]
    for value, metadata in zip(values, echoed.metadata, strict=True):
        is_number = isinstance(value, int | float)
        expected = arrived(value if is_number else as_shown(value))
        assert arrived(metadata["inferred"].value) == expected
        assert arrived(metadata["json"].value) == expected
        if isinstance(metadata["json"], dg.JsonMetadataValue):
            javascript(seven.json.dumps(metadata["json"].value))  # as Dagster's GraphQL writes it
