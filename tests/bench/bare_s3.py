"""An S3 in a process of its own that does nothing but answer, so that what is measured is the client's work.

moto checks signatures and policies for each request: a few hundred a second, on one core. `python -m tests.bench.bare_s3`
serves until its stdin ends.
"""

import asyncio
import hashlib
import json
import os
import sys
import threading
import urllib.request
from collections import Counter
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from dagster_pipes_jvm_standin._server_process import ServerProcess
from dagster_pipes_jvm_standin.aws_environment import aws_environment, s3_client

_KEYS = ("bench", "bench-secret")
_COUNTS = "/-counts"
_NO_SUCH_KEY = b"<Error><Code>NoSuchKey</Code><Message>not there</Message></Error>"


class BareS3:
    """The server's process, as seen by whoever starts it. Lifecycle: a context manager."""

    def __enter__(self) -> "BareS3":
        self._process = ServerProcess(
            [sys.executable, "-m", "tests.bench.bare_s3"], startup_seconds=60, shutdown_seconds=10, stderr=None
        )
        self.endpoint_url = f"http://127.0.0.1:{json.loads(self._process.ready_line)}"
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.stop()

    def client(self) -> Any:
        """A boto3 client as a user makes one."""
        return client(self.endpoint_url)

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which boto3 and the AWS SDKs find it."""
        return aws_environment(self.endpoint_url, *_KEYS)


def client(endpoint_url: str) -> Any:
    """A boto3 client for the server behind this URL."""
    return s3_client(endpoint_url, *_KEYS)


def requests(endpoint_url: str) -> int:
    """How many the server has answered."""
    with urllib.request.urlopen(endpoint_url + _COUNTS) as answer:
        counted: dict[str, int] = json.load(answer)
    return sum(counted.values())


class _Store:
    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, str]] = {}
        self.counts: Counter[str] = Counter()

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        """Status, ETag and body."""
        url = urlsplit(target)
        path, query = unquote(url.path), parse_qs(url.query, keep_blank_values=True)
        if path == _COUNTS:
            return 200, "", json.dumps(self.counts).encode()
        self.counts[method] += 1
        if method == "PUT":
            source = headers.get("x-amz-copy-source")
            etag = f'"{hashlib.md5(body).hexdigest()}"'
            self.objects[path] = self.objects["/" + unquote(source).lstrip("/")] if source else (body, etag)
            return 200, self.objects[path][1], b"<CopyObjectResult/>" if source else b""
        if "list-type" in query:
            return 200, "", self._list(path.strip("/"), query["prefix"][0])
        if method in ("GET", "HEAD"):
            found = self.objects.get(path)
            return (200, found[1], found[0]) if found else (404, "", _NO_SUCH_KEY)
        return (204, "", b"") if method == "DELETE" else (200, "", b"<DeleteResult/>")

    def _list(self, bucket: str, prefix: str) -> bytes:
        start = f"/{bucket}/"
        contents = "".join(
            f"<Contents><Key>{path.removeprefix(start)}</Key><ETag>{etag}</ETag><Size>{len(body)}</Size></Contents>"
            for path, (body, etag) in self.objects.items()
            if path.startswith(start + prefix)
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>".encode()


async def _serve(store: _Store, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            first, *lines = head.decode("latin-1").rstrip().split("\r\n")
            method, target, _ = first.split(" ")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            if "100-continue" in headers.get("expect", ""):
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            status, etag, answer = store.answer(method, target, headers, body)
            more = f"ETag: {etag}\r\n" if etag else ""
            writer.write(f"HTTP/1.1 {status} S\r\n{more}Content-Length: {len(answer)}\r\n\r\n".encode())
            if method != "HEAD":
                writer.write(answer)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def _main() -> None:
    store = _Store()
    server = await asyncio.start_server(lambda r, w: _serve(store, r, w), "127.0.0.1", 0, limit=1 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait_for_parent() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=wait_for_parent, daemon=True).start()
    await ended.wait()
    sys.stdout.flush()
    os._exit(0)  # Connections that clients keep open would each be reported as cancelled.


if __name__ == "__main__":
    asyncio.run(_main())
