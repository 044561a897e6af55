"""Functions whose arguments are of different kinds, time windows, and generators that are rare."""

from tests.lineage.shapes.shape import Shape, frame, sql

SHAPES: list[Shape] = [
    sql(
        "more_aggregates",
        "select count_if(status = 'paid') as a, any_value(day) as b, approx_count_distinct(customer) as c,"
        " sum(distinct amount) as d, bool_or(amount > 2) as e, corr(amount, id) as f,"
        " array_agg(distinct status) as g from orders",
        a="orders.status",
        b="orders.day",
        c="orders.customer",
        d="orders.amount",
        e="orders.amount",
        f="orders.amount orders.id",
        g="orders.status",
    ),
    sql(
        "group_by_all",
        "select status, upper(day) as d, max(id) as m from orders group by all",
        status="orders.status",
        d="orders.day",
        m="orders.id",
    ),
    sql(
        "group_by_position",
        "select concat(status, day) as k, min(id) as m from orders group by 1",
        k="orders.status orders.day",
        m="orders.id",
    ),
    sql(
        "two_distincts",
        "select status, count(distinct customer) as c, count(distinct day, id) as d from orders group by status",
        status="orders.status",
        c="orders.customer",
        d="orders.day orders.id",
    ),
    sql(
        "window_ignore_nulls",
        "select lag(status) ignore nulls over (order by day) as s,"
        " sum(amount) over (order by id range between 1 preceding and 1 following) as r from orders",
        s="orders.status",
        r="orders.amount",
    ),
    sql(
        "window_default_of_a_column",
        "select lag(status, 1, day) over (order by id) as s from orders",
        s="orders.status orders.day",
    ),
    sql(
        "window_of_a_window",
        "select max(n) over (order by id) as m, n from (select id, count(day) over (partition by status) as n from orders)",
        m="orders.day",
        n="orders.day",
    ),
    sql(
        "hashes",
        "select hash(status, day) as h, md5(status) as m, typeof(amount) as t, monotonically_increasing_id() as i from orders",
        h="orders.status orders.day",
        m="orders.status",
        t="orders.amount",
        i="",
    ),
    sql(
        "predicates",
        "select day between '2026' and status as a, status like 'p%' as b, amount is null as c, not (id > 1) as d,"
        " decode(status, 'paid', id, customer) as e, try_divide(amount, id) as f from orders",
        a="orders.day orders.status",
        b="orders.status",
        c="orders.amount",
        d="orders.id",
        e="orders.status orders.id orders.customer",
        f="orders.amount orders.id",
    ),
    sql(
        "maps",
        "select map_keys(attrs) as a, transform_values(attrs, (k, v) -> concat(v, json)) as b,"
        " exists(tags, t -> t = json) as c, flatten(array(tags, items.sku)) as d, array_sort(tags) as e,"
        " map_from_arrays(tags, items.sku) as f from events",
        a="events.attrs",
        b="events.attrs events.json",
        c="events.tags events.json",
        d="events.tags events.items",
        e="events.tags",
        f="events.tags events.items",
    ),
    sql(
        "explode_of_a_transform",
        "select explode(transform(tags, t -> concat(t, json))) as x from events",
        x="events.tags events.json",
    ),
    sql(
        "outer_positions",
        "select id, p, item.sku from events lateral view outer posexplode_outer(items) t as p, item",
        id="events.id",
        p="events.items",
        sku="events.items",
    ),
    sql(
        "inline_outer",
        "select e.id, t.qty from events e lateral view inline_outer(e.items) t",
        id="events.id",
        qty="events.items",
    ),
    sql(
        "explode_of_entries",
        "select e.key as k, e.value as v from (select explode(map_entries(attrs)) as e from events)",
        k="events.attrs",
        v="events.attrs",
    ),
    sql("generator_in_from", "select col from explode(array(1, 2)) join orders on id = col", col=""),
    sql(
        "lateral_view_of_a_subquery",
        "select t.x, s.day from (select day, array(id, customer) as a from orders) s lateral view explode(s.a) t as x",
        x="orders.id orders.customer",
        day="orders.day",
    ),
    sql(
        "stack_of_one_row",
        "select stack(1, id, status, amount) as (a, b, c) from orders",
        a="orders.id",
        b="orders.status",
        c="orders.amount",
    ),
    sql("variant", "select variant_get(parse_json(json), '$.a', 'string') as a from events", "4.0", a="events.json"),
    sql(
        "variant_explode",
        "select e.id, v.key, v.value::string as value from events e, lateral variant_explode(parse_json(e.json)) v",
        "4.0",
        id="events.id",
        key="events.json",
        value="events.json",
    ),
    sql(
        "unpivot_of_pairs",
        "select * from quarters unpivot ((a, b) for pair in ((q1, q2) as x, (q2, q3) as y))",
        store="quarters.store",
        pair="",
        a="quarters.q1 quarters.q2",
        b="quarters.q2 quarters.q3",
    ),
    sql(
        "pivot_on_two_columns",
        "select * from (select customer, status, day, amount from orders)"
        " pivot (sum(amount) for (status, day) in (('open', '2026-01-01') as first))",
        customer="orders.customer",
        first="orders.status orders.day orders.amount",
    ),
    sql(
        "grouping_sets_of_expressions",
        "select upper(status) as s, day, sum(amount) as t from orders"
        " group by grouping sets ((upper(status), day), (day))",
        s="orders.status",
        day="orders.day",
        t="orders.amount",
    ),
    frame("table_function", lambda spark: _table_function(spark), "4.0", id="orders.id", twice="orders.amount"),
    frame("script", lambda spark: _script(spark), "4.0", id="orders.id", s="orders.status"),
]


def _table_function(spark):
    spark.sql("create temporary function doubled_of(x double) returns table (twice double) return select x * 2")
    return spark.sql("select o.id, t.twice from orders o, lateral doubled_of(o.amount) t")


def _script(spark):
    return spark.sql("execute immediate 'select id, upper(status) as s from orders where amount > ?' using 1")
