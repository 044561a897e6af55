import re
from collections.abc import Iterator
from decimal import Decimal

from pyspark.sql import SparkSession

from dagster_pipes_jvm.pyspark import TaskReports, open_pipes

spark = SparkSession.builder.getOrCreate()
with open_pipes(spark) as pipes:
    reports = TaskReports(pipes, spark)
    # Extras are read here: a task cannot ask `pipes`.
    shown = pipes.extras.get("bad_lines_shown", 3)

    def parse(lines: Iterator[str]) -> Iterator[Decimal]:
        bad = 0
        for line in lines:
            order = re.fullmatch(r"(\d+);(\d+\.\d\d)", line)
            if order:
                reports.count("orders")
                yield Decimal(order[2])
            else:
                bad += 1
                if bad <= shown:
                    reports.warning(f"no order: {line}")
                reports.count("bad lines")

    prices = spark.sparkContext.textFile(pipes.get_extra("path")).mapPartitions(parse)
    total = prices.fold(Decimal(0), lambda a, b: a + b)  # one action: each line is counted once

    pipes.report_asset_materialization(metadata={"total": float(total), **reports.counters})
