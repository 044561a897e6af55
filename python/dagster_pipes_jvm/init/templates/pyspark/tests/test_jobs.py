"""The jobs without Dagster: what they compute is a function of DataFrames."""

import runpy
from pathlib import Path

from pyspark.sql import SparkSession

JOBS = Path(__file__).parents[1] / "jobs"


def test_paid_orders_and_their_revenue_by_day() -> None:
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    rows = [(1, "monday", 2.0, "paid"), (2, "monday", 9.0, "open"), (3, "tuesday", 1.0, "paid")]
    orders = spark.createDataFrame(rows, ["id", "day", "amount", "status"])
    paid = runpy.run_path(str(JOBS / "orders.py"))["paid"](orders)
    by_day = runpy.run_path(str(JOBS / "revenue.py"))["by_day"](paid)
    spark_rows = [tuple(row) for row in by_day.collect()]
    spark.stop()
    assert paid.columns == ["id", "day", "amount"]
    assert spark_rows == [("monday", 2.0), ("tuesday", 1.0)]
