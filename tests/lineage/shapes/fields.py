"""Structs, arrays of structs and maps that a query makes: a field depends on its own value only."""

from tests.lineage.shapes.shape import Shape, frame, sql

SHAPES: list[Shape] = [
    sql(
        "field_of_a_union",
        "select s.a as a, s.b as b, s from (select struct(id as a, status as b) as s from orders"
        " union all select struct(parent, name) from customers)",
        a="orders.id customers.parent",
        b="orders.status customers.name",
        s="orders.id orders.status customers.parent customers.name",
    ),
    sql(
        "fields_of_a_union_of_types",
        "select s.a as a, s.b as b from (select struct(cast(id as int) as a, status as b) as s from orders"
        " union all select struct(amount as a, name as b) from orders join customers using (id))",
        a="orders.id orders.amount",
        b="orders.status customers.name",
    ),
    sql(
        "collected_and_exploded",
        "select customer, item.day as day, item.amount as amount from (select customer, explode(c) as item from"
        " (select customer, collect_list(struct(day, amount)) as c from orders group by customer))",
        customer="orders.customer",
        day="orders.day",
        amount="orders.amount",
    ),
    sql(
        "collected_and_inlined",
        "select d, a from (select collect_set(struct(day as d, amount as a)) as c from orders) lateral view inline(c) t",
        d="orders.day",
        a="orders.amount",
    ),
    sql(
        "first_of_structs",
        "select first(struct(day, amount)).amount as a, any_value(struct(status, id)).status as s,"
        " last(named_struct('x', id, 'y', day)) as l from orders",
        a="orders.amount",
        s="orders.status",
        l="orders.id orders.day",
    ),
    sql(
        "max_by_of_structs",
        "select max_by(struct(day, status), amount).status as s from orders",
        s="orders.status orders.amount",
    ),
    sql(
        "field_of_an_element",
        "select array(struct(id as a, status as b), struct(customer as a, day as b))[1].b as b,"
        " element_at(array(struct(id as a, day as b)), 1).a as a from orders",
        b="orders.status orders.day",
        a="orders.id",
    ),
    sql(
        "fields_of_elements",
        "select array(struct(id as a, status as b), struct(customer as a, day as b)).a as ids from orders",
        ids="orders.id orders.customer",
    ),
    sql(
        "zipped_arrays",
        "select z.tags as t, z.skus as s from (select explode(arrays_zip(tags, skus)) as z from"
        " (select tags, items.sku as skus from events))",
        t="events.tags",
        s="events.items",
    ),
    sql(
        "field_of_a_case",
        "select (case when amount > 2 then struct(id as a, status as b) else struct(customer as a, day as b) end).a as a,"
        " if(status = 'paid', struct(day as x, id as y), null).y as y,"
        " coalesce(struct(day as x, id as y), struct(status as x, customer as y)).x as x from orders",
        a="orders.amount orders.id orders.customer",
        y="orders.status orders.id",
        x="orders.day orders.status",
    ),
    sql(
        "field_of_a_window",
        "select s.amount as a, t.day as d from (select lag(struct(day, amount)) over (order by id) as s,"
        " first_value(struct(day, amount)) over (partition by customer order by id) as t from orders)",
        a="orders.amount",
        d="orders.day",
    ),
    sql(
        "field_of_a_subquery",
        "select (select first(struct(name, region)) from customers c where c.id = orders.customer).region as r, id from orders",
        r="customers.region",
        id="orders.id",
    ),
    sql(
        "field_of_an_outer_struct",
        "select o.id, l.x from (select id, struct(day as d, status as s) as f from orders) o, lateral (select o.f.s as x) l",
        id="orders.id",
        x="orders.status",
    ),
    sql(
        "keys_and_values",
        "select map_keys(m) as k, map_values(m) as v, m['paid'] as e from (select map(status, amount) as m from orders)",
        k="orders.status",
        v="orders.amount",
        e="orders.status orders.amount",
    ),
    sql(
        "map_of_collected",
        "select k, v from (select map_from_entries(collect_list(struct(id, amount))) as m from orders)"
        " lateral view explode(m) as k, v",
        k="orders.id",
        v="orders.amount",
    ),
    sql(
        "map_of_arrays",
        "select explode(map_from_arrays(array(status, day), array(id, customer))) as (k, v) from orders",
        k="orders.status orders.day",
        v="orders.id orders.customer",
    ),
    frame("updated_fields", lambda spark: _updated_fields(spark), a="orders.customer", b="orders.day", c="orders.id"),
    frame(
        "nested_structs",
        lambda spark: spark.sql(
            "select s.x.a as a, s.x.b as b, s.y as y, s.x as x from (select struct(struct(id as a, day as b) as x,"
            " status as y) as s from orders)"
        ),
        a="orders.id",
        b="orders.day",
        y="orders.status",
        x="orders.id orders.day",
    ),
    sql(
        "star_of_a_struct",
        "select s.* from (select struct(id as a, upper(day) as b) as s from orders)",
        a="orders.id",
        b="orders.day",
    ),
    sql(
        "struct_in_a_cte_and_a_view",
        "with c as (select id, named_struct('a', amount, 'b', status) as s from orders) select x.s.a + y.s.a as t,"
        " x.s.b as b from c x join c y on x.id = y.id",
        t="orders.amount",
        b="orders.status",
    ),
    sql(
        "cast_struct",
        "select cast(s as struct<p: string, q: string>).q as q from (select struct(id as a, day as b) as s from orders)",
        q="orders.day",
    ),
    sql(
        "in_a_function",
        "select concat(s.b, s.c) as x, to_json(s) as j from (select struct(id as a, day as b, status as c) as s from orders)",
        x="orders.day orders.status",
        j="orders.id orders.day orders.status",
    ),
    sql(
        "filtered_elements",
        "select filter(items, i -> i.qty > id) as f, exists(items, i -> i.sku = json) as e,"
        " array_max(transform(items, i -> i.qty + payload.size)) as m from events",
        f="events.items events.id",
        e="events.items events.json",
        m="events.items events.payload",
    ),
    sql(
        "nested_lambdas",
        "select transform(tags, t -> transform(items, i -> concat(t, i.sku, json))) as x,"
        " reduce(items, 0L, (a, i) -> a + i.qty * id, a -> a + payload.size) as y from events",
        x="events.tags events.items events.json",
        y="events.items events.id events.payload",
    ),
]


def _updated_fields(spark):
    from pyspark.sql import functions as f

    made = spark.table("orders").select(f.struct("id", "day", "status").alias("s"), "customer")
    changed = made.select(
        f.col("s").withField("id", f.col("customer")).withField("more", f.col("s.id")).dropFields("status").alias("s")
    )
    return changed.selectExpr("s.id as a", "s.day as b", "s.more as c")
