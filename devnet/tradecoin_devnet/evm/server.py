"""HTTP around a chain: JSON-RPC 2.0 by POST, single or in batches, on connections that stay open; GET /status."""

import json
import re
import socket
import sys
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tradecoin_devnet.evm.errors import INTERNAL_ERROR, INVALID_REQUEST, PARSE_ERROR, RpcError

Rpc = Callable[[str, list[Any]], Any]
_MOST_BODY_BYTES = 64 * 1024 * 1024
_DEEPEST = 100
_BRACKET = re.compile(rb"[\[\]{}]")


def answer(rpc: Rpc, body: bytes) -> bytes:
    """Answer the body of a POST: a request, or a batch of them in order."""
    try:
        request = json.loads(_shallow(body))
    except ValueError:
        return _encoded(_failure(None, RpcError(PARSE_ERROR, "parse error")))
    if isinstance(request, list):
        if not request:
            return _encoded(_failure(None, RpcError(INVALID_REQUEST, "empty batch")))
        return _encoded([_answer_one(rpc, one) for one in request])
    return _encoded(_answer_one(rpc, request))


def _shallow(body: bytes) -> bytes:
    """Return the body unless brackets nest deeply in it; py-evm raises the limit that guards the reader's stack."""
    depth = 0
    for bracket in _BRACKET.findall(body):
        depth += 1 if bracket in b"[{" else -1
        if depth > _DEEPEST:
            raise ValueError("nested too deeply")
    return body


def _answer_one(rpc: Rpc, request: Any) -> dict[str, Any]:
    if not isinstance(request, dict) or not isinstance(request.get("method"), str):
        return _failure(None, RpcError(INVALID_REQUEST, "invalid request"))
    identity, params = request.get("id"), request.get("params")
    if params is None:
        params = []
    if not isinstance(params, list):
        return _failure(identity, RpcError(INVALID_REQUEST, "params must be a list"))
    try:
        return {"jsonrpc": "2.0", "id": identity, "result": rpc(request["method"], params)}
    except RpcError as error:
        return _failure(identity, error)
    except Exception as error:  # noqa: BLE001
        # The edge of the process: the client is owed an answer, the log the trace.
        traceback.print_exc()
        return _failure(identity, RpcError(INTERNAL_ERROR, f"internal error: {error!r}"))


def _failure(identity: Any, error: RpcError) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identity, "error": error.body()}


def _encoded(body: Any) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


class RpcServer(ThreadingHTTPServer):
    """Serves one chain on the loopback interface; a thread for each connection."""

    daemon_threads = True
    request_queue_size = 256

    rpc: Rpc

    def __init__(self, port: int) -> None:
        """Bind at once; raise OSError when the port is busy. Port 0 picks a free one, see `port`.

        `rpc` must be set before `serve_forever` is called.
        """
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def port(self) -> int:
        """The port that was bound."""
        return int(self.server_address[1])

    def server_bind(self) -> None:
        """Bind without looking up the host's name, which may take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "localhost", self.port

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a connection that the client broke end quietly; report anything else."""
        if not isinstance(_current_error(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: RpcServer

    def do_POST(self) -> None:
        """Answer JSON-RPC."""
        size = int(self.headers.get("Content-Length") or 0)
        if size > _MOST_BODY_BYTES:
            self.close_connection = True
            self._send(413, b'{"error":"the request is too large"}')
            return
        self._send(200, answer(self.server.rpc, self.rfile.read(size)))

    def do_GET(self) -> None:
        """Answer GET /status."""
        if self.path != "/status":
            self._send(404, b'{"error":"not found"}')
            return
        facts = {"ok": True, "chain_id": int(self.server.rpc("eth_chainId", []), 16)}
        self._send(200, _encoded({**facts, "block": int(self.server.rpc("eth_blockNumber", []), 16)}))

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: a devnet makes thousands of requests."""

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def _current_error() -> BaseException | None:
    return sys.exc_info()[1]
