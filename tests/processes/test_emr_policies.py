from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dagster_pipes_jvm import (
    PipesJvmS3ContextInjector,
    S3AccessError,
    bridge_jar,
    pyspark_zip,
    staged_bridge_jar,
    staged_pyspark_zip,
)
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.unit.test_emr_page import JOBS, LAUNCHERS

CONTEXT: Any = {"asset_keys": ["orders"], "extras": {}}


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with LocalS3() as server:
        server.create_bucket("team-pipes")
        server.create_bucket("other")
        yield server


def client(s3: LocalS3, policy: dict[str, Any]) -> Any:
    on_s3 = [s for s in policy["Statement"] if "s3:" in str(s["Action"])]
    assert on_s3
    return s3.client(s3.user_with_policy({"Version": policy["Version"], "Statement": on_s3}))


def refused(request: Any, **arguments: Any) -> bool:
    try:
        request(**arguments)
    except ClientError as e:
        if e.response["Error"]["Code"] not in ("AccessDenied", "403"):
            raise
        return True
    return False


def test_the_launchers_policy_lets_it_stage_the_jar_send_the_context_and_read_messages(s3: LocalS3) -> None:
    mine = client(s3, LAUNCHERS)
    uri = staged_bridge_jar(mine, "team-pipes", "jars")
    assert uri.startswith(f"s3://team-pipes/jars/{bridge_jar().stem}-")
    uri = staged_pyspark_zip(mine, "team-pipes", "jars")
    assert uri.startswith(f"s3://team-pipes/jars/{pyspark_zip().stem}-")
    injector = PipesJvmS3ContextInjector(bucket="team-pipes", client=mine, key_prefix="pipes")
    with injector.inject_context(CONTEXT) as params:
        assert mine.get_object(Bucket="team-pipes", Key=params["key"])["Body"].read()
    assert not refused(mine.list_objects_v2, Bucket="team-pipes", Prefix="pipes/")
    assert refused(mine.put_object, Bucket="team-pipes", Key="elsewhere/x", Body=b"")
    assert refused(mine.get_object, Bucket="other", Key="pipes/x")


@pytest.mark.parametrize("stage", [staged_bridge_jar, staged_pyspark_zip])
def test_the_jobs_policy_lets_it_write_messages_and_fetch_the_files_and_nothing_else(s3: LocalS3, stage: Any) -> None:
    staged = stage(s3.client(), "team-pipes", "jars").removeprefix("s3://team-pipes/")
    mine = client(s3, JOBS)
    assert not refused(mine.put_object, Bucket="team-pipes", Key="pipes/run/1.json", Body=b"{}")
    assert not refused(mine.get_object, Bucket="team-pipes", Key="pipes/run/1.json")
    assert not refused(mine.get_object, Bucket="team-pipes", Key=staged)
    assert not refused(mine.list_objects_v2, Bucket="team-pipes", Prefix="pipes/")
    assert refused(mine.put_object, Bucket="team-pipes", Key=staged, Body=b"")
    assert refused(mine.delete_object, Bucket="team-pipes", Key="pipes/run/1.json")
    with pytest.raises(S3AccessError):
        stage(mine, "team-pipes", "pipes-of-others")
