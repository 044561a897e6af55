"""Any text at all: a message, or the reason why it is none."""

import json

import dagster_pipes
import pytest
from dagster_pipes import PIPES_PROTOCOL_VERSION_FIELD
from hypothesis import example, given
from hypothesis import strategies as st

from dagster_pipes_jvm import wire
from dagster_pipes_jvm.wire import NotAMessageError, decode_line

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
NAMES = st.sampled_from([PIPES_PROTOCOL_VERSION_FIELD, "method", "params", "other"])
LINE = json.dumps(
    {PIPES_PROTOCOL_VERSION_FIELD: "0.1", "method": "log", "params": {"message": "größer", "level": "INFO"}}
)


def decoded_or_refused(line: str) -> None:
    try:
        message = decode_line(line)
    except NotAMessageError:
        return
    assert isinstance(message["method"], str)
    assert message["params"] is None or isinstance(message["params"], dict)


@given(st.text(st.characters(exclude_categories=[])))
@example("[" * 100_000)
@example('{"a":' * 100_000)
@example("9" * 100_000)
@example('{"__dagster_pipes_version": ' + "9" * 5000 + "}")
def test_any_text_is_a_message_or_refused(line: str) -> None:
    decoded_or_refused(line)


@given(JSON | st.dictionaries(NAMES, JSON))
def test_any_json_is_a_message_or_refused(value: object) -> None:
    decoded_or_refused(json.dumps(value))


@given(st.data())
def test_a_message_that_was_tampered_with_is_a_message_or_refused(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(LINE)))
    end = data.draw(st.integers(start, len(LINE)))
    decoded_or_refused(LINE[:start] + data.draw(st.text(max_size=10)) + LINE[end:])


@given(
    st.text(), st.none() | st.dictionaries(st.text(), st.integers() | st.text()), st.dictionaries(st.text(), st.text())
)
def test_a_message_comes_out_as_it_went_in_with_what_a_newer_version_adds(
    method: str, params: dict[str, object] | None, added: dict[str, str]
) -> None:
    message = {**added, PIPES_PROTOCOL_VERSION_FIELD: "0.1", "method": method, "params": params}
    assert decode_line(json.dumps(message)) == message


@pytest.mark.parametrize(
    "name", ["DAGSTER_PIPES_CONTEXT_ENV_VAR", "DAGSTER_PIPES_MESSAGES_ENV_VAR", "PIPES_PROTOCOL_VERSION_FIELD"]
)
def test_a_name_of_dagster_pipes_is_the_same_here(name: str) -> None:
    assert getattr(wire, name) == getattr(dagster_pipes, name)
