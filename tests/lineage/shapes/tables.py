"""Tables of Delta and Iceberg. Their statements change rows."""

from collections.abc import Iterable

from tests.lineage.shapes.shape import Shape, statements


def _both(name: str, *texts: str, **expected: str) -> Iterable[Shape]:
    """The same statements for a table of each format; `{table}` is the table, which has the name of the shape."""
    for kind, prefix in (("delta", ""), ("iceberg", "lake.db.")):
        called = f"{kind}_{name}"
        yield statements(
            called,
            *(text.replace("{table}", prefix + called).replace("{format}", kind) for text in texts),
            **{column: sources.replace("{table}", called) for column, sources in expected.items()},
        )


_NEW = "create table {table} (id bigint, amount double, note string) using {format}"

SHAPES: list[Shape] = [
    *_both(
        "created",
        "create table {table} using {format} as select id, upper(status) as s from orders",
        id="orders.id",
        s="orders.status",
    ),
    *_both(
        "appended",
        _NEW,
        "insert into {table} select id, amount, day from orders",
        id="orders.id",
        amount="orders.amount",
        note="orders.day",
    ),
    *_both(
        "overwritten",
        _NEW,
        "insert overwrite {table} select customer, sum(amount), max(status) from orders group by customer",
        id="orders.customer",
        amount="orders.amount",
        note="orders.status",
    ),
    *_both(
        "updated",
        _NEW,
        "update {table} set note = cast(amount as string) where id > 1",
        note="{table}.amount",
    ),
    *_both("updated_to_a_constant", _NEW, "update {table} set amount = 0 where note > 'a'"),
    *_both("deleted", _NEW, "delete from {table} where id > 1"),
    *_both(
        "merged",
        _NEW,
        "merge into {table} t using orders o on t.id = o.id"
        " when matched and o.status = 'paid' then update set amount = o.amount, note = concat(o.day, o.status)"
        " when matched then delete"
        " when not matched and o.customer > 0 then insert (id, amount, note) values (o.id, o.amount * 2, 'new')",
        id="orders.id",
        amount="orders.amount",
        note="orders.day orders.status",
    ),
    *_both(
        "merged_all",
        _NEW,
        "merge into {table} t using (select customer as id, sum(amount) as amount, max(day) as note from orders"
        " group by customer) s on t.id = s.id when matched then update set * when not matched then insert *",
        id="orders.customer",
        amount="orders.amount",
        note="orders.day",
    ),
    *_both(
        "merged_by_source",
        _NEW,
        "merge into {table} t using customers c on t.id = c.id"
        " when matched then update set note = c.name"
        " when not matched by source then update set note = cast(t.amount as string)",
        note="customers.name {table}.amount",
    ),
    Shape(
        lambda spark, output: spark.table("orders").select("id").write.format("delta").save(f"{output}/delta_by_path"),
        {"delta_by_path": {"id": "orders.id"}},
    ),
    Shape(
        lambda spark, output: _replaced_where(spark, output),
        {"delta_replaced_where": {"id": "orders.id customers.id", "day": "orders.day"}},
    ),
    Shape(
        lambda spark, output: spark.sql("select id, day from orders").writeTo("lake.db.iceberg_by_frame").create(),
        {"iceberg_by_frame": {"id": "orders.id", "day": "orders.day"}},
    ),
    Shape(
        lambda spark, output: _read_back(spark, output),
        {"read_from_delta": {"twice": "delta_source.amount"}, "read_from_iceberg": {"n": "iceberg_source.name"}},
    ),
]


def _replaced_where(spark, output):
    spark.sql("select id, day from orders").write.format("delta").partitionBy("day").save(
        f"{output}/delta_replaced_where"
    )
    some = spark.sql("select id, '2026-01-02' as day from customers").write.format("delta").mode("overwrite")
    some.option("replaceWhere", "day = '2026-01-02'").save(f"{output}/delta_replaced_where")


def _read_back(spark, output):
    spark.table("orders").write.format("delta").saveAsTable("delta_source")
    spark.table("customers").writeTo("lake.db.iceberg_source").create()
    spark.sql("select amount * 2 as twice from delta_source").write.parquet(f"{output}/read_from_delta")
    spark.sql("select upper(name) as n from lake.db.iceberg_source").write.parquet(f"{output}/read_from_iceberg")
