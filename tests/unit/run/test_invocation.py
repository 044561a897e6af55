from types import SimpleNamespace
from typing import Any, cast

import dagster as dg
import pytest

from dagster_pipes_jvm import MetadataNotFoundError, PipesSparkCompletedInvocation
from dagster_pipes_jvm.texts import PAGE_URL


def invocation(*results: Any) -> PipesSparkCompletedInvocation:
    def get_results(implicit_materializations: bool, metadata: Any) -> list[Any]:
        return [result._replace(metadata={**(result.metadata or {}), **metadata}) for result in results]

    session = cast("Any", SimpleNamespace(get_results=get_results, context=None))
    return PipesSparkCompletedInvocation(session, {"opened": 1, "log": 2})


def test_a_reported_path_becomes_the_assets_value() -> None:
    reported = dg.MaterializeResult(asset_key="orders", metadata={"path": dg.MetadataValue.path("s3://b/o"), "rows": 3})
    assert invocation(reported).get_materialize_result(value_from_metadata="path").value == "s3://b/o"
    assert invocation(reported).get_materialize_result(value_from_metadata="rows").value == 3


def test_a_result_carries_how_many_messages_arrived() -> None:
    result = invocation(dg.MaterializeResult(asset_key="orders")).get_materialize_result()
    assert result.metadata == {"dagster_pipes_jvm/messages_received": dg.MetadataValue.int(3)}
    assert invocation().received_by_method == {"opened": 1, "log": 2}


def test_a_value_that_was_not_reported_is_named_with_those_that_were() -> None:
    reported = dg.MaterializeResult(asset_key="orders", metadata={"rows": 3})
    with pytest.raises(MetadataNotFoundError) as caught:
        invocation(reported).get_materialize_result(value_from_metadata="path")
    assert str(caught.value) == (
        "Invalid value for parameter `value_from_metadata` of `get_materialize_result`. Expected the key of metadata that the"
        " job reported for orders, got 'path'; reported were ['dagster_pipes_jvm/messages_received', 'rows']. Report it in"
        f" the job with `reportAssetMaterialization`. See {PAGE_URL}#latest-metadata"
    )
