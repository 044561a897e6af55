from pyspark.sql import Observation, SparkSession, functions

from dagster_pipes_jvm.pyspark import open_pipes, report_data_frame

spark = SparkSession.builder.getOrCreate()
with open_pipes(spark) as pipes:
    orders = spark.read.csv(
        pipes.get_extra("csv"), header=True, schema="id BIGINT, customer STRING, price DECIMAL(10,2)"
    )
    path = pipes.get_extra("path")
    written = Observation()  # counts the rows while they are written: no second job
    orders.observe(written, functions.count("*").alias("rows")).write.parquet(f"{path}/orders")
    report_data_frame(pipes, orders, f"{path}/orders", row_count=written.get["rows"], asset_key="orders")

    totals = orders.groupBy("customer").agg(functions.sum("price").alias("total")).orderBy("customer")
    totals.write.parquet(f"{path}/totals")
    spark.sparkContext._jvm.Described.report(totals._jdf, f"{path}/totals", totals.count(), "totals")
