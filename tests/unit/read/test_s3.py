import json
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import PipesJvmS3MessageReader
from dagster_pipes_jvm.standin.s3_server import Credentials, LocalS3
from tests.support.dagster_runs import DagsterRuns, Finished


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with LocalS3() as server:
        server.create_bucket("messages")
        yield server


def message(method: str, **params: Any) -> str:
    return json.dumps({"__dagster_pipes_version": "0.1", "method": method, "params": params})


def read(runs: DagsterRuns, reader: PipesJvmS3MessageReader, chunks: list[str], s3: LocalS3) -> Finished:
    def body(context: dg.AssetExecutionContext) -> Any:
        with dg.open_pipes_session(context, dg.PipesEnvContextInjector(), reader) as session:
            params = session.message_reader_params
            client = s3.client()
            for index, chunk in enumerate(chunks, start=1):
                key = f"{params['key_prefix']}/{index}.json"
                client.put_object(Bucket=params["bucket"], Key=key, Body=chunk.encode())
        return dg.MaterializeResult()

    return runs.run_body(body)


def test_a_backlog_is_read_whole_when_the_process_has_ended(runs: DagsterRuns, s3: LocalS3) -> None:
    chunks = [message("log", message=f"chunk {n}", level="INFO") for n in range(1, 41)]
    chunks.insert(0, message("opened", extras={}))
    # Nothing is looked for in the meantime: all of it is a backlog at the end.
    reader = PipesJvmS3MessageReader(bucket="messages", client=s3.client(), poll_interval_seconds=3600)
    run = read(runs, reader, [*chunks, message("closed")], s3)
    assert [text for _, text in run.logs if text.startswith("chunk")] == [f"chunk {n}" for n in range(1, 41)]
    assert not any("did not receive closed" in text for _, text in run.logs)


def test_the_writer_is_told_how_long_a_log_line_may_wait(runs: DagsterRuns, s3: LocalS3) -> None:
    seen: list[Any] = []

    def body(context: dg.AssetExecutionContext) -> Any:
        reader = PipesJvmS3MessageReader(bucket="messages", client=s3.client(), upload_interval_millis=250)
        with dg.open_pipes_session(context, dg.PipesEnvContextInjector(), reader) as session:
            seen.append(session.message_reader_params)
        return dg.MaterializeResult()

    runs.run_body(body)
    assert seen[0]["upload_interval_millis"] == 250
    assert seen[0]["bucket"] == "messages"


def test_a_bucket_that_does_not_exist_fails_the_step_at_once(runs: DagsterRuns, s3: LocalS3) -> None:
    run = read(runs, PipesJvmS3MessageReader(bucket="no-such-bucket", client=s3.client()), [], s3)
    assert (
        "S3AccessError: Invalid value for parameter `bucket` or `client` of `PipesJvmS3MessageReader`." in run.failure
    )
    assert "s3://no-such-bucket/" in run.failure
    assert "got NoSuchBucket from S3" in run.failure
    assert "Create the bucket, or name another in `bucket`. See TROUBLESHOOTING.md#s3-access" in run.failure


def test_refused_access_fails_the_step_at_once(runs: DagsterRuns, s3: LocalS3) -> None:
    statement = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    client = s3.client(s3.user_with_policy({"Version": "2012-10-17", "Statement": [statement]}))
    run = read(runs, PipesJvmS3MessageReader(bucket="messages", client=client), [], s3)
    assert "got AccessDenied from S3" in run.failure
    assert "s3:GetObject" in run.failure
    assert "See TROUBLESHOOTING.md#s3-access" in run.failure


def test_wrong_credentials_fail_the_step_at_once(runs: DagsterRuns, s3: LocalS3) -> None:
    client = s3.client(Credentials(s3.access_key_id, "wrong"))
    run = read(runs, PipesJvmS3MessageReader(bucket="messages", client=client), [], s3)
    assert "got SignatureDoesNotMatch from S3" in run.failure


def test_without_the_right_to_list_a_missing_chunk_means_not_yet(runs: DagsterRuns, s3: LocalS3) -> None:
    class NoListBucket:
        """AWS answers 403 for a missing key to a caller who may not list; moto answers 404, so the difference is made here."""

        def __init__(self) -> None:
            self._client = s3.client()

        def __getattr__(self, name: str) -> Any:
            return getattr(self._client, name)

        def get_object(self, **arguments: Any) -> Any:
            try:
                return self._client.get_object(**arguments)
            except self._client.exceptions.NoSuchKey as e:
                raise self._client.exceptions.ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject") from e

    reader = PipesJvmS3MessageReader(bucket="messages", client=NoListBucket())
    run = read(runs, reader, [message("opened", extras={}), message("closed")], s3)
    assert run.success
    assert not any("did not receive" in text for _, text in run.logs)
