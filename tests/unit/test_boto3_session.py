"""Code of users calls `boto3.client`; in one process of the tests it meets the emulators of several test files."""

import boto3
import pytest


@pytest.mark.parametrize("key", ["first", "second"])
def test_a_client_has_the_keys_of_its_own_test(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    boto3.client("s3", region_name="eu-central-1")
    assert boto3.DEFAULT_SESSION is not None
    credentials = boto3.DEFAULT_SESSION.get_credentials()
    assert credentials is not None
    assert credentials.access_key == key
