import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_pipes_jvm import InvalidParameterError, merge_configurations
from dagster_pipes_jvm.platforms.emr.configurations import spark_defaults_of
from dagster_pipes_jvm.texts import PAGE_URL

_names = st.sampled_from(["spark-defaults", "spark-env", "export", "yarn-site"])
_properties = st.dictionaries(st.sampled_from("abcd"), st.sampled_from("xyz"), max_size=3)


def _entries(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    entry = st.builds(
        lambda name, properties, configurations, is_lower: {
            (key.lower() if is_lower else key): value
            for key, value in (("Classification", name), ("Properties", properties), ("Configurations", configurations))
            if value is not None
        },
        _names,
        st.none() | _properties,
        st.none() | inner,
        st.booleans(),
    )
    return st.lists(entry, max_size=3, unique_by=lambda e: e.get("Classification", e.get("classification")))


configurations = st.recursive(st.just([]), _entries, max_leaves=6)


def flat(entries: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    """Every property by its path; a classification by itself counts as well."""
    found = {}
    for entry in entries:
        fields = {key.lower(): value for key, value in entry.items()}
        here = (*path, fields["classification"])
        found[here] = ""
        found |= {(*here, key): value for key, value in (fields.get("properties") or {}).items()}
        found |= flat(fields.get("configurations") or [], here)
    return found


def empty(entries: Any) -> None:
    """Take everything out, at every depth, as a caller may who goes on with the result."""
    for entry in entries:
        for value in entry.values():
            if isinstance(value, list):
                empty(value)
            elif isinstance(value, dict):
                value.clear()
        entry.clear()
    entries.clear()


@given(configurations, configurations)
def test_every_property_of_both_is_there_ours_win_and_nothing_given_is_changed(theirs: Any, ours: Any) -> None:
    before = copy.deepcopy((theirs, ours))
    merged = merge_configurations(theirs, ours)
    assert flat(merged) == {**flat(theirs), **flat(ours)}
    assert (theirs, ours) == before
    assert merge_configurations(merged, ours) == merged
    assert merge_configurations(theirs, []) == theirs
    empty(merged)
    assert (theirs, ours) == before


@given(configurations, configurations)
def test_each_classification_stands_once_in_the_order_of_the_user_with_the_field_names_of_its_own(
    theirs: Any, ours: Any
) -> None:
    def heads(entries: Any) -> dict[str, str]:
        return {entry[key]: key for entry in entries for key in ("Classification", "classification") if key in entry}

    merged = merge_configurations(theirs, ours)
    assert heads(merged) == {**heads(ours), **heads(theirs)}
    assert list(heads(merged))[: len(theirs)] == list(heads(theirs))
    assert len(merged) == len(heads(merged))
    for entry in merged:
        assert len({key.islower() for key in entry}) == 1


def test_a_users_own_classifications_do_not_swallow_ours() -> None:
    """Dagster's own `add_emr_configuration` loses what it adds here, and replaces `Classification` by a list."""
    theirs = [
        {"Classification": "spark-defaults", "Properties": {"spark.executor.memory": "4g"}},
        {
            "Classification": "spark-env",
            "Properties": {},
            "Configurations": [{"Classification": "export", "Properties": {"A": "1"}}],
        },
    ]
    ours = [
        {"Classification": "spark-defaults", "Properties": {"spark.b": "2"}},
        {"Classification": "spark-env", "Configurations": [{"Classification": "export", "Properties": {"B": "2"}}]},
    ]
    assert merge_configurations(theirs, ours) == [
        {"Classification": "spark-defaults", "Properties": {"spark.executor.memory": "4g", "spark.b": "2"}},
        {
            "Classification": "spark-env",
            "Properties": {},
            "Configurations": [{"Classification": "export", "Properties": {"A": "1", "B": "2"}}],
        },
    ]
    assert merge_configurations(None, ours) == ours
    assert spark_defaults_of(theirs) == {"spark.executor.memory": "4g"}
    assert spark_defaults_of(None) == {}


@pytest.mark.parametrize("entry", ["spark-defaults", {"Properties": {}}, None])
def test_what_is_no_configuration_gets_one_clear_error(entry: Any) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        merge_configurations([entry], [])
    assert str(caught.value) == (
        "Invalid value for parameter `given` of `merge_configurations`. Expected a list of configurations, each with a"
        f" `Classification`, got {entry!r}. Write it as EMR's `Configurations`. See {PAGE_URL}#emr-configurations"
    )
