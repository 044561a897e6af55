from collections.abc import Sequence

import dagster as dg

from dagster_pipes_jvm import PipesSparkClient, PipesSparkSubmitClient, SparkJob

job = SparkJob(
    "zero-code_2.13.jar",
    main_class="delays.Delays",
    args=["flights.csv", "output"],
    instrument=True,
    outputs={"delays": "*/output/delays", "totals": "default.totals"},
    inputs={"flights": "*/flights.csv", "delays": "*/output/delays"},
)


@dg.multi_asset(specs=[dg.AssetSpec("delays"), dg.AssetSpec("totals", deps=["delays"])])
def airline_delays(
    context: dg.AssetExecutionContext, spark: PipesSparkClient
) -> Sequence[dg.MaterializeResult | dg.AssetCheckResult]:
    return spark.run(context=context, job=job).get_results()


defs = dg.Definitions(assets=[airline_delays], resources={"spark": PipesSparkSubmitClient("local[*]")})
