"""A PySpark job that tells what its driver and its executor see, and then never ends: `waiting_job.py FIFO`."""

import json
import os
import signal
import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
of_executor = spark.sparkContext.parallelize([0], 1).map(lambda _: dict(os.environ)).first()
with open(sys.argv[1], "w") as ready:
    json.dump({"driver": dict(os.environ), "executor": of_executor}, ready)
signal.pause()
