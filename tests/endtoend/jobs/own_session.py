"""A PySpark script with a session of `dagster_pipes` itself: `own_session.py OUTPUT_DIRECTORY`."""

import sys

from dagster_pipes import open_dagster_pipes
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
with open_dagster_pipes() as pipes:
    rows = spark.range(5)
    rows.write.parquet(sys.argv[1])
    pipes.report_asset_materialization(metadata={"rows": rows.count()})
