"""Methods of DataFrames."""

from tests.lineage.shapes.shape import Shape, frame

ORDERS = {name: f"orders.{name}" for name in ("id", "customer", "amount", "day", "status")}

SHAPES: list[Shape] = [
    frame(
        "with_columns",
        lambda spark: (
            spark.table("orders").selectExpr("*", "amount * 2 as twice").withColumn("id", _column("twice + id"))
        ),
        **{**ORDERS, "id": "orders.amount orders.id", "twice": "orders.amount"},
    ),
    frame(
        "replaced_values",
        lambda spark: spark.table("orders").replace("paid", "done", "status").fillna(0.0).dropna(),
        **ORDERS,
    ),
    frame("observed", lambda spark: spark.table("orders").observe("n", _column("count(1) as n")), **ORDERS),
    frame(
        "in_ranges",
        lambda spark: (
            spark.table("orders")
            .repartitionByRange(1, "amount")
            .sortWithinPartitions("day")
            .offset(1)
            .select("id", "day")
        ),
        id="orders.id",
        day="orders.day",
    ),
    frame(
        "union_of_one_frame",
        lambda spark: _union_of_one_frame(spark),
        id="orders.id orders.customer",
        status="orders.status orders.day",
    ),
    frame(
        "subtracted",
        lambda spark: spark.table("orders").select("customer").subtract(spark.table("customers").select("id")),
        customer="orders.customer",
    ),
    frame(
        "excepted_all",
        lambda spark: spark.table("orders").select("customer").exceptAll(spark.table("customers").select("id")),
        customer="orders.customer",
    ),
    frame(
        "intersected_all",
        lambda spark: spark.table("orders").select("customer").intersectAll(spark.table("customers").select("id")),
        customer="orders.customer customers.id",
    ),
    frame(
        "joined_on_two_names",
        lambda spark: _joined_on_two_names(spark),
        id="orders.id",
        name="orders.status",
        region="customers.region",
    ),
    frame(
        "right_joined",
        lambda spark: (
            spark.table("orders").join(spark.table("customers"), ["id"], "right").select("id", "amount", "name")
        ),
        id="customers.id",
        amount="orders.amount",
        name="customers.name",
    ),
    frame(
        "pivot_without_values",
        lambda spark: spark.table("orders").groupBy("customer").pivot("status").sum("amount"),
        customer="orders.customer",
        open="orders.status orders.amount",
        paid="orders.status orders.amount",
    ),
    frame(
        "cube_of_a_frame",
        lambda spark: (
            spark.table("orders").cube("status").agg(_column("max(status) as last"), _column("avg(id) as mean"))
        ),
        status="orders.status",
        last="orders.status",
        mean="orders.id",
    ),
    frame(
        "cached_and_joined_with_itself",
        lambda spark: _cached_and_joined_with_itself(spark),
        left_id="orders.id",
        amount="orders.amount",
    ),
    frame(
        "checkpointed_and_joined",
        lambda spark: _checkpointed_and_joined(spark),
        twice="orders.amount",
        name="customers.name",
        id="orders.id",
    ),
    frame(
        "collected_and_created",
        lambda spark: spark.createDataFrame(spark.table("orders").select("id").collect(), "id bigint").join(
            spark.table("orders").select("id", "day"), "id"
        ),
        id="",
        day="orders.day",
    ),
    frame(
        "with_parameters",
        lambda spark: spark.sql(
            "select id * :factor as more from orders where amount > :least", {"factor": 3, "least": 1}
        ),
        more="orders.id",
    ),
    frame(
        "time_window",
        lambda spark: spark.sql(
            "select window(to_timestamp(day), '1 day').start as start, sum(amount) as total from orders"
            " group by window(to_timestamp(day), '1 day')"
        ),
        start="orders.day",
        total="orders.amount",
    ),
    frame(
        "session_window",
        lambda spark: spark.sql(
            "select session_window(to_timestamp(day), '2 days').end as end, count(*) as n from orders"
            " group by session_window(to_timestamp(day), '2 days')"
        ),
        end="orders.day",
        n="",
    ),
    frame("reflected_rows", lambda spark: spark.range(3).selectExpr("id", "spark_partition_id() as p"), id="", p=""),
]


def _column(expression):
    from pyspark.sql import functions as f

    return f.expr(expression)


def _union_of_one_frame(spark):
    orders = spark.table("orders")
    return (
        orders.select("id", "status").union(orders.selectExpr("customer", "day")).union(orders.select("id", "status"))
    )


def _joined_on_two_names(spark):
    orders = spark.table("orders").selectExpr("id", "status as name")
    return orders.join(spark.table("customers").select("id", "name", "region"), ["id", "name"], "left")


def _cached_and_joined_with_itself(spark):
    orders = spark.table("orders").select("id", "customer", "amount").persist()
    orders.count()
    joined = orders.alias("a").join(orders.alias("b"), _column("a.id = b.customer"), "left")
    return joined.selectExpr("a.id as left_id", "b.amount")


def _checkpointed_and_joined(spark):
    doubled = spark.table("orders").selectExpr("id", "customer", "amount * 2 as twice").localCheckpoint()
    people = spark.table("customers").selectExpr("id as customer", "name").localCheckpoint()
    return doubled.join(people, "customer", "left").select("twice", "name", "id")
