"""A PySpark job that reports from the driver and from tasks, and says where its packages come from."""

import sys
from importlib.metadata import distributions

import dagster_pipes
from dagster_pipes import PipesContext
from pyspark.sql import SparkSession

import dagster_pipes_jvm
from dagster_pipes_jvm.pyspark import TaskReports, open_pipes, table_schema


def packages(_: object = None) -> str:
    """The two packages of the process that asks: the driver, or a worker of an executor."""
    import dagster_pipes.version

    import dagster_pipes_jvm.pyspark

    return f"dagster-pipes-jvm {dagster_pipes_jvm.__version__}, dagster-pipes {dagster_pipes.version.__version__}"


spark = SparkSession.builder.getOrCreate()
with open_pipes(spark):
    pipes = PipesContext.get()
    reports = TaskReports(pipes, spark)

    def parse(number: int) -> int:
        """One row."""
        reports.count("rows")
        if number == 7:
            reports.warning("seven")
        return number

    numbers = spark.sparkContext.parallelize(range(10), 2)
    pipes.report_asset_materialization(
        metadata={
            "sum": numbers.map(parse).sum(),
            "rows": reports.counters["rows"],
            "schema": table_schema(spark.range(1)),
            "python": ".".join(map(str, sys.version_info[:2])),
            "installed": " ".join(sorted(found.metadata["Name"] for found in distributions())),
            "driver": packages(),
            "tasks": ", ".join(sorted(set(numbers.map(packages).collect()))),
            "from": f"{dagster_pipes_jvm.__file__} {dagster_pipes.__file__}",
        }
    )
