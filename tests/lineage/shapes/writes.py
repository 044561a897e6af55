"""Statements and calls that write in other ways than one query into a new folder."""

from tests.lineage.shapes.shape import Shape, statements

SHAPES: list[Shape] = [
    Shape(
        lambda spark, output: _multi_insert(spark),
        {
            "multi_insert_ids": {"id": "orders.id", "who": "orders.customer"},
            "multi_insert_states": {"status": "orders.status"},
        },
    ),
    statements(
        "created_as_select",
        "create table created_as_select using parquet as select id, amount * 2 as twice from orders",
        id="orders.id",
        twice="orders.amount",
    ),
    statements(
        "inserted_by_position",
        "create table inserted_by_position (a bigint, b string) using parquet",
        "insert into inserted_by_position select customer, status from orders",
        a="orders.customer",
        b="orders.status",
    ),
    statements(
        "inserted_by_columns",
        "create table inserted_by_columns (a bigint, b string, c double) using parquet",
        "insert into inserted_by_columns (b, a, c) select status, id, amount from orders",
        a="orders.id",
        b="orders.status",
        c="orders.amount",
    ),
    statements(
        "inserted_with_defaults",
        "create table inserted_with_defaults (a bigint, b string default 'none') using parquet",
        "insert into inserted_with_defaults (a) select id from orders",
        a="orders.id",
        b="",
    ),
    statements(
        "inserted_by_name",
        "create table inserted_by_name (a bigint, b string) using parquet",
        "insert into inserted_by_name by name select status as b, id as a from orders",
        a="orders.id",
        b="orders.status",
    ),
    statements(
        "inserted_partition",
        "create table inserted_partition (id bigint, amount double, day string) using parquet partitioned by (day)",
        "insert overwrite inserted_partition partition (day = '2026-01-01') select id, amount from orders",
        id="orders.id",
        amount="orders.amount",
        day="",
    ),
    statements(
        "inserted_dynamically",
        "create table inserted_dynamically (id bigint, day string) using parquet partitioned by (day)",
        "insert into inserted_dynamically partition (day) select id, day from orders",
        id="orders.id",
        day="orders.day",
    ),
    statements(
        "inserted_into_a_directory",
        "insert overwrite directory '{output}/inserted_into_a_directory' using parquet select id, upper(status) as s from orders",
        id="orders.id",
        s="orders.status",
    ),
    statements(
        "inserted_with_a_cte",
        "create table inserted_with_a_cte (n string) using parquet",
        "with c as (select upper(name) as n from customers) insert into inserted_with_a_cte select n from c",
        n="customers.name",
    ),
    Shape(
        lambda spark, output: (
            spark.table("orders").select("id", "status").write.saveAsTable("saved_and_appended"),
            spark.table("customers")
            .selectExpr("id", "name as status")
            .write.mode("append")
            .saveAsTable("saved_and_appended"),
        ),
        {"saved_and_appended": {"id": "orders.id customers.id", "status": "orders.status customers.name"}},
    ),
    Shape(
        lambda spark, output: (
            spark.table("customers").select("id").write.parquet(f"{output}/overwritten_twice"),
            spark.table("orders").select("id").write.mode("overwrite").parquet(f"{output}/overwritten_twice"),
        ),
        {"overwritten_twice": {"id": "orders.id"}},
    ),
    Shape(
        lambda spark, output: spark.table("orders").write.partitionBy("status", "day").json(f"{output}/partitioned"),
        {"partitioned": {name: f"orders.{name}" for name in ("id", "customer", "amount", "day", "status")}},
    ),
    Shape(lambda spark, output: _stream(spark, output), {"streamed": {"id": "days.id", "twice": "days.amount"}}),
    Shape(
        lambda spark, output: _stream_in_batches(spark, output),
        {"streamed_in_batches": {"id": "days.id", "amount": "days.amount", "day": "days.day"}},
    ),
    Shape(
        lambda spark, output: _stream_to_a_table(spark, output), {"streamed_to_a_table": {"status": "orders.status"}}
    ),
]


def _multi_insert(spark):
    spark.sql("create table multi_insert_ids (id bigint, who bigint) using parquet")
    spark.sql("create table multi_insert_states (status string) using parquet")
    spark.sql(
        "from orders insert into multi_insert_ids select id, customer"
        " insert overwrite table multi_insert_states select status where amount > 2"
    )


def _days(spark):
    files = spark.conf.get("spark.lineage.files")
    schema = spark.read.parquet(f"{files}/days").schema
    return spark.readStream.schema(schema).parquet(f"{files}/days")


def _stream(spark, output):
    query = _days(spark).selectExpr("id", "amount * 2 as twice").writeStream.format("parquet")
    query = query.option("checkpointLocation", f"{output}/.checkpoints/a").trigger(availableNow=True)
    query.start(f"{output}/streamed").awaitTermination()


def _stream_in_batches(spark, output):
    query = _days(spark).writeStream.option("checkpointLocation", f"{output}/.checkpoints/b").trigger(availableNow=True)
    batch = query.foreachBatch(lambda rows, number: rows.write.mode("append").parquet(f"{output}/streamed_in_batches"))
    batch.start().awaitTermination()


def _stream_to_a_table(spark, output):
    query = spark.readStream.table("orders").select("status").writeStream
    query = query.option("checkpointLocation", f"{output}/.checkpoints/c").trigger(availableNow=True)
    query.toTable("streamed_to_a_table").awaitTermination()
