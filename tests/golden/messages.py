"""Messages of every kind, each written by `dagster_pipes` itself; jvm/core's GoldenSuite makes the same calls."""

import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster_pipes as dp

ASSETS = {
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
TEXT = 'größer \U0001f680\n\t"quoted" \\ \u0001\u007f\u2028'

TYPED: dict[str, dict[str, Any]] = {
    "text": {"raw_value": "größer \U0001f680", "type": "text"},
    "url": {"raw_value": "https://dagster.io", "type": "url"},
    "path": {"raw_value": "s3://bucket/key", "type": "path"},
    "notebook": {"raw_value": "a.ipynb", "type": "notebook"},
    "json": {"raw_value": {"a": [1, 2.5, None, {"b": True}]}, "type": "json"},
    "md": {"raw_value": "# ok\n", "type": "md"},
    "float": {"raw_value": 1.0, "type": "float"},
    "nan": {"raw_value": float("nan"), "type": "float"},
    "infinity": {"raw_value": float("-inf"), "type": "float"},
    "tiny": {"raw_value": 5e-324, "type": "float"},
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
}
INFERRED: dict[str, Any] = {
    "inferred text": "plain",
    "inferred int": 3,
    "inferred float": 3.0,
    "inferred bool": False,
    "inferred null": None,
    "inferred list": [1, "a"],
    "inferred nan": float("nan"),
    "inferred big": 18446744073709551616,
}
PAYLOADS: list[Any] = [
    {"a": [None, 1, 2.5]},
    {"nan": float("nan"), "past 2^53": 9007199254740993},
    18446744073709551616,
    0.1,
    "text",
    [1, "x"],
    True,
    None,
]


def messages() -> Iterator[tuple[str, list[str]]]:
    """The name of each feature, and the lines that the reference writes for it."""
    yield "lifecycle", _session(lambda pipes: None)
    yield "logs", _session(_logs)[1:-1]
    yield "metadata_values", _session(_metadata_values)[1:-1]
    yield "materializations", _session(_materializations)[1:-1]
    yield "checks", _session(_checks)[1:-1]
    yield "custom_messages", _session(lambda pipes: [pipes.report_custom_message(p) for p in PAYLOADS])[1:-1]
    yield "external_streams", _session(_external_streams)[1:-1]
    yield "exceptions", [_session(body)[-1] for body in (_raise, _raise_from, _raise_during)]


def _session(body: Callable[[dp.PipesContext], Any]) -> list[str]:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "messages"
        params = {
            dp.DAGSTER_PIPES_CONTEXT_ENV_VAR: dp.encode_param({"data": ASSETS}),
            dp.DAGSTER_PIPES_MESSAGES_ENV_VAR: dp.encode_param({"path": str(file)}),
        }
        dp.PipesContext._instance = None  # one process, many sessions
        try:
            with dp.open_dagster_pipes(params_loader=dp.PipesMappingParamsLoader(params)) as pipes:
                body(pipes)
        except RuntimeError:
            pass
        # Where this file lies, and which line of it, is nobody's business.
        text = re.sub(
            r'File \\"[^"]*/([^/"]+)\\", line \d+', r'File \\"\1\\", line 0', file.read_text(encoding="utf-8")
        )
        return text.splitlines()


def _logs(pipes: dp.PipesContext) -> None:
    for level in ("debug", "info", "warning", "error", "critical"):
        getattr(pipes.log, level)(f"{level}: {TEXT}")


def _metadata_values(pipes: dp.PipesContext) -> None:
    for name, value in {**TYPED, **INFERRED}.items():
        pipes.report_asset_check(name, True, asset_key="first", metadata={"value": value})


def _materializations(pipes: dp.PipesContext) -> None:
    pipes.report_asset_materialization(asset_key="first", data_version="alpha", metadata={**TYPED, **INFERRED})
    pipes.report_asset_materialization(asset_key="second/part")


def _checks(pipes: dp.PipesContext) -> None:
    pipes.report_asset_check("bare", True, asset_key="first")
    pipes.report_asset_check("full", False, "WARN", {"n": 1}, "second/part")
    pipes.report_asset_check("größer", False, "ERROR", {}, "first")


def _external_streams(pipes: dp.PipesContext) -> None:
    for stream in ("stdout", "stderr"):
        pipes.log_external_stream(stream, f"{TEXT}\n")
        pipes.log_external_stream(stream, "", {"source": ["driver", 1]})


def _raise(_: dp.PipesContext) -> None:
    raise RuntimeError(TEXT)


def _raise_from(_: dp.PipesContext) -> None:
    try:
        _fail()
    except ValueError as e:
        raise RuntimeError("outer") from e


def _raise_during(_: dp.PipesContext) -> None:
    try:
        _fail()
    except ValueError:
        raise RuntimeError("outer")  # noqa: B904  # the exception's context, of which the JVM has none


def _fail() -> None:
    raise ValueError("inner")
