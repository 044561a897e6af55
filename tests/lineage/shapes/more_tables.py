"""More statements on tables of Delta and Iceberg: generated columns, new ones, partial overwrites, fields, streams."""

from tests.lineage.shapes.shape import Shape, statements
from tests.lineage.shapes.tables import _both

_NEW = "create table {table} (id bigint, amount double, note string) using {format}"

SHAPES: list[Shape] = [
    *_both(
        "inserted_in_other_order",
        _NEW,
        "insert into {table} (note, id, amount) select status, customer, id from orders",
        id="orders.customer",
        amount="orders.id",
        note="orders.status",
    ),
    *_both(
        "inserted_by_name_of_columns",
        _NEW,
        "insert into {table} by name select day as note, amount, id from orders",
        id="orders.id",
        amount="orders.amount",
        note="orders.day",
    ),
    statements(
        "iceberg_replaced_as_select",
        "create table lake.db.iceberg_replaced_as_select (id bigint, amount double, note string) using iceberg",
        "insert into lake.db.iceberg_replaced_as_select select id, amount, status from orders",
        "create or replace table lake.db.iceberg_replaced_as_select using iceberg as select id, name as note from customers",
        id="customers.id",
        note="customers.name",
    ),
    statements(
        "iceberg_updated_by_a_subquery",
        _NEW.replace("{table}", "lake.db.iceberg_updated_by_a_subquery").replace("{format}", "iceberg"),
        "update lake.db.iceberg_updated_by_a_subquery set note = upper(note), amount = (select max(amount) from orders)"
        " where id in (select id from customers)",
        amount="orders.amount",
    ),
    *_both(
        "updated_by_case",
        _NEW,
        "update {table} set note = case when amount > 1 then 'much' else note end, amount = amount + id",
        note="{table}.amount",
        amount="{table}.id",
    ),
    *_both(
        "updated_in_a_field",
        "create table {table} (id bigint, s struct<a: bigint, b: string>) using {format}",
        "update {table} set s.a = id where id > 0",
        s="{table}.id",
    ),
    *_both(
        "merged_with_a_cte",
        _NEW,
        "merge into {table} t using (with c as (select id, max(day) as d from orders group by id) select c.id, c.d, x.name"
        " from c join customers x on c.id = x.parent) s on t.id = s.id"
        " when matched and s.d > '2026' then update set t.note = concat(t.note, s.d)"
        " when not matched then insert (id, note) values (s.id, s.name)",
        id="orders.id",
        note="orders.day customers.name",
    ),
    *_both(
        "merged_and_conditional",
        _NEW,
        "merge into {table} t using orders o on t.id = o.customer and o.status = 'paid'"
        " when matched and t.amount < o.amount then update set amount = greatest(t.amount, o.amount)"
        " when matched then update set note = o.day"
        " when not matched by source and t.note is null then delete",
        amount="orders.amount",
        note="orders.day",
    ),
    *_both(
        "merged_into_a_field",
        "create table {table} (id bigint, s struct<a: bigint, b: string>) using {format}",
        "merge into {table} t using orders o on t.id = o.id when matched then update set t.s.b = o.status"
        " when not matched then insert (id, s) values (o.id, named_struct('a', o.customer, 'b', o.day))",
        id="orders.id",
        s="orders.status orders.customer orders.day",
    ),
    *_both(
        "inserted_then_changed",
        _NEW,
        "insert into {table} select id, amount, status from orders",
        "delete from {table} where id = 2",
        "update {table} set note = 'x' where id = 1",
        id="orders.id",
        amount="orders.amount",
        note="orders.status",
    ),
    statements(
        "iceberg_overwritten_partly",
        "create table lake.db.iceberg_overwritten_partly (id bigint, day string) using iceberg partitioned by (day)",
        "insert into lake.db.iceberg_overwritten_partly select id, day from orders",
        "set spark.sql.sources.partitionOverwriteMode = dynamic",
        "insert overwrite lake.db.iceberg_overwritten_partly select id, name from customers",
        "reset spark.sql.sources.partitionOverwriteMode",
        id="orders.id customers.id",
        day="orders.day customers.name",
    ),
    statements(
        "delta_replaced_in_sql",
        "create table delta_replaced_in_sql (id bigint, day string) using delta partitioned by (day)",
        "insert into delta_replaced_in_sql select id, day from orders",
        "insert into delta_replaced_in_sql replace where day = 'x' select id, 'x' from customers",
        id="orders.id customers.id",
        day="orders.day",
    ),
    statements(
        "iceberg_overwritten_by_partition",
        "create table lake.db.iceberg_overwritten_by_partition (id bigint, day string) using iceberg partitioned by (day)",
        "insert into lake.db.iceberg_overwritten_by_partition select id, day from orders",
        "insert overwrite lake.db.iceberg_overwritten_by_partition partition (day = 'x') select id from customers",
        id="orders.id customers.id",
        day="orders.day",
    ),
    statements(
        "delta_merged_with_new_columns",
        "create table delta_merged_with_new_columns (id bigint, note string) using delta",
        "set spark.databricks.delta.schema.autoMerge.enabled = true",
        "merge into delta_merged_with_new_columns t using (select id, day as note, upper(status) as more from orders) s"
        " on t.id = s.id when matched then update set * when not matched then insert *",
        "reset spark.databricks.delta.schema.autoMerge.enabled",
        id="orders.id",
        note="orders.day",
        more="orders.status",
    ),
    Shape(
        lambda spark, output: _generated(spark),
        {"delta_generated": {"id": "orders.id", "day": "orders.day", "month": "orders.day"}},
    ),
    Shape(
        lambda spark, output: _merged_schema(spark, output),
        {"delta_with_a_new_column": {"id": "orders.id customers.id", "region": "customers.region"}},
    ),
    Shape(
        lambda spark, output: _merged_by_a_builder(spark),
        {"delta_merged_by_a_builder": {"id": "orders.id", "note": "orders.status orders.day"}},
    ),
    Shape(
        lambda spark, output: _updated_by_a_builder(spark),
        {"delta_updated_by_a_builder": {"note": "delta_updated_by_a_builder.id"}},
    ),
    Shape(
        lambda spark, output: _times(spark, output),
        {"delta_of_a_version": {"id": "delta_times.id"}, "iceberg_of_a_version": {"id": "iceberg_times.id"}},
    ),
    Shape(
        lambda spark, output: _stream(spark, output),
        {
            "delta_from_a_stream": {"id": "delta_stream_source.id", "s": "delta_stream_source.status"},
            "delta_stream_merged": {"id": "delta_stream_source.id", "note": "delta_stream_source.day"},
        },
    ),
    Shape(
        lambda spark, output: _stream_of_iceberg(spark, output),
        {"iceberg_from_a_stream": {"id": "iceberg_stream_source.id"}},
    ),
    Shape(
        lambda spark, output: (
            spark.table("orders")
            .selectExpr("id", "day")
            .writeTo("lake.db.iceberg_frame")
            .partitionedBy(_column("day"))
            .create(),
            spark.table("customers").selectExpr("id", "name as day").writeTo("lake.db.iceberg_frame").append(),
            spark.table("orders")
            .selectExpr("customer as id", "status as day")
            .writeTo("lake.db.iceberg_frame")
            .overwritePartitions(),
        ),
        {
            "iceberg_frame": {
                "id": "orders.id customers.id orders.customer",
                "day": "orders.day customers.name orders.status",
            }
        },
    ),
]


def _column(name):
    from pyspark.sql import functions as f

    return f.col(name)


def _delta_tables(spark):
    """Delta's API. Its Python package is not installed."""
    return spark._jvm.io.delta.tables.DeltaTable


def _generated(spark):
    tables = _delta_tables(spark)
    month = tables.columnBuilder("month").dataType("STRING").generatedAlwaysAs("substring(day, 1, 7)").build()
    table = tables.create(spark._jsparkSession).tableName("delta_generated")
    table.addColumn("id", "BIGINT").addColumn("day", "STRING").addColumn(month).execute()
    spark.table("orders").select("id", "day").write.format("delta").mode("append").saveAsTable("delta_generated")


def _merged_schema(spark, output):
    place = f"{output}/delta_with_a_new_column"
    spark.table("orders").select("id").write.format("delta").save(place)
    more = spark.table("customers").select("id", "region").write.format("delta").mode("append")
    more.option("mergeSchema", "true").save(place)


def _merged_by_a_builder(spark):
    spark.sql("create table delta_merged_by_a_builder (id bigint, note string) using delta")
    table = _delta_tables(spark).forName(spark._jsparkSession, "delta_merged_by_a_builder").alias("t")
    merge = table.merge(spark.table("orders").alias("o")._jdf, "t.id = o.id")
    merge = merge.whenMatched("o.amount > 1").updateExpr({"note": "o.status"})
    merge.whenNotMatched().insertExpr({"id": "o.id", "note": "concat(o.day, '!')"}).execute()


def _updated_by_a_builder(spark):
    spark.sql("create table delta_updated_by_a_builder (id bigint, note string) using delta")
    table = _delta_tables(spark).forName(spark._jsparkSession, "delta_updated_by_a_builder")
    table.updateExpr("id > 0", {"note": "cast(id as string)"})


def _times(spark, output):
    spark.table("orders").select("id").write.format("delta").saveAsTable("delta_times")
    spark.table("orders").select("id").writeTo("lake.db.iceberg_times").create()
    spark.sql("select id from delta_times version as of 0").write.parquet(f"{output}/delta_of_a_version")
    snapshot = spark.sql("select snapshot_id from lake.db.iceberg_times.snapshots").first()[0]
    rows = spark.sql(f"select id from lake.db.iceberg_times version as of {snapshot}")
    rows.write.parquet(f"{output}/iceberg_of_a_version")


def _stream(spark, output):
    spark.table("orders").write.format("delta").saveAsTable("delta_stream_source")
    stream = spark.readStream.table("delta_stream_source")
    query = stream.selectExpr("id", "upper(status) as s").writeStream.format("delta").trigger(availableNow=True)
    query.option("checkpointLocation", f"{output}/.checkpoints/g").toTable("delta_from_a_stream").awaitTermination()
    spark.sql("create table delta_stream_merged (id bigint, note string) using delta")

    def merge(rows, number):
        rows.createOrReplaceTempView("changes")
        rows.sparkSession.sql(
            "merge into delta_stream_merged t using changes c on t.id = c.id when matched then update set note = c.day"
            " when not matched then insert (id, note) values (c.id, c.day)"
        )

    query = stream.writeStream.foreachBatch(merge).trigger(availableNow=True)
    query.option("checkpointLocation", f"{output}/.checkpoints/h").start().awaitTermination()


def _stream_of_iceberg(spark, output):
    spark.table("orders").select("id").writeTo("lake.db.iceberg_stream_source").create()
    spark.sql("create table lake.db.iceberg_from_a_stream (id bigint) using iceberg")
    stream = spark.readStream.format("iceberg").load("lake.db.iceberg_stream_source")
    query = stream.writeStream.format("iceberg").trigger(availableNow=True)
    query.option("checkpointLocation", f"{output}/.checkpoints/i").toTable(
        "lake.db.iceberg_from_a_stream"
    ).awaitTermination()
