"""Structs, arrays, maps and lambdas: a dependency is on the whole top-level column."""

from tests.lineage.shapes.shape import Shape, frame, sql

SHAPES: list[Shape] = [
    sql(
        "struct_field",
        "select payload.kind as kind, payload.size + 1 as size from events",
        kind="events.payload",
        size="events.payload",
    ),
    sql(
        "struct_star", "select id, payload.* from events", id="events.id", kind="events.payload", size="events.payload"
    ),
    sql(
        "element_access",
        "select attrs['k'] as v, tags[0] as first, items[0].sku as sku, items.qty as quantities, element_at(tags, 1) as e"
        " from events",
        v="events.attrs",
        first="events.tags",
        sku="events.items",
        quantities="events.items",
        e="events.tags",
    ),
    sql(
        "made_struct",
        "select named_struct('a', id, 'b', struct(status, day)) as s, array(customer, id) as a, map(status, amount) as m"
        " from orders",
        s="orders.id orders.status orders.day",
        a="orders.customer orders.id",
        m="orders.status orders.amount",
    ),
    sql(
        "lambda_of_one",
        "select transform(tags, t -> concat(t, cast(id as string))) as tagged, filter(tags, t -> t > 'x') as some from events",
        tagged="events.tags events.id",
        some="events.tags",
    ),
    sql(
        "lambda_of_two",
        "select zip_with(tags, items, (t, i) -> concat(t, i.sku)) as z, aggregate(items, 0, (n, i) -> n + i.qty) as n,"
        " map_filter(attrs, (k, v) -> k > payload.kind) as f from events",
        z="events.tags events.items",
        n="events.items",
        f="events.attrs events.payload",
    ),
    sql(
        "json",
        "select from_json(json, 'a string, b string').a as a, get_json_object(json, '$.b') as b,"
        " to_json(struct(id, tags)) as c from events",
        a="events.json",
        b="events.json",
        c="events.id events.tags",
    ),
    frame(
        "changed_field",
        lambda spark: _changed_field(spark),
        payload="events.payload events.id",
        fewer="events.payload",
    ),
    sql(
        "struct_of_all",
        "select struct(*) as all from quarters",
        all="quarters.store quarters.q1 quarters.q2 quarters.q3",
    ),
]


def _changed_field(spark):
    from pyspark.sql import functions as f

    events = spark.table("events")
    payload = f.col("payload").withField("size", f.col("id")).alias("payload")
    return events.select(payload, f.col("payload").dropFields("kind").alias("fewer"))
