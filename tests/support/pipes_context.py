"""The context of a Pipes session of one asset, as Dagster sends it to a job."""

from typing import Any


def pipes_context(asset: str = "a", **changes: Any) -> dict[str, Any]:
    """A context of this asset without partitions, with these values in place of its own."""
    return {
        "asset_keys": [asset],
        "code_version_by_asset_key": {asset: None},
        "provenance_by_asset_key": {asset: None},
        "partition_key": None,
        "partition_key_range": None,
        "partition_time_window": None,
        "run_id": "r",
        "job_name": None,
        "retry_number": 0,
        "extras": {},
        **changes,
    }
