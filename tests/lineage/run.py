"""One application, run by Spark with both tools attached, and what each of them told of its outputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dagster as dg

from dagster_pipes_jvm import PipesSparkSubmitClient, SparkJob
from tests.endtoend.conftest import Spark
from tests.lineage import openlineage
from tests.lineage.direct import Dependencies
from tests.support.dagster_runs import Finished

_CONF = {
    "spark.ui.enabled": False,
    "spark.log.level": "ERROR",
    "spark.driver.memory": "3g",
    # The options of the tests limit it to 48 MB, which the generated classes of 99 queries fill.
    "spark.driver.extraJavaOptions": "-XX:ReservedCodeCacheSize=256m",
    "spark.sql.shuffle.partitions": 1,
    # The queries are written for a database that divides by zero.
    "spark.sql.ansi.enabled": False,
}
# The terminal gets errors only; the event log has everything.
_QUIET = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}


@dataclass(frozen=True)
class Told:
    """The reports of both tools on one application, by output: the last part of its path or table."""

    metadata: Mapping[str, Mapping[str, Any]]
    """Ours: the metadata of each output's materialization."""
    openlineage: Mapping[str, Dependencies] | None
    """Theirs; None without their agent."""

    @property
    def ours(self) -> Mapping[str, Dependencies]:
        """The column lineage of each output."""
        return {name: _dependencies(metadata) for name, metadata in self.metadata.items()}


def run(spark: Spark, job: SparkJob, outputs: Sequence[str], folder: Path, *, beside: bool = True) -> Told:
    """Run the application as one step with an asset for each output.

    Args:
        outputs: the last part of each path or table that it writes; none of them ends with another one.
        folder: gets everything that is written; it exists.
        beside: whether to attach OpenLineage's agent.
    """
    if ambiguous := [(a, b) for a in outputs for b in outputs if a != b and a.endswith(b)]:
        raise ValueError(f"patterns do not tell these outputs apart: {ambiguous}")
    conf, jars, events = {**_CONF, **job.conf}, list(job.jars), folder / "openlineage.jsonl"
    conf["spark.sql.warehouse.dir"] = str(folder / "warehouse")
    if beside:
        conf |= openlineage.conf(events)
        jars += map(str, openlineage.jars(spark))
    job = replace(job, conf=conf, jars=jars, instrument=True, outputs={name: f"*{name}" for name in outputs})
    client = PipesSparkSubmitClient("local[2]", cwd=str(folder), spark_home=str(spark.home), python=str(spark.python))

    @dg.multi_asset(specs=[dg.AssetSpec(name) for name in outputs])
    def application(context: dg.AssetExecutionContext):  # type: ignore[no-untyped-def]  # Dagster checks the type of the result
        return client.run(context=context, job=job).get_results()

    with dg.DagsterInstance.local_temp(str(folder), overrides={"telemetry": {"enabled": False}}) as instance:
        result = dg.materialize([application], instance=instance, raise_on_error=False, run_config=_QUIET)
        done = Finished(result.success, [*instance.all_logs(result.run_id)])
    if not done.success:
        raise RuntimeError(f"{job.application} failed: {done.failure}")
    metadata = {
        made.asset_key.to_user_string(): {key: value.value for key, value in made.metadata.items()}
        for made in done.materializations
    }
    return Told(metadata, openlineage.dependencies(events) if beside else None)


def _dependencies(metadata: Mapping[str, Any]) -> Dependencies:
    lineage = metadata.get("dagster/column_lineage")
    found = lineage.deps_by_column if lineage is not None else {}
    return {
        column.lower(): frozenset(f"{dep.asset_key.path[-1]}.{dep.column_name}".lower() for dep in deps)
        for column, deps in found.items()
    }
