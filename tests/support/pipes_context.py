"""The context of a Pipes session of one asset, as Dagster sends it to a job."""

from typing import Any


def pipes_context(**changes: Any) -> dict[str, Any]:
    """A context without partitions, with these values in place of its own."""
    return {
        "asset_keys": ["a"],
        "code_version_by_asset_key": {"a": None},
        "provenance_by_asset_key": {"a": None},
        "partition_key": None,
        "partition_key_range": None,
        "partition_time_window": None,
        "run_id": "r",
        "job_name": None,
        "retry_number": 0,
        "extras": {},
        **changes,
    }
