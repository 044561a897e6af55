import dagster as dg

from dagster_pipes_jvm import PipesSparkClient, PipesSparkSubmitClient, SparkJob

job = SparkJob("orders.jar", main_class="Orders", conf={"spark.executor.memory": "4g"})


@dg.asset(check_specs=[dg.AssetCheckSpec("no_nulls", asset="orders")])
def orders(context: dg.AssetExecutionContext, spark: PipesSparkClient) -> dg.MaterializeResult:
    return spark.run(context=context, job=job, extras={"path": "s3://lake/orders"}).get_materialize_result()


defs = dg.Definitions(assets=[orders], resources={"spark": PipesSparkSubmitClient("local[*]")})
