"""A PySpark script that knows nothing of Dagster and writes 100 rows: `counted.py OUTPUT`."""

import sys

from pyspark.sql import SparkSession

SparkSession.builder.getOrCreate().range(100).write.mode("overwrite").parquet(sys.argv[1])
