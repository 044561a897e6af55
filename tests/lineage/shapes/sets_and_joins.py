"""Set operations, and joins that merge columns."""

from tests.lineage.shapes.shape import Shape, frame, sql

SHAPES: list[Shape] = [
    sql(
        "union_all",
        "select id, 'order' as kind, status as text from orders union all select id, name, region from customers",
        id="orders.id customers.id",
        kind="customers.name",
        text="orders.status customers.region",
    ),
    sql(
        "union_distinct",
        "select customer as key from orders union select parent from customers",
        key="orders.customer customers.parent",
    ),
    sql(
        "intersect",
        "select customer as key from orders intersect select id from customers",
        key="orders.customer customers.id",
    ),
    sql(
        "except_distinct",
        "select customer as key, day from orders except select id, name from customers",
        key="orders.customer",
        day="orders.day",
    ),
    sql("except_all", "select customer as key from orders except all select id from customers", key="orders.customer"),
    sql(
        "intersect_all",
        "select customer as key from orders intersect all select id from customers",
        key="orders.customer customers.id",
    ),
    sql(
        "nested_sets",
        "select key from (select id as key from orders union all select id from customers"
        " except select parent from customers) where key > 0",
        key="orders.id customers.id",
    ),
    frame(
        "union_by_name",
        lambda spark: (
            spark.table("orders")
            .select("id", "status")
            .unionByName(spark.table("customers").selectExpr("region", "id"), allowMissingColumns=True)
        ),
        id="orders.id customers.id",
        status="orders.status",
        region="customers.region",
    ),
    frame(
        "self_join",
        lambda spark: _self_join(spark),
        id="orders.id",
        earlier="orders.id",
        gap="orders.amount",
    ),
    frame(
        "self_join_of_one_frame",
        lambda spark: _self_join_of_one_frame(spark),
        name="customers.name",
        of="customers.region",
    ),
    sql(
        "inner_join_using",
        "select id, o.amount, c.name from orders o join customers c using (id)",
        id="orders.id",
        amount="orders.amount",
        name="customers.name",
    ),
    sql(
        "left_join_using",
        "select id, c.name from orders o left join customers c using (id)",
        id="orders.id",
        name="customers.name",
    ),
    sql(
        "right_join_using",
        "select id, o.status from orders o right join customers c using (id)",
        id="customers.id",
        status="orders.status",
    ),
    sql(
        "full_join_using",
        "select id, o.status, c.name from orders o full join customers c using (id)",
        id="orders.id customers.id",
        status="orders.status",
        name="customers.name",
    ),
    sql(
        "natural_join",
        "select * from (select id, status from orders) natural join (select id, name from customers)",
        id="orders.id",
        status="orders.status",
        name="customers.name",
    ),
    frame(
        "join_of_frames_by_name",
        lambda spark: (
            spark.table("orders").join(spark.table("customers"), "id", "full").select("id", "amount", "region")
        ),
        id="orders.id customers.id",
        amount="orders.amount",
        region="customers.region",
    ),
    sql(
        "semi_and_anti_join",
        "select o.id, o.day from orders o left semi join customers c on o.customer = c.id"
        " left anti join quarters q on q.store = o.status",
        id="orders.id",
        day="orders.day",
    ),
    sql(
        "cross_join",
        "select o.id * 100 + c.id as key, q.store from orders o cross join customers c cross join quarters q",
        key="orders.id customers.id",
        store="quarters.store",
    ),
    sql(
        "outer_join_coalesce",
        "select coalesce(c.name, o.status, 'none') as who from orders o left join customers c on o.customer = c.id",
        who="customers.name orders.status",
    ),
]


def _self_join(spark):
    from pyspark.sql import functions as f

    orders = spark.table("orders")
    a, b = orders.alias("a"), orders.alias("b")
    both = a.join(b, (f.col("a.customer") == f.col("b.customer")) & (f.col("b.id") < f.col("a.id")), "left")
    return both.select("a.id", f.col("b.id").alias("earlier"), (f.col("a.amount") - f.col("b.amount")).alias("gap"))


def _self_join_of_one_frame(spark):
    people = spark.table("customers")
    parents = people.select(people.id.alias("key"), people.region.alias("of"))
    return people.join(parents, people.parent == parents.key).select("name", "of")
