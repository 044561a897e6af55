"""A PySpark script with Dagster's own call, whose messages go through the JVM."""

from dagster_pipes import open_dagster_pipes
from pyspark.sql import SparkSession

from dagster_pipes_jvm.pyspark import PipesJvmMessageWriter

spark = SparkSession.builder.getOrCreate()
with open_dagster_pipes(message_writer=PipesJvmMessageWriter(spark)) as pipes:
    pipes.report_asset_materialization(metadata={"rows": spark.range(5).count()})
