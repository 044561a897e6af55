"""The same DataFrame, described by PySpark, by Java and by Scala; the query is in a file."""

import sys
from pathlib import Path

from dagster_pipes import open_dagster_pipes
from pyspark.sql import SparkSession

from dagster_pipes_jvm.pyspark import PipesJvmMessageWriter, report_data_frame, row_count, table

PATH = "s3://lake/orders"

spark = SparkSession.builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
data = spark.sql(Path(sys.argv[1]).read_text(encoding="utf-8"))
jvm = spark.sparkContext._jvm
java = jvm.dagsterpipes.spark.DataFrames


def jobs() -> int:
    return len(spark.sparkContext.statusTracker().getJobIdsForGroup(None))


with open_dagster_pipes(message_writer=PipesJvmMessageWriter(spark)) as pipes:
    # Dagster's own session takes the values from anyone.
    metadata = {"table": table(data), "rows": row_count(data)}
    report_data_frame(pipes, data, PATH, row_count=3, preview_rows=2, metadata=metadata, asset_key="python")

    report = jvm.dagsterpipes.spark.DataFrameReport.of(data._jdf).withPath(PATH).withRowCount(3).withPreview(2)
    report = report.withMetadata("table", java.table(data._jdf)).withMetadata("rows", java.rowCount(data._jdf))
    report.withAssetKey("java").report(jvm.dagsterpipes.Pipes.current())

    jvm.Described.report(data._jdf, PATH, 3, "scala")

    before = jobs()
    report_data_frame(pipes, data, PATH, row_count=3, asset_key="python_schema")
    jvm.dagsterpipes.spark.DataFrameReport.of(data._jdf).withAssetKey("java_schema").report(
        jvm.dagsterpipes.Pipes.current()
    )
    pipes.report_custom_message({"jobs started": jobs() - before, "jobs": before})
