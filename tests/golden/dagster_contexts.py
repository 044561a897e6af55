"""Contexts of every shape, each made by Dagster itself in a real run."""

from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg
from dagster._core.pipes.context import build_external_execution_context_data
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

RUN = "db892d7f-0031-4747-973d-22e8b9095d9d"
EARLIER_RUN = "5c8cbb35-8d1c-45c5-8b26-7ed3a2d2a5d3"
EXTRAS: dict[str, Any] = {
    "text": "größer \U0001f680\n\u2028",
    "int": 9007199254740993,
    "big": 18446744073709551616,
    "float": 0.1,
    "whole float": 1.0,
    "true": True,
    "null": None,
    "list": [1, [2, {"a": []}]],
    "map": {"/": {"größe": "ß"}},
}
LETTERS = dg.StaticPartitionsDefinition(["a", "b", "c"])
DAYS = dg.DailyPartitionsDefinition("2013-01-01")
BOTH = dg.MultiPartitionsDefinition({"letter": LETTERS, "day": DAYS})
ONE_RUN = dg.BackfillPolicy.single_run()


def contexts() -> Iterator[tuple[str, dict[str, Any]]]:
    """The name of each shape, and the context that Dagster hands to a job there."""
    yield "one_asset", _of_asset()
    yield "asset_key_of_parts", _of_asset(key=["lake", "flights"])
    yield "code_version", _of_asset(code_version="v1 ß")
    yield "extras", _of_asset(extras=EXTRAS)
    yield "provenance", _with_provenance()
    yield "several_assets", _of_several_assets()
    yield "no_asset", _of_op()
    yield "no_asset_retried", _of_op(retries=2)
    yield "partition_key", _of_asset(partitions_def=LETTERS, partition_key="b")
    yield "partition_of_one_day", _of_asset(partitions_def=DAYS, partition_key="2013-01-31")
    yield (
        "partition_of_two_dimensions",
        _of_asset(partitions_def=BOTH, partition_key=dg.MultiPartitionKey({"letter": "a", "day": "2013-01-31"})),
    )
    in_range = _of_asset(partitions_def=DAYS, key_range=("2013-01-30", "2013-02-02"))
    yield "partition_range", in_range
    yield "partition_range_by_hand", _as_dagster_meant_it(in_range)
    yield "no_job", _of_direct_invocation()


def _of_asset(
    *,
    key: list[str] | None = None,
    code_version: str | None = None,
    extras: dict[str, Any] | None = None,
    partitions_def: dg.PartitionsDefinition[Any] | None = None,
    partition_key: str | None = None,
    key_range: tuple[str, str] | None = None,
) -> dict[str, Any]:
    seen: list[dict[str, Any]] = []

    @dg.asset(
        key=key or ["flights"],
        code_version=code_version,
        partitions_def=partitions_def,
        backfill_policy=ONE_RUN if partitions_def else None,
    )
    def asset(context: dg.AssetExecutionContext) -> None:
        seen.append(_context(context, extras))

    tags = {}
    if key_range:
        tags = {ASSET_PARTITION_RANGE_START_TAG: key_range[0], ASSET_PARTITION_RANGE_END_TAG: key_range[1]}
    with dg.DagsterInstance.ephemeral() as instance:
        _run(_job(asset), instance, partition_key=partition_key, tags=tags)
    return seen[-1]


def _with_provenance() -> dict[str, Any]:
    seen: list[dict[str, Any]] = []

    @dg.asset(key=["raw", "flights"], code_version="r1")
    def raw() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(data_version=dg.DataVersion("data 1"))

    @dg.asset(deps=[raw], code_version="v1")
    def flights(context: dg.AssetExecutionContext) -> None:
        seen.append(_context(context, None))

    with dg.DagsterInstance.ephemeral() as instance:
        for run_id in (EARLIER_RUN, RUN):
            _run(_job(raw, flights), instance, run_id=run_id)
    return seen[-1]


def _of_several_assets() -> dict[str, Any]:
    seen: list[dict[str, Any]] = []

    @dg.multi_asset(
        outs={
            "delays": dg.AssetOut(key=["delays"], code_version="v2"),
            "flights": dg.AssetOut(key=["lake", "flights"]),
            "slashed": dg.AssetOut(key=["lake", "a/b"], code_version="v1"),  # no spec takes such a key
        }
    )
    def several(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        seen.append(_context(context, None))
        for key in sorted(context.selected_asset_keys):
            yield dg.MaterializeResult(asset_key=key, data_version=dg.DataVersion("x"))

    with dg.DagsterInstance.ephemeral() as instance:
        for run_id in (EARLIER_RUN, RUN):
            _run(_job(several), instance, run_id=run_id)
    return seen[-1]


def _as_dagster_meant_it(in_range: dict[str, Any]) -> dict[str, Any]:
    """The only context that is not Dagster's: for a run over a range 1.13.27 sends no partition at all.

    `build_external_execution_context_data` asks `has_partition_key`, which is false there.
    """
    assert in_range["partition_key_range"] is None, "Dagster sends ranges now: leave this function out"
    return {
        **in_range,
        "partition_key_range": {"start": "2013-01-30", "end": "2013-02-02"},
        "partition_time_window": {"start": "2013-01-30T00:00:00+00:00", "end": "2013-02-03T00:00:00+00:00"},
    }


def _of_direct_invocation() -> dict[str, Any]:
    seen: list[dict[str, Any]] = []

    @dg.asset(name="flights")
    def asset(context: dg.AssetExecutionContext) -> None:
        seen.append(_context(context, None))

    asset(dg.build_asset_context())
    return seen[-1]


def _of_op(retries: int = 0) -> dict[str, Any]:
    seen: list[dict[str, Any]] = []

    @dg.op
    def op(context: dg.OpExecutionContext) -> None:
        seen.append(_context(context, None))
        if context.retry_number < retries:
            raise dg.RetryRequested(max_retries=retries)

    @dg.job(name="of_ops")
    def job() -> None:
        op()

    with dg.DagsterInstance.ephemeral() as instance:
        _run(job, instance)
    return seen[-1]


def _context(context: Any, extras: dict[str, Any] | None) -> dict[str, Any]:
    return dict(build_external_execution_context_data(context, extras))


def _job(*assets: dg.AssetsDefinition) -> dg.JobDefinition:
    job = dg.define_asset_job("nightly", selection=list(assets))
    return dg.Definitions(assets=assets, jobs=[job]).resolve_job_def("nightly")


def _run(job: dg.JobDefinition, instance: dg.DagsterInstance, run_id: str = RUN, **options: Any) -> None:
    execute: Callable[..., Any] = job.execute_in_process
    execute(instance=instance, run_id=run_id, **{name: value for name, value in options.items() if value})
