"""Two assets: the paid orders, and the revenue of each day. The Spark jobs in `jobs/` make them."""

import dagster as dg
from dagster_pipes_jvm import PipesSparkClient

from __PACKAGE__.platform import ORDERS, REVENUE, place, spark_client


@dg.asset(kinds={"__KIND__"}, check_specs=[dg.AssetCheckSpec("no_customer_is_missing", asset="orders")])
def orders(context: dg.AssetExecutionContext, spark: PipesSparkClient):
    """The paid orders, as Parquet. The value of the asset is the path."""
    # No return type: with `dg.MaterializeResult`, Dagster refuses the value of an asset that has checks.
    extras = {"input": place("data/orders.csv"), "output": place("output/orders")}
    return spark.run(context=context, job=ORDERS, extras=extras).get_materialize_result(value_from_metadata="path")


@dg.asset(kinds={"__KIND__"})
def revenue(context: dg.AssetExecutionContext, orders: str, spark: PipesSparkClient) -> dg.MaterializeResult:
    """The revenue of each day."""
    extras = {"input": orders, "output": place("output/revenue")}
    return spark.run(context=context, job=REVENUE, extras=extras).get_materialize_result()


defs = dg.Definitions(assets=[orders, revenue], resources={"spark": spark_client()})
