"""A PySpark job whose JVM is killed in the middle of its session."""

import os
import signal
import sys
import time
from pathlib import Path

from pyspark.sql import SparkSession

from dagster_pipes_jvm.pyspark import open_pipes

spark = SparkSession.builder.getOrCreate()
gateway = spark.sparkContext._gateway
with open_pipes(spark) as pipes:
    pipes.log.info("1 by the JVM")
    gateway.jvm.dagsterpipes.Pipes.current().log().info("2 by the JVM")
    pipes.report_asset_check("by_the_jvm", passed=True)
    while not any("by_the_jvm" in file.read_text() for file in Path(sys.argv[1]).rglob("*") if file.is_file()):
        time.sleep(0.01)
    pipes.log.info("3 by the JVM, or without it")
    os.kill(gateway.proc.pid, signal.SIGKILL)
    pipes.log.info("4 without it")
    pipes.report_asset_materialization(metadata={"by": "Python"})
