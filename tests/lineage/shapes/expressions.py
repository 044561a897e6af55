"""Expressions and functions."""

from tests.lineage.shapes.shape import Shape, frame, sql

SHAPES: list[Shape] = [
    sql(
        "constants",
        "select 1 as one, rand() as r, current_date() as today, uuid() as u, id from orders",
        one="",
        r="",
        today="",
        u="",
        id="orders.id",
    ),
    sql(
        "case_expression",
        "select case when amount > 2 then status when day > '2026' then 'new' end as a,"
        " case status when 'paid' then 1 else id end as b from orders",
        a="orders.amount orders.status orders.day",
        b="orders.status orders.id",
    ),
    sql(
        "conditions",
        "select if(amount > 1, id, customer) as a, nullif(status, day) as b, nvl2(day, id, amount) as c,"
        " greatest(id, customer) as d, amount > 2 and status = 'paid' as e, id in (1, 2) as f from orders",
        a="orders.amount orders.id orders.customer",
        b="orders.status orders.day",
        c="orders.day orders.id orders.amount",
        d="orders.id orders.customer",
        e="orders.amount orders.status",
        f="orders.id",
    ),
    sql(
        "renamed_twice",
        "select y as z from (select x + 1 as y from (select id as x from orders))",
        z="orders.id",
    ),
    sql(
        "lateral_alias",
        "select amount * 2 as twice, twice + id as more from orders",
        twice="orders.amount",
        more="orders.amount orders.id",
    ),
    sql(
        "swapped_names",
        "select status as day, day as status from orders",
        day="orders.status",
        status="orders.day",
    ),
    frame("python_function", lambda spark: _python_function(spark), text="orders.id orders.status", id="orders.id"),
    frame(
        "registered_function",
        lambda spark: _registered_function(spark),
        twice="orders.amount",
        day="orders.day",
    ),
    sql("java_function", "select reflect('java.lang.String', 'valueOf', id) as text from orders", text="orders.id"),
    frame("sql_function", lambda spark: _sql_function(spark), "4.0", id="orders.id", twice="orders.amount"),
    frame("session_variable", lambda spark: _session_variable(spark), "4.0", more="orders.amount"),
    frame(
        "columns_in_a_loop",
        lambda spark: _columns_in_a_loop(spark),
        id="orders.id",
        c9="orders.amount orders.id",
    ),
    frame(
        "rows_of_an_rdd",
        lambda spark: spark.table("orders").rdd.map(lambda row: (row.id, row.amount)).toDF(["id", "amount"]),
        # No plan tells what the function does: nothing is expected, and nothing may be told.
        id="",
        amount="",
    ),
    frame(
        "rows_of_an_rdd_joined",
        lambda spark: (
            spark.table("orders")
            .rdd.map(lambda row: (row.id,))
            .toDF(["id"])
            .join(spark.table("customers"), "id", "left")
        ).select("id", "name"),
        id="",
        name="customers.name",
    ),
    frame(
        "local_rows",
        lambda spark: spark.createDataFrame([(10, "x")], "id bigint, tag string").join(spark.table("customers"), "id"),
        id="",
        tag="",
        name="customers.name",
        region="customers.region",
        parent="customers.parent",
    ),
    sql(
        "inline_values",
        "select v.tag, o.id from values ('x', 1) as v (tag, n) join orders o on o.id = v.n",
        tag="",
        id="orders.id",
    ),
    sql(
        "text_functions",
        "select concat_ws('-', status, day) as a, regexp_replace(status, 'p', day) as b, date_add(to_date(day), 1) as c,"
        " cast(amount as int) as d, substr(status, cast(id as int), 2) as e from orders",
        a="orders.status orders.day",
        b="orders.status orders.day",
        c="orders.day",
        d="orders.amount",
        e="orders.status orders.id",
    ),
]


def _python_function(spark):
    from pyspark.sql import functions as f

    joined = f.udf(lambda key, status: f"{key}{status}")
    return spark.table("orders").select(joined("id", "status").alias("text"), "id")


def _registered_function(spark):
    spark.udf.register("doubled", lambda amount: amount * 2, "double")
    return spark.sql("select doubled(amount) as twice, day from orders where doubled(id) > 0")


def _sql_function(spark):
    spark.sql("create temporary function twice(x double) returns double return x * 2")
    return spark.sql("select id, twice(amount) as twice from orders")


def _session_variable(spark):
    spark.sql("declare or replace variable bonus double default 1.5")
    return spark.sql("select amount + bonus as more from orders")


def _columns_in_a_loop(spark):
    frame = spark.table("orders").select("id", "amount").withColumnRenamed("amount", "c0")
    for number in range(9):
        frame = frame.withColumn(f"c{number + 1}", frame[f"c{number}"] + frame["id"]).drop(f"c{number}")
    return frame
