"""Writes params.json and messages.jsonl with Dagster's own `dagster_pipes`: what the JVM must read, and write.

Run `.venv/bin/python tests/golden/make.py` when a case is added; jvm/core's GoldenSuite makes the same calls.
"""

import json
from pathlib import Path

import dagster_pipes as dp

HERE = Path(__file__).parent

PARAMS = {
    "empty object": {},
    "file": {"path": "/tmp/messages"},
    "characters of every kind": {"path": '/größe/\U0001f680/日本/"quoted"\\\n\t\u0001'},
    "numbers": {
        "small": 1,
        "past 2^53": 9007199254740993,
        "past 2^63": 18446744073709551616,
        "negative": -9223372036854775808,
        "float": 0.1,
        "whole float": 1.0,
        "tiny": 5e-324,
        "huge": 1.7976931348623157e308,
    },
    "no JSON numbers": {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf"), "text": "NaN, -Infinity"},
    "nesting": {"data": {"extras": {"list": [1, [2, [None, True, False]], {"a": {}}]}}},
    "unknown keys": {"bucket": "b", "key_prefix": "p", "upload_interval_millis": 300, "something_new": [1]},
}

METADATA = {
    "text": {"raw_value": "größer \U0001f680", "type": "text"},
    "url": {"raw_value": "https://dagster.io", "type": "url"},
    "path": {"raw_value": "s3://bucket/key", "type": "path"},
    "notebook": {"raw_value": "a.ipynb", "type": "notebook"},
    "json": {"raw_value": {"a": [1, 2.5, None, {"b": True}]}, "type": "json"},
    "md": {"raw_value": "# ok\n", "type": "md"},
    "float": {"raw_value": 1.0, "type": "float"},
    "nan": {"raw_value": float("nan"), "type": "float"},
    "infinity": {"raw_value": float("-inf"), "type": "float"},
    "int": {"raw_value": 9007199254740993, "type": "int"},
    "big": {"raw_value": 18446744073709551616, "type": "int"},
    "bool": {"raw_value": True, "type": "bool"},
    "run": {"raw_value": "db892d7f-0031-4747-973d-22e8b9095d9d", "type": "dagster_run"},
    "asset": {"raw_value": "foo/bar", "type": "asset"},
    "null": {"raw_value": None, "type": "null"},
    "timestamp": {"raw_value": 1356998400.5, "type": "timestamp"},
    "table": {
        "raw_value": {
            "records": [{"airport": "JFK", "delay": 12.5, "flights": 3, "late": True, "note": None}],
            "schema": [
                {"name": "airport", "type": "string"},
                {"name": "delay", "type": "double", "description": "minutes"},
            ],
        },
        "type": "table",
    },
    "schema": {
        "raw_value": {
            "columns": [
                {
                    "name": "id",
                    "type": "bigint",
                    "tags": {"pii": "no"},
                    "constraints": {"nullable": False, "unique": True, "other": ["> 0"]},
                }
            ]
        },
        "type": "table_schema",
    },
    "lineage": {
        "raw_value": {"deps_by_column": {"id": [{"asset_key": ["up", "stream"], "column_name": "id"}]}},
        "type": "table_column_lineage",
    },
    "inferred": "plain",
    "inferred int": 3,
    "inferred float": 3.0,
    "inferred bool": False,
    "inferred null": None,
    "inferred list": [1, "a"],
}

CONTEXT = {
    "asset_keys": ["first", "second/part"],
    "code_version_by_asset_key": {"first": None, "second/part": "v1"},
    "provenance_by_asset_key": {"first": None, "second/part": None},
    "partition_key": None,
    "partition_key_range": None,
    "partition_time_window": None,
    "run_id": "golden",
    "job_name": None,
    "retry_number": 0,
    "extras": {},
}


def main() -> None:
    cases = [{"name": n, "value": v, "encoded": dp.encode_param(v)} for n, v in PARAMS.items()]
    (HERE / "params.json").write_text(json.dumps(cases, indent=2) + "\n", encoding="utf-8")

    messages = HERE / "messages.jsonl"
    messages.unlink(missing_ok=True)
    params = {
        dp.DAGSTER_PIPES_CONTEXT_ENV_VAR: dp.encode_param({"data": CONTEXT}),
        dp.DAGSTER_PIPES_MESSAGES_ENV_VAR: dp.encode_param({"path": str(messages)}),
    }
    with dp.open_dagster_pipes(params_loader=dp.PipesMappingParamsLoader(params)) as pipes:
        for level in ("debug", "info", "warning", "error", "critical"):
            getattr(pipes.log, level)(f'{level}: größer \U0001f680\n\t"quoted" \\ \u0001\u007f\u2028')
        pipes.report_asset_materialization(asset_key="first", data_version="alpha", metadata=METADATA)
        pipes.report_asset_materialization(asset_key="second/part")
        pipes.report_asset_check("bare", True, asset_key="first")
        pipes.report_asset_check("full", False, "WARN", {"n": 1}, "second/part")
        for payload in ({"a": [None, 1, 2.5]}, 18446744073709551616, 0.1, "text", [1, "x"], None):
            pipes.report_custom_message(payload)


if __name__ == "__main__":
    main()
