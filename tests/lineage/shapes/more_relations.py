"""Sources in many files or of other kinds, and writes of other kinds."""

from typing import Any

from tests.lineage.shapes.shape import Shape, frame, statements
from tests.lineage.shapes.sources import DAYS


def _files(read: Any) -> Any:
    return lambda spark: read(spark.read, spark.conf.get("spark.lineage.files"))


SHAPES: list[Shape] = [
    frame("text_files", _files(lambda read, files: read.text(f"{files}/lines").toDF("line")), line="lines.value"),
    frame(
        "two_folders",
        _files(lambda read, files: read.option("header", True).csv([f"{files}/lines", f"{files}/more"]).select("id")),
        id="lines.id more.id",
    ),
    frame("json_files", lambda spark: _json_files(spark), id="documents.id", sku="documents.items"),
    frame("orc_files", lambda spark: _orc_files(spark), region="rows.region"),
    frame("view_of_files", lambda spark: _view_of_files(spark), id="days.id", day="days.day"),
    frame("partitioned_table", lambda spark: _partitioned_table(spark), id="by_day.id", day="by_day.day"),
    frame("replaced_view", lambda spark: _replaced_view(spark), x="customers.name"),
    frame("view_over_a_union", lambda spark: _view_over_a_union(spark), x="orders.status customers.region"),
    frame("unpersisted", lambda spark: _unpersisted(spark), id="orders.id", twice="orders.amount"),
    frame(
        "jdbc_subquery",
        lambda spark: (
            _jdbc(spark).option("dbtable", "(select ID, upper(NAME) as N from PEOPLE2) as p").load().toDF("id", "n")
        ),
        id="people2.id",
        n="people2.name",
    ),
    frame(
        "jdbc_partitions",
        lambda spark: (
            _jdbc(spark)
            .options(dbtable="PEOPLE2", partitionColumn="ID", lowerBound=0, upperBound=100, numPartitions=2)
            .load()
            .toDF("id", "name")
        ),
        id="people2.id",
        name="people2.name",
    ),
    Shape(
        lambda spark, output: _to_jdbc(spark),
        {"TO_JDBC": {"id": "orders.id", "state": "orders.status"}},
    ),
    Shape(
        lambda spark, output: spark.table("orders").selectExpr("id", "upper(day) as d").write.orc(f"{output}/as_orc"),
        {"as_orc": {"id": "orders.id", "d": "orders.day"}},
    ),
    Shape(
        lambda spark, output: spark.table("orders").selectExpr("status as value").write.text(f"{output}/as_text"),
        {"as_text": {"value": "orders.status"}},
    ),
    Shape(
        lambda spark, output: (
            spark.table("orders").selectExpr("id as n").write.bucketBy(2, "n").saveAsTable("bucketed")
        ),
        {"bucketed": {"n": "orders.id"}},
    ),
    Shape(
        lambda spark, output: (
            spark.table("orders").selectExpr("id as n").writeTo("written_to").using("parquet").create()
        ),
        {"written_to": {"n": "orders.id"}},
    ),
    Shape(
        lambda spark, output: _insert_into(spark),
        {"inserted_by_a_frame": {"a": "orders.customer", "b": "orders.day"}},
    ),
    statements(
        "inserted_subquery",
        "create table inserted_subquery (a bigint, b string) using parquet",
        "insert into inserted_subquery select (select max(id) from orders), 'x'",
        a="orders.id",
        b="",
    ),
    statements(
        "inserted_table",
        "create table inserted_table (store string, a double, b double, c double) using parquet",
        "insert into inserted_table table quarters",
        store="quarters.store",
        a="quarters.q1",
        b="quarters.q2",
        c="quarters.q3",
    ),
    statements(
        "inserted_from_two",
        "create table inserted_from_two (x string) using parquet",
        "insert into inserted_from_two select status from orders",
        "insert into inserted_from_two select name from customers",
        x="orders.status customers.name",
    ),
    statements(
        "created_with_names",
        "create table created_with_names using parquet partitioned by (d) as select id as n, day as d from orders",
        n="orders.id",
        d="orders.day",
    ),
]


def _json_files(spark):
    files = spark.conf.get("spark.lineage.files")
    spark.table("events").select("id", "items").write.json(f"{files}/documents")
    return spark.read.json(f"{files}/documents").selectExpr("id", "items[0].sku as sku")


def _orc_files(spark):
    files = spark.conf.get("spark.lineage.files")
    spark.table("customers").write.orc(f"{files}/rows")
    return spark.read.format("orc").load(f"{files}/rows").select("region").distinct()


def _view_of_files(spark):
    files = spark.conf.get("spark.lineage.files")
    spark.sql(f"create temporary view day_files using parquet options (path '{files}/{DAYS}')")
    return spark.sql("select id, day from day_files")


def _partitioned_table(spark):
    spark.sql("create table by_day using parquet partitioned by (day) as select id, day from orders")
    return spark.sql("select id, day from by_day where day > '2026'")


def _replaced_view(spark):
    spark.table("orders").selectExpr("status as x").createOrReplaceTempView("changing")
    spark.table("customers").selectExpr("name as x").createOrReplaceTempView("changing")
    return spark.table("changing")


def _view_over_a_union(spark):
    spark.sql("create temporary view both as select status as x from orders union select region from customers")
    return spark.sql("select max(x) as x from both")


def _unpersisted(spark):
    cached = spark.table("orders").selectExpr("id", "amount * 2 as twice").cache()
    cached.count()
    cached.unpersist()
    return cached


def _jdbc(spark):
    """Derby, which Spark ships, with a table `PEOPLE2`."""
    url = "jdbc:derby:memory:more;create=true"
    people = spark.table("customers").selectExpr("id as ID", "name as NAME")
    people.write.mode("overwrite").format("jdbc").options(url=url, dbtable="PEOPLE2").save()
    return spark.read.format("jdbc").options(url=url)


def _to_jdbc(spark):
    rows = spark.table("orders").selectExpr("id", "status as state")
    rows.write.format("jdbc").options(url="jdbc:derby:memory:more;create=true", dbtable="TO_JDBC").save()


def _insert_into(spark):
    spark.sql("create table inserted_by_a_frame (a bigint, b string) using parquet")
    spark.table("orders").select("customer", "day").write.insertInto("inserted_by_a_frame", overwrite=True)
