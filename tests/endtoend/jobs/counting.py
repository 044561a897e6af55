"""A PySpark job that knows nothing of Dagster: counts, writes Parquet where its argument says, reads it back."""

import os
import sys

from pyspark.sql import SparkSession

if __name__ == "__main__":
    spark = SparkSession.builder.getOrCreate()
    spark.range(1000).write.mode("overwrite").parquet(sys.argv[1])
    print("rows", spark.read.parquet(sys.argv[1]).count())
    print("master", spark.sparkContext.master, "deploy mode", spark.conf.get("spark.submit.deployMode", "client"))
    print("from spark-env", os.environ.get("GREETING"), "from hadoop-env", os.environ.get("OF_HADOOP"))
    print("from spark-defaults", spark.conf.get("spark.acme.tenant", None))
