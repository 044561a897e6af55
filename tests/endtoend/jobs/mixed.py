"""A PySpark job that calls JVM code which reports, too."""

import sys
from pathlib import Path

from pyspark.sql import SparkSession

from dagster_pipes_jvm.pyspark import open_pipes

spark = SparkSession.builder.getOrCreate()
mixed = spark.sparkContext._jvm.Mixed
with open_pipes(spark) as pipes:
    pipes.log.info("1 Python")
    mixed.report("2 JVM with extras from ")
    pipes.log.info("3 Python")
    mixed.reportInResource("4 JVM")
    try:
        mixed.fail("5 JVM")
    except Exception:
        pipes.log.info("6 Python")
    spark.stop()
    mixed.report("7 JVM after stop, from ")
    pipes.report_asset_materialization(metadata={"by": "both"})
try:
    mixed.report("too late")
except Exception as e:
    Path(sys.argv[1]).write_text(str(e), encoding="utf-8")
