"""The gate before moto: it knows who may ask, and the answers in which S3 differs. Imports nothing of this package."""

import hashlib
import hmac
import io
import json
import os
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

# moto reads it when it is imported: from the first request on, check the caller's policies.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "0"

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest, HTTPHeaders
from botocore.credentials import Credentials
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.request import Request
from moto.iam import access_control
from moto.iam.access_control import CreateAccessKeyFailure, IAMPolicy, IAMUserAccessKey, PermissionResult
from moto.s3.models import s3_backends

PARTITION = "aws"
_SIGNATURE_V4 = "AWS4-HMAC-SHA256 "
# S3 itself, and what tests need to make users with other rights and to ask who they are.
S3_SERVICES = frozenset({"s3", "iam", "sts"})
# Names that mean this machine to every resolver. Another one comes from a page whose name was bound to loopback.
_OUR_NAMES = ("127.0.0.1", "localhost", "::1")
# Paths that moto serves to everybody, whatever the signature says: its own interface, and the keys of an EC2 instance.
_OPEN_IN_MOTO = ("/moto-api", "/favicon.ico", "/latest/meta-data/", "/latest/api/")
_MAX_HASHED_BYTES = 64 * 1024 * 1024
# moto skips its check for some values of this header. EMR alone needs it, with values `ElasticMapReduce.`.
_TARGET = "HTTP_X_AMZ_TARGET"

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class Gate:
    """A WSGI application before moto's: it lets only requests through that a key of this server has signed.

    - A request is refused with 403 if its signature of version 4 is missing or wrong, on whatever path. moto checks the
      signature in some of its services only. Presigned URLs are refused, too.
    - A request is refused with 403 if its `Host` is no name of loopback, or its `Origin` is another page.
    - A key that is not there is 403 to a caller who may not list the bucket, as S3 has it and moto has not:
      https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax (Permissions).
    - A request to a service that is not served is refused by name.

    Threads: stateless; called by as many as there are connections.
    """

    def __init__(
        self,
        application: Application,
        services: frozenset[str] = S3_SERVICES,
        refuse: Callable[[str], str] | None = None,
    ) -> None:
        self._application = application
        self._services = services
        self._refuse = refuse

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        scope = _credential_scope(environ.get("HTTP_AUTHORIZATION", ""))
        if scope is None or not _is_for_us(environ):
            return _deny(environ, start_response, "s3", "AccessDenied", "Access Denied")
        refusal = _refusal(environ, scope)
        if refusal is not None:
            return _deny(environ, start_response, scope[3], *refusal)
        if scope[3] not in self._services:
            if self._refuse is not None:
                return _refuse(self._refuse(scope[3]), start_response)
            return _deny(environ, start_response, "s3", "AccessDenied", "Access Denied")
        if not environ.get(_TARGET, "").startswith("ElasticMapReduce."):
            environ.pop(_TARGET, None)
        denied = False

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal denied
            if status.startswith("404") and _may_not_know(scope[0], environ["PATH_INFO"]):
                denied = True
                return _discard
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        body = self._application(environ, start)
        return _deny(environ, start_response, "s3", "AccessDenied", "Access Denied") if denied else body


def _is_for_us(environ: dict[str, Any]) -> bool:
    host = environ.get("HTTP_HOST", "")
    origin = environ.get("HTTP_ORIGIN")
    is_path = environ.get("RAW_URI", "/").startswith("/") and not environ["PATH_INFO"].startswith(_OPEN_IN_MOTO)
    return is_path and _is_our_name(host) and origin in (None, f"http://{host}")


def _is_our_name(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name in _OUR_NAMES or name.endswith(".localhost")


class _AsSpecified(SigV4Auth):
    """The signature as AWS specifies it, of any SDK. moto computes with botocore's class, which knows botocore only.

    Without it every request of S3A up to Hadoop 3.3, which is version 1 of the Java SDK, would be refused.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html (Task 1: canonical request).
    """

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        """All of `SignedHeaders` (the rest is dropped before): botocore never signs `user-agent`, Java's SDK does."""
        signed = HTTPHeaders()
        for name, value in request.headers.items():
            signed[name.lower()] = value
        return signed

    def canonical_query_string(self, request: AWSRequest) -> str:
        """Decoded and encoded again: Java's SDK sends a space as `+`, and signs it as `%20`."""
        given = parse_qsl(str(urlsplit(request.url).query), keep_blank_values=True)
        return "&".join(f"{name}={value}" for name, value in sorted((_encode(n), _encode(v)) for n, v in given))


class _S3AsSpecified(_AsSpecified, S3SigV4Auth):
    def _normalize_url_path(self, path: str) -> str:
        return _encode(unquote(path), safe="/") or "/"


def _encode(text: str, safe: str = "") -> str:
    return quote(text, safe=f"{safe}-_.~")


class S3IAMRequest(access_control.S3IAMRequest):  # type: ignore[misc]  # moto has no types
    """moto's check of one S3 request, with the signature computed as above."""

    def _create_auth(self, credentials: Credentials) -> SigV4Auth:
        return _S3AsSpecified(credentials, self._service, self._region)


class IAMRequest(access_control.IAMRequest):  # type: ignore[misc]  # moto has no types
    """The same for every other service."""

    def _create_auth(self, credentials: Credentials) -> SigV4Auth:
        return _AsSpecified(credentials, self._service, self._region)


def _refusal(environ: dict[str, Any], scope: list[str]) -> tuple[str, str] | None:
    """AWS's code and words if the signature is not one of a key of this server; `None` if it is."""
    headers = {name.lower(): value for name, value in Request(environ.copy()).headers}
    authorization = environ["HTTP_AUTHORIZATION"]
    names = _part(authorization, "SignedHeaders=").lower().split(";")
    if "host" not in names or "x-amz-date" not in headers:
        return "AccessDenied", "Access Denied"
    token = {"X-Amz-Security-Token": headers["x-amz-security-token"]} if "x-amz-security-token" in headers else {}
    try:
        key = access_control.create_access_key(DEFAULT_ACCOUNT_ID, PARTITION, scope[0], token)
    except CreateAccessKeyFailure:
        what = {"s3": "InvalidAccessKeyId", "elasticmapreduce": "UnrecognizedClientException"}
        return what.get(
            scope[3], "InvalidClientTokenId"
        ), "The AWS Access Key Id you provided does not exist in our records."
    auth_of = _S3AsSpecified if scope[3] == "s3" else _AsSpecified
    auth = auth_of(key.create_credentials(), scope[3], scope[2])
    signed = {name: headers[name] for name in names if name in headers}
    url = f"http://{environ['HTTP_HOST']}{environ.get('RAW_URI') or environ['PATH_INFO']}"
    request = AWSRequest(method=environ["REQUEST_METHOD"], url=url, data=b"", headers=signed)
    request.context["timestamp"] = headers["x-amz-date"]
    canonical = auth.canonical_request(request)
    if "x-amz-content-sha256" not in signed:
        body = _body(environ)
        if body is None:
            return "AccessDenied", "Access Denied"
        canonical = canonical.rpartition("\n")[0] + "\n" + hashlib.sha256(body).hexdigest()
    expected = auth.signature(auth.string_to_sign(request, canonical), request)
    if hmac.compare_digest(expected.encode(), _part(authorization, "Signature=").encode()):
        return None
    code = "InvalidSignatureException" if scope[3] == "elasticmapreduce" else "SignatureDoesNotMatch"
    return code, "The request signature we calculated does not match the signature you provided."


def _body(environ: dict[str, Any]) -> bytes | None:
    """The whole body, which stays readable; `None` if it is too long."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > _MAX_HASHED_BYTES:
        return None
    body: bytes = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _part(authorization: str, name: str) -> str:
    return authorization.partition(name)[2].partition(",")[0].strip()


def _credential_scope(authorization: str) -> list[str] | None:
    """`[access key, date, region, service, "aws4_request"]`; `None` if the header is no signature of version 4."""
    _, found, rest = authorization.partition("Credential=")
    scope = rest.partition(",")[0].strip().split("/")
    well_formed = found and len(scope) == 5 and "Signature=" in rest and "SignedHeaders=" in rest
    return scope if well_formed and authorization.startswith(_SIGNATURE_V4) else None


def _may_not_know(access_key_id: str, path: str) -> bool:
    """Whether the owner of the key may not know which objects this bucket has."""
    bucket, _, key = path.lstrip("/").partition("/")
    if not key or bucket not in s3_backends[DEFAULT_ACCOUNT_ID][PARTITION].buckets:
        return False  # NoSuchBucket is no secret.
    owner = IAMUserAccessKey(DEFAULT_ACCOUNT_ID, PARTITION, access_key_id, headers={})
    answers = {
        IAMPolicy(policy).is_action_permitted("s3:ListBucket", f"arn:{PARTITION}:s3:::{bucket}")
        for policy in owner.collect_policies()
    }
    return PermissionResult.DENIED in answers or PermissionResult.PERMITTED not in answers


def _deny(environ: dict[str, Any], start_response: StartResponse, service: str, code: str, message: str) -> list[bytes]:
    if service == "elasticmapreduce":
        kind, text = "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message})
    else:
        error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        text = error if service == "s3" else f"<ErrorResponse>{error}</ErrorResponse>"
        kind, text = "application/xml", f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'
    body = b"" if environ["REQUEST_METHOD"] == "HEAD" else text.encode()
    # The body of the request is still in the connection; it may not become the next request.
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("Connection", "close")]
    start_response("403 Forbidden", headers)
    return [body]


def _refuse(message: str, start_response: StartResponse) -> list[bytes]:
    """An error in the form of AWS's JSON services, which no client takes for one that passes."""
    body = json.dumps({"__type": "ValidationException", "message": message}).encode()
    headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", "ValidationException")]
    start_response("400 Bad Request", [*headers, ("Content-Length", str(len(body))), ("Connection", "close")])
    return [body]


def _discard(_: bytes) -> None:
    """Takes what is written of an answer that the gate has replaced."""
