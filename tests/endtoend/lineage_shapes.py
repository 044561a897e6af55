"""Queries, each with the source columns whose values flow into its columns, by hand.

The definition of the dependencies is the table in docs/zero-code.md. `o` and `p` are tables of `jobs/shapes.py`.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Shape:
    """One query, and the expected lineage of each column that has one."""

    query: str | list[str]
    """SQL, or an expression of Python; several statements, of which the last one is written."""
    expected: dict[str, str]
    """By column the sources, with spaces between them."""
    left_out: dict[str, str] = field(default_factory=dict)
    """By column a part of the reason."""
    since: str = "3.5"


RDD = "no plan shows the functions of RDDs"
ROWS = "a function of whole rows"

SHAPES = {
    # Subqueries in expressions.
    "scalar": Shape("select id, id - (select avg(age) from p) as x from o", {"id": "o.id", "x": "o.id p.age"}),
    "scalar_correlated": Shape(
        "select text, (select max(p.age) from p where p.id = o.person) as x from o", {"text": "o.text", "x": "p.age"}
    ),
    "scalar_in_scalar": Shape("select (select max(age) - (select min(id) from o) from p) as x", {"x": "p.age o.id"}),
    "scalar_of_constant": Shape("select id, (select count(*) from p) as n from o", {"id": "o.id"}),
    "scalar_with_cte": Shape(
        "with q as (select max(age) as top from p) select id + (select top from q) as x from o", {"x": "o.id p.age"}
    ),
    "scalar_in_aggregate": Shape("select sum(id) + (select max(age) from p) as x from o", {"x": "o.id p.age"}),
    "in_of_case": Shape(
        "select case when id in (select age from p) then text else 'no' end as x from o", {"x": "o.id p.age o.text"}
    ),
    "in_as_value": Shape("select id in (select age from p where p.id = o.person) as x from o", {"x": "o.id p.age"}),
    "in_of_filter": Shape("select text from o where id in (select age from p)", {"text": "o.text"}),
    "exists_of_case": Shape(
        "select case when exists (select age from p where p.id = o.id) then text end as x from o", {"x": "o.text"}
    ),
    "exists_of_filter": Shape(
        "select text from o where exists (select 1 from p where p.id = o.id)", {"text": "o.text"}
    ),
    # Lateral subqueries and recursion.
    "lateral": Shape(
        "select o.id, l.s from o, lateral (select o.person + p.age as s from p where p.id = o.id) l",
        {"id": "o.id", "s": "o.person p.age"},
    ),
    "lateral_left": Shape(
        "select o.id, l.t from o left join lateral (select max(name) as t from p where p.id = o.id) l on true",
        {"id": "o.id", "t": "p.name"},
    ),
    "lateral_dataset": Shape(
        "spark.table('o').alias('x').lateralJoin(spark.table('p').where(F.col('p.id') == F.col('x.id').outer())"
        ".select((F.col('age') + F.col('x.person').outer()).alias('s'))).select('s')",
        {"s": "p.age o.person"},
        since="4.0",
    ),
    "scalar_dataset": Shape(
        "spark.table('o').select((F.col('id') + spark.table('p').agg(F.max('age')).scalar()).alias('x'))",
        {"x": "o.id p.age"},
        since="4.0",
    ),
    "recursive": Shape(
        "with recursive r(a, b, n) as (select id, person, 0 from o union all select b, a, n + 1 from r where n < 2)"
        " select * from r",
        {"a": "o.id o.person", "b": "o.person o.id"},
        since="4.1",
    ),
    "recursive_join": Shape(
        "with recursive r(id, path) as (select id, text from o union all select p.age, concat(r.path, p.name)"
        " from r join p on r.id = p.id) select * from r",
        {"id": "o.id p.age", "path": "o.text p.name"},
        since="4.1",
    ),
    # Windows and aggregates: keys do not count.
    "windows": Shape(
        "select sum(id) over (partition by person order by text) as s, row_number() over (order by id) as n,"
        " rank() over (partition by person order by id) as r, dense_rank() over (order by text) as e,"
        " percent_rank() over (order by text) as q, ntile(2) over (order by id) as t, cume_dist() over (order by id) as c,"
        " lag(text, 1, person) over (order by id) as l, first_value(text) over (order by at) as f,"
        " nth_value(id, 2) over (partition by text order by at) as h, count(*) over (partition by person) as k from o",
        {"s": "o.id", "l": "o.text o.person", "f": "o.text", "h": "o.id"},
    ),
    "aggregates": Shape(
        "select person, count(*) as n, count(text) as c, sum(id) filter (where text > '') as s, max_by(text, id) as m,"
        " percentile_cont(0.5) within group (order by id) as q, collect_list(text) as l, count(distinct at) as d,"
        " max(struct(id, text)).text as t from o group by person having max(at) is not null",
        {
            "person": "o.person",
            "c": "o.text",
            "s": "o.id",
            "m": "o.text o.id",
            "q": "o.id",
            "l": "o.text",
            "d": "o.at",
            "t": "o.id o.text",
        },
    ),
    "listagg": Shape("select listagg(text, ',') within group (order by id) as s from o", {"s": "o.text"}, since="4.0"),
    "rollup": Shape(
        "select person, text, sum(id) as s, grouping_id() as g from o group by rollup (person, text)",
        {"person": "o.person", "text": "o.text", "s": "o.id"},
    ),
    "pivot": Shape(
        "select * from (select id, person, text from o) pivot (sum(id) for person in (0 as zero, 1 as one))",
        {"text": "o.text", "zero": "o.person o.id", "one": "o.person o.id"},
    ),
    "unpivot": Shape(
        "select * from (select id, person, text from o) unpivot (v for k in (id, person))",
        {"text": "o.text", "v": "o.id o.person"},
    ),
    "time_windows": Shape(
        "select window(at, '1 hour').start as w, count(*) as n, sum(id) as s from o group by window(at, '1 hour')",
        {"w": "o.at", "s": "o.id"},
    ),
    "session_windows": Shape(
        "select session_window.start as w, sum(id) as s from o group by session_window(at, '1 hour')",
        {"w": "o.at", "s": "o.id"},
    ),
    # Generators: each column has its own inputs.
    "stack": Shape(
        "select text, stack(2, 'a', id, at, 'b', person, at) as (k, v, w) from o",
        {"text": "o.text", "v": "o.id o.person", "w": "o.at"},
    ),
    "stack_uneven": Shape("select stack(2, id, text, person) as (a, b) from o", {"a": "o.id o.person", "b": "o.text"}),
    "inline": Shape(
        "select inline(array(struct(id as a, text as b), struct(person as a, text as b))) as (a, b) from o",
        {"a": "o.id o.person", "b": "o.text"},
    ),
    "json_tuple": Shape(
        "select json_tuple(text, 'a', name) as (a, b) from o join p", {"a": "o.text", "b": "o.text p.name"}
    ),
    "explode_made_map": Shape(
        "select id, k, v from o lateral view explode(map(text, id, 'x', person)) as k, v",
        {"id": "o.id", "k": "o.text", "v": "o.id o.person"},
    ),
    "explode_outer_map": Shape(
        "select k, v from o lateral view outer explode(pairs) as k, v", {"k": "o.pairs", "v": "o.pairs"}
    ),
    "posexplode": Shape(
        "select text, posexplode(items) as (i, v) from o", {"text": "o.text", "i": "o.items", "v": "o.items"}
    ),
    "python_table_function": Shape(
        "select o.id, t.a, t.b from o, lateral split_rows(o.text, o.person) t",
        {"id": "o.id", "a": "o.text o.person", "b": "o.text o.person"},
    ),
    "variant_explode": Shape(
        "select o.id, v.key, cast(v.value as string) as v from o, lateral variant_explode(parse_json(text)) v",
        {"id": "o.id", "key": "o.text", "v": "o.text"},
        since="4.0",
    ),
    # Columns that no relation has.
    "file_metadata": Shape(
        "spark.read.parquet(d + '/o').selectExpr('id', '_metadata.file_name as f', 'input_file_name() as g',"
        " 'concat(text, _metadata.file_path) as h')",
        {"id": "o.id", "h": "o.text"},
    ),
    "values": Shape("select id, x from o join (values (1, 'a'), (2, 'b')) t(y, x) on o.id = t.y", {"id": "o.id"}),
    "union_of_rows": Shape(
        "select id, text from o union all select * from values (7L, 'x') union all select id, 'r' from range(3)",
        {"id": "o.id", "text": "o.text"},
    ),
    # Set operations and joins.
    "set_operations": Shape(
        "select * from (select id, text from o except select age, name from p) union (select id, text from o intersect"
        " select age, name from p)",
        {"id": "o.id p.age", "text": "o.text p.name"},
    ),
    "union_by_name": Shape(
        "spark.table('o').select('id', 'text').unionByName(spark.table('p').select('name', 'id'), True)",
        {"id": "o.id p.id", "text": "o.text", "name": "p.name"},
    ),
    "full_join_using": Shape(
        "select id, name, text from o full join p using (id)", {"id": "o.id p.id", "name": "p.name", "text": "o.text"}
    ),
    "semi_and_anti": Shape(
        "select text from o left semi join p on o.id = p.id union all select text from o left anti join p on o.id = p.age",
        {"text": "o.text"},
    ),
    # Structs and functions of higher order.
    "fields_of_a_made_struct": Shape(
        "select s.a as a, s.b as b, s from (select struct(id as a, text as b) as s from o)",
        {"a": "o.id", "b": "o.text", "s": "o.id o.text"},
    ),
    "fields_of_a_column": Shape("select fields.a as a, fields as f from o", {"a": "o.fields", "f": "o.fields"}),
    "higher_order": Shape(
        "select transform(items, x -> x + person) as t, aggregate(items, 0L, (a, x) -> a + x * id) as s from o",
        {"t": "o.items o.person", "s": "o.items o.id"},
    ),
    "conditions": Shape(
        "select case when person > 0 then text end as a, if(id > 1, text, 'x') as b, coalesce(text, person) as c, id > 1 as d,"
        " nullif(id, person) as e from o",
        {"a": "o.person o.text", "b": "o.id o.text", "c": "o.text o.person", "d": "o.id", "e": "o.id o.person"},
    ),
    "fields_of_a_union": Shape(
        "select s.a as a, s.b as b from (select struct(id as a, text as b) as s from o"
        " union all select struct(age, name) from p)",
        {"a": "o.id p.age", "b": "o.text p.name"},
    ),
    "fields_of_collected_rows": Shape(
        "select x.a as a, x.b as b, k, v from (select explode(arrays_zip(l, m)) as z, m from (select"
        " collect_list(struct(id as a, text as b)) as l, map_values(map(1, collect_list(person))) as m from o))"
        " lateral view explode(array(z.l)) as x lateral view explode(map_from_arrays(array(x.b), m)) as k, v",
        {"a": "o.id", "b": "o.text", "k": "o.text", "v": "o.person"},
    ),
    "values_of_today": Shape(
        "select coalesce(cast(v.b as string), text) as t from o left join (values (1, current_date())) as v (a, b)"
        " on id = a",
        {"t": "o.text"},
    ),
    # Functions of the application.
    "python_function": Shape("select twice(id + person) as x from o", {"x": "o.id o.person"}),
    "sql_function": Shape(
        [
            "create temporary function plus_age(x bigint) returns bigint return x + (select max(age) from p)",
            "select plus_age(person) as y from o",
        ],
        {"y": "o.person p.age"},
        since="4.0",
    ),
    "sql_table_function": Shape(
        [
            "create temporary function people(x bigint) returns table(a bigint, b string) return select age + x, name from p",
            "select t.a, t.b from o, lateral people(o.person) t",
        ],
        {"a": "p.age o.person", "b": "p.name"},
        since="4.0",
    ),
    "rows_in_pandas": Shape(
        "spark.table('o').select('id', 'text').mapInPandas(rows, 'id long, text string')",
        {},
        {"id": ROWS, "text": ROWS},
        since="4.0",  # the tests' Python of Spark 3.5 has no pandas
    ),
    # Plans that are cut.
    "local_checkpoint": Shape(
        "spark.table('o').selectExpr('id + person as s', 'text').localCheckpoint().where('s > 0')",
        {"s": "o.id o.person", "text": "o.text"},
    ),
    "checkpoint": Shape(
        "spark.table('o').join(spark.table('p'), 'id').select('id', 'name').checkpoint()",
        {"id": "o.id", "name": "p.name"},
    ),
    "lazy_checkpoint": Shape("spark.table('o').selectExpr('upper(text) as t').checkpoint(False)", {"t": "o.text"}),
    "checkpoint_of_checkpoint": Shape(
        "spark.table('o').select('id').localCheckpoint().selectExpr('id + 1 as n').localCheckpoint().selectExpr('n * 2 as m')",
        {"m": "o.id"},
    ),
    "joined_checkpoint": Shape(
        "(lambda c: c.alias('a').join(c.alias('b'), F.col('a.s') == F.col('b.s')).select(F.col('a.s').alias('x'),"
        " F.col('b.t').alias('y')))(spark.table('o').selectExpr('id + person as s', 'text as t').localCheckpoint())",
        {"x": "o.id o.person", "y": "o.text"},
    ),
    "rdd": Shape("spark.table('o').select('id').rdd.toDF()", {}, {"id": RDD}),
    "rdd_joined": Shape(
        "spark.createDataFrame(spark.table('o').select('id').rdd, 'id long').join(spark.table('p'), 'id')",
        {"name": "p.name", "age": "p.age"},
        {"id": RDD},
    ),
    # Folders.
    "glob_of_partitions": Shape("spark.read.parquet(d + '/days/day=*')", {"id": "days.id", "text": "days.text"}),
    "base_path": Shape(
        "spark.read.option('basePath', d + '/days').parquet(*days)",
        {"id": "days.id", "text": "days.text", "day": "days.day"},
    ),
    "one_partition": Shape("spark.read.parquet(d + '/days/day=0')", {"id": "days.id", "text": "days.text"}),
    "many_files": Shape("spark.read.schema('a int').csv(d + '/files/*.csv')", {}, {"a": "more than 20 paths"}),
    # Queries that a database runs.
    "jdbc_table": Shape(
        "spark.read.format('jdbc').options(**database, dbtable='plain').load().selectExpr('N', 'M + 1 as more')",
        {"N": "plain.N", "more": "plain.M"},
    ),
    "jdbc_join": Shape(
        "query_of_database('select o.n + p.m as s, p.n as c from plain o join plain p on o.n = p.m')",
        {"S": "plain.n plain.m", "C": "plain.n"},
    ),
    "jdbc_nested": Shape(
        "query_of_database('select q.t as latest, q.k as k, 1 as one from (select max(x.n) as t, count(*) as k"
        " from plain x where x.m > 0 group by x.m) q')",
        {"LATEST": "plain.n"},
    ),
    "jdbc_all": Shape("query_of_database('select * from plain where n > 0')", {"N": "plain.N", "M": "plain.M"}),
    "jdbc_function_without_parentheses": Shape(
        "query_of_database('select n as a, current_date as b from plain')",
        {},
        {"A": "a query of the database", "B": "a query of the database"},
    ),
    "jdbc_quoted": Shape("query_of_database('select \"N\" as a from plain')", {}, {"A": "a query of the database"}),
    # Nodes that only pass columns on.
    "passed_on": Shape(
        "spark.table('o').hint('broadcast').observe('seen', F.count(F.lit(1))).repartition(2, 'id').sample(1.0)"
        ".withWatermark('at', '1 hour').dropDuplicates(['id']).sort('text').cache().limit(2).select('id', 'at')",
        {"id": "o.id", "at": "o.at"},
    ),
}

# Several writes to one place: the mode and the query of each, and what they have together.
_ORDERS = ["overwrite", "select id, text from o"]
_PEOPLE = ["append", "select age as id, name as text from p"]
WRITES = {
    "overwritten_and_appended": [_ORDERS, _PEOPLE],
    "overwritten_at_last": [_ORDERS, _PEOPLE, ["overwrite", "select person as id, 'x' as text from o"]],
    "with_a_new_column": [["overwrite", "select id from o"], ["append", "select id, name from p"]],
    "with_an_rdd": [_ORDERS, ["append", "spark.createDataFrame(spark.table('o').select('id').rdd, 'id long')"]],
}
SEVERAL = {
    "overwritten_and_appended": Shape("", {"id": "o.id p.age", "text": "o.text p.name"}),
    "overwritten_at_last": Shape("", {"id": "o.person"}),
    "with_a_new_column": Shape("", {"id": "o.id p.id", "name": "p.name"}),
    "with_an_rdd": Shape("", {"text": "o.text"}, {"id": RDD}),
}
