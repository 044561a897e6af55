"""Subqueries and common table expressions in places where they are rare."""

from tests.lineage.shapes.shape import Shape, frame, sql

SHAPES: list[Shape] = [
    sql(
        "pair_in_subquery",
        "select (customer, id) in (select id, parent from customers) as known from orders",
        known="orders.customer orders.id customers.id customers.parent",
    ),
    sql(
        "not_in_as_value",
        "select id, customer not in (select id from customers where region = 'north') as other from orders",
        id="orders.id",
        other="orders.customer customers.id",
    ),
    sql(
        "subquery_in_a_struct",
        "select named_struct('top', (select max(q1) from quarters), 'id', id) as s from orders",
        s="quarters.q1 orders.id",
    ),
    sql(
        "subquery_in_a_generator",
        "select id, explode(array(amount, (select max(q1) from quarters))) as x from orders",
        id="orders.id",
        x="orders.amount quarters.q1",
    ),
    sql(
        "subquery_in_an_aggregate_argument",
        "select status, sum(amount + top) as s from (select status, amount, (select max(q2) from quarters) as top from orders)"
        " group by status",
        status="orders.status",
        s="orders.amount quarters.q2",
    ),
    sql(
        "subquery_in_a_window_argument",
        "select max(x) over (partition by status) as m from (select status, (select min(q3) from quarters) as x from orders)",
        m="quarters.q3",
    ),
    sql(
        "subquery_of_a_union",
        "select name, (select max(x) from (select amount as x from orders union all select q1 from quarters)) as top"
        " from customers",
        name="customers.name",
        top="orders.amount quarters.q1",
    ),
    sql(
        "subquery_of_a_cte_in_case",
        "with top as (select max(amount) as m from orders) select case when id > 10 then (select m from top) else parent end"
        " as x from customers",
        x="customers.id orders.amount customers.parent",
    ),
    sql(
        "correlated_count",
        "select name, (select count(o.day) from orders o where o.customer = c.id and o.amount > c.parent) as n from customers c",
        name="customers.name",
        n="orders.day",
    ),
    sql(
        "exists_or_filter",
        "select o.id from orders o where o.amount > 6 or exists (select 1 from customers c where c.id = o.customer)",
        id="orders.id",
    ),
    sql(
        "subquery_in_order_by",
        "select id from orders order by (select max(id) from customers) - amount",
        id="orders.id",
    ),
    sql(
        "lateral_of_a_union",
        "select o.id, l.x from orders o, lateral (select o.status as x union all select c.name from customers c) l",
        id="orders.id",
        x="orders.status customers.name",
    ),
    sql(
        "lateral_with_an_aggregate",
        "select c.name, l.total from customers c,"
        " lateral (select sum(o.amount) as total from orders o where o.customer = c.id) l",
        name="customers.name",
        total="orders.amount",
    ),
    sql(
        "lateral_under_a_cte",
        "with d as (select o.id, l.n from orders o, lateral (select upper(o.status) as n) l) select n, id from d",
        n="orders.status",
        id="orders.id",
    ),
    sql(
        "cte_with_column_names",
        "with c (a, b) as (select id, status from orders) select b as a, a as b from c",
        a="orders.status",
        b="orders.id",
    ),
    sql(
        "cte_that_hides_a_table",
        "with customers as (select status as name from orders) select name from customers",
        name="orders.status",
    ),
    sql(
        "cte_of_another_cte_twice",
        "with a as (select id, amount from orders), b as (select id + 1 as id, amount from a)"
        " select a.id as x, b.id as y, a.amount + b.amount as z from a join b on a.id = b.id",
        x="orders.id",
        y="orders.id",
        z="orders.amount",
    ),
    sql(
        "recursive_cte_of_literals",
        "with recursive n (k) as (select 1 union all select k + 1 from n where k < 3)"
        " select n.k, o.status from n join orders o on o.id = n.k",
        "4.1",
        k="",
        status="orders.status",
    ),
    frame(
        "subquery_of_a_frame",
        lambda spark: _subquery_of_a_frame(spark),
        "4.0",
        id="orders.id",
        diff="orders.amount quarters.q1",
    ),
    frame("exists_of_a_frame", lambda spark: _exists_of_a_frame(spark), "4.0", status="orders.status"),
    sql(
        "pipes",
        "from orders |> where amount > 1 |> extend amount * 2 as twice |> aggregate max(twice) as top group by status",
        "4.0",
        status="orders.status",
        top="orders.amount",
    ),
    sql(
        "star_except",
        "select * except (customer, day, status) from orders",
        "4.0",
        id="orders.id",
        amount="orders.amount",
    ),
]


def _subquery_of_a_frame(spark):
    from pyspark.sql import functions as f

    top = spark.table("quarters").select(f.max("q1")).scalar()
    return spark.table("orders").select("id", (f.col("amount") - top).alias("diff"))


def _exists_of_a_frame(spark):
    from pyspark.sql import functions as f

    known = spark.table("customers").where(f.col("id") == f.col("o.customer").outer()).exists()
    return spark.table("orders").alias("o").where(known).select("status")
