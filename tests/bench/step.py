"""One asset whose step runs a job, in a Dagster instance of its own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from dagster_pipes_jvm import PipesSparkSubmitClient, SparkJob


def run_step(client: PipesSparkSubmitClient, job: SparkJob, home: Path) -> Sequence[dg.EventLogEntry]:
    """Its event log; `home` is made for the instance. A step that fails raises."""

    @dg.asset
    def measured(context: dg.AssetExecutionContext) -> Any:
        return client.run(context=context, job=job).get_materialize_result()

    home.mkdir()
    with dg.DagsterInstance.local_temp(str(home), overrides={"telemetry": {"enabled": False}}) as instance:
        run = dg.materialize([measured], instance=instance)
        return instance.all_logs(run.run_id)
