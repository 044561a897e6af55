"""A PySpark script that writes the results of the queries of a file: `shapes.py QUERIES_JSON DIRECTORY`.

A query is a statement of SQL, or an expression of Python with the names below.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # as Spark's documentation calls it

asked, d = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), sys.argv[2]
spark = SparkSession.builder.getOrCreate()
spark.sparkContext.setCheckpointDir(f"{d}/checkpoints")

orders = spark.range(3).selectExpr(
    "id",
    "id % 2 as person",
    "cast(id as string) as text",
    "array(id) as items",
    "map(id, id % 2) as pairs",
    "named_struct('a', id, 'b', cast(id as string)) as fields",
    "timestamp_seconds(id) as at",
)
orders.coalesce(1).write.parquet(f"{d}/o")
spark.range(2).selectExpr("id", "'x' as name", "id + 20 as age").coalesce(1).write.parquet(f"{d}/p")
for name in ("o", "p"):
    spark.read.parquet(f"{d}/{name}").createOrReplaceTempView(name)
days = [f"{d}/days/day={day}" for day in range(25)]
orders.select("id", "text").coalesce(1).write.parquet(days[0])
for day in days[1:]:
    Path(day).mkdir()
Path(f"{d}/files").mkdir()
for number in range(25):
    Path(f"{d}/files/{number}.csv").write_text("1,2\n", encoding="utf-8")
database = {"url": f"jdbc:derby:{d}/database;create=true", "driver": "org.apache.derby.jdbc.EmbeddedDriver"}
numbers = orders.selectExpr("id as N", "person as M")
numbers.write.format("jdbc").options(**database, dbtable="plain").save()


@F.udf("long")
def twice(value: int) -> int:
    return 2 * value


def rows(batches: Iterator[Any]) -> Iterator[Any]:
    yield from batches


def split(text: str, number: int) -> Any:
    yield text, number


spark.udf.register("twice", twice)
if hasattr(F, "udtf"):
    spark.udtf.register(
        "split_rows", F.udtf(type("Split", (), {"eval": staticmethod(split)}), returnType="a string, b long")
    )


def query_of_database(text: str) -> Any:
    return spark.read.format("jdbc").options(**database, query=text).load()


def result(query: str) -> Any:
    return eval(query) if query.startswith(("spark.", "(lambda", "query_of_database(")) else spark.sql(query)


for name, query in asked["queries"].items():
    statements = query if isinstance(query, list) else [query]
    for statement in statements[:-1]:
        result(statement)
    result(statements[-1]).write.mode("overwrite").parquet(f"{d}/{name}")
for name, writes in asked["writes"].items():
    for mode, query in writes:
        result(query).write.mode(mode).parquet(f"{d}/{name}")
spark.stop()
