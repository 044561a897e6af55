"""A direct call of an asset, as in a unit test, has no run. It works as with Dagster's `PipesSubprocessClient`."""

from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import PipesJvmError
from tests.contract.ground import Ground

DIRECT_RUN = "EPHEMERAL"  # Dagster's own word for the run of a direct call.


def called(ground: Ground, action: str, **given: Any) -> Any:
    """The result of an asset that is called as a function, as in a user's unit test."""

    @dg.asset
    def probe(context: dg.AssetExecutionContext) -> Any:
        client, job = ground.client(), ground.job(action)
        return client.run(context=context, job=job, **given).get_materialize_result()

    return probe(dg.build_asset_context())


def test_an_asset_gets_what_its_job_reported(ground: Ground) -> None:
    result = called(ground, "reports", extras={"day": 1})
    assert result.asset_key == dg.AssetKey("probe")
    assert result.metadata["run"].value == DIRECT_RUN
    assert ground.started() == 1
    assert ground.running() == {}


def test_an_asset_that_streams_gets_the_results_one_by_one(ground: Ground) -> None:
    @dg.asset
    def probe(context: dg.AssetExecutionContext) -> Any:
        yield from ground.client().stream(context=context, job=ground.job("reports"))

    (result,) = probe(dg.build_asset_context())
    assert result.metadata["run"].value == DIRECT_RUN


def test_an_op_gets_the_messages(ground: Ground) -> None:
    @dg.op
    def probe(context: dg.OpExecutionContext) -> Any:
        return ground.client().run(context=context, job=ground.job("logs")).received_by_method

    assert probe(dg.build_op_context())["log"] == 1


def test_the_error_of_a_job_is_raised_and_logged(ground: Ground, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PipesJvmError, match="the orders are missing"):
        called(ground, "raises")
    logged = capfd.readouterr().err
    assert "external process pipes closed with exception" in logged
    assert "ValueError: the orders are missing" in logged
    assert "job.py" in logged


def test_two_calls_in_one_asset_are_two_jobs_also_if_the_answer_to_the_second_is_lost(
    ground: Ground, request: pytest.FixtureRequest
) -> None:
    can_lose = "lose" not in ground.cannot

    @dg.asset
    def probe(context: dg.AssetExecutionContext) -> Any:
        client = ground.client()
        client.run(context=context, job=ground.job("logs"))
        if can_lose:
            ground.lose("answer")
        client.run(context=context, job=ground.job("logs"))
        return client.run(context=context, job=ground.job("reports")).get_materialize_result()

    probe(dg.build_asset_context())
    assert ground.started() == 3


def test_a_call_that_is_interrupted_ends_its_job_because_no_retry_can_find_it(ground: Ground) -> None:
    client = ground.client()

    @dg.asset
    def probe(context: dg.AssetExecutionContext) -> Any:
        for _ in client.stream(context=context, job=ground.job("waits-after-report")):
            raise KeyboardInterrupt
        return None

    with pytest.raises(KeyboardInterrupt):
        list(probe(dg.build_asset_context()))
    assert ground.running() == {}
