"""Subqueries in expressions, LATERAL, and common table expressions."""

from tests.lineage.shapes.shape import Shape, frame, sql

SHAPES: list[Shape] = [
    sql(
        "scalar_subquery",
        "select id, amount - (select max(parent) from customers) as diff from orders",
        id="orders.id",
        diff="orders.amount customers.parent",
    ),
    sql(
        "correlated_subquery",
        "select o.id, (select max(c.name) from customers c where c.id = o.customer) as name from orders o",
        id="orders.id",
        name="customers.name",
    ),
    sql(
        "subquery_of_its_own_table",
        "select id, amount - (select avg(amount) from orders) as diff from orders",
        id="orders.id",
        diff="orders.amount",
    ),
    sql(
        "subquery_in_a_subquery",
        "select (select max(amount) + (select min(parent) from customers) from orders) as both, store from quarters",
        both="orders.amount customers.parent",
        store="quarters.store",
    ),
    sql(
        "subquery_in_coalesce",
        "select coalesce(name, (select max(status) from orders)) as name from customers",
        name="customers.name orders.status",
    ),
    sql(
        "subquery_over_aggregate",
        "select status, sum(amount) / (select sum(q1) from quarters) as share from orders group by status",
        status="orders.status",
        share="orders.amount quarters.q1",
    ),
    sql(
        "subquery_over_join",
        "select (select max(o.amount) from orders o join customers c on o.customer = c.id where c.region = 'north') as top,"
        " store from quarters",
        top="orders.amount",
        store="quarters.store",
    ),
    sql(
        "count_in_subquery",
        "select name, (select count(*) from orders o where o.customer = c.id) as orders from customers c",
        name="customers.name",
        orders="",
    ),
    sql(
        "in_subquery_in_case",
        "select case when customer in (select id from customers) then status else 'none' end as kind from orders",
        kind="orders.customer customers.id orders.status",
    ),
    sql(
        "in_subquery_as_value",
        "select id, customer in (select parent from customers) as is_parent from orders",
        id="orders.id",
        is_parent="orders.customer customers.parent",
    ),
    sql(
        "exists_in_case",
        "select case when exists (select 1 from customers c where c.id = o.customer) then status end as known from orders o",
        known="orders.status",
    ),
    sql("in_subquery_in_where", "select id from orders where customer in (select id from customers)", id="orders.id"),
    sql(
        "not_exists_in_where",
        "select id from orders o where not exists (select 1 from customers c where c.id = o.customer)",
        id="orders.id",
    ),
    sql(
        "subquery_in_having",
        "select status, max(day) as last from orders group by status"
        " having sum(amount) > (select avg(q1) from quarters)",
        status="orders.status",
        last="orders.day",
    ),
    sql(
        "lateral_subquery",
        "select o.id, l.name from orders o, lateral (select c.name from customers c where c.id = o.customer) l",
        id="orders.id",
        name="customers.name",
    ),
    sql(
        "lateral_of_outer_columns",
        "select o.id, l.twice from orders o, lateral (select o.amount * 2 as twice) l",
        id="orders.id",
        twice="orders.amount",
    ),
    sql(
        "lateral_chain",
        "select b.sum from orders o, lateral (select o.amount + 1 as more) a, lateral (select a.more + o.id as sum) b",
        sum="orders.amount orders.id",
    ),
    sql(
        "lateral_left_join",
        "select o.id, l.region, l.parent + o.amount as total from orders o left join lateral"
        " (select max(c.region) as region, max(c.parent) as parent from customers c where c.id = o.customer) l",
        id="orders.id",
        region="customers.region",
        total="customers.parent orders.amount",
    ),
    frame(
        "lateral_join",
        lambda spark: _lateral_join(spark),
        "4.0",
        id="orders.id",
        name="customers.name",
    ),
    sql(
        "cte_once",
        "with big as (select id, amount * 2 as twice from orders) select twice, id from big where twice > 3",
        twice="orders.amount",
        id="orders.id",
    ),
    sql(
        "cte_used_twice",
        "with o as (select id, customer, amount from orders) select a.id, b.amount from o a join o b on a.id = b.customer",
        id="orders.id",
        amount="orders.amount",
    ),
    sql(
        "cte_in_a_cte",
        "with a as (with b as (select name as n from customers) select upper(n) as n from b) select n from a",
        n="customers.name",
    ),
    sql(
        "cte_in_a_subquery",
        "with top as (select max(amount) as amount from orders) select name, (select amount from top) as top from customers",
        name="customers.name",
        top="orders.amount",
    ),
    sql(
        "recursive_cte",
        "with recursive r (id, amount) as (select id, amount from orders union all select id + 1, amount from r"
        " where id < 5) select id, amount from r",
        "4.1",
        id="orders.id",
        amount="orders.amount",
    ),
    sql(
        "recursive_cte_that_adds",
        "with recursive r (id, path) as (select id, name from customers where parent is null union all"
        " select c.id, concat(r.path, c.region) from r join customers c on c.parent = r.id) select id, path from r",
        "4.1",
        id="customers.id",
        path="customers.name customers.region",
    ),
]


def _lateral_join(spark):
    from pyspark.sql import functions as f

    names = spark.table("customers").where(f.col("id") == f.col("o.customer").outer()).select("name")
    return spark.table("orders").alias("o").lateralJoin(names).select("o.id", "name")
