"""A PySpark script that returns before its thread starts Spark: `threads.py OUTPUT_DIRECTORY HOW`."""

import sys
import threading


def work() -> None:
    threading.main_thread().join()
    from pyspark.sql import SparkSession

    for number in (1, 2):
        spark = SparkSession.builder.getOrCreate()
        spark.range(10 * number).write.parquet(f"{sys.argv[1]}/{number}")
        print(spark.sparkContext.appName)
        spark.stop()
    if sys.argv[2] == "fail":
        raise ValueError("too late for main")


threading.Thread(target=work).start()
