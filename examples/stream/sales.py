from pyspark.sql import SparkSession

from dagster_pipes_jvm.pyspark import open_pipes

spark = SparkSession.builder.getOrCreate()
with open_pipes(spark) as pipes:
    sales = spark.read.option("header", True).csv(pipes.get_extra("path")).cache()
    output = pipes.get_extra("output")

    for column in ("region", "product", "month"):
        name = f"sales_by_{column}"
        table = sales.groupBy(column).count()
        table.write.mode("overwrite").parquet(f"{output}/{name}")
        pipes.report_asset_materialization(asset_key=name, metadata={"rows": table.count()})
        pipes.report_asset_check("no_nulls", passed=table.filter(f"{column} IS NULL").isEmpty(), asset_key=name)
