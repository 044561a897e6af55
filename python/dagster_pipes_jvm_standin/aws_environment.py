"""How a process finds the AWS of this machine: variables for SDKs, properties for Hadoop, a client for ourselves."""

import os
from collections.abc import Mapping
from typing import Any

from dagster_pipes_jvm.redaction import is_secret

REGION = "us-east-1"

# With these variables no SDK finds the keys that the user of this machine has in files.
NO_AWS_FILES = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def aws_environment(endpoint_url: str, access_key_id: str, secret_access_key: str) -> dict[str, str]:
    """The variables with which boto3, the AWS SDKs and S3A find the server."""
    # The token of whoever starts the process is not for these keys, and a variable can be emptied here, not removed. Where
    # there is none it stays out: version 1 of the Java SDK sends an empty one along, which is refused.
    token = {"AWS_SESSION_TOKEN": ""} if os.environ.get("AWS_SESSION_TOKEN") else {}
    return {
        **token,
        "AWS_ACCESS_KEY_ID": access_key_id,
        "AWS_SECRET_ACCESS_KEY": secret_access_key,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ENDPOINT_URL_S3": endpoint_url,
        **_no_proxy(),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def core_site(endpoint_url: str) -> dict[str, str]:
    """Hadoop's properties with which `s3://`, `s3a://` and `s3n://` paths mean this server.

    No credentials: those come with the environment, for the driver's and the executors' processes.
    """
    s3a = "org.apache.hadoop.fs.s3a.S3AFileSystem"
    return {
        "fs.s3.impl": s3a,
        "fs.s3n.impl": s3a,
        "fs.s3a.endpoint": endpoint_url,
        "fs.s3a.endpoint.region": REGION,
        "fs.s3a.path.style.access": "true",
        "fs.s3a.connection.ssl.enabled": "false",
    }


def s3_client(endpoint_url: str, access_key_id: str, secret_access_key: str) -> Any:
    """A boto3 client for S3."""
    return client("s3", endpoint_url, access_key_id, secret_access_key)


def client(service: str, endpoint_url: str, access_key_id: str, secret_access_key: str) -> Any:
    """A boto3 client that goes to the server and nowhere else, whatever the environment says."""
    import boto3
    from botocore.config import Config

    return boto3.session.Session().client(
        service,  # type: ignore[call-overload]  # a literal of each service is expected
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        config=Config(proxies={}),
    )


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables without AWS's, and without those whose names say that their values are secrets."""
    return {name: value for name, value in environment.items() if not name.startswith("AWS_") and not is_secret(name)}


def _no_proxy() -> dict[str, str]:
    """The variables that keep a machine's proxy out of the way to loopback."""
    given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    hosts = ",".join(filter(None, [given, "127.0.0.1,localhost"]))
    return {"NO_PROXY": hosts, "no_proxy": hosts}
