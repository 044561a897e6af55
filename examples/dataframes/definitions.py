from collections.abc import Iterator

import dagster as dg

from dagster_pipes_jvm import PipesSparkClient, PipesSparkSubmitClient, SparkJob

job = SparkJob("job.py", jars=["described.jar"])


@dg.multi_asset(specs=[dg.AssetSpec("orders"), dg.AssetSpec("totals", deps=["orders"])])
def lake(
    context: dg.AssetExecutionContext, spark: PipesSparkClient
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    yield from spark.run(context=context, job=job, extras={"csv": "orders.csv", "path": "lake"}).get_results()


defs = dg.Definitions(assets=[lake], resources={"spark": PipesSparkSubmitClient("local[2]")})
