"""Counts and schemas of the written files, by DuckDB, pyarrow and the file system."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pyarrow import parquet

_NAMES = {
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "bool": "boolean",
    "date32[day]": "date",
    "large_string": "string",
}


def facts(folder: Path) -> Mapping[str, Any]:
    """The facts of a folder of Parquet files, by the keys of their metadata."""
    files = sorted(folder.glob("*.parquet"))
    with duckdb.connect() as connection:
        (rows,) = connection.read_parquet([str(file) for file in files]).count("*").fetchone() or (None,)
    return {
        "dagster/row_count": rows,
        "spark/files_written": len(files),
        "spark/bytes_written": sum(file.stat().st_size for file in files),
        "dagster/column_schema": [(field.name, _spark_type(field.type)) for field in parquet.read_schema(files[0])],
    }


def told(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same facts as the metadata of a materialization has them; those that are left out have no key."""
    found = {
        key: metadata[key]
        for key in ("dagster/row_count", "spark/files_written", "spark/bytes_written")
        if key in metadata
    }
    schema = metadata.get("dagster/column_schema")
    if schema is not None:
        found["dagster/column_schema"] = [(column.name, column.type) for column in schema.columns]
    return found


def _spark_type(kind: pa.DataType) -> str:
    """Spark's name of a type that it wrote to a Parquet file."""
    if pa.types.is_list(kind):
        return f"array<{_spark_type(kind.value_type)}>"
    if pa.types.is_map(kind):
        return f"map<{_spark_type(kind.key_type)},{_spark_type(kind.item_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{','.join(f'{field.name}:{_spark_type(field.type)}' for field in kind)}>"
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        return "timestamp"
    return _NAMES.get(str(kind), str(kind))
