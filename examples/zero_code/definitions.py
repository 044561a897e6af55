import os
from collections.abc import Iterator

import dagster as dg

from dagster_pipes_jvm import PipesSparkClient, PipesSparkSubmitClient, SparkJob

GROUP = "zero_code"
KINDS = {"scala", "spark"}

job = SparkJob(
    "zero-code_2.13.jar",
    main_class="delays.Delays",
    args=["flights.csv", "output"],
    instrument=True,
    outputs={"delays": "*/output/delays", "totals": "default.totals"},
    inputs={"flights": "*/flights.csv", "delays": "*/output/delays"},
)

flights = dg.AssetSpec("flights", description="The flights of 2013, which are there.", group_name=GROUP)


@dg.multi_asset(
    specs=[
        dg.AssetSpec("delays", deps=["flights"], description="Delays by airline and airport.", kinds=KINDS),
        dg.AssetSpec("totals", deps=["delays"], description="Flights by airline.", kinds=KINDS),
    ],
    group_name=GROUP,
)
def airline_delays(
    context: dg.AssetExecutionContext, spark: PipesSparkClient
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    yield from spark.run(context=context, job=job).get_results()


defs = dg.Definitions(
    assets=[flights, airline_delays],
    # Where the jar and the flights are; `make dev` puts them into a directory of its own.
    resources={"spark": PipesSparkSubmitClient("local[*]", cwd=os.environ.get("ZERO_CODE_DIR"))},
)
