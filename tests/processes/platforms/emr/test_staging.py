import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from dagster_pipes_jvm import InvalidParameterError, S3AccessError, __version__, bridge_jar, staged_bridge_jar
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.support.s3_answers import Requests, refusal

BODY = bridge_jar().read_bytes()
NAME = f"dagster-pipes-jvm-{__version__}-{hashlib.sha256(BODY).hexdigest()[:16]}.jar"
SHA256 = {"dagster-pipes-jvm-sha256": hashlib.sha256(BODY).hexdigest()}


@pytest.fixture(scope="module")
def server() -> Iterator[LocalS3]:
    with LocalS3() as running:
        yield running


@pytest.fixture
def bucket(server: LocalS3, request: pytest.FixtureRequest) -> str:
    name = "b-" + hashlib.sha256(request.node.name.encode()).hexdigest()[:20]
    server.create_bucket(name)
    return name


def body(server: LocalS3, bucket: str, key: str) -> bytes:
    return server.client().get_object(Bucket=bucket, Key=key)["Body"].read()


def test_the_jar_is_put_once_under_a_name_that_holds_its_content(server: LocalS3, bucket: str) -> None:
    client = server.client()
    requests = Requests(client)
    assert staged_bridge_jar(client, bucket, "/team/jars/") == f"s3://{bucket}/team/jars/{NAME}"
    assert body(server, bucket, f"team/jars/{NAME}") == BODY
    assert len(requests.of("PutObject")) == 1
    assert staged_bridge_jar(client, bucket, "team/jars") == f"s3://{bucket}/team/jars/{NAME}"
    assert len(requests.of("PutObject")) == 1
    assert len(requests.of("HeadObject")) == 2
    assert staged_bridge_jar(client, bucket) == f"s3://{bucket}/{NAME}"


@pytest.mark.parametrize(
    ("wrong", "metadata"),
    [(BODY[:-1], SHA256), (b"x" * len(BODY), {}), (b"x" * len(BODY), {"dagster-pipes-jvm-sha256": "another"})],
    ids=["another size", "another content", "another checksum"],
)
def test_what_is_there_under_the_name_and_is_not_the_jar_is_replaced(
    server: LocalS3, bucket: str, wrong: bytes, metadata: dict[str, str]
) -> None:
    server.client().put_object(Bucket=bucket, Key=NAME, Body=wrong, Metadata=metadata)
    staged_bridge_jar(server.client(), bucket)
    assert body(server, bucket, NAME) == BODY


def test_a_jar_that_somebody_copied_there_is_taken_as_it_is(server: LocalS3, bucket: str) -> None:
    client = server.client()
    client.put_object(Bucket=bucket, Key=NAME, Body=BODY)
    requests = Requests(client)
    staged_bridge_jar(client, bucket)
    assert requests.of("PutObject") == []


def test_many_runs_at_once_leave_the_first_ones_jar(server: LocalS3, bucket: str) -> None:
    """Another put would change the time of the object, which YARN compares when it fetches a jar."""
    client = server.client()
    requests = Requests(client)
    with ThreadPoolExecutor(8) as pool:
        uris = set(pool.map(lambda _: staged_bridge_jar(client, bucket), range(8)))
    assert uris == {f"s3://{bucket}/{NAME}"}
    assert body(server, bucket, NAME) == BODY
    written = server.client().head_object(Bucket=bucket, Key=NAME)["LastModified"]
    staged_bridge_jar(client, bucket)
    assert server.client().head_object(Bucket=bucket, Key=NAME)["LastModified"] == written
    assert len(requests.of("PutObject")) <= 8


def test_a_run_that_comes_second_does_not_write_again(server: LocalS3, bucket: str) -> None:
    client = server.client()

    def other_run_is_faster(number: int, _: object) -> None:
        if number == 0:
            server.client().put_object(Bucket=bucket, Key=NAME, Body=BODY)

    requests = Requests(client, PutObject=other_run_is_faster)
    staged_bridge_jar(client, bucket)
    assert server.client().head_object(Bucket=bucket, Key=NAME)["Metadata"] == {}
    assert len(requests.of("PutObject")) == 1


def test_a_store_without_conditional_puts_gets_a_plain_one(server: LocalS3, bucket: str) -> None:
    client = server.client()
    requests = Requests(client, PutObject=lambda number, _: refusal(501, "NotImplemented") if number == 0 else None)
    staged_bridge_jar(client, bucket)
    assert body(server, bucket, NAME) == BODY
    assert len(requests.of("PutObject")) == 2


def test_put_options_and_the_users_metadata_go_along(server: LocalS3, bucket: str) -> None:
    options = {"ServerSideEncryption": "AES256", "Metadata": {"team": "data"}}
    staged_bridge_jar(server.client(), bucket, put_options=options)
    head = server.client().head_object(Bucket=bucket, Key=NAME)
    assert head["ServerSideEncryption"] == "AES256"
    assert head["Metadata"] == {"team": "data", **SHA256}
    with pytest.raises(InvalidParameterError, match=r"parameter `put_options` of `staged_bridge_jar`"):
        staged_bridge_jar(server.client(), bucket, put_options={"Key": "k"})


def test_whoever_may_only_read_uses_a_jar_that_is_there_and_is_told_where_it_is_not(
    server: LocalS3, bucket: str
) -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    credentials = server.user_with_policy({"Version": "2012-10-17", "Statement": [statement]})
    with pytest.raises(S3AccessError) as caught:
        staged_bridge_jar(server.client(credentials), bucket)
    assert f" write s3://{bucket}/{NAME}: AccessDenied. " in str(caught.value)
    assert "Give the credentials of `client` s3:PutObject there" in str(caught.value)
    staged_bridge_jar(server.client(), bucket)
    assert staged_bridge_jar(server.client(credentials), bucket) == f"s3://{bucket}/{NAME}"


def test_a_bucket_that_hides_what_is_missing_with_a_403_still_gets_the_jar(server: LocalS3, bucket: str) -> None:
    client = server.client()
    requests = Requests(client, HeadObject=lambda *_: refusal(403, "AccessDenied"))
    staged_bridge_jar(client, bucket)
    assert body(server, bucket, NAME) == BODY
    staged_bridge_jar(client, bucket)
    assert len(requests.of("PutObject")) == 2  # The second one on the condition that there is none.
