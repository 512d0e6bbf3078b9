"""What every request goes through: an id, a limit on its body, a log line, and a place in the figures."""

import re
import secrets
from time import perf_counter
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tradecoin import logs
from tradecoin.api.metrics import Metrics
from tradecoin.api.problems import BodyTooLarge, document, internal

MESSAGE_BYTES_MOST: Final = 10_000_000
"""A bank's file."""

BODY_BYTES_MOST: Final = 100_000
"""Any other body."""

REQUEST_ID: Final = "x-request-id"
_ID = re.compile(r"[0-9A-Za-z._-]{1,64}")
_QUIET: Final = frozenset({"/livez", "/readyz", "/metrics"})
log = logs.get_logger("tradecoin.api")


class Frame:
    """The outermost part of the app; pure ASGI, so that streams pass through it."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; whatever goes wrong unexpectedly is logged and answered with its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        with logs.bound(request_id=exchange.request_id):
            begin = perf_counter()
            try:
                await self._serve(exchange)
            except Exception as problem:  # the one place where anything ends, with a log line
                log.exception("unexpected error", path=scope["path"], error=type(problem).__name__)
                if not exchange.status:
                    await internal(Request(scope))(scope, receive, exchange.send)
            self._note(exchange, seconds=perf_counter() - begin)

    async def _serve(self, exchange: "_Exchange") -> None:
        """Refuse a body that says that it is too large; let the app answer anything else."""
        told = Headers(scope=exchange.scope).get("content-length", "")
        if told.isdigit() and int(told) > exchange.limit:
            request = Request(exchange.scope)
            refusal = document(request, 413, "body_too_large", f"a body here has at most {exchange.limit} bytes")
            await refusal(exchange.scope, exchange.receive, exchange.send)
            return
        await self._app(exchange.scope, exchange.receive, exchange.send)

    def _note(self, exchange: "_Exchange", *, seconds: float) -> None:
        """Count the request and write its line."""
        scope, state = exchange.scope, exchange.scope["state"]
        route = getattr(scope.get("route"), "path", "unmatched")
        self._metrics.http(scope["method"], route, exchange.status, seconds=seconds)
        if scope["path"] not in _QUIET:
            log.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=exchange.status,
                milliseconds=int(seconds * 1000),
                client=state.get("client", ""),
                problem=state.get("problem", ""),
            )


class _Exchange:
    """One request and what was sent for it; `status` is 0 until something was."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = Headers(scope=scope).get(REQUEST_ID, "")
        self.request_id = given if _ID.fullmatch(given) else secrets.token_hex(8)
        self.scope = scope
        scope["state"] = {**scope.get("state", {}), "request_id": self.request_id}
        self.limit = MESSAGE_BYTES_MOST if scope["path"] == "/v1/bank-messages" else BODY_BYTES_MOST
        self.status = 0
        self._received = 0
        self._receive, self._send = receive, send

    async def receive(self) -> Message:
        """Pass a piece of the body on; raises BodyTooLarge once they are too many."""
        message = await self._receive()
        self._received += len(message.get("body", b""))
        if self._received > self.limit:
            raise BodyTooLarge(self.limit)
        return message

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on, with the request's id in its headers."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)["x-request-id"] = self.request_id
        await self._send(message)
