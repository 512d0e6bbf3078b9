"""One POST at a time over kept-alive connections, with as little as possible around it.

A general HTTP client costs several times what the request does; the sender and the indexer make thousands of them. No
request is ever repeated here.
"""

import select
import socket
from base64 import b64encode
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from threading import Lock
from typing import Final
from urllib.parse import unquote, urlsplit

from tradecoin.domain.errors import Refused
from tradecoin.ports.chain import ChainUnreachable

_KEPT: Final = 8
_HEADERS: Final = ("Content-Type: application/json", "Accept: application/json", "Accept-Encoding: identity")


class BadUrl(Refused):
    """An endpoint's address that is no http or https URL."""

    code = "bad_url"


class Poster:
    """POSTs JSON to one URL, from any thread; each thread at work has a connection of its own."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        """Read the URL; nothing is opened. Raises BadUrl."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or not url.isascii():
            raise BadUrl("an endpoint is an http or https URL", got=f"{parts.scheme}://{parts.hostname or ''}")
        self._make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._host, self._port = parts.hostname, parts.port
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        user, _, host = parts.netloc.rpartition("@")
        lines = [f"POST {path} HTTP/1.1", f"Host: {host}", *_HEADERS]
        if user:
            lines.append(f"Authorization: Basic {b64encode(unquote(user).encode()).decode()}")
        self._head = "\r\n".join([*lines, "Content-Length: "]).encode("ascii")
        self._seconds = timeout_seconds
        self._idle: list[HTTPConnection] = []
        self._lock = Lock()

    def post(self, body: bytes) -> tuple[int, bytes]:
        """Return status and body; raises ChainUnreachable when there is none, and then the server may have acted."""
        connection = self._take()
        try:
            status, answer, stays = self._exchange(connection, body)
        except (OSError, HTTPException) as problem:
            connection.close()
            raise ChainUnreachable("the endpoint did not answer", problem=type(problem).__name__) from problem
        self._give_back(connection, stays=stays)
        return status, answer

    def _exchange(self, connection: HTTPConnection, body: bytes) -> tuple[int, bytes, bool]:
        """Send head and body in one piece, which http.client's own `request` does not, and read the whole reply."""
        connection.sock.sendall(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
        with HTTPResponse(connection.sock, method="POST") as reply:
            reply.begin()
            return reply.status, reply.read(), not reply.will_close

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take(self) -> HTTPConnection:
        """Return an idle connection that the server has not closed, or a new one."""
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                return self._opened()
            if _is_usable(connection):
                return connection
            connection.close()

    def _opened(self) -> HTTPConnection:
        connection = self._make(self._host, self._port, timeout=self._seconds)
        try:
            connection.connect()
        except OSError as problem:
            connection.close()
            raise ChainUnreachable("nobody answers at the endpoint", problem=type(problem).__name__) from problem
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _give_back(self, connection: HTTPConnection, *, stays: bool) -> None:
        with self._lock:
            if stays and len(self._idle) < _KEPT:
                self._idle.append(connection)
                return
        connection.close()


def _is_usable(connection: HTTPConnection) -> bool:
    """A connection that is readable before anything was asked was closed by the server."""
    return not select.select([connection.sock], [], [], 0)[0]
