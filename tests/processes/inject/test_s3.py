import json
from collections.abc import Iterator
from typing import Any

import pytest
from dagster_aws.pipes import PipesS3ContextInjector
from dagster_pipes import PipesParams

from dagster_pipes_jvm import InvalidParameterError, PipesJvmS3ContextInjector, S3AccessError
from dagster_pipes_jvm.texts import PAGE_URL
from dagster_pipes_jvm_standin.s3_server import Credentials, LocalS3
from tests.support.s3_answers import Requests

CONTEXT: Any = {"asset_keys": ["probe"], "extras": {"x": "é" * 200_000}}


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with LocalS3() as server:
        server.create_bucket("contexts")
        yield server


def keys(s3: LocalS3) -> list[str]:
    return [item["Key"] for item in s3.client().list_objects_v2(Bucket="contexts").get("Contents", ())]


def test_the_context_is_there_while_the_run_is_and_gone_when_it_has_failed(s3: LocalS3) -> None:
    """Dagster's own injector leaves it behind then."""
    injector = PipesJvmS3ContextInjector(bucket="contexts", client=s3.client(), key_prefix="team/")
    assert isinstance(injector, PipesS3ContextInjector)
    seen: list[PipesParams] = []

    def fail() -> None:
        with injector.inject_context(CONTEXT) as params:
            seen.append(params)
            body = s3.client().get_object(Bucket=str(params["bucket"]), Key=str(params["key"]))["Body"].read()
            assert json.loads(body) == CONTEXT
            raise RuntimeError("the job failed")

    with pytest.raises(RuntimeError, match="the job failed"):
        fail()
    assert str(seen[0]["key"]).startswith("team/")
    assert keys(s3) == []


def test_a_run_that_may_be_reattached_to_keeps_its_context_and_no_other_does(s3: LocalS3) -> None:
    injector = PipesJvmS3ContextInjector(bucket="contexts", client=s3.client())
    with injector.inject_context(CONTEXT) as kept, injector.inject_context(CONTEXT):
        injector.keep(kept)
    assert keys(s3) == [kept["key"]]
    s3.client().delete_object(Bucket="contexts", Key=str(kept["key"]))


def test_the_right_to_put_and_delete_under_a_prefix_is_enough_and_put_options_go_along(s3: LocalS3) -> None:
    actions = ["s3:PutObject", "s3:DeleteObject"]
    statements = [
        {"Effect": "Allow", "Action": actions, "Resource": "arn:aws:s3:::contexts/team/*"},
        {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::contexts"},  # for moto
    ]
    client = s3.client(s3.user_with_policy({"Version": "2012-10-17", "Statement": statements}))
    options = {"ServerSideEncryption": "aws:kms"}
    injector = PipesJvmS3ContextInjector(bucket="contexts", client=client, key_prefix="team", put_options=options)
    requests = Requests(client)
    with injector.inject_context(CONTEXT) as params:
        head = s3.client().head_object(Bucket="contexts", Key=str(params["key"]))
        assert head["ServerSideEncryption"] == "aws:kms"
    assert [operation for operation, _ in requests.sent] == ["PutObject", "DeleteObjects"]
    assert keys(s3) == []


@pytest.mark.parametrize(
    ("bucket", "secret", "said"),
    [("no-such-bucket", None, "NoSuchBucket"), ("contexts", "wrong", "SignatureDoesNotMatch")],
)
def test_a_refusal_names_the_call_and_the_remedy(s3: LocalS3, bucket: str, secret: str | None, said: str) -> None:
    client = s3.client(Credentials(s3.access_key_id, secret or s3.secret_access_key))
    with pytest.raises(S3AccessError) as caught:
        PipesJvmS3ContextInjector(bucket=bucket, client=client).inject_context(CONTEXT).__enter__()
    assert str(caught.value).startswith(f"S3 does not let `PipesJvmS3ContextInjector` write s3://{bucket}/")
    assert f"/context.json: {said} (" in str(caught.value)
    assert f"See {PAGE_URL}#s3-access" in str(caught.value)


def test_an_option_that_names_what_is_written_is_refused(s3: LocalS3) -> None:
    with pytest.raises(
        InvalidParameterError, match="arguments of put_object other than Bucket, Key and Body, got Bucket"
    ):
        PipesJvmS3ContextInjector(bucket="contexts", client=s3.client(), put_options={"Bucket": "other"})
