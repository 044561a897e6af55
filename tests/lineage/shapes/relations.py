"""Views, caches, checkpoints, files and other sources."""

from typing import Any

from tests.lineage.shapes.shape import Shape, frame, sql
from tests.lineage.shapes.sources import DAYS


def _files(read: Any) -> Any:
    """A DataFrame from a reader and the folder of the source files."""
    return lambda spark: read(spark.read, spark.conf.get("spark.lineage.files"))


SHAPES: list[Shape] = [
    frame("temporary_view", lambda spark: _temporary_view(spark), twice="orders.amount", name="customers.name"),
    frame("permanent_view", lambda spark: _permanent_view(spark), total="orders.amount", status="orders.status"),
    frame("global_view", lambda spark: _global_view(spark), s="orders.status"),
    frame("cached_frame", lambda spark: _cached_frame(spark), twice="orders.amount", id="orders.id"),
    frame("cached_table", lambda spark: _cached_table(spark), name="customers.name", up="customers.region"),
    frame("checkpointed", lambda spark: _kept(spark).checkpoint(), id="orders.id", twice="orders.amount"),
    frame("checkpointed_locally", lambda spark: _kept(spark).localCheckpoint(), id="orders.id", twice="orders.amount"),
    frame(
        "checkpointed_lazily",
        lambda spark: _kept(spark).localCheckpoint(eager=False).selectExpr("id + 1 as next", "twice"),
        next="orders.id",
        twice="orders.amount",
    ),
    frame(
        "sorted_and_limited",
        lambda spark: spark.table("orders").sample(0.9).orderBy("amount").limit(2).repartition(1, "day").select("id"),
        id="orders.id",
    ),
    frame(
        "with_a_hint",
        lambda spark: spark.table("orders").hint("broadcast").fillna("none", ["status"]).na.drop(subset=["amount"]),
        id="orders.id",
        customer="orders.customer",
        amount="orders.amount",
        day="orders.day",
        status="orders.status",
    ),
    frame(
        "partitioned_files",
        _files(lambda read, files: read.parquet(f"{files}/{DAYS}")),
        id="days.id",
        amount="days.amount",
        day="days.day",
    ),
    frame(
        "files_of_a_partition",
        _files(
            lambda read, files: read.option("basePath", f"{files}/{DAYS}").parquet(f"{files}/{DAYS}/day=2026-01-01")
        ),
        id="days.id",
        amount="days.amount",
        day="days.day",
    ),
    frame(
        "glob_of_partitions",
        _files(lambda read, files: read.option("basePath", f"{files}/{DAYS}").parquet(f"{files}/{DAYS}/day=*")),
        id="days.id",
        amount="days.amount",
        day="days.day",
    ),
    frame(
        "glob_of_files",
        _files(lambda read, files: read.parquet(f"{files}/{DAYS}/day=2026-01-0[12]/*.parquet")),
        id="days.id",
        amount="days.amount",
    ),
    frame(
        "glob_without_base_path",
        _files(lambda read, files: read.parquet(f"{files}/{DAYS}/day=2026*")),
        id="days.id",
        amount="days.amount",
    ),
    frame(
        "csv_files",
        _files(
            lambda read, files: (
                read.option("header", True).csv(f"{files}/lines").selectExpr("id", "amount * 2 as twice")
            )
        ),
        id="lines.id",
        twice="lines.amount",
    ),
    frame(
        "files_in_sql",
        lambda spark: spark.sql(f"select id, day from parquet.`{spark.conf.get('spark.lineage.files')}/{DAYS}`"),
        id="days.id",
        day="days.day",
    ),
    frame(
        "metadata_of_files",
        _files(
            lambda read, files: read.parquet(f"{files}/{DAYS}").selectExpr(
                "id", "_metadata.file_name as file", "_metadata as m"
            )
        ),
        id="days.id",
        file="",
        m="",
    ),
    frame(
        "name_of_files",
        _files(lambda read, files: read.parquet(f"{files}/{DAYS}").selectExpr("id", "input_file_name() as file")),
        id="days.id",
        file="",
    ),
    frame(
        "jdbc_table",
        lambda spark: _jdbc(spark).option("dbtable", "PEOPLE").load().selectExpr("ID as id", "upper(NAME) as name"),
        id="people.id",
        name="people.name",
    ),
    frame(
        "jdbc_query",
        lambda spark: (
            _jdbc(spark)
            .option("query", "select p.ID, p.NAME as N from PEOPLE p where ID > 0")
            .load()
            .toDF("id", "name")
        ),
        id="people.id",
        name="people.name",
    ),
    sql("table_sample", "select id from orders tablesample (90 percent)", id="orders.id"),
]


def _temporary_view(spark):
    spark.sql("create temporary view doubled_orders as select customer, amount * 2 as twice from orders")
    return spark.sql("select twice, name from doubled_orders join customers on customer = id")


def _permanent_view(spark):
    spark.sql("create view totals as select status as s, sum(amount) as t from orders group by status")
    spark.sql("create view named_totals (status, total) as select * from totals")
    return spark.table("named_totals").select("total", "status")


def _global_view(spark):
    spark.table("orders").selectExpr("status as s").createGlobalTempView("statuses")
    return spark.table("global_temp.statuses")


def _cached_frame(spark):
    cached = spark.table("orders").selectExpr("id", "amount * 2 as twice").cache()
    cached.count()
    return cached.filter("twice > 3").select("twice", "id")


def _cached_table(spark):
    spark.sql("cache table people as select id, name, upper(region) as up from customers")
    return spark.table("people").select("name", "up")


def _kept(spark):
    return spark.table("orders").selectExpr("id", "amount * 2 as twice")


def _jdbc(spark):
    """Derby, which Spark ships, with a table `PEOPLE`."""
    url = "jdbc:derby:memory:lineage;create=true"
    spark.table("customers").selectExpr("id as ID", "name as NAME").write.mode("overwrite").format("jdbc").options(
        url=url, dbtable="PEOPLE"
    ).save()
    return spark.read.format("jdbc").options(url=url)
