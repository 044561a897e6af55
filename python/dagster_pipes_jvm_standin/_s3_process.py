"""The process behind `LocalS3`: moto's S3 with its signature check on, and a gate before it.

Speaks to its parent over two pipes: one line of JSON on stdout when it serves (`{"port", "access_key_id",
"secret_access_key"}`), and stdin, whose end means that the parent closed it or died, SIGKILL included. A line on stdin is
answered by one on stdout.

Imports nothing of this package but the gate, and no dagster: it is ready in about a second.
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from threading import Thread

from dagster_pipes_jvm_standin import _gate  # First: it tells moto to check.

# isort: split
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam import access_control
from moto.iam.models import iam_backends
from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

_ADMINISTRATOR = "local-s3"
_ALLOW_ALL = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'


class _QuietRequestHandler(MotoRequestHandler):  # type: ignore[misc]  # moto has no types
    """Without a line on stderr for every request; what fails in moto is still printed there."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def _create_administrator() -> tuple[str, str]:
    iam = iam_backends[DEFAULT_ACCOUNT_ID][_gate.PARTITION]
    iam.create_user(_gate.PARTITION, _ADMINISTRATOR)
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
    services: frozenset[str] = _gate.S3_SERVICES,
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
    # moto looks them up there for each request.
    access_control.S3IAMRequest, access_control.IAMRequest = _gate.S3IAMRequest, _gate.IAMRequest
    access_key_id, secret_access_key = _create_administrator()
    server = make_server(
        "127.0.0.1",
        0,
        _gate.Gate(DomainDispatcherApplication(create_backend_app), services, refuse),
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
