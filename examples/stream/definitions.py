from collections.abc import Iterator

import dagster as dg

from dagster_pipes_jvm import PipesSparkClient, PipesSparkSubmitClient, SparkJob

job = SparkJob("sales.jar", main_class="Sales")  # or SparkJob("sales.py")
tables = ["sales_by_region", "sales_by_product", "sales_by_month"]


@dg.multi_asset(
    specs=[dg.AssetSpec(table) for table in tables],
    check_specs=[dg.AssetCheckSpec("no_nulls", asset=table) for table in tables],
)
def sales(
    context: dg.AssetExecutionContext, spark: PipesSparkClient
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    yield from spark.stream(context=context, job=job, extras={"path": "sales", "output": "tables"})


defs = dg.Definitions(assets=[sales], resources={"spark": PipesSparkSubmitClient("local[*]")})
