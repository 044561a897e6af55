"""Counts the flights. Its Python comes in an archive, and the client attaches `dagster_pipes_jvm`."""

import sys

from pyspark.sql import SparkSession

from dagster_pipes_jvm.pyspark import open_pipes


def main() -> None:
    spark = SparkSession.builder.getOrCreate()
    with open_pipes(spark) as pipes:
        flights = spark.read.csv(pipes.get_extra("flights_csv"), header=True, inferSchema=True)
        path = pipes.get_extra("output_path")
        flights.write.mode("overwrite").parquet(path)
        pipes.report_asset_materialization(metadata={"rows": flights.count(), "path": path, "python": sys.prefix})


if __name__ == "__main__":
    main()
