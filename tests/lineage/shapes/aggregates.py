"""Aggregates, grouping sets, pivots and unpivots."""

from tests.lineage.shapes.shape import Shape, frame, sql

SHAPES: list[Shape] = [
    sql(
        "group_by",
        "select status, count(*) as n, count(day) as days, count(distinct customer) as customers from orders group by status",
        status="orders.status",
        n="",
        days="orders.day",
        customers="orders.customer",
    ),
    sql(
        "group_by_expression",
        "select upper(status) as s, sum(amount) + max(id) as x from orders group by upper(status) having max(day) > ''",
        s="orders.status",
        x="orders.amount orders.id",
    ),
    sql(
        "aggregate_filter",
        "select sum(amount) filter (where status = 'paid') as paid, count(*) filter (where day > '') as n from orders",
        paid="orders.amount",
        n="",
    ),
    sql(
        "aggregate_case",
        "select sum(case when status = 'paid' then amount else 0 end) as paid from orders",
        paid="orders.status orders.amount",
    ),
    sql(
        "max_by",
        "select max_by(status, amount) as status, min_by(id, day) as id from orders",
        status="orders.status orders.amount",
        id="orders.id orders.day",
    ),
    sql(
        "collected_structs",
        "select customer, collect_list(struct(day, amount)) as all from orders group by customer",
        customer="orders.customer",
        all="orders.day orders.amount",
    ),
    sql(
        "percentiles",
        "select percentile(amount, 0.5) as p, percentile_approx(id, 0.5) as a, mode(status) as m from orders",
        p="orders.amount",
        a="orders.id",
        m="orders.status",
    ),
    sql(
        "percentile_within_group",
        "select percentile_cont(0.5) within group (order by amount) as p from orders",
        p="orders.amount",
    ),
    sql(
        "listagg",
        "select listagg(status, ',') within group (order by day) as s from orders",
        "4.0",
        s="orders.status",
    ),
    sql(
        "rollup",
        "select status, day, sum(amount) as total, grouping(day) as g from orders group by rollup (status, day)",
        status="orders.status",
        day="orders.day",
        total="orders.amount",
        g="",
    ),
    sql(
        "cube",
        "select status, customer, max(day) as last, grouping_id() as g from orders group by cube (status, customer)",
        status="orders.status",
        customer="orders.customer",
        last="orders.day",
        g="",
    ),
    sql(
        "grouping_sets",
        "select status, day, count(*) as n, sum(amount) as total from orders group by grouping sets ((status), (day), ())",
        status="orders.status",
        day="orders.day",
        n="",
        total="orders.amount",
    ),
    sql(
        "rollup_of_its_own_key",
        "select status, max(status) as last from orders group by rollup (status)",
        status="orders.status",
        last="orders.status",
    ),
    frame(
        "rollup_of_a_frame",
        lambda spark: (
            spark.table("orders").rollup("status", "day").sum("amount").withColumnRenamed("sum(amount)", "total")
        ),
        status="orders.status",
        day="orders.day",
        total="orders.amount",
    ),
    sql(
        "pivot_of_one",
        "select * from (select customer, status, amount from orders) pivot (sum(amount) for status in ('open', 'paid'))",
        customer="orders.customer",
        open="orders.status orders.amount",
        paid="orders.status orders.amount",
    ),
    sql(
        "pivot_of_two",
        "select * from (select customer, status, amount, day from orders)"
        " pivot (sum(amount) as total, max(day) as last for status in ('open' as o))",
        customer="orders.customer",
        o_total="orders.status orders.amount",
        o_last="orders.status orders.day",
    ),
    frame(
        "pivoted_frame",
        lambda spark: spark.table("orders").groupBy("customer").pivot("status", ["open", "paid"]).sum("amount"),
        customer="orders.customer",
        open="orders.status orders.amount",
        paid="orders.status orders.amount",
    ),
    sql(
        "unpivot",
        "select * from quarters unpivot (value for quarter in (q1, q2, q3))",
        store="quarters.store",
        quarter="",
        value="quarters.q1 quarters.q2 quarters.q3",
    ),
    frame(
        "unpivot_of_a_frame",
        lambda spark: spark.table("quarters").unpivot("store", ["q1", "q2"], "quarter", "value"),
        store="quarters.store",
        quarter="",
        value="quarters.q1 quarters.q2",
    ),
    sql(
        "distinct_rows",
        "select distinct status, customer from orders",
        status="orders.status",
        customer="orders.customer",
    ),
    frame(
        "drop_duplicates",
        lambda spark: spark.table("orders").dropDuplicates(["customer"]).select("id", "status"),
        id="orders.id",
        status="orders.status",
    ),
    frame(
        "described",
        lambda spark: spark.table("orders").groupBy("status").agg({"amount": "avg"}).toDF("s", "mean"),
        s="orders.status",
        mean="orders.amount",
    ),
]
