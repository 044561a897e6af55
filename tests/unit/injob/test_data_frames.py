"""What the DataFrame helpers say without a Spark job; the rest is tested end to end."""

import json
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from dagster_pipes import DagsterPipesError, PipesContext, PipesMappingParamsLoader, encode_param, open_dagster_pipes
from pyspark.sql import types

from dagster_pipes_jvm import pyspark
from dagster_pipes_jvm.texts import PAGE_URL
from tests.conftest import REPOSITORY

CONTEXTS = REPOSITORY / "tests" / "golden" / "contexts"


class Described:
    """A DataFrame of which only the schema may be asked for."""

    schema = types.StructType(
        [
            types.StructField("id", types.LongType(), nullable=False, metadata={"comment": "who"}),
            types.StructField("m", types.MapType(types.StringType(), types.ArrayType(types.DecimalType(10, 2)))),
            types.StructField("s", types.StructType([types.StructField(f"f{i}", types.ByteType()) for i in range(60)])),
        ]
    )


DATA: Any = Described()


def test_a_schema_has_names_whole_types_nullability_and_comments() -> None:
    assert pyspark.table_schema(DATA) == {
        "type": "table_schema",
        "raw_value": {
            "columns": [
                {
                    "name": "id",
                    "type": "bigint",
                    "description": "who",
                    "constraints": {"nullable": False, "unique": False, "other": []},
                },
                {"name": "m", "type": "map<string,array<decimal(10,2)>>"},
                {"name": "s", "type": f"struct<{','.join(f'f{i}:tinyint' for i in range(60))}>"},
            ]
        },
    }


def test_a_table_of_no_rows_is_refused() -> None:
    with pytest.raises(DagsterPipesError) as caught:
        pyspark.table(DATA, rows=0)
    assert str(caught.value) == (
        "Invalid value for parameter `rows` of `table`. Expected a number of rows, at least 1, got 0, in the job's own code. Say"
        f" how many rows to show, 20 for example. See {PAGE_URL}#metadata"
    )


@pytest.mark.parametrize(
    ("context", "key"),
    [
        ("one_asset", "dagster/row_count"),
        ("partition_key", "dagster/partition_row_count"),
        ("partition_range_by_hand", "spark/range_row_count"),
    ],
)
def test_the_row_count_of_a_partition_or_of_several_has_a_key_of_its_own(
    context: str, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PipesContext, "_instance", None)
    data = json.loads((CONTEXTS / f"{context}.json").read_text(encoding="utf-8"))
    given = {
        "DAGSTER_PIPES_CONTEXT": encode_param({"data": data}),
        "DAGSTER_PIPES_MESSAGES": encode_param({"path": str(tmp_path / "messages")}),
    }
    with open_dagster_pipes(params_loader=PipesMappingParamsLoader(given)) as pipes:
        pyspark.report_data_frame(pipes, DATA, "s3://b/p", row_count=3, metadata={"dagster/uri": "s3://b/q", "more": 1})
    (line,) = [line for line in (tmp_path / "messages").read_text().splitlines() if "materialization" in line]
    metadata = json.loads(line)["params"]["metadata"]
    assert metadata.keys() == {"dagster/column_schema", "dagster/uri", key, "more"}
    assert metadata[key]["raw_value"] == 3
    assert metadata["dagster/uri"]["raw_value"] == "s3://b/q"


def test_outside_dagster_no_job_runs_for_a_preview() -> None:
    pyspark.report_data_frame(MagicMock(), DATA, preview_rows=5)
