"""Lateral generators, subqueries in odd places, queries of a database, and tables that are emptied in between."""

from typing import Any

from tests.lineage.shapes.shape import Shape, frame, sql, statements


def _query(text: str) -> Any:
    return lambda spark: _database(spark).option("query", text).load().toDF("a", "b")


SHAPES: list[Shape] = [
    sql(
        "stack_of_outer_columns",
        "select o.id, k, v from orders o, lateral stack(2, 'a', o.amount, o.day, o.id * 1.0D) t (k, v)",
        id="orders.id",
        k="orders.day",
        v="orders.amount orders.id",
    ),
    sql(
        "inline_of_outer_columns",
        "select t.x, t.y from orders o,"
        " lateral inline(array(struct(o.id as a, o.day as b), struct(o.customer as a, o.status as b))) t (x, y)",
        x="orders.id orders.customer",
        y="orders.day orders.status",
    ),
    sql(
        "json_tuple_of_outer_columns",
        "select e.id, t.a from events e, lateral json_tuple(e.json, 'a', 'b') t (a, b)",
        id="events.id",
        a="events.json",
    ),
    sql(
        "lateral_map",
        "select t.k, t.v from orders o left join lateral explode(map(o.status, o.amount)) t (k, v)",
        k="orders.status",
        v="orders.amount",
    ),
    sql(
        "range_with_a_lateral",
        "select r.id, l.m from range(3) r left join lateral (select max(o.amount) as m from orders o where o.id = r.id) l",
        id="",
        m="orders.amount",
    ),
    sql(
        "subquery_in_a_case_of_a_sum",
        "select sum(case when customer in (select id from customers) then amount else 0 end) as s,"
        " max(if(exists (select name from customers), day, status)) as m from orders",
        s="orders.customer customers.id orders.amount",
        m="orders.day orders.status",
    ),
    sql(
        "having_with_a_subquery",
        "select day, sum(amount) as s from orders group by day having sum(amount) > (select min(parent) from customers)",
        day="orders.day",
        s="orders.amount",
    ),
    sql(
        "subquery_in_a_join",
        "select o.id, (select max(q1) from quarters) + c.parent as x from orders o join customers c"
        " on o.customer = c.id and o.amount > (select min(q2) from quarters)",
        id="orders.id",
        x="quarters.q1 customers.parent",
    ),
    sql(
        "subquery_with_a_window",
        "select (select max(r) from (select sum(amount) over (partition by status order by day) as r from orders)) as x",
        x="orders.amount",
    ),
    sql(
        "subquery_with_a_generator",
        "select id, (select max(t) from (select explode(tags) as t from events)) as x from orders",
        id="orders.id",
        x="events.tags",
    ),
    sql(
        "subquery_with_sets",
        "select id + (select sum(x) from (select id as x from customers except select parent from customers)) as x from orders",
        x="orders.id customers.id",
    ),
    sql(
        "struct_of_a_subquery",
        "select s.a as a, s.b as b from (select struct((select max(name) from customers) as a, id as b) as s from orders)",
        a="customers.name",
        b="orders.id",
    ),
    sql(
        "window_of_structs",
        "select x.d as d, c[0].a as a from (select max_by(struct(day as d), id) over () as x,"
        " collect_list(struct(amount as a, id as i)) over (partition by status order by day) as c from orders)",
        d="orders.day orders.id",
        a="orders.amount",
    ),
    sql(
        "fields_of_lambdas",
        "select transform(items, i -> named_struct('s', i.sku, 'q', i.qty + id))[0].s as s,"
        " array_sort(items, (l, r) -> l.qty - r.qty)[0].sku as f,"
        " map_filter(map_from_arrays(tags, items.qty), (k, v) -> v > id) as m from events",
        s="events.items events.id",
        f="events.items",
        m="events.tags events.items events.id",
    ),
    sql(
        "map_functions",
        "select map_concat(map(status, id), map(day, customer)) as m, element_at(map(status, day), status) as e,"
        " map_entries(map(status, amount))[0].value as v from orders",
        m="orders.status orders.id orders.day orders.customer",
        e="orders.status orders.day",
        v="orders.amount",
    ),
    sql(
        "aggregates_of_tests",
        "select count_if(amount > id) as c, sum(distinct customer) filter (where status = 'paid') as s, every(id > 0) as e,"
        " histogram_numeric(amount, 2) as h, regr_slope(amount, id) as r, first(day, true) as f from orders",
        c="orders.amount orders.id",
        s="orders.customer",
        e="orders.id",
        h="orders.amount",
        r="orders.amount orders.id",
        f="orders.day",
    ),
    sql(
        "functions_without_columns",
        "select current_user() as u, current_database() as d, uuid() as x, now() as n, input_file_name() as f,"
        " version() as v, array(1, 2)[id] as i from orders",
        u="",
        d="",
        x="",
        n="",
        f="",
        v="",
        i="orders.id",
    ),
    sql(
        "collated",
        "select upper(max(day)) as s from orders group by status collate utf8_lcase",
        "4.0",
        s="orders.day",
    ),
    frame(
        "database_groups",
        _query("select t.NAME as a, count(*) as b from T1 t where t.ID in (select ID from T1) group by t.NAME"),
        a="t1.name",
        b="",
    ),
    frame(
        "database_case",
        _query("select case when ID > 10 then NAME else 'x' end as a, ID + 1 as b from T1"),
        a="t1.id t1.name",
        b="t1.id",
    ),
    frame(
        "database_join",
        _query(
            "select x.NAME, y.n from T1 x left join (select ID, max(NAME) as n from T1 group by ID) y on x.ID = y.ID"
        ),
        a="t1.name",
        b="t1.name",
    ),
    statements(
        "truncated_between",
        "create table truncated_between using parquet as select id, status as text from orders",
        "truncate table truncated_between",
        "insert into truncated_between select parent, name from customers",
        id="customers.parent",
        text="customers.name",
    ),
    statements(
        "dropped_between",
        "create table dropped_between using parquet as select id, status as text from orders",
        "drop table dropped_between",
        "create table dropped_between using parquet as select parent as id, day as d from customers join orders on true",
        id="customers.parent",
        d="orders.day",
    ),
    statements(
        "of_itself",
        "create table of_itself using parquet as select id, status as text from orders",
        "insert into of_itself select id + 1, upper(text) from of_itself",
        id="orders.id",
        text="orders.status",
    ),
    statements(
        "table_with_one_more",
        "create table table_with_one_more using parquet as select id from orders",
        "alter table table_with_one_more add columns (who string)",
        "insert into table_with_one_more select id, name from customers",
        id="orders.id customers.id",
        who="customers.name",
    ),
    Shape(
        lambda spark, output: _two_sinks(spark, output),
        {"first_of_two_sinks": {"id": "days.id"}, "second_of_two_sinks": {"total": "days.amount"}},
    ),
    Shape(
        lambda spark, output: _watermarked(spark, output),
        {"streamed_windows": {"start": "days.day", "total": "days.amount"}},
    ),
]


def _database(spark):
    url = "jdbc:derby:memory:rarer;create=true"
    rows = spark.table("customers").selectExpr("id as ID", "name as NAME")
    rows.write.mode("overwrite").format("jdbc").options(
        url=url, dbtable="T1", createTableColumnTypes="NAME varchar(20)"
    ).save()
    return spark.read.format("jdbc").options(url=url)


def _days(spark):
    files = spark.conf.get("spark.lineage.files")
    schema = spark.read.parquet(f"{files}/days").schema
    return spark.readStream.schema(schema).parquet(f"{files}/days")


def _two_sinks(spark, output):
    def both(rows, number):
        rows.select("id").write.mode("append").parquet(f"{output}/first_of_two_sinks")
        rows.groupBy("day").agg({"amount": "sum"}).toDF("day", "total").select("total").write.mode("append").parquet(
            f"{output}/second_of_two_sinks"
        )

    query = _days(spark).writeStream.option("checkpointLocation", f"{output}/.checkpoints/r").trigger(availableNow=True)
    query.foreachBatch(both).start().awaitTermination()


def _watermarked(spark, output):
    rows = _days(spark).selectExpr("to_timestamp(day) as at", "amount").withWatermark("at", "0 seconds")
    totals = rows.groupBy(_window()).agg({"amount": "sum"}).toDF("w", "total").selectExpr("w.start as start", "total")
    query = totals.writeStream.format("parquet").option("checkpointLocation", f"{output}/.checkpoints/s")
    query.trigger(availableNow=True).start(f"{output}/streamed_windows").awaitTermination()


def _window():
    from pyspark.sql import functions as f

    return f.window("at", "1 day")
