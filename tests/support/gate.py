"""A TCP relay in front of a server: it lets connections through, refuses them, or keeps them waiting, as a network does."""

import socket
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from urllib.parse import urlsplit


class Gate:
    """Relays to a server while it is open. The server sees the bytes, and so the signatures, as they were sent.

    Lifecycle: a context manager. Threads: its own; `hold`, `refuse` and `open` may be called from any.
    """

    def __init__(self, upstream: str) -> None:
        target = urlsplit(upstream)
        self._upstream = (target.hostname or "", target.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._passes = Event()
        self._passes.set()
        self._is_refusing = False
        self._connections: list[socket.socket] = []

    @property
    def endpoint_url(self) -> str:
        """Where clients find the gate."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def hold(self) -> None:
        """From now on nothing passes, on connections that exist either."""
        self._passes.clear()

    def refuse(self) -> None:
        """From now on connections are cut, those that exist too."""
        self._is_refusing = True
        self._cut()

    def open(self) -> None:
        """Let everything pass, what has waited first."""
        self._is_refusing = False
        self._passes.set()

    def __enter__(self) -> "Gate":
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._listener.close()
        self._passes.set()
        self._cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._is_refusing:
                    client.close()
                    continue
                server = socket.create_connection(self._upstream)
                self._connections += [client, server]
                Thread(target=self._relay, args=(client, server), daemon=True).start()
                Thread(target=self._relay, args=(server, client), daemon=True).start()

    def _relay(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._passes.wait()
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _cut(self) -> None:
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
