"""The main class of a jar on S3: by three small requests, however large the jar is."""

import io
import os
import zipfile
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from dagster_pipes_jvm import InvalidParameterError
from dagster_pipes_jvm.platforms.emr.main_class import main_class_on_s3
from dagster_pipes_jvm.stores.s3_file import S3File
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.support.s3_answers import Requests

MANIFEST = "Manifest-Version: 1.0\r\nMain-Class: acme.a.very.long.name.that.continues.in.the.next.line.beca\r\n use.it.must\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[LocalS3]:
    with LocalS3() as running:
        running.create_bucket("jars")
        yield running


def jar(*, manifest: str | None = MANIFEST, classes: int = 0) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as opened:
        for number in range(classes):
            opened.writestr(f"acme/C{number}.class", os.urandom(10_000))
        if manifest is not None:
            opened.writestr("META-INF/MANIFEST.MF", manifest)
    return body.getvalue()


def put(server: LocalS3, key: str, body: bytes) -> str:
    server.client().put_object(Bucket="jars", Key=key, Body=body)
    return f"s3://jars/{key}"


def test_only_the_directory_and_the_manifest_are_read(server: LocalS3) -> None:
    uri = put(server, "fat jars/a b.jar", jar(classes=1_000))
    client = server.client()
    requests = Requests(client)
    read: list[int] = []
    client.meta.events.register(
        "after-call.s3.GetObject", lambda parsed, **_: read.append(int(parsed["ContentLength"]))
    )
    for scheme in ("s3", "s3a", "s3n"):
        assert main_class_on_s3(client, uri.replace("s3:", f"{scheme}:")) == (
            "acme.a.very.long.name.that.continues.in.the.next.line.because.it.must"
        )
    assert len(requests.of("HeadObject")) == 3
    assert len(read) <= 5 * 3
    assert sum(read) < 3 * 400_000


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (jar(manifest=None), "the manifest of s3://jars/x.jar has no Main-Class"),
        (jar(manifest="Manifest-Version: 1.0\n"), "the manifest of s3://jars/x.jar has no Main-Class"),
        (b"no jar", "s3://jars/x.jar cannot be read: File is not a zip file"),
        (b"", "s3://jars/x.jar cannot be read: File is not a zip file"),
    ],
)
def test_a_jar_that_names_no_class_is_told(server: LocalS3, body: bytes, reason: str) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        main_class_on_s3(server.client(), put(server, "x.jar", body))
    assert f"the class to run, because {reason}" in str(caught.value)
    assert "Name it by `--class` in the step" in str(caught.value)


def test_a_jar_that_cannot_be_read_is_told(server: LocalS3) -> None:
    for client, uri, reason in (
        (server.client(), "s3://jars/missing.jar", "s3://jars/missing.jar cannot be read: An error occurred (404)"),
        (None, "s3://jars/x.jar", "the message reader has no S3 client to read s3://jars/x.jar"),
        (server.client(), "hdfs:///x.jar", "hdfs:///x.jar is not on S3"),
    ):
        with pytest.raises(InvalidParameterError) as caught:
            main_class_on_s3(client, uri)
        assert reason in str(caught.value)


def test_a_jar_that_is_replaced_while_it_is_read_is_not_mixed_up(server: LocalS3) -> None:
    put(server, "replaced.jar", jar(classes=100))
    with S3File.opened(server.client(), "jars", "replaced.jar") as file:
        assert file.read(2) == b"PK"
        put(server, "replaced.jar", jar(classes=101))
        file.seek(-22, io.SEEK_END)
        with pytest.raises(ClientError, match="PreconditionFailed"):
            file.read()
