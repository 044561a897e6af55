"""The process behind `LocalS3`: moto's S3 with its signature check on, and a gate before it.

Speaks to its parent over two pipes: one line of JSON on stdout when it serves (`{"port", "access_key_id",
"secret_access_key"}`), and stdin, whose end means that the parent closed it or died, SIGKILL included. A line on stdin is
answered by one on stdout.

Imports nothing of this package and no dagster: it is ready in about a second.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

# moto reads it when it is imported: from the first request on, check the signature and the caller's policies.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "0"

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest, HTTPHeaders
from botocore.credentials import Credentials
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam import access_control
from moto.iam.access_control import IAMPolicy, IAMUserAccessKey, PermissionResult
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

_PARTITION = "aws"
_ADMINISTRATOR = "local-s3"
_ALLOW_ALL = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
_SIGNATURE_V4 = "AWS4-HMAC-SHA256 "
# S3 itself, and what tests need to make users with other rights and to ask who they are.
S3_SERVICES = frozenset({"s3", "iam", "sts"})
_ACCESS_DENIED = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
)

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class Gate:
    """A WSGI application before moto's, for the two answers where moto differs from S3.

    - A request without a signature of version 4 gets 403; moto would take it for a public one, or fail with 500, and
      would let anybody reset the server under `/moto-api`. Presigned URLs are refused, too: moto cannot check them.
    - A key that is not there is 403 to a caller who may not list the bucket, as S3 has it and moto has not:
      https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax (Permissions).

    A request to a service that is not served is refused by name, where the caller gives one.

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
        if scope is not None and self._refuse is not None and scope[3] not in self._services:
            return _refuse(self._refuse(scope[3]), start_response)
        if scope is None or scope[3] not in self._services:
            return _deny(environ, start_response)
        denied = False

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal denied
            if status.startswith("404") and _may_not_know(scope[0], environ["PATH_INFO"]):
                denied = True
                return _discard
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        body = self._application(environ, start)
        return _deny(environ, start_response) if denied else body


class _AsSpecified(S3SigV4Auth):
    """The signature as AWS specifies it, whoever signed: botocore's class, with which moto computes, knows botocore only.

    Without it every request of S3A up to Hadoop 3.3, which is version 1 of the Java SDK, would be refused.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html (Task 1: canonical request).
    """

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        """All of `SignedHeaders` (moto has dropped the rest): botocore never signs `user-agent`, Java's SDK does."""
        signed = HTTPHeaders()
        for name, value in request.headers.items():
            signed[name.lower()] = value
        return signed

    def canonical_query_string(self, request: AWSRequest) -> str:
        """Decoded and encoded again: Java's SDK sends a space as `+`, and signs it as `%20`."""
        given = parse_qsl(str(urlsplit(request.url).query), keep_blank_values=True)
        return "&".join(f"{name}={value}" for name, value in sorted((_encode(n), _encode(v)) for n, v in given))

    def _normalize_url_path(self, path: str) -> str:
        return _encode(unquote(path), safe="/") or "/"


def _encode(text: str, safe: str = "") -> str:
    return quote(text, safe=f"{safe}-_.~")


class _S3IAMRequest(access_control.S3IAMRequest):  # type: ignore[misc]  # moto has no types
    """moto's check of one S3 request, with the signature computed as above."""

    def _create_auth(self, credentials: Credentials) -> S3SigV4Auth:
        return _AsSpecified(credentials, self._service, self._region)


def _credential_scope(authorization: str) -> list[str] | None:
    """`[access key, date, region, service, "aws4_request"]`; `None` where the header is no signature of version 4."""
    _, found, rest = authorization.partition("Credential=")
    scope = rest.partition(",")[0].strip().split("/")
    well_formed = found and len(scope) == 5 and "Signature=" in rest and "SignedHeaders=" in rest
    return scope if well_formed and authorization.startswith(_SIGNATURE_V4) else None


def _may_not_know(access_key_id: str, path: str) -> bool:
    """Whether whoever owns the key may not know which objects this bucket has."""
    bucket, _, key = path.lstrip("/").partition("/")
    if not key or bucket not in s3_backends[DEFAULT_ACCOUNT_ID][_PARTITION].buckets:
        return False  # NoSuchBucket is no secret.
    owner = IAMUserAccessKey(DEFAULT_ACCOUNT_ID, _PARTITION, access_key_id, headers={})
    answers = {
        IAMPolicy(policy).is_action_permitted("s3:ListBucket", f"arn:{_PARTITION}:s3:::{bucket}")
        for policy in owner.collect_policies()
    }
    return PermissionResult.DENIED in answers or PermissionResult.PERMITTED not in answers


def _deny(environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
    body = b"" if environ["REQUEST_METHOD"] == "HEAD" else _ACCESS_DENIED
    # The body of the request is still in the connection; it may not become the next request.
    headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]
    start_response("403 Forbidden", [*headers, ("Connection", "close")])
    return [body]


def _refuse(message: str, start_response: StartResponse) -> list[bytes]:
    """An error in the form of AWS's JSON services, which no client takes for one that passes."""
    body = json.dumps({"__type": "ValidationException", "message": message}).encode()
    headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", "ValidationException")]
    start_response("400 Bad Request", [*headers, ("Content-Length", str(len(body))), ("Connection", "close")])
    return [body]


def _discard(_: bytes) -> None:
    """Takes what is written of an answer that the gate has replaced."""


class _QuietRequestHandler(MotoRequestHandler):  # type: ignore[misc]  # moto has no types
    """Without a line on stderr for every request; what fails in moto is still printed there."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def _create_administrator() -> tuple[str, str]:
    iam = iam_backends[DEFAULT_ACCOUNT_ID][_PARTITION]
    iam.create_user(_PARTITION, _ADMINISTRATOR)
    iam.put_user_policy(_ADMINISTRATOR, "everything", _ALLOW_ALL)
    key = iam.create_access_key(_ADMINISTRATOR)
    return key.access_key_id, key.secret_access_key


@dataclass(frozen=True)
class Serving:
    """A server that has started: where it serves, and the key that may do everything."""

    port: int
    access_key_id: str
    secret_access_key: str


def serve(
    *,
    name: str,
    services: frozenset[str] = S3_SERVICES,
    refuse: Callable[[str], str] | None = None,
    on_serving: Callable[[Serving], None] = lambda _: None,
    on_line: Callable[[str], str] = lambda _: "",
    on_end: Callable[[], None] = lambda: None,
) -> None:
    """Serve on a port of the system's choice until stdin ends; does not return.

    Args:
        name: of the thread that serves.
        services: what is served, by the names in AWS's signatures.
        refuse: the sentence with which a request to any other service is refused; `None` for S3's 403.
        on_serving: called before the parent is told.
        on_line: answers a line of the parent's.
        on_end: tidies up when stdin has ended.
    """
    to_parent = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    sys.stdout = sys.stderr  # moto prints; the pipe to the parent carries what it is told and nothing else.
    access_control.S3IAMRequest = _S3IAMRequest  # moto looks it up there for each request.
    access_key_id, secret_access_key = _create_administrator()
    server = make_server(
        "127.0.0.1",
        0,
        Gate(DomainDispatcherApplication(create_backend_app), services, refuse),
        threaded=True,
        request_handler=_QuietRequestHandler,
    )
    serving = Serving(server.server_port, access_key_id, secret_access_key)
    Thread(target=server.serve_forever, name=name, daemon=True).start()
    on_serving(serving)
    to_parent.write(json.dumps(asdict(serving)) + "\n")
    to_parent.flush()
    for line in sys.stdin:
        to_parent.write(on_line(line) + "\n")
        to_parent.flush()
    try:
        on_end()
    finally:
        # What it stored is in memory and in files without a name. A regular exit of moto takes a second.
        os._exit(0)


def main() -> None:
    """S3 alone."""
    serve(name="local-s3")


if __name__ == "__main__":
    main()
