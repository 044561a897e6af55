from pyspark.sql import SparkSession

from dagster_pipes_jvm.pyspark import open_pipes

spark = SparkSession.builder.getOrCreate()
with open_pipes(spark) as pipes:
    orders = spark.read.parquet(pipes.get_extra("path"))
    pipes.log.info(f"read {orders.count()} orders")
    pipes.report_asset_materialization(metadata={"rows": orders.count()})
    pipes.report_asset_check("no_nulls", passed=orders.filter("id IS NULL").isEmpty())
