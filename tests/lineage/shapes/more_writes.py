"""More ways to write: columns in another order, defaults, partitions, several writes, and frames with other names."""

from tests.lineage.shapes.shape import Shape, statements

SHAPES: list[Shape] = [
    statements(
        "inserted_in_another_order",
        "create table inserted_in_another_order (a bigint, b string, c double, d string default 'x') using parquet"
        " partitioned by (b)",
        "insert into inserted_in_another_order (c, b, a) select amount, day, id from orders",
        a="orders.id",
        b="orders.day",
        c="orders.amount",
        d="",
    ),
    statements(
        "inserted_into_a_partition_by_columns",
        "create table inserted_into_a_partition_by_columns (a bigint, b string, d string) using parquet partitioned by (d)",
        "insert into inserted_into_a_partition_by_columns partition (d = 'x') (b, a) select status, id from orders",
        a="orders.id",
        b="orders.status",
        d="",
    ),
    statements(
        "overwritten_dynamically",
        "create table overwritten_dynamically (a bigint, d string) using parquet partitioned by (d)",
        "insert into overwritten_dynamically select id, day from orders",
        "set spark.sql.sources.partitionOverwriteMode = dynamic",
        "insert overwrite overwritten_dynamically select id, name from customers",
        "reset spark.sql.sources.partitionOverwriteMode",
        a="orders.id customers.id",
        d="orders.day customers.name",
    ),
    statements(
        "padded_characters",
        "create table padded_characters (c char(8), v varchar(20)) using parquet",
        "insert into padded_characters select status, day from orders",
        c="orders.status",
        v="orders.day",
    ),
    statements(
        "characters_read_back",
        "create table padded_source (c char(8), v varchar(20)) using parquet",
        "create table characters_read_back using parquet as select upper(c) as c, concat(v, c) as v from padded_source",
        c="padded_source.c",
        v="padded_source.v padded_source.c",
    ),
    statements(
        "cast_on_insert",
        "create table cast_on_insert (a string, b int, s struct<x: string, y: bigint>) using parquet",
        "insert into cast_on_insert select id, amount, struct(day, customer) from orders",
        a="orders.id",
        b="orders.amount",
        s="orders.day orders.customer",
    ),
    statements(
        "inserted_values",
        "create table inserted_values (a bigint, b string) using parquet",
        "insert into inserted_values values (1, 'x'), (2, 'y')",
        "insert into inserted_values select id, status from orders",
        a="orders.id",
        b="orders.status",
    ),
    statements(
        "from_inserted_columns",
        "create table from_inserted_columns using parquet as from orders select id as n, day",
        n="orders.id",
        day="orders.day",
    ),
    statements(
        "created_from_a_view",
        "create temporary view of_status as select status as s, max(amount) as m from orders group by all",
        "create table created_from_a_view using json as select * from of_status",
        s="orders.status",
        m="orders.amount",
    ),
    statements(
        "clustered_and_sorted",
        "create table clustered_and_sorted using parquet clustered by (n) sorted by (n) into 2 buckets as"
        " select id as n, status as t from orders distribute by n sort by t",
        n="orders.id",
        t="orders.status",
    ),
    Shape(
        lambda spark, output: (
            spark.table("orders").selectExpr("id as A", "day as B").write.saveAsTable("appended_in_capitals"),
            spark.table("customers")
            .selectExpr("name as b", "id as a")
            .write.mode("append")
            .saveAsTable("appended_in_capitals"),
        ),
        {"appended_in_capitals": {"a": "orders.id customers.id", "b": "orders.day customers.name"}},
    ),
    Shape(
        lambda spark, output: (
            spark.table("orders")
            .selectExpr("id", "status")
            .write.partitionBy("status")
            .parquet(f"{output}/read_and_written"),
            spark.read.parquet(f"{output}/read_and_written")
            .selectExpr("upper(status) as s", "id")
            .write.parquet(f"{output}/written_from_written"),
        ),
        {
            "read_and_written": {"id": "orders.id", "status": "orders.status"},
            "written_from_written": {"id": "read_and_written.id", "s": "read_and_written.status"},
        },
    ),
    Shape(
        lambda spark, output: _inserted_by_position(spark),
        {"inserted_by_position_of_a_frame": {"a": "orders.day", "b": "orders.status"}},
    ),
    Shape(
        lambda spark, output: (
            spark.table("orders")
            .selectExpr("id", "id as day", "day as id2")
            .write.option("header", True)
            .csv(f"{output}/as_csv")
        ),
        {"as_csv": {"id": "orders.id", "day": "orders.id", "id2": "orders.day"}},
    ),
    Shape(
        lambda spark, output: (
            spark.table("orders")
            .selectExpr("struct(id, upper(day) as d) as s")
            .select("s.*")
            .write.json(f"{output}/as_documents")
        ),
        {"as_documents": {"id": "orders.id", "d": "orders.day"}},
    ),
    Shape(
        lambda spark, output: _stream_of_sums(spark, output),
        {"streamed_by_a_function": {"day": "days.day", "total": "days.amount"}},
    ),
    Shape(
        lambda spark, output: _stream_joined(spark, output),
        {"streamed_and_joined": {"id": "days.id", "name": "customers.name"}},
    ),
    Shape(
        lambda spark, output: _stream_of_a_union(spark, output),
        {"streamed_union": {"id": "days.id orders.customer", "kind": "orders.status"}},
    ),
]


def _inserted_by_position(spark):
    spark.sql("create table inserted_by_position_of_a_frame (a string, b string) using parquet")
    rows = spark.table("orders").selectExpr("day as b", "status as a")
    rows.write.insertInto("inserted_by_position_of_a_frame")


def _days(spark):
    files = spark.conf.get("spark.lineage.files")
    schema = spark.read.parquet(f"{files}/days").schema
    return spark.readStream.schema(schema).parquet(f"{files}/days")


def _stream_of_sums(spark, output):
    sums = _days(spark).groupBy("day").sum("amount").withColumnRenamed("sum(amount)", "total")
    query = sums.writeStream.outputMode("complete").option("checkpointLocation", f"{output}/.checkpoints/d")
    query = query.trigger(availableNow=True).foreachBatch(
        lambda rows, number: rows.write.mode("overwrite").parquet(f"{output}/streamed_by_a_function")
    )
    query.start().awaitTermination()


def _stream_joined(spark, output):
    joined = _days(spark).join(spark.table("customers").selectExpr("id * 0 + 1 as id", "name"), "id")
    query = (
        joined.select("id", "name")
        .writeStream.format("parquet")
        .option("checkpointLocation", f"{output}/.checkpoints/e")
    )
    query.trigger(availableNow=True).start(f"{output}/streamed_and_joined").awaitTermination()


def _stream_of_a_union(spark, output):
    one = _days(spark).selectExpr("id", "'day' as kind")
    two = spark.readStream.table("orders").selectExpr("customer as id", "status as kind")
    query = one.union(two).writeStream.format("parquet").option("checkpointLocation", f"{output}/.checkpoints/f")
    query.trigger(availableNow=True).start(f"{output}/streamed_union").awaitTermination()
