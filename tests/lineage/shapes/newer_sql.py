"""Statements of SQL that are rare or new: pipes, scripts, variables, named windows, values and functions in FROM."""

from tests.lineage.shapes.shape import Shape, frame, sql

SHAPES: list[Shape] = [
    sql(
        "named_window",
        "select sum(amount) over w as s, lag(day) over (w) as l, max(status) filter (where id > 1) over w as m"
        " from orders window w as (partition by customer order by id)",
        "4.0",
        s="orders.amount",
        l="orders.day",
        m="orders.status",
    ),
    sql(
        "filtered_by_a_window",
        "select id, amount from (select *, row_number() over (partition by customer order by amount desc) as place"
        " from orders) where place = 1",
        id="orders.id",
        amount="orders.amount",
    ),
    sql(
        "window_of_case",
        "select sum(case when status = 'paid' then amount end) over (order by day) as s,"
        " count(case when customer > 10 then 1 end) over () as n from orders",
        s="orders.status orders.amount",
        n="orders.customer",
    ),
    sql(
        "window_by_an_expression",
        "select max(amount) over (partition by upper(status), customer % 2 order by length(day)) as m from orders",
        m="orders.amount",
    ),
    sql(
        "window_range_of_dates",
        "select sum(amount) over (order by to_date(day) range between interval 1 day preceding and current row) as s from orders",
        "4.0",
        s="orders.amount",
    ),
    sql(
        "window_of_a_subquery",
        "select sum(amount * (select max(id) from customers)) over (order by day) as s from orders",
        s="orders.amount customers.id",
    ),
    sql(
        "pivot_of_expressions",
        "select * from (select customer, status, amount, id from orders)"
        " pivot (sum(amount * 2) as total, max(id) as last for status in ('open', 'paid'))",
        customer="orders.customer",
        open_total="orders.status orders.amount",
        open_last="orders.status orders.id",
        paid_total="orders.status orders.amount",
        paid_last="orders.status orders.id",
    ),
    sql(
        "unpivot_with_nulls",
        "select store, name, value from quarters unpivot include nulls (value for name in (q1 as `first`, q3))",
        store="quarters.store",
        name="",
        value="quarters.q1 quarters.q3",
    ),
    sql(
        "two_generators",
        "select id, t, sku, qty from events lateral view outer explode(tags) a as t"
        " lateral view outer inline(items) b as sku, qty",
        id="events.id",
        t="events.tags",
        sku="events.items",
        qty="events.items",
    ),
    sql(
        "generator_of_a_generator",
        "select w from events lateral view explode(tags) a as t lateral view explode(split(concat(t, json), ' ')) b as w",
        w="events.tags events.json",
    ),
    sql(
        "natural_full_join",
        "select * from (select id, status from orders) natural full outer join (select id, name from customers)",
        id="orders.id customers.id",
        status="orders.status",
        name="customers.name",
    ),
    sql(
        "using_two_keys_three_tables",
        "select id, name, a.status, c.region from (select id, status, day as name from orders) a"
        " full join (select id, name from customers) b using (id, name) left join customers c using (id, name)",
        id="orders.id customers.id",
        name="orders.day customers.name",
        status="orders.status",
        region="customers.region",
    ),
    sql(
        "using_with_qualified_keys",
        "select o.id as oid, c.id as cid, id from orders o full join customers c using (id)",
        oid="orders.id",
        cid="customers.id",
        id="orders.id customers.id",
    ),
    sql(
        "exists_as_value",
        "select id, exists (select 1 from customers c where c.id = o.customer) as e,"
        " not exists (select name from customers) as n from orders o",
        id="orders.id",
        e="",
        n="",
    ),
    sql(
        "subquery_of_two_tables",
        "select id + (select max(c.id + e.id) from customers c join events e on c.parent = e.id) as x from orders",
        x="orders.id customers.id events.id",
    ),
    sql(
        "subquery_with_outer_values",
        "select (select max(c.name) from customers c where c.id = o.customer) || o.status as x from orders o",
        x="customers.name orders.status",
    ),
    sql(
        "in_of_a_pair_as_value",
        "select (id, customer) in (select parent, id from customers) as x from orders",
        x="orders.id orders.customer customers.parent customers.id",
    ),
    sql(
        "aggregate_of_window_of_aggregate",
        "select max(r) as m from (select sum(sum(amount)) over (partition by day order by status) as r from orders"
        " group by day, status)",
        m="orders.amount",
    ),
    sql(
        "having_and_aliases",
        "select day as d, count(status) as c from orders group by d having c > 0",
        d="orders.day",
        c="orders.status",
    ),
    sql(
        "group_by_a_literal_and_all",
        "select 'x' as x, customer as c, sum(amount) / count(*) as mean from orders group by all",
        x="",
        c="orders.customer",
        mean="orders.amount",
    ),
    sql(
        "grouping_functions",
        "select status, day, grouping(status) as g, grouping_id(status, day) as i, sum(amount) as s,"
        " case when grouping(status) = 1 then 'all' else status end as label from orders group by cube (status, day)",
        status="orders.status",
        day="orders.day",
        g="",
        i="",
        s="orders.amount",
        label="orders.status",
    ),
    sql(
        "grouping_sets_of_sums",
        "select customer, sum(customer) as s, count(distinct customer) as n from orders group by grouping sets ((customer), ())",
        customer="orders.customer",
        s="orders.customer",
        n="orders.customer",
    ),
    sql(
        "names_with_dots",
        "select `a.b`, `größe`, `a b` from (select id as `a.b`, amount as `größe`, status as `a b` from orders)",
        **{"a.b": "orders.id", "größe": "orders.amount", "a b": "orders.status"},
    ),
    sql("names_in_capitals", "select ID as X, Orders.AMOUNT from ORDERS", x="orders.id", amount="orders.amount"),
    sql(
        "values_with_names",
        "select v.a, o.day from values (1, current_date()), (2, current_date()) as v (a, b) join orders o on o.id = v.a",
        a="",
        day="orders.day",
    ),
    sql(
        "coalesced_with_values",
        "select coalesce(o.day, cast(v.d as string)) as d from orders o left join"
        " (values (1, current_date())) as v (id, d) on o.id = v.id",
        d="orders.day",
    ),
    sql("set_of_values", "select id from orders union select * from values (7L), (8L)", id="orders.id"),
    sql(
        "chain_of_sets",
        "(select id, day from orders except all select id, name from customers) union"
        " (select parent, name from customers minus select id, day from orders) intersect select id, status from orders",
        id="orders.id customers.parent",
        day="orders.day customers.name orders.status",
    ),
    sql(
        "with_in_a_with_of_the_same_name",
        "with c as (select id as x from orders), d as (with c as (select name as x from customers) select x from c)"
        " select c.x as a, d.x as b from c, d",
        "4.0",
        a="orders.id",
        b="customers.name",
    ),
    sql(
        "transform_in_sql",
        "select transform(id, status) using 'cat' as (a string, b string) from orders",
        a="",
        b="",
    ),
    sql(
        "lateral_alias_of_an_aggregate",
        "select status, sum(amount) as total, total * 2 as twice, max(id) + total as t from orders group by status",
        status="orders.status",
        total="orders.amount",
        twice="orders.amount",
        t="orders.id orders.amount",
    ),
    sql(
        "named_arguments",
        "select mask(status, lowerChar => 'q') as m, o.id from orders o",
        m="orders.status",
        id="orders.id",
    ),
    sql("identifier_clause", "select identifier('o.' || 'day') as d from identifier('orders') as o", d="orders.day"),
    sql(
        "pipe_of_everything",
        "from orders |> where amount > 0 |> extend amount * 2 as twice |> set status = upper(day) |> drop day"
        " |> as o |> join customers c on o.customer = c.id |> select o.id, twice, status, c.name",
        "4.0",
        id="orders.id",
        twice="orders.amount",
        status="orders.day",
        name="customers.name",
    ),
    sql(
        "pipe_of_aggregates",
        "table orders |> aggregate sum(amount) as total, count(*) as n group by status, upper(day) as d"
        " |> extend rank() over (order by total) as place",
        "4.0",
        status="orders.status",
        d="orders.day",
        total="orders.amount",
        n="",
        place="",
    ),
    sql(
        "pipe_of_sets",
        "from orders |> select id, status |> union all select parent, region from customers |> order by id |> limit 10"
        " |> except select id, name from customers",
        "4.0",
        id="orders.id customers.parent",
        status="orders.status customers.region",
    ),
    sql(
        "pipe_of_a_pivot",
        "from orders |> select customer, status, amount |> pivot (sum(amount) for status in ('open' as o, 'paid' as p))",
        "4.0",
        customer="orders.customer",
        o="orders.status orders.amount",
        p="orders.status orders.amount",
    ),
    sql(
        "string_aggregates",
        "select string_agg(distinct status, ',') as s, listagg(day) within group (order by id desc) as d,"
        " mode() within group (order by customer) as m, percentile_disc(0.5) within group (order by amount) as p from orders",
        "4.0",
        s="orders.status",
        d="orders.day",
        m="orders.customer",
        p="orders.amount",
    ),
    sql(
        "recursion_over_a_join",
        "with recursive up(id, name, top, depth) as (select id, name, region, 0 from customers where parent is null"
        " union all select c.id, c.name, concat(up.top, c.name), depth + 1 from customers c join up on c.parent = up.id"
        " where depth < 3) select id, name, top, depth from up",
        "4.1",
        id="customers.id",
        name="customers.name",
        top="customers.region customers.name",
        depth="",
    ),
    frame(
        "executed_with_variables", lambda spark: _executed_with_variables(spark), "4.0", x="orders.id", d="orders.day"
    ),
    frame(
        "functions_of_functions",
        lambda spark: _functions_of_functions(spark),
        "4.0",
        y="orders.amount customers.id",
        id="orders.id",
    ),
    frame(
        "table_function_of_rows",
        lambda spark: _table_function_of_rows(spark),
        "4.0",
        id="orders.id",
        n="customers.name",
    ),
    frame("named_parameters", lambda spark: _parameters(spark), x="orders.id", d="orders.day"),
    frame(
        "parameter_of_a_frame",
        lambda spark: spark.sql(
            "select id, upper(status) as s from {o} where id > {least}", o=spark.table("orders"), least=0
        ),
        id="orders.id",
        s="orders.status",
    ),
    frame("views_on_views", lambda spark: _views_on_views(spark), a="orders.amount orders.id", b="customers.name"),
    frame("view_of_a_view_replaced", lambda spark: _view_of_a_view_replaced(spark), x="orders.status"),
    Shape(
        lambda spark, output: _script(spark),
        {"written_by_a_block": {"id": "orders.id", "s": "orders.status orders.day"}},
        since="4.0",
    ),
    Shape(
        lambda spark, output: _script_of_a_loop(spark),
        {"written_by_a_loop": {"id": "orders.id", "name": "customers.name"}},
        since="4.0",
    ),
]


def _executed_with_variables(spark):
    spark.sql("declare or replace variable least int default 0")
    spark.sql(
        "declare or replace variable text string default 'select id + ? as x, day as d from orders where id > least'"
    )
    return spark.sql("execute immediate text using 3")


def _functions_of_functions(spark):
    spark.sql("create temporary function top_id() returns bigint return select max(id) from customers")
    spark.sql("create temporary function plus_top(x double) returns double return x + top_id()")
    return spark.sql("select id, plus_top(amount) as y from orders")


def _table_function_of_rows(spark):
    spark.sql(
        "create temporary function names_of(c bigint) returns table (n string)"
        " return select name from customers where id = c"
    )
    return spark.sql("select o.id, n from orders o left join lateral names_of(o.customer)")


def _parameters(spark):
    return spark.sql("select id * ? as x, day as d from orders where amount > ?", args=[2, 0.5])


def _views_on_views(spark):
    spark.sql("create temporary view v_one as select id, amount + id as a, customer from orders")
    spark.sql("create temporary view v_two (a, c) as select a, customer from v_one where id > 0")
    spark.sql("create temporary view v_three as select v_two.a, name as b from v_two join customers on c = id")
    return spark.sql("select a, upper(b) as b from v_three")


def _view_of_a_view_replaced(spark):
    spark.table("orders").selectExpr("status as x").createOrReplaceTempView("v_first")
    kept = spark.table("v_first")
    spark.table("customers").selectExpr("name as x").createOrReplaceTempView("v_first")
    return kept


def _script(spark):
    spark.sql("create table written_by_a_block (id bigint, s string) using parquet")
    spark.sql(
        "begin declare least int default 0; declare n bigint;"
        " set n = (select count(*) from orders);"
        " if n > least then insert into written_by_a_block select id, status from orders where id > least;"
        " else insert into written_by_a_block select parent, name from customers; end if;"
        " insert into written_by_a_block select id, concat(day, n) from orders; end"
    )


def _script_of_a_loop(spark):
    spark.sql("create table written_by_a_loop (id bigint, name string) using parquet")
    spark.sql(
        "begin for r as (select id from customers) do"
        " insert into written_by_a_loop select o.id, c.name from orders o join customers c on c.id = o.customer"
        " where c.id = r.id; end for; end"
    )
