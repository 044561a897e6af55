"""Queries, tables and small data of TPC-H and TPC-DS, as DuckDB's extensions generate them; nothing is committed."""

from collections import Counter
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import duckdb
from sqlglot import exp, parse_one

from tests.lineage.direct import Dependencies, Schema, direct_dependencies

# A hundredth of the smallest official size: most queries still have rows, and a query takes Spark a second.
SCALE = 0.01
_GENERATORS = {"tpch": "dbgen", "tpcds": "dsdgen"}


@dataclass(frozen=True)
class Query:
    """One query in Spark's dialect, with a name for each output column."""

    name: str
    sql: str
    expected: Dependencies


@dataclass(frozen=True)
class Benchmark:
    """The queries of TPC-H or TPC-DS, and their tables."""

    name: str
    queries: list[Query]
    schema: Schema


def load(name: str, data: Path | None = None) -> Benchmark:
    """The benchmark `tpch` or `tpcds`.

    Args:
        data: gets a folder with one Parquet file for each table, with few rows.
    """
    with duckdb.connect() as connection:
        connection.load_extension(str(_extension(name)))
        connection.execute(f"call {_GENERATORS[name]}(sf={SCALE if data else 0})")
        schema: dict[str, dict[str, str]] = {}
        columns = "select table_name, column_name, data_type from information_schema.columns order by ordinal_position"
        for table, column, kind in connection.execute(columns).fetchall():
            schema.setdefault(table, {})[column] = kind
        if data:
            for table in schema:
                (data / table).mkdir(parents=True)
                connection.execute(f"copy {table} to '{data / table}/rows.parquet' (format parquet)")
        texts = connection.execute(f"select query_nr, query from {name}_queries() order by 1").fetchall()
    return Benchmark(name, [_query(f"q{number}", text, schema) for number, text in texts], schema)


def _extension(name: str) -> Path:
    """The extension inside its Python package: DuckDB loads it by path, and needs no network."""
    spec = find_spec(f"duckdb_extension_{name}")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"duckdb-extension-{name} is not installed")
    (file,) = Path(spec.origin).parent.rglob(f"{name}.duckdb_extension")
    return file


def _query(name: str, text: str, schema: Schema) -> Query:
    query = with_output_names(parse_one(text, dialect="duckdb"))
    return Query(name, query.sql(dialect="spark", pretty=True), direct_dependencies(query, schema))


def with_output_names(query: exp.Expression) -> exp.Expression:
    """The query with an alias for each output column that has no name, or the name of an earlier one."""
    first = query
    while isinstance(first, exp.SetOperation | exp.Subquery):
        first = first.this
    seen: Counter[str] = Counter()
    for position, output in enumerate(first.expressions, start=1):
        if output.is_star:
            continue
        name = output.output_name.lower()
        seen[name] += 1
        if not name or seen[name] > 1:
            output.replace(exp.alias_(output.unalias(), f"{name or 'column'}_{position}"))
    return query
