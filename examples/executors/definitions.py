import dagster as dg

from dagster_pipes_jvm import PipesSparkClient, PipesSparkSubmitClient, SparkJob

job = SparkJob("parse.jar", main_class="Parse")  # or SparkJob("parse.py")


@dg.asset
def orders(context: dg.AssetExecutionContext, spark: PipesSparkClient) -> dg.MaterializeResult:
    return spark.run(context=context, job=job, extras={"path": "orders"}).get_materialize_result()


# Two executors in processes of their own, as on a cluster.
defs = dg.Definitions(assets=[orders], resources={"spark": PipesSparkSubmitClient("local-cluster[2,1,1024]")})
