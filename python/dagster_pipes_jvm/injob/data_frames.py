"""DataFrames as metadata, in a PySpark job; `dagsterpipes.spark.DataFrames` and `DataFrameReport` are the JVM counterparts.

The values are plain ones of `dagster_pipes`, for a session of any kind. They come from PySpark alone: no bridge jar is needed,
and a DataFrame of Spark Connect will do. What runs a Spark job says so in its first line.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import isfinite, isnan
from typing import TYPE_CHECKING, Any

from dagster_pipes import DagsterPipesError, PipesContext, PipesMetadataValue
from pyspark.sql import types

from dagster_pipes_jvm.texts import invalid_value

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_LAST_SAFE_IN_JAVASCRIPT = 2**53 - 1
_AS_THEY_ARE = (types.NumericType, types.BooleanType, types.StringType)
_NESTED = (types.ArrayType, types.MapType, types.StructType)


def table_schema(data: DataFrame) -> PipesMetadataValue:
    """The columns: name, type as Spark SQL writes it, nullability, and the comment as description. Runs no Spark job."""
    return {"type": "table_schema", "raw_value": {"columns": [_column(field) for field in data.schema.fields]}}


def table(data: DataFrame, rows: int = 20) -> PipesMetadataValue:
    """The first rows as a table. Runs a Spark job, and takes whatever rows come first: sort the data if that matters.

    Cells hold what Dagster shows: numbers, booleans and strings as they are; dates and timestamps as text in the session's
    time zone; decimals as numbers where a float prints as the same, else as text; binary as base64; arrays, maps, structs and
    variants as the text of their JSON, with their nulls; what JavaScript cannot hold (NaN, whole numbers past 2^53) as text.

    Args:
        data: any DataFrame that is no stream.
        rows: at least 1; all of them are sent in one message, so keep it to a preview.

    Raises:
        DagsterPipesError: fewer than 1 are asked for.
    """
    if rows < 1:
        raise DagsterPipesError(
            invalid_value(
                parameter="rows",
                call="table",
                expected="a number of rows, at least 1",
                got=f"{rows!r}, in the job's own code",
                remedy="Say how many rows to show, 20 for example.",
                anchor="metadata",
            )
        )
    fields = data.schema.fields
    # Renamed first, since names can hold dots and back-quotes and can be there twice.
    renamed = data.toDF(*[f"c{i}" for i in range(len(fields))])
    cells = renamed.selectExpr(*[f"{_cell(f'c{i}', field.dataType)} AS c{i}" for i, field in enumerate(fields)])
    records = [{field.name: _shown(row[i]) for i, field in enumerate(fields)} for row in cells.take(rows)]
    schema = [{"name": field.name, "type": _type(field.dataType)} for field in fields]
    return {"type": "table", "raw_value": {"records": records, "schema": schema}}


def row_count(data: DataFrame) -> PipesMetadataValue:
    """Counts the rows. Runs a Spark job over all of the data; where it is written anyway, `Observation` counts in passing."""
    return {"type": "int", "raw_value": data.count()}


def report_data_frame(
    pipes: PipesContext,
    data: DataFrame,
    path: str | None = None,
    *,
    row_count: int | None = None,
    preview_rows: int = 0,
    table_name: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    data_version: str | None = None,
    asset_key: str | None = None,
) -> None:
    """Report an asset as materialized, described by its DataFrame under the keys that Dagster knows. Runs no Spark job
    unless `preview_rows` asks for one.

    Args:
        pipes: the session, of `open_pipes` or of Dagster's own `open_dagster_pipes`; outside Dagster nothing happens.
        data: what was written; its schema is `dagster/column_schema`.
        path: where it was written, `dagster/uri`.
        row_count: what the caller knows of it: `dagster/row_count`; `dagster/partition_row_count` in a step of one partition,
            `spark/range_row_count` in a step of several.
        preview_rows: above 0 it runs a Spark job: so many of the first rows as the table `preview`.
        table_name: the table it was written to, `dagster/table_name`.
        metadata: more entries; one of the same name takes the place of one above.
        data_version: by default Dagster makes one.
        asset_key: by default the step's only asset.

    Raises:
        DagsterPipesError: as `pipes.report_asset_materialization`.
    """
    if type(pipes).__module__ == "unittest.mock":
        return  # Dagster's stand-in where it launched nothing: no job for a preview that nobody sees.
    described: dict[str, Any] = {"dagster/column_schema": table_schema(data)}
    if row_count is not None:
        described[_row_count_key(pipes)] = row_count
    if preview_rows:
        described["preview"] = table(data, preview_rows)
    if path is not None:
        described["dagster/uri"] = path
    if table_name is not None:
        described["dagster/table_name"] = table_name
    pipes.report_asset_materialization(
        metadata={**described, **(metadata or {})}, data_version=data_version, asset_key=asset_key
    )


def _row_count_key(pipes: PipesContext) -> str:
    """In a step of several partitions Dagster attaches a report to each of them, and the number is that of all."""
    if not pipes.is_partition_step:
        return "dagster/row_count"
    keys = pipes.partition_key_range
    return "dagster/partition_row_count" if keys["start"] == keys["end"] else "spark/range_row_count"


def _column(field: Any) -> dict[str, Any]:
    column: dict[str, Any] = {"name": field.name, "type": _type(field.dataType)}
    comment = (field.metadata or {}).get("comment")
    if comment is not None:
        column["description"] = comment
    if not field.nullable:
        column["constraints"] = {"nullable": False, "unique": False, "other": []}
    return column


def _type(data_type: Any) -> str:
    """As the JVM's `catalogString`, which looks into user-defined types."""
    if isinstance(data_type, types.ArrayType):
        return f"array<{_type(data_type.elementType)}>"
    if isinstance(data_type, types.MapType):
        return f"map<{_type(data_type.keyType)},{_type(data_type.valueType)}>"
    if isinstance(data_type, types.StructType):
        return f"struct<{','.join(f'{field.name}:{_type(field.dataType)}' for field in data_type.fields)}>"
    if isinstance(data_type, types.UserDefinedType):
        return _type(data_type.sqlType())
    return str(data_type.simpleString())


def _cell(column: str, data_type: Any) -> str:
    """An expression of a type whose values `_shown` takes; Spark itself writes the texts."""
    if isinstance(data_type, types.FloatType):
        return f"CAST(CAST({column} AS STRING) AS DOUBLE)"  # 0.1, not 0.10000000149011612.
    if isinstance(data_type, _AS_THEY_ARE):
        return column
    if isinstance(data_type, _NESTED):
        return f"to_json({column}, map('ignoreNullFields', 'false'))"
    if isinstance(data_type, types.BinaryType):
        return f"base64({column})"
    if data_type.simpleString() == "variant":  # Spark 4's.
        return f"to_json({column})"
    # Dates, timestamps, intervals and whatever types Spark may get: as SHOW would print them.
    return f"CAST({column} AS STRING)"


def _shown(cell: Any) -> Any:
    """The cell as Dagster's web page shows it unharmed; `dagsterpipes.json.ExactNumber` on the JVM."""
    if isinstance(cell, Decimal):
        nearest = float(cell)
        if Decimal(repr(nearest)) == cell:
            return nearest
        return _shown(int(cell)) if cell == cell.to_integral_value() else format(cell, "f")
    if isinstance(cell, int) and abs(cell) > _LAST_SAFE_IN_JAVASCRIPT:
        return str(cell)
    if isinstance(cell, float) and not isfinite(cell):
        return "NaN" if isnan(cell) else "Infinity" if cell > 0 else "-Infinity"
    return cell
