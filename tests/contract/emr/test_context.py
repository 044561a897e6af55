"""The places of the extras of a run on EMR: the step, or the bucket alone."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster_pipes import decode_param

from dagster_pipes_jvm import PipesJvmS3MessageReader, PipesSparkEMRClient
from tests.contract.emr.ground import EMR
from tests.support.dagster_runs import DagsterRuns
from tests.support.emr import BUCKET

SECRET = "the password of the orders"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with EMR.world(tmp_path_factory.mktemp("emr")) as world:
        yield world


def readable(world: Any, runs: DagsterRuns) -> dict[str, str]:
    """All that people with a right to see steps or runs can read, decoded."""
    newest, *_ = world.emr.emr_client().list_steps(ClusterId=world.cluster_id)["Steps"]
    args = "\n".join(newest["Config"]["Args"])
    decoded = [str(decode_param(value)) for value in re.findall(r"pipes\.(?:context|messages)=(\S+)", args)]
    assert decoded
    entries = [entry for run in runs.instance.get_runs() for entry in runs.instance.all_logs(run.run_id)]
    return {"step": args + "\n".join(decoded), "event log": "\n".join(map(str, entries))}


@pytest.mark.parametrize("send_context_by", ["s3", "step"])
def test_extras_are_in_the_bucket_alone_if_they_are_sent_by_s3(
    world: Any, runs: DagsterRuns, tmp_path: Path, send_context_by: Any
) -> None:
    client = PipesSparkEMRClient(
        client=world.emr.emr_client(),
        message_reader=PipesJvmS3MessageReader(bucket=BUCKET, client=world.emr.client(), key_prefix="pipes"),
        cluster_id=world.cluster_id,
        bridge_jar_uri="",
        pyspark_zip_uri="",
        deploy_mode="client",
        poll_interval_seconds=0.5,
        send_context_by=send_context_by,
    )
    job = EMR(world, tmp_path).job("reports")
    finished = runs.run_body(
        lambda context: client.run(context=context, job=job, extras={"secret": SECRET}).get_materialize_result()
    )
    assert finished.success, finished.failure
    shown = {name for name, text in readable(world, runs).items() if SECRET in text}
    assert shown == (set() if send_context_by == "s3" else {"step"})
    left = world.emr.client().list_objects_v2(Bucket=BUCKET, Prefix="pipes/")
    assert "Contents" not in left
