"""Metadata that an earlier materialization left, for the bodies of downstream assets."""

from typing import Any, Protocol

from dagster import AssetKey, DagsterInstance

from dagster_pipes_jvm.errors import MetadataNotFoundError
from dagster_pipes_jvm.texts import invalid_value


class _HasInstance(Protocol):
    @property
    def instance(self) -> DagsterInstance: ...


def latest_metadata_value(
    context: _HasInstance,
    asset_key: AssetKey | str | list[str] | tuple[str, ...],
    metadata_key: str,
) -> Any:
    """The value under `metadata_key` in the latest materialization of an asset: no IO manager needed to pass a path on.

    Args:
        context: the execution context of an asset or op, or anything else with a Dagster `instance`.
        asset_key: the upstream asset; a text is read as Dagster's user string, with `/` between its parts.
        metadata_key: the key under which the upstream job reported the value.

    Returns:
        Any: the plain value (a text for `path`, `url`, `text`; a number; a list or mapping for JSON).

    Raises:
        MetadataNotFoundError: where the asset was never materialized, or its latest materialization lacks the key.
    """
    key = AssetKey.from_user_string(asset_key) if isinstance(asset_key, str) else AssetKey.from_coercible(asset_key)
    name = key.to_user_string()
    event = context.instance.get_latest_materialization_event(key)
    if event is None or event.asset_materialization is None:
        raise MetadataNotFoundError(
            invalid_value(
                parameter="asset_key",
                call="latest_metadata_value",
                expected="an asset with a materialization",
                got=f"`{name}`, which was never materialized in this Dagster instance",
                remedy="Materialize it first, and declare it in the asset's `deps`.",
                anchor="latest-metadata",
            )
        )
    metadata = event.asset_materialization.metadata
    if metadata_key not in metadata:
        raise MetadataNotFoundError(
            invalid_value(
                parameter="metadata_key",
                call="latest_metadata_value",
                expected=f"a metadata key of the latest materialization of `{name}` (run {event.run_id})",
                got=f"{metadata_key!r}; it has {sorted(metadata)}",
                remedy=f"Report it in the job that materializes `{name}`.",
                anchor="latest-metadata",
            )
        )
    value = metadata[metadata_key]
    return getattr(value, "value", value)
