"""A PySpark job with a streaming query of three batches, and one that fails and is caught."""

import sys

from pyspark.sql import SparkSession

from dagster_pipes_jvm.pyspark import StreamingReports, open_pipes

spark = SparkSession.builder.getOrCreate()
source, target = sys.argv[1:]
with open_pipes(spark) as pipes:
    reports = StreamingReports(pipes, spark, every_nth=2)
    lines = spark.readStream.option("maxFilesPerTrigger", 1).text(source)
    writer = lines.writeStream.queryName("orders").trigger(availableNow=True)
    writer.option("checkpointLocation", f"{target}/c1").format("parquet").start(f"{target}/out").awaitTermination()
    metrics = reports.metrics

    broken = lines.selectExpr("raise_error('no orders') AS x").writeStream.queryName("broken")
    try:
        broken.option("checkpointLocation", f"{target}/c2").format("noop").start().awaitTermination()
    except Exception as e:
        pipes.log.info(f"caught {type(e).__name__}")
    try:
        reports.close()
    except Exception as e:
        pipes.log.info(f"close raises {e}")
    pipes.report_asset_materialization(metadata={**reports.metrics, "before": {"raw_value": metrics, "type": "json"}})
