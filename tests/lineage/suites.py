"""The suites of the scoreboard: an application for each, and what is expected of its outputs."""

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from dagster_pipes_jvm import SparkJob
from tests.conftest import REPOSITORY
from tests.endtoend.conftest import Spark
from tests.lineage import tpc
from tests.lineage.direct import Dependencies
from tests.support import table_formats

_HERE = Path(__file__).parent
SHAPES = (
    "subqueries",
    "more_subqueries",
    "windows",
    "aggregates",
    "generators",
    "sets_and_joins",
    "nested",
    "expressions",
    "more_expressions",
    "frames",
    "relations",
    "more_relations",
    "writes",
    "more_writes",
    "fields",
    "newer_sql",
    "opaque",
    "rarer",
)
DELTA_AND_ICEBERG = ("tables", "more_tables")


@dataclass(frozen=True)
class Suite:
    """An application, ready to run, and the dependencies of each of its outputs."""

    job: SparkJob
    expected: Mapping[str, Dependencies]


def tpc_suite(name: str, folder: Path) -> Suite:
    """The queries of `tpch` or `tpcds`, on few rows, which go to the folder."""
    benchmark = tpc.load(name, folder / "data")
    plan = {
        "database": name,
        "tables": {table: f"{folder}/data/{table}" for table in benchmark.schema},
        "queries": {query.name: query.sql for query in benchmark.queries},
        "output": f"{folder}/output",
    }
    file = folder / "plan.json"
    file.write_text(json.dumps(plan), encoding="utf-8")
    job = SparkJob(str(_HERE / "queries_job.py"), args=[str(file)])
    return Suite(job, {query.name: query.expected for query in benchmark.queries})


def shapes_suite(spark: Spark, folder: Path) -> Suite:
    """The hard shapes that need Spark alone."""
    return _shapes(SHAPES, spark, folder)


def tables_suite(spark: Spark, folder: Path) -> Suite:
    """The hard shapes of Delta and Iceberg, for Spark 3.5."""
    suite = _shapes(DELTA_AND_ICEBERG, spark, folder)
    conf = {**suite.job.conf, **table_formats.conf(folder / "lake")}
    return replace(suite, job=replace(suite.job, conf=conf, jars=table_formats.jars(spark.home)))


def _shapes(modules: tuple[str, ...], spark: Spark, folder: Path) -> Suite:
    # The functions of the shapes travel to Python workers by the names of their modules.
    conf = {"spark.executorEnv.PYTHONPATH": str(REPOSITORY)}
    job = SparkJob(str(_HERE / "shapes_job.py"), args=[str(folder), *modules], conf=conf)
    expected: dict[str, Dependencies] = {}
    for module in modules:
        for shape in importlib.import_module(f"tests.lineage.shapes.{module}").SHAPES:
            if shape.is_in(spark.version):
                for output, columns in shape.expected.items():
                    expected[output] = {column: frozenset(sources.split()) for column, sources in columns.items()}
    return Suite(job, expected)
