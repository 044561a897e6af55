"""Another job that makes the same assets now, such as the job of an earlier run that is still running."""

from collections.abc import Iterator, Set
from dataclasses import replace
from typing import Any, Literal, get_args

from dagster import AssetExecutionContext, AssetKey, DagsterEventType, DagsterRun, OpExecutionContext, PartitionKeyRange

from dagster_pipes_jvm.errors import AlreadyRunningError, InvalidParameterError, PassingFaultError, see
from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm.run.jobs import RefusedError
from dagster_pipes_jvm.run.launch_handles import LaunchHandles
from dagster_pipes_jvm.run.lookups import running_launches
from dagster_pipes_jvm.run.port import AnyPlatform

Context = OpExecutionContext | AssetExecutionContext
WhenAlreadyRunning = Literal["warn", "refuse", "ignore"]

_PARTITION_TAG = "dagster/partition"
_RANGE_TAGS = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")


def checked_when_already_running(value: WhenAlreadyRunning, call: str, anchor: str) -> WhenAlreadyRunning:
    """The parameter of a client.

    Raises:
        InvalidParameterError: it is another word.
    """
    if value not in get_args(WhenAlreadyRunning):
        raise InvalidParameterError(
            parameter="when_already_running",
            call=call,
            expected='"warn", "refuse" or "ignore"',
            got=repr(value),
            remedy='Leave it out for a warning, or pass "refuse" to start nothing in this case.',
            anchor=anchor,
        )
    return value


def check_already_running(
    context: Context, platform: AnyPlatform, identity: LaunchIdentity, what_then: WhenAlreadyRunning
) -> None:
    """Look for another job that makes the same assets and partitions, before one is started.

    Args:
        context: the step's context.
        platform: the place.
        identity: the launch.
        what_then: `warn` in the event log, `refuse` to start, or `ignore` it and do not look.

    Raises:
        AlreadyRunningError: there is one, or the platform does not tell, with `refuse`.
    """
    if what_then == "ignore" or identity.is_direct:
        return
    try:
        others = list(_others(context, platform, identity))
    except (PassingFaultError, RefusedError) as e:
        if what_then == "refuse":
            raise AlreadyRunningError(
                f"{platform.name} does not tell whether another job makes this asset now, and"
                f' `when_already_running="refuse"`: {e}. Nothing was started. {see("already-running")}'
            ) from e
        return
    for other in others:
        text = f"{other} makes the same asset and partitions now. Two jobs that write at once may damage the data."
        if what_then == "refuse":
            raise AlreadyRunningError(f"{text} Nothing was started. {see('already-running')}")
        context.log.warning(f"[pipes] {text} {see('already-running')}")


def _others(context: Context, platform: AnyPlatform, identity: LaunchIdentity) -> Iterator[str]:
    launches = running_launches(platform)
    if not launches:
        return
    runs = LaunchHandles(context).runs()
    own = {platform.spelled(replace(identity, run_id=run.run_id)).run_id for run in runs}
    step_key = platform.spelled(identity).step_key
    for listed in launches:
        mark = listed.mark
        if mark.step_key != step_key or mark.run_id in own:
            continue
        run = context.instance.get_run_by_id(mark.run_id)
        if run is not None and _makes_the_same(context, run, identity.step_key):
            yield f"{platform.describe_listed(listed)}, of the Dagster run {run.run_id},"


def _makes_the_same(context: Context, run: DagsterRun, step_key: str) -> bool:
    if not _are_partitions_shared(context, run):
        return False
    assets = _assets(context)
    if not assets:
        return run.job_name == context.run.job_name
    planned = context.instance.all_logs(run.run_id, of_type=DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
    return any(
        entry.step_key == step_key
        and entry.dagster_event is not None
        and entry.dagster_event.asset_materialization_planned_data.asset_key in assets
        for entry in planned
    )


def _assets(context: Context) -> Set[AssetKey]:
    return context.selected_asset_keys if context.has_assets_def else frozenset()


def _are_partitions_shared(context: Context, run: DagsterRun) -> bool:
    theirs = _range(run)
    ours = _range(context.run)
    if theirs is None or ours is None:
        return True  # One of the two makes all of the asset.
    if theirs == ours:
        return True
    if theirs.start == theirs.end and ours.start == ours.end:
        return False
    partitions: Any = context.assets_def.partitions_def if context.has_assets_def else None
    if partitions is None:
        return True
    try:
        # One range begins in the other, or is a part of it.
        return ours.start in partitions.get_partition_keys_in_range(theirs) or theirs.start in context.partition_keys
    except Exception:
        return True  # Dagster does not tell the order, such as of keys that were removed.


def _range(run: DagsterRun) -> PartitionKeyRange | None:
    if key := run.tags.get(_PARTITION_TAG):
        return PartitionKeyRange(key, key)
    start, end = (run.tags.get(tag) for tag in _RANGE_TAGS)
    return PartitionKeyRange(start, end) if start and end else None
