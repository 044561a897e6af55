"""Writes the revenue of each day as Parquet."""

from dagster_pipes_jvm.pyspark import open_pipes, report_data_frame
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import sum as total


def by_day(orders: DataFrame) -> DataFrame:
    return orders.groupBy("day").agg(total("amount").alias("revenue")).orderBy("day")


def main() -> None:
    spark = SparkSession.builder.getOrCreate()
    with open_pipes(spark) as pipes:
        output = pipes.get_extra("output")
        revenue = by_day(spark.read.parquet(pipes.get_extra("input")))
        revenue.write.mode("overwrite").parquet(output)
        report_data_frame(pipes, revenue, output, preview_rows=10)


if __name__ == "__main__":
    main()
