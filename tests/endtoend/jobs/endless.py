"""A PySpark job that says that it runs, by an object on S3, and never ends by itself."""

import signal
import sys

from pyspark.sql import SparkSession

if __name__ == "__main__":
    spark = SparkSession.builder.getOrCreate()
    spark.range(1).write.mode("overwrite").parquet(sys.argv[1])
    signal.pause()
