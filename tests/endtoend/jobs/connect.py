"""A script of Spark Connect: its server is another process."""

from dagster_pipes import DagsterPipesError
from pyspark.sql import SparkSession

from dagster_pipes_jvm.pyspark import PipesJvmMessageWriter, open_pipes, table_schema

spark = SparkSession.builder.remote("local[1]").config("spark.ui.enabled", "false").getOrCreate()
with open_pipes(spark) as pipes:
    try:
        PipesJvmMessageWriter(spark)
    except DagsterPipesError as e:
        pipes.log.warning(str(e))
    rows = spark.range(3)
    pipes.report_asset_materialization(metadata={"rows": rows.count(), "schema": table_schema(rows)})
spark.stop()
