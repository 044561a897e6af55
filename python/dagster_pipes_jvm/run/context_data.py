"""The Pipes context of a step, also of one that makes a range of partitions."""

from typing import Any

from dagster import (
    AssetExecutionContext,
    MultiPartitionsDefinition,
    OpExecutionContext,
    PartitionKeyRange,
    TimeWindow,
    TimeWindowPartitionsDefinition,
)
from dagster_pipes import PipesContextData, PipesExtras, PipesPartitionKeyRange, PipesTimeWindow

from dagster_pipes_jvm._dagster import build_external_execution_context_data

Context = OpExecutionContext | AssetExecutionContext


def context_data(context: Context, extras: PipesExtras | None) -> PipesContextData:
    """The Pipes context of a step for its job.

    Dagster's own function sends one partition, and nothing of several, such as those of a backfill in a single run.
    This function sends the range of keys, and the span of time if the partitions have one. A range of one partition is
    that partition.

    Args:
        context: the step's context, or one of `build_asset_context()`.
        extras: the Pipes extras.
    """
    data = build_external_execution_context_data(context, extras)
    if data["partition_key_range"] is not None or not context.has_partition_key_range:
        return data
    keys = context.partition_key_range
    data["partition_key_range"] = PipesPartitionKeyRange(start=keys.start, end=keys.end)
    if keys.start == keys.end:
        data["partition_key"] = keys.start
    window = _time_window(context, keys)
    if window is not None:
        data["partition_time_window"] = PipesTimeWindow(start=window.start.isoformat(), end=window.end.isoformat())
    return data


def _time_window(context: Context, keys: PartitionKeyRange) -> TimeWindow | None:
    """From the start of the first partition to the end of the last one; `None` for partitions that have no time."""
    partitions: Any = context.assets_def.partitions_def if context.has_assets_def else None
    if partitions is None:
        partitions = context.get_step_execution_context().run_partitions_def
    of_time = TimeWindowPartitionsDefinition
    if isinstance(partitions, MultiPartitionsDefinition):
        if sum(isinstance(dimension.partitions_def, of_time) for dimension in partitions.partitions_defs) != 1:
            return None
    elif not isinstance(partitions, of_time):
        return None
    first, last = (partitions.time_window_for_partition_key(key) for key in (keys.start, keys.end))
    return TimeWindow(first.start, last.end)
