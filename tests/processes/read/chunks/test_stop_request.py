from collections.abc import Iterator
from typing import Any

import pytest

from dagster_pipes_jvm import PipesJvmS3MessageReader
from dagster_pipes_jvm.read.messages.accounted import account_of
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.support.recording import CLOSED, OPENED, RecordingHandler


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with LocalS3() as server:
        server.create_bucket("pipes")
        yield server


@pytest.fixture
def handler() -> Any:
    handler: Any = RecordingHandler()
    account_of(handler).stop_poll_interval_millis = 5000
    return handler


@pytest.mark.parametrize("keep_messages", [False, True])
def test_a_job_is_asked_to_stop_beside_its_chunks_and_the_request_is_removed_with_the_run(
    s3: LocalS3, handler: Any, keep_messages: bool
) -> None:
    client = s3.client()
    reader = PipesJvmS3MessageReader(bucket="pipes", client=client, keep_messages=keep_messages)
    with reader.read_messages(handler) as params:
        key = f"{params['key_prefix']}/stop"
        client.put_object(Bucket="pipes", Key=f"{params['key_prefix']}/1.json", Body=f"{OPENED}\n{CLOSED}".encode())
        reader.request_stop(params, "the run was cancelled")
        assert client.get_object(Bucket="pipes", Key=key)["Body"].read() == b"the run was cancelled"
    assert params["stop_poll_interval_millis"] == 5000
    left = client.list_objects_v2(Bucket="pipes", Prefix=f"{params['key_prefix']}/").get("Contents", [])
    assert [item["Key"].rpartition("/")[2] for item in left] == (["1.json"] if keep_messages else [])


def test_a_job_that_nobody_may_ask_to_stop_does_not_look(s3: LocalS3) -> None:
    reader = PipesJvmS3MessageReader(bucket="pipes", client=s3.client())
    with reader.read_messages(RecordingHandler()) as params:  # type: ignore[arg-type]  # a recorder of the handler's calls
        pass
    assert "stop_poll_interval_millis" not in params
