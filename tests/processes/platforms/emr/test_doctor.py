"""`dagster-pipes-jvm doctor` against the EMR of this machine: what it finds, and what it says where something is missing."""

import re
import socket
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from dagster_pipes_jvm import staged_bridge_jar, staged_pyspark_zip
from dagster_pipes_jvm._version import __version__
from dagster_pipes_jvm.cli.main import main
from dagster_pipes_jvm_standin import LocalEMR
from tests.support.emr import BUCKET, Cluster


@pytest.fixture(scope="module")
def server() -> Iterator[LocalEMR]:
    with LocalEMR(provisioning_seconds=0.2) as emr:
        emr.create_bucket(BUCKET)
        yield emr


@pytest.fixture
def emr(server: LocalEMR, monkeypatch: pytest.MonkeyPatch) -> LocalEMR:
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    return server


def doctor(*options: str) -> Result:
    return CliRunner().invoke(main, ["doctor", "--key-prefix", "pipes", *options])


def test_all_is_well_with_a_bucket_and_a_cluster(emr: LocalEMR) -> None:
    cluster = Cluster(emr, keep_alive=True, Name="shared", Tags=[{"Key": "team", "Value": "blue"}])
    found = doctor("--bucket", BUCKET, "--cluster-tag", "team=blue")
    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "✓ credentials",
        "✓ region",
        "✓ bucket s3",
        "✓ bridge jar",
        "✓ PySpark zip",
        "✓ cluster",
    ]
    assert lines[1] == "✓ region: us-east-1"
    assert lines[2] == f"✓ bucket s3://{BUCKET}/pipes: put, got and deleted an object"
    assert f"none is there; the first run puts {__version__}, this package's, to s3://{BUCKET}/" in lines[3]
    assert f"none is there; the first run of a PySpark job puts {__version__}, this package's, to" in lines[4]
    assert f"✓ cluster: {cluster.id} ('shared') is " in lines[5]
    assert lines[5].endswith(f"; logs go to s3://{BUCKET}/logs/")
    listed = emr.client().list_objects_v2(Bucket=BUCKET)
    assert "Contents" not in listed

    staged_bridge_jar(emr.client(), BUCKET, "dagster-pipes-jvm")
    staged_pyspark_zip(emr.client(), BUCKET, "dagster-pipes-jvm")
    for name in (f"dagster-pipes-jvm-0.0.1-{'0' * 16}.jar", f"dagster-pipes-jvm-pyspark-0.0.2-{'0' * 16}.zip"):
        emr.client().put_object(Bucket=BUCKET, Key=f"older/{name}", Body=b"")
    found = doctor("--bucket", BUCKET)
    assert f"✓ bridge jar: {__version__}, as this package's, is at s3://" in found.output
    assert f"✓ PySpark zip: {__version__}, as this package's, is at s3://" in found.output
    older = doctor("--bucket", BUCKET, "--staging-prefix", "older").output
    assert f"✓ bridge jar: there is 0.0.1 of other builds; the first run puts {__version__}" in older
    assert "✓ PySpark zip: there is 0.0.2 of other builds; the first run of a PySpark job puts" in older


def test_what_is_missing_is_said_with_its_remedy(emr: LocalEMR) -> None:
    found = doctor("--bucket", "nowhere", "--cluster-name", "elsewhere")
    assert found.exit_code == 1
    assert "✗ bucket s3://nowhere/pipes: " in found.output
    assert found.output.count("  Create the bucket, or correct `--bucket`.\n") == 3
    assert "make jar" not in found.output
    assert "✗ cluster: " in found.output
    assert "Expected exactly one cluster with the name 'elsewhere'" in found.output


def test_a_store_that_does_not_answer_is_no_missing_jar(emr: LocalEMR, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{nobody_listens.getsockname()[1]}")
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        found = doctor("--bucket", BUCKET)
    assert found.exit_code == 1
    for what in ("bucket", "bridge jar", "PySpark zip"):
        assert re.search(rf"✗ {what}.*\n  The endpoint does not answer: check the region", found.output), found.output
    assert "make jar" not in found.output


def test_a_bucket_without_rights_has_them_as_its_remedy(emr: LocalEMR, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = emr.user_with_policy(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sts:*"], "Resource": "*"}]}
    )
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_access_key)
    found = doctor("--bucket", BUCKET)
    assert "  Give the launcher s3:PutObject, s3:GetObject and s3:DeleteObject there" in found.output
    assert "make jar" not in found.output


def test_the_roles_of_a_new_cluster_are_looked_at(emr: LocalEMR) -> None:
    found = doctor("--bucket", BUCKET)
    assert found.exit_code == 1
    assert "✗ service role EMR_DefaultRole: " in found.output
    assert "  `aws emr create-default-roles` makes the default ones." in found.output


def test_without_credentials_nothing_else_is_asked(emr: LocalEMR, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "nowhere")
    found = doctor("--bucket", BUCKET)
    assert found.exit_code == 1
    assert found.output.startswith("✗ credentials: none in the environment\n  Set AWS_PROFILE or ")
    assert "bucket" not in found.output


def test_what_the_credentials_may_not_look_at_is_no_failure(emr: LocalEMR, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = {"Effect": "Allow", "Action": ["s3:*", "sts:*"], "Resource": "*"}
    keys = emr.user_with_policy({"Version": "2012-10-17", "Statement": [allowed]})
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_access_key)
    found = doctor("--bucket", BUCKET)
    assert found.exit_code == 0, found.output
    assert "? service role EMR_DefaultRole: " in found.output


def test_a_tag_without_a_value_is_refused() -> None:
    found = doctor("--bucket", BUCKET, "--cluster-tag", "team")
    assert found.exit_code == 2
    assert "expected KEY=VALUE, got 'team'" in found.output
