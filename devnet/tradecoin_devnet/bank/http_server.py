"""The bank's door: HTTP/1.1 with connections that stay open, a thread for each."""

import socketserver
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tradecoin_devnet.bank import control_routes, customer_routes, xml_read
from tradecoin_devnet.bank.bank import Bank
from tradecoin_devnet.bank.routing import Response, Routes

ROUTES = Routes([*customer_routes.ROUTES.table, *control_routes.ROUTES.table])


class BankServer(ThreadingHTTPServer):
    """The listening server of one bank."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], bank: Bank) -> None:
        """Listen on host and port; port 0 takes a free one. OSError when the port is taken."""
        self.bank = bank
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind without asking a name server for this machine's name, which can take a minute."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[0], self.server_address[1]  # type: ignore[assignment]

    @property
    def url(self) -> str:
        """Where the bank is reached."""
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    """Turns bytes into a call of the route table and the answer into bytes."""

    protocol_version = "HTTP/1.1"
    server_version = "narrow-bank"
    disable_nagle_algorithm = True
    wbufsize = 65536  # headers and body leave in one packet
    timeout = 300
    server: BankServer

    def _serve(self) -> None:
        """Answer one request; a body that is too long is not read, and the connection ends."""
        length = self.headers.get("Content-Length", "0")
        if not length.isascii() or not length.isdigit() or "Transfer-Encoding" in self.headers:
            self._refuse(411, "length_required", "send the body with a Content-Length")
        elif int(length) > xml_read.SIZE_LIMIT_BYTES:
            self._refuse(413, "too_large", f"the limit is {xml_read.SIZE_LIMIT_BYTES} bytes")
        else:
            raw = self.rfile.read(int(length))
            self._send(ROUTES.answer(self.server.bank, self.command, self.path, raw))

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve

    def _refuse(self, status: int, code: str, message: str) -> None:
        self.close_connection = True
        self._send(Response(status, {"code": code, "message": message}))

    def _send(self, response: Response) -> None:
        content = response.encoded()
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the books are the record of what was asked."""
