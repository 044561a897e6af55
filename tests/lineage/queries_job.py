"""An unmodified application: `queries_job.py PLAN.json` writes the result of each query to its own folder."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from pyspark.sql import SparkSession

from tests.lineage.listeners import wait_for_listeners

plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
spark = SparkSession.builder.getOrCreate()
spark.sql(f"create database {plan['database']}")
spark.sql(f"use {plan['database']}")
for table, folder in plan["tables"].items():
    spark.sql(f"create table {table} using parquet location '{folder}'")
for name, query in plan["queries"].items():
    wait_for_listeners(spark)
    spark.sql(query).write.parquet(f"{plan['output']}/{name}")
