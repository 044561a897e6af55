"""The tables and files that the shapes read. Each has a few rows."""

from typing import Any

TABLES = {
    "orders": """select * from values
        (1L, 10L, 5.5D, '2026-01-01', 'open'), (2L, 20L, 7.0D, '2026-01-02', 'paid'), (3L, 10L, 1.0D, '2026-01-02', 'paid')
        as t (id, customer, amount, day, status)""",
    "customers": """select * from values
        (10L, 'Ada', 'north', cast(null as bigint)), (20L, 'Bob', 'south', 10L) as t (id, name, region, parent)""",
    "quarters": "select * from values ('a', 1.0D, 2.0D, 3.0D), ('b', 4.0D, 5.0D, 6.0D) as t (store, q1, q2, q3)",
    "events": """select 1L as id, array('x', 'y') as tags, map('k', 'v') as attrs,
        named_struct('kind', 'click', 'size', 3) as payload,
        array(named_struct('sku', 's1', 'qty', 2), named_struct('sku', 's2', 'qty', 1)) as items,
        '{"a": "1", "b": "2"}' as json""",
}
DAYS = "days"
"""A folder of files, partitioned by `day`, with the columns `id` and `amount`."""


def create(spark: Any, files: str) -> None:
    """Write them: the tables into the current database, the files into the folder `files`."""
    for table, query in TABLES.items():
        spark.sql(f"create table {table} using parquet as {query}")
    spark.table("orders").select("id", "amount", "day").write.partitionBy("day").parquet(f"{files}/{DAYS}")
    spark.table("orders").select("id", "amount").write.option("header", True).csv(f"{files}/lines")
    spark.table("orders").select("id", "amount").write.option("header", True).csv(f"{files}/more")
