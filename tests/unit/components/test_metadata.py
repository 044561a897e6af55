import dagster as dg
import pytest

from dagster_pipes_jvm import MetadataNotFoundError, latest_metadata_value
from dagster_pipes_jvm.texts import PAGE_URL
from tests.support.dagster_runs import DagsterRuns


@dg.asset(key=["lake", "orders"])
def orders() -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"path": dg.MetadataValue.path("s3://b/orders/1"), "rows": 3})


@pytest.mark.parametrize("key", ["lake/orders", ["lake", "orders"], dg.AssetKey(["lake", "orders"])])
def test_the_value_of_the_latest_materialization_is_given_as_a_plain_value(runs: DagsterRuns, key: object) -> None:
    runs.materialize(orders)
    seen = []

    def body(context: dg.AssetExecutionContext) -> None:
        seen.extend(latest_metadata_value(context, key, name) for name in ("path", "rows"))  # type: ignore[arg-type]  # the cases are of several types

    assert runs.run_body(body).success
    assert seen == ["s3://b/orders/1", 3]


def test_an_asset_that_was_never_materialized_is_named(runs: DagsterRuns) -> None:
    run = runs.run_body(lambda context: latest_metadata_value(context, "lake/orders", "path"))
    assert run.failure == (
        "dagster_pipes_jvm.errors.MetadataNotFoundError: Invalid value for parameter `asset_key` of"
        " `latest_metadata_value`. Expected an asset with a materialization, got `lake/orders`, which was never"
        " materialized in this Dagster instance. Materialize it first, and declare it in the asset's `deps`."
        f" See {PAGE_URL}#latest-metadata\n"
    )


def test_a_key_that_the_latest_materialization_lacks_is_named_with_those_it_has(runs: DagsterRuns) -> None:
    runs.materialize(orders)
    (event,) = runs.instance.fetch_materializations(orders.key, limit=1).records
    with pytest.raises(MetadataNotFoundError) as caught:
        latest_metadata_value(runs, "lake/orders", "location")
    assert str(caught.value) == (
        "Invalid value for parameter `metadata_key` of `latest_metadata_value`. Expected a metadata key of the latest"
        f" materialization of `lake/orders` (run {event.run_id}), got 'location'; it has ['path', 'rows']. Report it in"
        f" the job that materializes `lake/orders`. See {PAGE_URL}#latest-metadata"
    )
