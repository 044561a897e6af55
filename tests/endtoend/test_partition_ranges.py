"""A backfill in a single run: the job knows the range of its partitions, however its context comes to it."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import PipesJvmS3ContextInjector, PipesSparkSubmitClient, SparkJob
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.support.dagster_runs import DagsterRuns

DAYS = dg.DailyPartitionsDefinition("2026-01-01")
ECHO_PY = str(Path(__file__).parent / "jobs" / "echo.py")


@pytest.mark.parametrize(
    ("language", "way"), [("Java", "parameters"), ("Java", "file"), ("Java", "S3"), ("Python", "parameters")]
)
def test_a_job_knows_the_range_of_its_partitions(
    runs: DagsterRuns, echo_jar: str, s3: LocalS3, tmp_path: Path, language: str, way: str
) -> None:
    injector: dict[str, Any] = {
        "parameters": dg.PipesEnvContextInjector(),
        "file": dg.PipesTempFileContextInjector(),
        "S3": PipesJvmS3ContextInjector(bucket="pipes", client=s3.client()),
    }
    job = SparkJob(echo_jar, main_class="Echo") if language == "Java" else SparkJob(ECHO_PY)
    client = PipesSparkSubmitClient(
        "local[1]",
        conf={"spark.ui.enabled": False, **s3.spark_conf()},
        cwd=str(tmp_path),
        env=s3.environment(),
        context_injector=injector[way],
    )
    said: list[Any] = []

    @dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
    def probe(context: dg.AssetExecutionContext) -> Any:
        invocation = client.run(context=context, job=job)
        said.extend(invocation.get_custom_messages())
        return invocation.get_materialize_result()

    tags = {"dagster/asset_partition_range_start": "2026-02-27", "dagster/asset_partition_range_end": "2026-03-01"}
    result = dg.materialize([probe], instance=runs.instance, tags=tags)
    made = [event.partition for event in result.get_asset_materialization_events()]
    assert made == ["2026-02-27", "2026-02-28", "2026-03-01"]
    (echo,) = said
    assert echo["partitions"] == ["2026-02-27", "2026-03-01"]
    start, end = (moment[:10] for moment in echo["window"])
    assert (start, end) == ("2026-02-27", "2026-03-02")
