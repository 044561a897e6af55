"""Sends back the arguments and properties that reached it; then does what its first argument asks."""

import os
import sys

from pyspark.sql import SparkSession

from dagster_pipes_jvm.pyspark import open_pipes

spark = SparkSession.builder.getOrCreate()
with open_pipes(spark) as pipes:
    conf = dict(spark.sparkContext.getConf().getAll())
    echo = {"args": sys.argv[1:], "conf": {k: v for k, v in conf.items() if ".echo." in k}}
    if pipes.is_partition_step:
        window = pipes.partition_time_window
        echo["partitions"] = [pipes.partition_key_range[end] for end in ("start", "end")]
        echo["window"] = None if window is None else [window[end] for end in ("start", "end")]
    pipes.report_custom_message(echo)
    if sys.argv[1:2] == ["exit-without-closing"]:
        sys.stdout.flush()
        os._exit(0)
    if sys.argv[1:2] == ["fail"]:
        raise ValueError("the orders are missing")
    if sys.argv[1:2] == ["wait"]:
        pipes.log.info("waiting")
        spark.sparkContext._jvm.java.lang.Thread.sleep(600_000)
    pipes.report_asset_materialization(metadata={"python": sys.executable})
