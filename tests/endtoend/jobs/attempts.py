"""Reports which attempt of its YARN application it is, and fails after that where it is not the second."""

import os

from pyspark.sql import SparkSession

from dagster_pipes_jvm.pyspark import open_pipes

attempt = int(os.environ["CONTAINER_ID"].split("_")[-2])
spark = SparkSession.builder.getOrCreate()
with open_pipes(spark) as pipes:
    pipes.log.info(f"attempt {attempt} works")
    pipes.report_asset_materialization(metadata={"attempt": attempt})
    pipes.report_custom_message({"attempt": attempt})
    if attempt == 1:
        raise ValueError("the first attempt gives up")
