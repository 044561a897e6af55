"""The limit of levels in what a Python job reports, the same with and without an identity."""

import json
from typing import Any

import pytest
from dagster_pipes import DagsterPipesError

from dagster_pipes_jvm.injob.identity import Numbers
from dagster_pipes_jvm.texts import PAGE_URL
from dagster_pipes_jvm.wire import MAX_REPORT_LEVELS


def nested(levels: int) -> Any:
    value: Any = [1]
    for _ in range(levels - 1):
        value = {"a": value} if isinstance(value, list) else [value]
    return value


def custom(payload: Any) -> dict[str, Any]:
    return {"__dagster_pipes_version": "0.1", "method": "report_custom_message", "params": {"payload": payload}}


def materialization(value: Any) -> dict[str, Any]:
    metadata = {"rows": {"raw_value": 1, "type": "int"}, "deep": {"raw_value": value, "type": "json"}}
    params = {"asset_key": "a", "data_version": None, "metadata": metadata}
    return {"__dagster_pipes_version": "0.1", "method": "report_asset_materialization", "params": params}


@pytest.mark.parametrize("session", ["", "tokenabcd"])
@pytest.mark.parametrize(("report", "name"), [(custom, "the payload"), (materialization, "the metadata 'deep'")])
def test_a_report_of_too_many_levels_is_refused_with_its_name_and_the_limit(
    session: str, report: Any, name: str
) -> None:
    numbers = Numbers(session)
    assert json.loads(numbers.line(report(nested(MAX_REPORT_LEVELS))))["method"]
    contains_itself: list[Any] = []
    contains_itself.append(contains_itself)
    for value in (nested(MAX_REPORT_LEVELS + 1), nested(100_000), contains_itself):
        with pytest.raises(DagsterPipesError) as caught:
            numbers.line(report(value))
        assert str(caught.value) == (
            f"Cannot send {name} with `{report(1)['method']}`. Expected at most 200 levels of lists and mappings, got more."
            f" Flatten the value, or send it as text. See {PAGE_URL}#metadata"
        )
    assert numbers.admitted == 0


def test_lists_that_share_lists_are_looked_at_once() -> None:
    value: list[Any] = [1]
    for _ in range(25):
        value = [value, value]
    report = custom(value)
    assert Numbers("").next(report) is report
    for _ in range(200):
        value = [value, value]
    with pytest.raises(DagsterPipesError, match="got more"):
        Numbers("").next(custom(value))
