"""The HTTP side of every party: `POST /sign {kind, message}` and `GET /status`, one question at a time.

Answers: 200 {signer, signature}; 409 {code, differences, figures?} when the party found something else; 400 for a
message that is not of the agreed form; 413 when it is too large; 503 {code, message} when the party cannot see far
enough now.
"""

import json
import signal
import socketserver
import sqlite3
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Protocol

from tradecoin.domain.errors import Refused, TradecoinError, Unavailable
from tradecoin.parties.answers import Disagreement
from tradecoin.signing.keys import Key

MAX_BODY: Final = 16 * 1024 * 1024
"""Largest request in bytes: a tree of some 50,000 claims."""

_IDLE_SECONDS: Final = 60


class Party(Protocol):
    """What the server asks a party."""

    kind: str
    key: Key

    def sign(self, message: object) -> bytes:
        """Return the 64-byte signature of a message in JSON; raises Disagreement, Refused, Unavailable."""

    def status(self) -> Mapping[str, Any]:
        """Return what an operator wants to see, at once, also while another thread signs."""


class PartyServer(ThreadingHTTPServer):
    """A listening party. Signing is done by one thread at a time."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], party: Party) -> None:
        """Listen; OSError when the port is taken."""
        super().__init__(address, _Handler)
        self.party = party
        self.lock = threading.Lock()

    def server_bind(self) -> None:
        """Bind without asking a name server for this machine's name, which can take long."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    @property
    def url(self) -> str:
        """Where the party listens."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def answer_sign(self, raw: bytes) -> tuple[int, dict[str, Any]]:
        """Return status and body for a request to sign."""
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):
            return 400, {"code": "json_invalid", "message": "the body is no JSON"}
        if not isinstance(body, dict) or body.keys() != {"kind", "message"}:
            return 400, {"code": "message_malformed", "message": "the body is an object of kind and message"}
        if body["kind"] != self.party.kind:
            known = f"this party signs {self.party.kind} only"
            return 400, {"code": "kind_unknown", "message": known}
        return self._signed(body["message"])

    def _signed(self, message: object) -> tuple[int, dict[str, Any]]:
        """Let the party sign, and translate its refusals."""
        try:
            with self.lock:
                signature = self.party.sign(message)
        except Disagreement as problem:
            return 409, problem.body()
        except Unavailable as problem:
            return 503, _told(problem)
        except Refused as problem:
            return (409 if problem.code == "chain_forked" else 400), _told(problem) | {"differences": []}
        except sqlite3.Error as problem:
            return 503, {"code": "memory_unavailable", "message": f"what is signed cannot be written down: {problem}"}
        return 200, {"signer": self.party.key.address, "signature": f"0x{signature.hex()}"}


def _told(problem: TradecoinError) -> dict[str, Any]:
    """Return code and sentence of an error."""
    return {"code": problem.code, "message": str(problem)}


class _Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with connections kept alive."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16  # headers and body leave together
    timeout = _IDLE_SECONDS
    server: PartyServer

    def do_GET(self) -> None:
        """Answer GET /status."""
        if self.path != "/status":
            self._answer(404, {"code": "not_found", "message": "GET /status or POST /sign"})
            return
        self._answer(200, self.server.party.status())

    def do_POST(self) -> None:
        """Answer POST /sign."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            self._refuse(411, "length_required", "a Content-Length is needed")
        elif int(length) > MAX_BODY:
            self._refuse(413, "too_large", f"more than {MAX_BODY} bytes")
        elif self.path != "/sign":
            self._refuse(404, "not_found", "GET /status or POST /sign")
        else:
            self._answer(*self.server.answer_sign(self.rfile.read(int(length))))

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: a party's word is its answer, not its log."""

    def _refuse(self, status: int, code: str, message: str) -> None:
        """Answer without having read the body, so the connection ends."""
        self.close_connection = True
        self._answer(status, {"code": code, "message": message})

    def _answer(self, status: int, body: Mapping[str, Any]) -> None:
        """Send JSON."""
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(raw)


def serve_until_stopped(server: PartyServer, ready: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then let go of the port. `ready` is told the address once requests are taken."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    thread = threading.Thread(target=server.serve_forever, name="party")
    thread.start()
    if ready is not None:
        ready(server.url)
    stop.wait()
    server.shutdown()
    thread.join()
    server.server_close()
