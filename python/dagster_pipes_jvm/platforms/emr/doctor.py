"""What `PipesSparkEMRClient` needs, looked at piece by piece; nothing is launched."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from botocore import exceptions as boto

from dagster_pipes_jvm._version import __version__
from dagster_pipes_jvm.errors import (
    BridgeJarNotFoundError,
    PassingFaultError,
    PipesJvmError,
    PySparkZipNotFoundError,
    S3AccessError,
)
from dagster_pipes_jvm.platforms.emr.clusters import ExistingCluster
from dagster_pipes_jvm.platforms.emr.faults import code_of
from dagster_pipes_jvm.platforms.emr.staging import staged_name
from dagster_pipes_jvm.stores.s3 import S3Place
from dagster_pipes_jvm.submit.bridge import bridge_jar, pyspark_zip

_CALL = "doctor"
_FORBIDDEN = ("AccessDenied", "AccessDeniedException")
_RIGHTS_ON_S3 = "Give the launcher s3:PutObject, s3:GetObject and s3:DeleteObject there: docs/emr.md has the policy."
_NO_ANSWER = (
    "The endpoint does not answer: check the region, AWS_ENDPOINT_URL, the network with its proxy, and the bucket's name if"
    " only the bucket is out of reach."
)
_RENEW = "Renew the credentials; `aws sts get-caller-identity` must answer."
_OTHER_REGION = "The bucket is in another region: set AWS_REGION to it, or pass another `--bucket`."
_REMEDY_BY_ERROR: Mapping[type[Exception] | tuple[type[Exception], ...], str] = {
    BridgeJarNotFoundError: "Run `make jar` in a clone, or install the wheel.",
    PySparkZipNotFoundError: "Run `make pyspark-zip` in a clone, or install the wheel.",
    (PassingFaultError, boto.HTTPClientError): _NO_ANSWER,
}
_REMEDY_BY_CODE = {
    "NoSuchBucket": "Create the bucket, or correct `--bucket`.",
    **dict.fromkeys(("PermanentRedirect", "AuthorizationHeaderMalformed", "301"), _OTHER_REGION),
    **dict.fromkeys(("InvalidAccessKeyId", "InvalidClientTokenId", "SignatureDoesNotMatch", "InvalidToken"), _RENEW),
    **dict.fromkeys(("ExpiredToken", "ExpiredTokenException", "RequestExpired", "UnrecognizedClientException"), _RENEW),
}


@dataclass(frozen=True)
class Finding:
    """What was found: `is_good` is `None` where these credentials may not look."""

    what: str
    is_good: bool | None
    found: str
    remedy: str = ""


@dataclass(frozen=True)
class Examined:
    """What is looked at.

    Args:
        session: a `boto3.Session`.
        bucket: of messages, contexts, the bridge jar and the PySpark zip.
        key_prefix: of messages and contexts.
        staging_prefix: of bridge jar and PySpark zip.
        cluster: the cluster that is there; `None` for the roles of a new one.
        service_role: of a new cluster.
        job_flow_role: its instance profile.
    """

    session: Any
    bucket: str
    key_prefix: str
    staging_prefix: str
    cluster: ExistingCluster | None
    service_role: str
    job_flow_role: str


def examine(examined: Examined) -> Iterator[Finding]:
    """Look at one thing after the other; what needs credentials and a region is left out where there are none."""
    session = examined.session
    if session.get_credentials() is None:
        yield Finding(
            "credentials",
            False,
            "none in the environment",
            "Set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role gives them.",
        )
        return
    yield _asked("credentials", lambda: _identity(session), "Renew them; `aws sts get-caller-identity` must answer.")
    if not session.region_name:
        yield Finding("region", False, "none in the environment", "Set AWS_REGION to the region of the cluster.")
        return
    yield Finding("region", True, session.region_name)
    s3 = session.client("s3")
    yield _asked(
        f"bucket s3://{examined.bucket}/{examined.key_prefix}".rstrip("/"),
        lambda: _bucket(s3, examined.bucket, examined.key_prefix),
        _RIGHTS_ON_S3,
    )
    yield _asked("bridge jar", lambda: _staged(s3, examined, bridge_jar(), "the first run"), _RIGHTS_ON_S3)
    yield _asked(
        "PySpark zip", lambda: _staged(s3, examined, pyspark_zip(), "the first run of a PySpark job"), _RIGHTS_ON_S3
    )
    if (cluster := examined.cluster) is not None:
        yield _asked(
            "cluster",
            lambda: _cluster(session.client("emr"), cluster),
            "Look at `aws emr list-clusters --active`; the launcher needs elasticmapreduce:ListClusters and DescribeCluster.",
        )
        return
    iam = session.client("iam")
    roles: Sequence[tuple[str, str, Callable[[], Any]]] = (
        ("service role", examined.service_role, lambda: iam.get_role(RoleName=examined.service_role)),
        (
            "instance profile",
            examined.job_flow_role,
            lambda: iam.get_instance_profile(InstanceProfileName=examined.job_flow_role),
        ),
    )
    for what, name, ask in roles:
        yield _asked(
            f"{what} {name}",
            lambda ask=ask: _there(ask),  # type: ignore[misc]  # mypy does not infer a lambda with a default
            "`aws emr create-default-roles` makes the default ones.",
        )


def _asked(what: str, ask: Callable[[], str], remedy: str) -> Finding:
    try:
        return Finding(what, True, ask())
    except PipesJvmError as e:
        return Finding(what, False, str(e), _remedy(e, remedy))
    except (boto.ClientError, boto.BotoCoreError) as e:
        return Finding(what, None if code_of(e) in _FORBIDDEN else False, str(e), _remedy(e, remedy))


def _remedy(error: Exception, missing_rights: str) -> str:
    """The remedy of this very error.

    Args:
        error: the error.
        missing_rights: the remedy if AWS refuses, or if the thing does not exist.
    """
    for kind, remedy in _REMEDY_BY_ERROR.items():
        if isinstance(error, kind):
            return remedy
    code = error.code if isinstance(error, S3AccessError) else code_of(error)
    return _REMEDY_BY_CODE.get(code, missing_rights)


def _identity(session: Any) -> str:
    return str(session.client("sts").get_caller_identity()["Arn"])


def _bucket(s3: Any, bucket: str, key_prefix: str) -> str:
    place = S3Place(s3, bucket, None, call=_CALL)
    key = "/".join(filter(None, (key_prefix.strip("/"), str(uuid4()), "doctor")))
    place.put(key, b"doctor")
    place.get(key)
    if failures := place.delete([key]):
        raise PipesJvmError(f"put and got, but not deleted: {failures[0]}")
    return "put, got and deleted an object"


def _staged(s3: Any, examined: Examined, file: Path, puts: str) -> str:
    name = staged_name(file, hashlib.sha256(file.read_bytes()).hexdigest())
    before, after = map(re.escape, (file.stem.removesuffix(__version__), file.suffix))
    same_file = re.compile(rf"{before}(?P<version>\d.*)-[0-9a-f]{{16}}{after}")
    place = S3Place(s3, examined.bucket, None, call=_CALL)
    prefix = examined.staging_prefix.strip("/")
    names: Mapping[str, str] = place.list_etags(f"{prefix}/" if prefix else "") or {}
    staged = {key.rpartition("/")[2] for key in names}
    if name in staged:
        return f"{__version__}, as this package's, is at s3://{examined.bucket}/{prefix}/{name}"
    others = sorted({found["version"] for key in staged if (found := same_file.fullmatch(key))})
    have = f"there is {', '.join(others)} of other builds" if others else "none is there"
    return f"{have}; {puts} puts {__version__}, this package's, to s3://{examined.bucket}/{prefix}/"


def _cluster(emr: Any, cluster: ExistingCluster) -> str:
    found = cluster.find(emr, call=_CALL)
    logs = found.log_uri or "nowhere: nobody can read why a step has failed"
    return f"{found.id} ({found.name!r}) is {found.state}; logs go to {logs}"


def _there(ask: Callable[[], Any]) -> str:
    ask()
    return "is there"
