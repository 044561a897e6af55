"""What every accessor of the reference answers in every context: a value, or the text of its error."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import dagster_pipes as dp

ACCESSORS: dict[str, Callable[[dp.PipesContext], Any]] = {
    "is_asset_step": lambda pipes: pipes.is_asset_step,
    "asset_key": lambda pipes: pipes.asset_key,
    "asset_keys": lambda pipes: pipes.asset_keys,
    "provenance": lambda pipes: pipes.provenance,
    "provenance_by_asset_key": lambda pipes: pipes.provenance_by_asset_key,
    "code_version": lambda pipes: pipes.code_version,
    "code_version_by_asset_key": lambda pipes: pipes.code_version_by_asset_key,
    "is_partition_step": lambda pipes: pipes.is_partition_step,
    "partition_key": lambda pipes: pipes.partition_key,
    "partition_key_range": lambda pipes: pipes.partition_key_range,
    "partition_time_window": lambda pipes: pipes.partition_time_window,
    "run_id": lambda pipes: pipes.run_id,
    "job_name": lambda pipes: pipes.job_name,
    "retry_number": lambda pipes: pipes.retry_number,
    "extras": lambda pipes: pipes.extras,
    "get_extra(text)": lambda pipes: pipes.get_extra("text"),
    "get_extra(null)": lambda pipes: pipes.get_extra("null"),
    "report_asset_materialization()": lambda pipes: pipes.report_asset_materialization(),
    "report_asset_materialization() again": lambda pipes: pipes.report_asset_materialization(),
    "report_asset_materialization(other)": lambda pipes: pipes.report_asset_materialization(asset_key="other"),
    "report_asset_materialization('')": lambda pipes: pipes.report_asset_materialization(asset_key=""),
    "report_asset_check(c)": lambda pipes: pipes.report_asset_check("c", True),
    "report_asset_check(c, other)": lambda pipes: pipes.report_asset_check("c", True, asset_key="other"),
    "is_closed": lambda pipes: pipes.is_closed,
    "close() twice": lambda pipes: _close_twice(pipes),
    "is_closed after close": lambda pipes: pipes.is_closed,
    "log.info after close": lambda pipes: pipes.log.info("late"),
    "report_custom_message after close": lambda pipes: pipes.report_custom_message("late"),
}


def _close_twice(pipes: dp.PipesContext) -> None:
    pipes.close()
    pipes.close()


def accessors(contexts: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a context and accessor, in the order in which they were asked."""
    return [row for name, context in contexts.items() for row in _answers(name, context)]


def _answers(name: str, context: dict[str, Any]) -> Iterator[dict[str, Any]]:
    params = {
        dp.DAGSTER_PIPES_CONTEXT_ENV_VAR: dp.encode_param({"data": context}),
        dp.DAGSTER_PIPES_MESSAGES_ENV_VAR: dp.encode_param({"path": "/dev/null"}),
    }
    pipes = dp.PipesContext(
        dp.PipesMappingParamsLoader(params), dp.PipesDefaultContextLoader(), dp.PipesDefaultMessageWriter()
    )
    for accessor, ask in ACCESSORS.items():
        try:
            answer = {"value": json.loads(json.dumps(ask(pipes)))}
        except dp.DagsterPipesError as e:
            answer = {"error": str(e)}
        yield {"context": name, "accessor": accessor, **answer}
