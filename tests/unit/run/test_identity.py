"""The identity of a launch, and its digest."""

from dataclasses import replace
from typing import Any

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_pipes_jvm import SparkJob
from dagster_pipes_jvm.run.identity import LaunchIdentity, digest_of, identity_of
from tests.support.dagster_runs import DagsterRuns

_numbers = st.integers(0, 99)
launches = st.builds(LaunchIdentity, st.text(max_size=300), st.text(max_size=300), _numbers, _numbers)


@given(launches, launches)
def test_two_launches_never_share_a_tag_and_any_platform_takes_it(one: LaunchIdentity, other: LaunchIdentity) -> None:
    assert (one.tag == other.tag) == (one == other)
    assert one.tag == replace(one, digest="abc").tag
    assert one.tag == one.tag.lower()
    assert one.tag.isascii()
    # A label of Kubernetes has 63 characters, a tag of YARN 100.
    assert len(one.tag) <= 63


def test_the_digest_is_of_job_and_extras_and_the_same_in_every_process() -> None:
    job = SparkJob("job.py", args=["a"], conf={"spark.x": 1})
    digest = digest_of(job, {"day": 1, "region": "eu"})
    assert digest == digest_of(SparkJob("job.py", args=["a"], conf={"spark.x": 1}), {"region": "eu", "day": 1})
    others = [
        digest_of(SparkJob("other.py", args=["a"], conf={"spark.x": 1}), {"day": 1, "region": "eu"}),
        digest_of(job.override(args=["b"]), {"day": 1, "region": "eu"}),
        digest_of(job.override(conf={"spark.x": 2}), {"day": 1, "region": "eu"}),
        digest_of(job, {"day": 2, "region": "eu"}),
        digest_of(job, None),
    ]
    assert len({digest, *others}) == 6


def test_calls_in_a_step_are_counted_and_retries_told_apart(runs: DagsterRuns) -> None:
    seen: list[LaunchIdentity] = []

    @dg.asset(retry_policy=dg.RetryPolicy(max_retries=1))
    def probe(context: dg.AssetExecutionContext) -> Any:
        seen.extend(identity_of(context, SparkJob("job.py"), None) for _ in range(2))
        if context.retry_number == 0:
            raise RuntimeError("again")

    run = runs.materialize(probe)
    assert [(one.retry_number, one.call_number) for one in seen] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert {(one.run_id, one.step_key) for one in seen} == {(run.entries[0].run_id, "probe")}


@pytest.mark.parametrize("context", [dg.build_asset_context(), dg.build_op_context()])
def test_a_direct_call_has_an_identity_of_its_own(context: Any) -> None:
    first, second = (identity_of(context, SparkJob("job.py"), None) for _ in range(2))
    assert first.is_direct
    assert first.of_any_retry != second.of_any_retry
    assert not LaunchIdentity("3f1c", "orders").is_direct
