"""The context of a step that makes a range of partitions, as a backfill in a single run has it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm.run.context_data import context_data

DAILY = dg.DailyPartitionsDefinition("2026-01-01", timezone="Europe/Berlin")
COLOURS = dg.StaticPartitionsDefinition(["red", "green", "blue", "grey"])
BOTH = dg.MultiPartitionsDefinition({"day": DAILY, "colour": COLOURS})
TWO = dg.MultiPartitionsDefinition({"colour": COLOURS, "size": dg.StaticPartitionsDefinition(["s", "l"])})
ANYTHING = dg.DynamicPartitionsDefinition(name="anything")
FACTS = ("partition_key", "partition_key_range", "partition_time_window")


def facts(
    partitions: dg.PartitionsDefinition[Any] | None, tags: Mapping[str, str], *, is_op: bool = False
) -> dict[str, Any]:
    """The partitions in the context of a job of this run."""
    seen: list[dict[str, Any]] = []

    def look(context: Any) -> None:
        data: Any = context_data(context, {"a": 1})
        assert data["extras"] == {"a": 1}
        seen.append({name: data[name] for name in FACTS})

    @dg.op
    def work(context: dg.OpExecutionContext) -> None:
        look(context)

    @dg.job(partitions_def=partitions)
    def of_op() -> None:
        work()

    @dg.asset(partitions_def=partitions, backfill_policy=dg.BackfillPolicy.single_run())
    def probe(context: dg.AssetExecutionContext) -> None:
        look(context)

    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("anything", ["one", "two", "three"])
        if is_op:
            assert of_op.execute_in_process(tags=dict(tags), instance=instance).success
        else:
            assert dg.materialize([probe], tags=dict(tags), instance=instance).success
    (found,) = seen
    return found


def span(start: str, end: str) -> dict[str, str]:
    """The tags of a run that makes these partitions and those between."""
    return {"dagster/asset_partition_range_start": start, "dagster/asset_partition_range_end": end}


@pytest.mark.parametrize("is_op", [False, True])
def test_days_are_a_range_and_a_span_of_time(is_op: bool) -> None:
    found = facts(DAILY, span("2026-03-28", "2026-03-30"), is_op=is_op)
    assert found == {
        "partition_key": None,
        "partition_key_range": {"start": "2026-03-28", "end": "2026-03-30"},
        # Over a change of the clocks.
        "partition_time_window": {"start": "2026-03-28T00:00:00+01:00", "end": "2026-03-31T00:00:00+02:00"},
    }


@pytest.mark.parametrize(
    ("partitions", "start", "end"),
    [(COLOURS, "green", "grey"), (TWO, "green|l", "blue|s"), (ANYTHING, "one", "three")],
    ids=["static", "two dimensions", "dynamic"],
)
def test_partitions_without_time_are_a_range_alone(partitions: Any, start: str, end: str) -> None:
    found = facts(partitions, span(start, end))
    assert found["partition_key_range"] == {"start": start, "end": end}
    assert found["partition_key"] is None
    assert found["partition_time_window"] is None


def test_a_dimension_of_time_gives_the_span() -> None:
    found = facts(BOTH, span("blue|2026-02-01", "grey|2026-02-03"))
    assert found["partition_key_range"] == {"start": "blue|2026-02-01", "end": "grey|2026-02-03"}
    assert [datetime.fromisoformat(found["partition_time_window"][end]).day for end in ("start", "end")] == [1, 4]


def test_a_range_of_one_partition_is_that_partition() -> None:
    found = facts(DAILY, span("2026-02-01", "2026-02-01"))
    tags = {"dagster/partition": "2026-02-01"}
    assert found == facts(DAILY, tags)
    assert found["partition_key"] == "2026-02-01"


def test_a_step_without_partitions_has_none() -> None:
    assert facts(None, {}) == dict.fromkeys(FACTS)


@pytest.mark.parametrize("partitions", [DAILY, COLOURS])
def test_a_direct_call_with_a_range_has_it(partitions: Any) -> None:
    start, end = ("2026-02-01", "2026-02-02") if partitions is DAILY else ("red", "blue")
    seen: list[Any] = []

    @dg.asset(partitions_def=partitions)
    def probe(context: dg.AssetExecutionContext) -> None:
        seen.append(context_data(context, None))

    probe(dg.build_asset_context(partition_key_range=dg.PartitionKeyRange(start, end)))
    assert seen[0]["partition_key_range"] == {"start": start, "end": end}
    assert (seen[0]["partition_time_window"] is None) == (partitions is COLOURS)
