"""What a client hands back when the job has ended."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from dagster import AssetExecutionContext, MaterializeResult, PipesExecutionResult, PipesSession

from dagster_pipes_jvm._dagster import PipesClientCompletedInvocation
from dagster_pipes_jvm.errors import MessagesMissingError, MetadataNotFoundError
from dagster_pipes_jvm.texts import invalid_value, see

MESSAGES_RECEIVED_METADATA_KEY = "dagster_pipes_jvm/messages_received"


class PipesSparkCompletedInvocation(PipesClientCompletedInvocation):
    """The results of one run of a `PipesSparkClient`: Dagster's own type, and what is counted of the messages.

    Every result carries the metadata `dagster_pipes_jvm/messages_received`, the number of Pipes messages of the run.

    Args:
        session: the closed Pipes session.
        received_by_method: how many messages of each protocol method arrived and were accepted.
        platform_metadata: what the platform says of the job, for every result.
        lost_reports: the messages that are missing or were refused, if one of them may be a report; or an empty string.
    """

    def __init__(
        self,
        session: PipesSession,
        received_by_method: Mapping[str, int],
        platform_metadata: Mapping[str, Any] = MappingProxyType({}),
        *,
        lost_reports: str = "",
    ) -> None:
        received = sum(received_by_method.values())
        count = {MESSAGES_RECEIVED_METADATA_KEY: received} if received else {}
        super().__init__(session, metadata={**platform_metadata, **count})
        self._step_context = session.context
        self._received_by_method = dict(received_by_method)
        self._lost_reports = lost_reports

    @property
    def received_by_method(self) -> Mapping[str, int]:
        """How many messages arrived, by protocol method (`log`, `report_asset_materialization`, ...)."""
        return dict(self._received_by_method)

    def get_results(self, *, implicit_materializations: bool = True) -> Sequence[PipesExecutionResult]:
        """The results that the job reported, and an empty materialization for each other asset of the step.

        Args:
            implicit_materializations: whether assets that the job did not report get an empty one, as in Dagster.

        Raises:
            MessagesMissingError: an asset would get an empty one, and its report may have been lost.
        """
        results = super().get_results(implicit_materializations=implicit_materializations)
        if not (implicit_materializations and self._lost_reports):
            return results
        # Dagster adds the empty ones behind the others.
        silent = results[len(super().get_results(implicit_materializations=False)) :]
        if silent:
            names = ", ".join(one.asset_key.to_user_string() for one in silent if one.asset_key is not None)
            raise MessagesMissingError(
                f"{names} cannot be materialized, because the report of it may be lost: {self._lost_reports}. Run the step again,"
                f" or pass implicit_materializations=False to take what was reported. {see('messages-missing')}"
            )
        return results

    def get_materialize_result(
        self, *, implicit_materialization: bool = True, value_from_metadata: str | None = None
    ) -> MaterializeResult[Any]:
        """The one materialization of the run, with its checks.

        Args:
            implicit_materialization: whether a job that reported none gives an empty one, as in Dagster.
            value_from_metadata: the metadata key whose reported value becomes the asset's value, for the IO manager to
                store and for downstream assets to load; `None` gives a result without value. What the job reported
                stays in the materialization's metadata, also where the IO manager adds metadata of the same key.

        Raises:
            MetadataNotFoundError: the job reported no metadata of that key.
        """
        result = super().get_materialize_result(implicit_materialization=implicit_materialization)
        if value_from_metadata is None:
            return result
        metadata = result.metadata or {}
        if value_from_metadata not in metadata:
            raise MetadataNotFoundError(
                invalid_value(
                    parameter="value_from_metadata",
                    call="get_materialize_result",
                    expected="the key of metadata that the job reported for"
                    f" {result.asset_key and result.asset_key.to_user_string()}",
                    got=f"{value_from_metadata!r}; reported were {sorted(metadata)}",
                    remedy="Report it in the job with `reportAssetMaterialization`.",
                    anchor="latest-metadata",
                )
            )
        context = self._step_context
        if isinstance(context, AssetExecutionContext):
            # A value goes through the IO manager, and its own metadata (a `path`, with Dagster's default one) would otherwise
            # take the place of what the job reported under the same key.
            context.add_asset_metadata(metadata, asset_key=result.asset_key)
        value = metadata[value_from_metadata]
        return result._replace(value=getattr(value, "value", value))
