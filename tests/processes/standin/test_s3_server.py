"""`LocalS3` answers as S3 does, refuses whom S3 refuses, and leaves no process behind."""

import hashlib
import hmac
import http.client
import io
import os
import select
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from dagster_pipes_jvm.texts import PAGE_URL
from dagster_pipes_jvm_standin import Credentials, LocalS3, LocalS3Error

BUCKET = "orders"
ALLOW_ALL = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with LocalS3() as server:
        server.create_bucket(BUCKET)
        pid = server.pid
        yield server
    assert not Path(f"/proc/{pid}").exists()


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[int, str]:
    """Status and code of the error with which the call must end."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.mark.parametrize("key", ["a", "a b/month=1/ü+%2F&?.json", "_temporary/0/x:y@z!~'()*", "a//b"])
def test_an_object_comes_back_as_it_was_put(s3: LocalS3, key: str) -> None:
    client = s3.client()
    client.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    assert client.get_object(Bucket=BUCKET, Key=key)["Body"].read() == key.encode()
    assert client.head_object(Bucket=BUCKET, Key=key)["ContentLength"] == len(key.encode())
    (listed,) = client.list_objects_v2(Bucket=BUCKET, Prefix=key, MaxKeys=1)["Contents"]
    assert listed["Key"] == key
    client.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key}]})
    assert refusal(client.get_object, Bucket=BUCKET, Key=key) == (404, "NoSuchKey")


def test_a_large_object_goes_up_in_parts_and_comes_back_in_ranges(s3: LocalS3) -> None:
    body = os.urandom(12 << 20)
    in_parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
    client = s3.client()
    client.upload_fileobj(io.BytesIO(body), BUCKET, "large", Config=in_parts)
    received = io.BytesIO()
    client.download_fileobj(BUCKET, "large", received, Config=in_parts)
    assert received.getvalue() == body
    assert client.get_object(Bucket=BUCKET, Key="large", Range="bytes=-8")["Body"].read() == body[-8:]


def test_a_listing_goes_on_page_after_page(s3: LocalS3) -> None:
    client = s3.client()
    keys = [f"pages/{n}" for n in range(7)]
    for key in keys:
        client.put_object(Bucket=BUCKET, Key=key, Body=b"")
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=BUCKET, Prefix="pages/", PaginationConfig={"PageSize": 3}
    )
    assert [[o["Key"] for o in page["Contents"]] for page in pages] == [keys[:3], keys[3:6], keys[6:]]


def test_what_is_not_there_is_404(s3: LocalS3) -> None:
    client = s3.client()
    assert refusal(client.get_object, Bucket=BUCKET, Key="none") == (404, "NoSuchKey")
    assert refusal(client.head_object, Bucket=BUCKET, Key="none") == (404, "404")
    assert refusal(client.get_object, Bucket="no-such-bucket", Key="none") == (404, "NoSuchBucket")


@pytest.mark.parametrize("operation", ["put_object", "get_object", "list_objects_v2", "list_objects", "delete_bucket"])
def test_a_wrong_secret_and_an_unknown_key_are_403(s3: LocalS3, operation: str) -> None:
    parameters = {"Bucket": BUCKET, **({"Key": "any"} if operation.endswith("object") else {})}
    wrong = s3.client(Credentials(s3.access_key_id, "wrong"))
    assert refusal(getattr(wrong, operation), **parameters) == (403, "SignatureDoesNotMatch")
    unknown = s3.client(Credentials("AKIAUNKNOWN", s3.secret_access_key))
    assert refusal(getattr(unknown, operation), **parameters) == (403, "InvalidAccessKeyId")


@pytest.mark.parametrize("path", ["/", f"/{BUCKET}", f"/{BUCKET}/any", "/moto-api/reset", "/latest/meta-data/iam"])
def test_a_request_without_a_signature_is_403(s3: LocalS3, path: str) -> None:
    with pytest.raises(HTTPError, match="403"):
        urllib.request.urlopen(s3.endpoint_url + path)


def test_a_presigned_url_is_403_because_it_cannot_be_checked(s3: LocalS3) -> None:
    url = s3.client().generate_presigned_url("list_objects_v2", Params={"Bucket": BUCKET})
    with pytest.raises(HTTPError, match="403"):
        urllib.request.urlopen(url)


def test_a_connection_outlives_a_refused_upload(s3: LocalS3) -> None:
    connection = http.client.HTTPConnection(s3.endpoint_url.removeprefix("http://"), timeout=30)
    for _ in range(2):
        connection.request("PUT", f"/{BUCKET}/any", body=b"GET / HTTP/1.1\r\n\r\n")
        answer = connection.getresponse()
        assert (answer.status, b"<Code>AccessDenied</Code>" in answer.read()) == (403, True)
    connection.close()


def test_a_user_may_do_what_the_policy_allows_and_no_more(s3: LocalS3) -> None:
    on_inbox = {
        "Effect": "Allow",
        "Action": ["s3:PutObject", "s3:GetObject"],
        "Resource": f"arn:aws:s3:::{BUCKET}/in/*",
    }
    client = s3.client(s3.user_with_policy(policy(on_inbox)))
    client.put_object(Bucket=BUCKET, Key="in/1", Body=b"one")
    assert client.get_object(Bucket=BUCKET, Key="in/1")["Body"].read() == b"one"
    assert refusal(client.put_object, Bucket=BUCKET, Key="out/1", Body=b"") == (403, "AccessDenied")
    assert refusal(client.delete_object, Bucket=BUCKET, Key="in/1") == (403, "AccessDenied")
    assert refusal(client.list_objects_v2, Bucket=BUCKET) == (403, "AccessDenied")


def test_a_deny_goes_before_an_allow(s3: LocalS3) -> None:
    deny = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}
    client = s3.client(s3.user_with_policy(policy(ALLOW_ALL, deny)))
    client.put_object(Bucket=BUCKET, Key="in/1", Body=b"one")
    assert refusal(client.get_object, Bucket=BUCKET, Key="in/1") == (403, "AccessDenied")
    assert refusal(client.head_object, Bucket=BUCKET, Key="in/1") == (403, "403")


def test_a_missing_key_is_403_to_whoever_may_not_list_the_bucket(s3: LocalS3) -> None:
    reading = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    client = s3.client(s3.user_with_policy(policy(reading)))
    assert refusal(client.get_object, Bucket=BUCKET, Key="none") == (403, "AccessDenied")
    assert refusal(client.head_object, Bucket=BUCKET, Key="none") == (403, "403")
    assert refusal(client.get_object, Bucket="no-such-bucket", Key="none") == (404, "NoSuchBucket")

    listing = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{BUCKET}"}
    client = s3.client(s3.user_with_policy(policy(reading, listing)))
    assert refusal(client.get_object, Bucket=BUCKET, Key="none") == (404, "NoSuchKey")


def test_java_sdk_1_is_understood_which_signs_its_user_agent_and_sends_spaces_as_plus(s3: LocalS3) -> None:
    """What S3A of Hadoop 3.3 sends: moto alone refuses both with SignatureDoesNotMatch."""
    s3.client().put_object(Bucket=BUCKET, Key="by month/month=1", Body=b"x")
    query = "delimiter=%2F&list-type=2&prefix=by{space}month%2F"
    address = s3.endpoint_url.removeprefix("http://")
    headers = {
        "host": address,
        "user-agent": "Hadoop 3.3.4, aws-sdk-java/1.12.262",
        "x-amz-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-amz-date": "20300102T030405Z",
    }
    for secret, expected in ((s3.secret_access_key, 200), ("wrong", 403)):
        authorization = signature_4(f"/{BUCKET}/", query.format(space="%20"), headers, s3.access_key_id, secret)
        connection = http.client.HTTPConnection(address, timeout=30)
        connection.request(
            "GET", f"/{BUCKET}/?{query.format(space='+')}", headers={**headers, "authorization": authorization}
        )
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert answer.status == expected, body
        assert (b"<Key>by month/month=1</Key>" in body) == (expected == 200)


def signature_4(path: str, query: str, headers: dict[str, str], access_key_id: str, secret: str) -> str:
    """The Authorization header of a GET, computed from the specification, not by botocore."""
    signed = ";".join(headers)
    lines = [f"{name}:{value}" for name, value in headers.items()]
    canonical = "\n".join(["GET", path, query, *lines, "", signed, headers["x-amz-content-sha256"]])
    scope = [headers["x-amz-date"][:8], LocalS3.region, "s3", "aws4_request"]
    to_sign = [
        "AWS4-HMAC-SHA256",
        headers["x-amz-date"],
        "/".join(scope),
        hashlib.sha256(canonical.encode()).hexdigest(),
    ]
    key = f"AWS4{secret}".encode()
    for part in [*scope, "\n".join(to_sign)]:
        key = hmac.digest(key, part.encode(), "sha256")
    credential = f"Credential={access_key_id}/{'/'.join(scope)}"
    return f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={signed}, Signature={key.hex()}"


def test_the_environment_is_all_that_boto3_needs(s3: LocalS3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of somebody else")
    for name, value in s3.environment().items():
        monkeypatch.setenv(name, value)
    names = [bucket["Name"] for bucket in boto3.session.Session().client("s3").list_buckets()["Buckets"]]
    assert BUCKET in names

    reader = s3.user_with_policy(policy({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}))
    for name, value in s3.environment(reader).items():
        monkeypatch.setenv(name, value)
    assert refusal(boto3.session.Session().client("s3").list_buckets) == (403, "AccessDenied")


def test_secrets_are_neither_in_the_conf_nor_in_a_repr(s3: LocalS3) -> None:
    shown = [*s3.spark_conf().items(), repr(s3.credentials), repr(s3)]
    assert s3.secret_access_key not in str(shown)
    assert s3.spark_conf()["spark.hadoop.fs.s3a.endpoint"] == s3.endpoint_url


def test_a_bucket_can_be_made_twice(s3: LocalS3) -> None:
    assert s3.create_bucket("twice") == s3.create_bucket("twice") == "twice"


def test_two_servers_share_nothing_and_a_stopped_one_starts_anew(s3: LocalS3) -> None:
    other = LocalS3()
    other.start()
    try:
        assert other.endpoint_url != s3.endpoint_url
        assert other.client().list_buckets()["Buckets"] == []
        assert refusal(s3.client(other.credentials).list_buckets) == (403, "InvalidAccessKeyId")
        pid = other.pid
        other.start()
        assert other.pid == pid
    finally:
        other.stop()
        other.stop()
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(LocalS3Error, match="is not running"):
        _ = other.endpoint_url


def test_the_server_ends_when_its_parent_is_killed() -> None:
    program = (
        "import sys; from dagster_pipes_jvm_standin import LocalS3; s3 = LocalS3(); s3.start()\n"
        "print(s3.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdin is not None
    server = os.pidfd_open(int(parent.stdout.readline()))
    try:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        ended, _, _ = select.select([server], [], [], 30)
        assert ended == [server]
    finally:
        os.close(server)
        parent.stdin.close()
        parent.stdout.close()


def test_a_server_that_does_not_start_says_where_its_output_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "moto.py").write_text("raise ImportError('a moto that is damaged')")
    monkeypatch.syspath_prepend(tmp_path)
    log = tmp_path / "logs" / "s3.log"
    server = LocalS3(log)
    with pytest.raises(LocalS3Error) as caught:
        server.start()
    assert str(caught.value) == (
        f"The S3 server on loopback ended before it served, with exit code 1; its output is in {log}."
        f" See {PAGE_URL}#local-s3"
    )
    assert "a moto that is damaged" in log.read_text()


def test_without_moto_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flask_cors", None)
    with pytest.raises(LocalS3Error) as caught:
        LocalS3().start()
    assert str(caught.value) == (
        "The S3 server on loopback needs moto's server, and flask_cors cannot be imported. Install"
        f" `dagster-pipes-jvm[standin]`. See {PAGE_URL}#local-s3"
    )


def test_the_command_line_serves_until_its_stdin_ends() -> None:
    command = [sys.executable, "-m", "dagster_pipes_jvm_standin.s3_server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert b'"port"' in process.stdout.readline()
        process.stdin.close()
        assert process.wait(30) == 0
