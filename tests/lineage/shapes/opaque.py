"""Functions that no plan shows: their columns are left out, and columns beside them are not."""

from tests.lineage.shapes.shape import Shape, frame

ORDERS = {name: f"orders.{name}" for name in ("id", "customer", "amount", "day", "status")}

SHAPES: list[Shape] = [
    frame("sampled", lambda spark: spark.table("orders").sample(True, 0.9, 7).dropDuplicates(["day"]), **ORDERS),
    frame("observed_metrics", lambda spark: _observed(spark), id="orders.id", twice="orders.amount"),
    frame(
        "renamed_frame",
        lambda spark: (
            spark.table("orders").toDF("a", "b", "c", "d", "e").withColumnsRenamed({"a": "f", "b": "a"}).drop("c")
        ),
        f="orders.id",
        a="orders.customer",
        d="orders.day",
        e="orders.status",
    ),
    frame(
        "selected_by_pattern",
        lambda spark: spark.table("orders").select(spark.table("orders").colRegex("`(am|da).*`")),
        amount="orders.amount",
        day="orders.day",
    ),
    frame(
        "joined_same_names",
        lambda spark: _joined_same_names(spark),
        id="orders.id",
        other="customers.id",
        both="orders.id customers.id",
    ),
    frame(
        "self_joined_with_aliases",
        lambda spark: _self_joined(spark),
        id="customers.id",
        parent_name="customers.name",
        top="customers.region",
    ),
    frame(
        "union_by_name_of_structs",
        lambda spark: _union_by_name(spark),
        id="orders.id customers.id",
        s="orders.status customers.name",
    ),
    frame("cached_view_joined", lambda spark: _cached_view(spark), total="orders.amount", name="customers.name"),
    frame("with_metadata", lambda spark: _with_metadata(spark), id="orders.id"),
    frame("rolled_by_time", lambda spark: _rolled(spark), start="orders.day", total="orders.amount", n=""),
    frame(
        "melted",
        lambda spark: spark.table("quarters").melt(["store"], ["q1", "q2"], "quarter", "value"),
        store="quarters.store",
        quarter="",
        value="quarters.q1 quarters.q2",
    ),
    frame(
        "summarized",
        lambda spark: spark.table("quarters").summary("min", "max").select("summary", "q1", "q3"),
        summary="",
        q1="quarters.q1",
        q3="quarters.q3",
    ),
    frame(
        "crossed_frames",
        lambda spark: spark.table("orders").select("id").crossJoin(spark.table("quarters").selectExpr("store as s")),
        id="orders.id",
        s="quarters.store",
    ),
    frame(
        "last_rows", lambda spark: spark.table("orders").orderBy("day").offset(1).limit(5).select("id"), id="orders.id"
    ),
    frame("grouped_twice", lambda spark: _grouped_twice(spark), status="orders.status", most="orders.amount"),
    frame(
        "rows_in_pandas", lambda spark: spark.table("orders").select("id").mapInPandas(_same, "id long"), "4.0", id=""
    ),
    frame("rows_in_arrow", lambda spark: spark.table("orders").select("id").mapInArrow(_same, "id long"), "4.0", id=""),
    frame(
        "groups_in_pandas",
        lambda spark: spark.table("orders").groupBy("status").applyInPandas(lambda rows: rows[["id"]], "id long"),
        "4.0",
        id="",
    ),
    frame("two_frames_in_pandas", lambda spark: _cogrouped(spark), "4.0", id="", name="customers.name"),
    frame(
        "pandas_function", lambda spark: _pandas_function(spark), "4.0", x="orders.id orders.customer", m="orders.day"
    ),
    frame("function_of_tables", lambda spark: _function_of_a_table(spark), "4.0", n="orders.id orders.day"),
]


def _same(batches):
    yield from batches


def _observed(spark):
    from pyspark.sql import Observation
    from pyspark.sql import functions as f

    orders = spark.table("orders").observe(Observation("o"), f.max("day").alias("d"))
    return orders.selectExpr("id", "amount * 2 as twice").observe("n", f.count(f.lit(1)).alias("n"))


def _joined_same_names(spark):
    orders, customers = spark.table("orders"), spark.table("customers")
    joined = orders.join(customers, orders["id"] == customers["id"], "full")
    return joined.select(orders["id"], customers["id"].alias("other"), (orders["id"] + customers["id"]).alias("both"))


def _self_joined(spark):
    from pyspark.sql import functions as f

    c = spark.table("customers")
    a, b, top = c.alias("a"), c.alias("b"), c.alias("top")
    joined = a.join(b, f.col("a.parent") == f.col("b.id"), "left").join(
        top, f.col("b.parent") == f.col("top.id"), "left"
    )
    return joined.select("a.id", f.col("b.name").alias("parent_name"), f.col("top.region").alias("top"))


def _union_by_name(spark):
    one = spark.table("orders").selectExpr("named_struct('x', id, 'y', status) as v")
    two = spark.table("customers").selectExpr("named_struct('y', name, 'x', id, 'z', region) as v")
    return one.unionByName(two, allowMissingColumns=True).selectExpr("v.x as id", "v.y as s")


def _cached_view(spark):
    spark.sql("create temporary view to_cache as select customer, sum(amount) as total from orders group by customer")
    spark.sql("cache lazy table to_cache")
    spark.sql("create temporary view cached_too as select total, name from to_cache join customers on customer = id")
    return spark.table("cached_too").hint("merge")


def _with_metadata(spark):
    return spark.table("orders").withMetadata("id", {"comment": "the key"}).select("id").coalesce(1)


def _rolled(spark):
    from pyspark.sql import functions as f

    rows = spark.table("orders").withColumn("at", f.to_timestamp("day")).withWatermark("at", "1 day")
    grouped = rows.groupBy(f.window("at", "2 days", "1 day"), "status").agg(
        f.sum("amount").alias("total"), f.count("*").alias("n")
    )
    return grouped.selectExpr("window.start as start", "total", "n")


def _grouped_twice(spark):
    from pyspark.sql import functions as f

    totals = spark.table("orders").groupBy("status", "day").agg(f.sum("amount").alias("total"))
    return totals.groupBy("status").agg(f.max("total").alias("most"))


def _cogrouped(spark):
    orders, customers = spark.table("orders"), spark.table("customers")
    both = orders.groupBy("customer").cogroup(customers.groupBy("id")).applyInPandas(lambda a, b: a[["id"]], "id long")
    return both.join(customers.select("name"))


def _pandas_function(spark):
    from pyspark.sql import functions as f

    plus = f.pandas_udf(lambda a, b: a + b, "long")
    return spark.table("orders").select(plus("id", "customer").alias("x"), f.upper("day").alias("m"))


def _function_of_a_table(spark):
    from pyspark.sql import functions as f

    class Each:
        def eval(self, row):
            yield (row["id"],)

    spark.udtf.register("each_row", f.udtf(Each, returnType="n long"))
    return spark.sql("select n from each_row(table(select id, day from orders))")
