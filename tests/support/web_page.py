"""What Dagster's web page gets to show: its own GraphQL queries, in process, read as JavaScript reads JSON."""

import asyncio
import json
from typing import Any

import dagster as dg
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster_graphql.schema import create_schema

# As the page asks (dagster-webserver's MetadataEntryFragment and PythonErrorFragment), `floatRepr` is not among it.
_FRAGMENTS = """
fragment Entry on MetadataEntry {
  __typename
  label
  ... on PathMetadataEntry { path }
  ... on NotebookMetadataEntry { path }
  ... on JsonMetadataEntry { jsonString }
  ... on UrlMetadataEntry { url }
  ... on TextMetadataEntry { text }
  ... on MarkdownMetadataEntry { mdStr }
  ... on FloatMetadataEntry { floatValue }
  ... on TimestampMetadataEntry { timestamp }
  ... on IntMetadataEntry { intValue intRepr }
  ... on BoolMetadataEntry { boolValue }
  ... on PipelineRunMetadataEntry { runId }
  ... on AssetMetadataEntry { assetKey { path } }
  ... on TableColumnLineageMetadataEntry { lineage { columnName columnDeps { assetKey { path } columnName } } }
  ... on TableMetadataEntry { table { records schema { ...Schema } } }
  ... on TableSchemaMetadataEntry { schema { ...Schema } }
}
fragment Schema on TableSchema {
  columns { name description type constraints { nullable unique other } tags { key value } }
}
fragment Error on PythonError { message stack errorChain { isExplicitLink error { message stack } } }
"""
_MATERIALIZATIONS = """
query ($key: AssetKeyInput!) {
  assetOrError(assetKey: $key) { ... on Asset { assetMaterializations { metadataEntries { ...Entry } } } }
}
""" + _FRAGMENTS.split("fragment Error")[0]
_EVENTS = (
    """
query ($run: ID!) {
  logsForRun(runId: $run, limit: 1000) {
    __typename
    ... on EventConnection { events {
      __typename
      ... on MessageEvent { message level }
      ... on ErrorEvent { error { ...Error } }
      ... on MaterializationEvent { metadataEntries { ...Entry } }
      ... on AssetCheckEvaluationEvent { evaluation { success severity metadataEntries { ...Entry } } }
    } }
  }
}
"""
    + _FRAGMENTS
)


class WebPage:
    """The page of one Dagster instance."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self._instance = instance
        self._schema = create_schema()

    def metadata(self, asset: str) -> dict[str, Any]:
        """What is shown of each entry of the asset's latest materialization, by its name."""
        asset_node = self._query(_MATERIALIZATIONS, {"key": {"path": asset.split("/")}})["assetOrError"]
        return shown(asset_node["assetMaterializations"][0]["metadataEntries"])

    def events(self, run_id: str) -> list[dict[str, Any]]:
        """The run's page: its events."""
        events: list[dict[str, Any]] = self._query(_EVENTS, {"run": run_id})["logsForRun"]["events"]
        return events

    def _query(self, query: str, variables: dict[str, Any]) -> Any:
        with WorkspaceProcessContext(self._instance, EmptyWorkspaceTarget()) as process:
            context = process.create_request_context()
            result = asyncio.run(self._schema.execute_async(query, context_value=context, variable_values=variables))
        assert result.errors is None, result.errors
        # As the web server sends it, and as a browser reads it.
        return json.loads(json.dumps(result.data, allow_nan=False, ensure_ascii=False).encode("utf-8"))


def shown(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Type and content of each entry, by its name."""
    return {entry["label"]: (entry["__typename"].removesuffix("MetadataEntry"), _content(entry)) for entry in entries}


def _content(entry: dict[str, Any]) -> Any:
    fields = {k: v for k, v in entry.items() if k not in ("__typename", "label")}
    match entry["__typename"]:
        case "JsonMetadataEntry":
            return javascript(fields["jsonString"])
        case "TableMetadataEntry":
            return [javascript(record) for record in fields["table"]["records"]]
        case "IntMetadataEntry":
            return fields["intRepr"] if fields["intValue"] is None else fields["intValue"]
    return next(iter(fields.values()), None)


def javascript(text: str) -> Any:
    """`JSON.parse`: every number is a double, and NaN is none."""

    def refuse(word: str) -> None:
        raise AssertionError(f"JSON.parse knows no {word}: {text}")

    def whole(digits: str) -> int:
        return int(float(digits))

    return json.loads(text, parse_constant=refuse, parse_int=whole)
