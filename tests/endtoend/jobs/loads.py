"""Reports which of the classes that its arguments name the driver can load, and what it was given beside them."""

import os
import sys

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from dagster_pipes_jvm.pyspark import open_pipes

spark = SparkSession.builder.getOrCreate()
loader = spark._jvm.java.lang.Thread.currentThread().getContextClassLoader()


def can_load(name: str) -> bool:
    try:
        loader.loadClass(name)
    except Py4JJavaError:
        return False
    return True


with open_pipes(spark) as pipes:
    conf = spark.sparkContext.getConf()
    pipes.report_asset_materialization(
        metadata={
            "loaded": " ".join(name for name in sys.argv[1:] if can_load(name)),
            "has_environment": "DAGSTER_PIPES_CONTEXT" in os.environ,
            "tags": conf.get("spark.yarn.tags", ""),
            "attempts": conf.get("spark.yarn.maxAppAttempts", ""),
        }
    )
