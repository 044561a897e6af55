"""Generators: which of their inputs each output column has."""

from tests.lineage.shapes.shape import Shape, frame, sql

SHAPES: list[Shape] = [
    sql("explode_array", "select id, explode(tags) as tag from events", id="events.id", tag="events.tags"),
    sql("explode_outer", "select id, explode_outer(tags) as tag from events", id="events.id", tag="events.tags"),
    sql(
        "explode_map",
        "select id, k, v from events lateral view explode(attrs) t as k, v",
        id="events.id",
        k="events.attrs",
        v="events.attrs",
    ),
    sql(
        "posexplode",
        "select id, pos, tag from events lateral view posexplode(tags) t as pos, tag",
        id="events.id",
        pos="events.tags",
        tag="events.tags",
    ),
    sql(
        "explode_of_columns",
        "select store, explode(array(q1, q2)) as q from quarters",
        store="quarters.store",
        q="quarters.q1 quarters.q2",
    ),
    sql(
        "explode_of_a_made_map",
        "select store, k, v from quarters lateral view explode(map('q1', q1, store, q2)) t as k, v",
        store="quarters.store",
        k="quarters.store",
        v="quarters.q1 quarters.q2",
    ),
    sql(
        "explode_twice",
        "select tag, item.sku from events lateral view explode(tags) a as tag lateral view explode(items) b as item",
        tag="events.tags",
        sku="events.items",
    ),
    sql(
        "explode_of_exploded",
        "select c from (select explode(split(tag, '')) as c from (select explode(tags) as tag from events))",
        c="events.tags",
    ),
    sql(
        "explode_sequence",
        "select explode(sequence(1, payload.size)) as n, id from events",
        n="events.payload",
        id="events.id",
    ),
    sql("inline", "select id, inline(items) from events", id="events.id", sku="events.items", qty="events.items"),
    sql(
        "inline_of_columns",
        "select inline(array(struct(status as a, amount as b), struct(day as a, id * 1.0D as b))) from orders",
        a="orders.status orders.day",
        b="orders.amount orders.id",
    ),
    sql(
        "stack",
        "select store, stack(3, 'q1', q1, 'q2', q2, 'q3', q3) as (quarter, value) from quarters",
        store="quarters.store",
        quarter="",
        value="quarters.q1 quarters.q2 quarters.q3",
    ),
    sql(
        "stack_of_columns",
        "select stack(2, store, q1, upper(store), q2 + q3) as (who, value) from quarters",
        who="quarters.store",
        value="quarters.q1 quarters.q2 quarters.q3",
    ),
    sql(
        "stack_with_a_short_row",
        "select stack(2, store, q1, 'total') as (who, value) from quarters",
        who="quarters.store",
        value="quarters.q1",
    ),
    sql(
        "json_tuple",
        "select id, a, b from events lateral view json_tuple(json, 'a', 'b') t as a, b",
        id="events.id",
        a="events.json",
        b="events.json",
    ),
    sql(
        "json_tuple_with_a_field_of_a_column",
        "select a, b from (select json, tags[0] as f from events) lateral view json_tuple(json, 'a', f) t as a, b",
        a="events.json",
        b="events.json events.tags",
    ),
    sql(
        "generator_of_the_outer_row",
        "select o.id, t.x from orders o, lateral explode(array(o.amount, o.id * 1.0D)) t (x)",
        id="orders.id",
        x="orders.amount orders.id",
    ),
    frame(
        "explode_of_a_frame",
        lambda spark: spark.table("events").selectExpr("id", "explode(items) as item").select("id", "item.qty"),
        id="events.id",
        qty="events.items",
    ),
    sql("range", "select r.id, o.status from range(3) r join orders o on o.id = r.id", id="", status="orders.status"),
]
