"""An HTTP proxy in front of an S3 server that injects faults between the two, where a network or AWS itself would.

Neither side knows of it: the clients sign for the proxy's address, and the server checks the signature of the Host header
that they sent. A fault is decided request by request, by a function.
"""

import http.client
import socket
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import TracebackType
from urllib.parse import urlsplit

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


@dataclass(frozen=True)
class Request:
    """What a fault is decided by.

    Args:
        method: `GET`, `PUT`, `HEAD`, `POST` or `DELETE`.
        path: with the bucket in front, without the query.
        number: how many requests of this method came before.
        signed_at: the sender's wall clock, as it signed it: `20261125T195404Z`; empty where it did not.
        operation: of a JSON service such as EMR: `AddJobFlowSteps`; empty for S3.
    """

    method: str
    path: str
    number: int
    signed_at: str
    operation: str = ""

    @property
    def is_list(self) -> bool:
        """Whether it asks for the names in a bucket."""
        return self.method == "GET" and self.path.strip("/").count("/") == 0

    @property
    def is_chunk(self) -> bool:
        """Whether it is about a chunk of messages."""
        return self.path.endswith(".json")


@dataclass(frozen=True)
class Refuse:
    """S3's own answer with a status and an error code; the server never sees the request."""

    status: int
    code: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class CutRequest:
    """The connection is reset while the body is under way; the server never sees the request."""


@dataclass(frozen=True)
class CutAnswer:
    """The server does what was asked, and the connection is reset in the middle of its answer."""


@dataclass(frozen=True)
class Twice:
    """The request reaches the server twice, as when a network or a proxy repeats it; the second answer is given."""


@dataclass(frozen=True)
class Hold:
    """The request waits until the event is set, or for so many seconds."""

    until: Event
    seconds: float | None = None


@dataclass(frozen=True)
class Damage:
    """These bytes of the answer are others, of the same number; so is no checksum of the answer."""

    old: bytes
    new: bytes


@dataclass(frozen=True)
class Strike:
    """Something happens to the sender while its request is under way, and it gets no answer.

    Args:
        act: what happens, such as the end of the sender's process.
        is_carried_out: whether the server gets the request first.
        status: only if the server answers with this status; any other answer is given. `None` for any.
    """

    act: Callable[[], None]
    is_carried_out: bool
    status: int | None = None


Action = Strike | Refuse | CutRequest | CutAnswer | Twice | Hold | Damage
Rule = Callable[[Request], Action | None]


class FaultProxy:
    """Forwards to an S3 server, except where the rule says otherwise.

    Lifecycle: a context manager. Threads: the rule is called from many at once, one call at a time.

    Args:
        upstream: the server's URL.
        rule: decides each request; `None` forwards.
    """

    def __init__(self, upstream: str, rule: Rule = lambda request: None) -> None:
        target = urlsplit(upstream)
        self.rule = rule
        self.requests: Counter[str] = Counter()
        self._lock = Lock()
        proxy = self

        class Handler(_Handler):
            host, port = target.hostname or "", target.port or 80

            def decide(self, method: str, path: str, signed_at: str, operation: str) -> Action | None:
                return proxy._decide(method, path, signed_at, operation)

            def wait(self, hold: Hold) -> None:
                hold.until.wait(hold.seconds)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def endpoint(self) -> str:
        """The URL that clients are to use."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "FaultProxy":
        self._thread.start()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _decide(self, method: str, path: str, signed_at: str, operation: str) -> Action | None:
        with self._lock:
            number = self.requests[method]
            self.requests[method] += 1
            return self.rule(Request(method, path, number, signed_at, operation))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Otherwise the headers and the body of an answer wait for each other's acknowledgement, 40 ms each time.
    disable_nagle_algorithm = True
    host: str
    port: int

    def decide(self, method: str, path: str, signed_at: str, operation: str) -> Action | None:
        raise NotImplementedError

    def wait(self, hold: Hold) -> None:
        raise NotImplementedError

    def _handle(self) -> None:
        action = self.decide(
            self.command,
            self.path.partition("?")[0],
            self.headers.get("x-amz-date", ""),
            self.headers.get("x-amz-target", "").rpartition(".")[2],
        )
        if isinstance(action, CutRequest):
            self.rfile.read(min(1, int(self.headers.get("Content-Length") or 0)))
            return self._reset()
        body = self._body()
        if isinstance(action, Hold):
            self.wait(action)
        if isinstance(action, Strike) and not action.is_carried_out:
            action.act()
            return self._reset()
        if isinstance(action, Refuse):
            return self._refuse(action)
        if isinstance(action, Twice):
            self._forward(body)
        status, headers, answer = self._forward(body)
        if isinstance(action, Damage):
            answer = answer.replace(action.old, action.new)
            headers = [(name, value) for name, value in headers if not name.lower().startswith("x-amz-checksum")]
        if isinstance(action, Strike) and action.status in (None, status):
            action.act()
            return self._reset()
        if isinstance(action, CutAnswer) and not answer:
            return self._reset()  # The head alone would be a whole answer.
        self._answer(status, headers, answer, is_cut=isinstance(action, CutAnswer))

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _handle

    def _body(self) -> bytes:
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=120)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in ("expect", "connection"):
                    connection.putheader(name, value)
            connection.endheaders(body or None)
            response = connection.getresponse()
            headers = [(name, value) for name, value in response.getheaders() if name.lower() not in _HOP_BY_HOP]
            if self.command == "HEAD" and response.getheader("Content-Length"):
                headers.append(("Content-Length", response.getheader("Content-Length") or ""))
            return response.status, headers, response.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes, *, is_cut: bool) -> None:
        self.send_response_only(status)
        # S3 sends it always; an SDK whose signature was refused corrects its clock by it.
        self.send_header("Date", self.date_time_string())
        for name, value in headers:
            self.send_header(name, value)
        if self.command != "HEAD" and status != http.HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if is_cut:
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            return self._reset()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _refuse(self, refuse: Refuse) -> None:
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{refuse.code}</Code><Message>injected</Message><RequestId>FAULT</RequestId></Error>"
        ).encode()
        self._answer(refuse.status, [("Content-Type", "application/xml"), *refuse.headers], body, is_cut=False)

    def _reset(self) -> None:
        # Linger of 0 seconds: closing sends a reset instead of an orderly end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the table is the output."""
