"""Errors as RFC 9457 problem documents: the one place where a class or a code meets an HTTP status."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from tradecoin import logs
from tradecoin.domain.errors import Conflict, NotFound, Refused, StaleVersion, TradecoinError, Unavailable

MEDIA_TYPE: Final = "application/problem+json"
log = logs.get_logger("tradecoin.api")
RETRY_AFTER_SECONDS: Final = 2

# One line for each code that a caller can meet; a test holds it against every error class of the node.
STATUS: Final[dict[str, int]] = {
    "idempotency_key_missing": 400,
    "idempotency_key_malformed": 400,
    "body_not_json": 400,
    "bad_request": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "conflict": 409,
    "illegal_transition": 409,
    "stale_version": 409,
    "request_in_flight": 409,
    "body_too_large": 413,
    "refused": 422,
    "request_invalid": 422,
    "idempotency_key_reused": 422,
    "address_invalid": 422,
    "amount_malformed": 422,
    "amount_not_representable": 422,
    "amount_out_of_range": 422,
    "amount_too_many_decimals": 422,
    "api_key_invalid": 422,
    "bank_message_invalid": 422,
    "bank_message_of_other_account": 422,
    "claims_sum_too_large": 422,
    "contract_refused": 422,
    "currency_mismatch": 422,
    "currency_unknown": 422,
    "cursor_invalid": 422,
    "devnet_refused": 422,
    "duration_invalid": 422,
    "iban_invalid": 422,
    "payment_invalid": 422,
    "party_refused": 422,
    "recipient_invalid": 422,
    "reference_invalid": 422,
    "sign_in_invalid": 422,
    "signature_invalid": 422,
    "broken_invariant": 500,
    "internal": 500,
    "bank_unreachable": 503,
    "chain_stopped": 503,
    "chain_unreachable": 503,
    "database_unavailable": 503,
    "fork_beyond_finality": 503,
    "minting_halted": 503,
    "party_unreachable": 503,
    "unavailable": 503,
}
_BY_CLASS: Final[tuple[tuple[type[TradecoinError], int], ...]] = (
    (NotFound, 404),
    (Conflict, 409),
    (Refused, 422),
    (Unavailable, 503),
    (TradecoinError, 500),
)
_HTTP_CODES: Final = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}


class AtPointer(Exception):
    """An expected error of one member of the body, by its JSON pointer (RFC 6901)."""

    def __init__(self, pointer: str, problem: TradecoinError) -> None:
        """Keep both."""
        super().__init__(pointer)
        self.pointer, self.problem = pointer, problem


@contextmanager
def at(pointer: str) -> Iterator[None]:
    """Say of a refusal raised inside which member of the body it is about."""
    try:
        yield
    except Refused as problem:
        raise AtPointer(pointer, problem) from problem


class BodyTooLarge(HTTPException):
    """The body exceeds what the route takes, in bytes."""

    code: ClassVar[str] = "body_too_large"

    def __init__(self, limit: int) -> None:
        """Say how much is allowed."""
        super().__init__(413, f"a body here has at most {limit} bytes")


def status_of(problem: TradecoinError) -> int:
    """Return the status of an expected error: by its code, else by its class."""
    known = STATUS.get(problem.code)
    return known or next(status for cls, status in _BY_CLASS if isinstance(problem, cls))


def document(
    request: Request, status: int, code: str, detail: str, *, retryable: bool = False, **more: Any
) -> Response:
    """Build the answer; `more` are members beside the standard ones."""
    body = {
        "type": f"urn:tradecoin:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": getattr(request.state, "request_id", ""),
        "retryable": retryable,
        "errors": [],
        **more,
    }
    headers = {}
    if retryable:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="tradecoin"'
    request.state.problem = code
    content = json.dumps(body, default=_plain, ensure_ascii=False).encode(errors="replace")
    return Response(content, status, headers, media_type=MEDIA_TYPE)


def _plain(value: Any) -> Any:
    """Write a fact that JSON has no form for."""
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def install(app: FastAPI) -> None:
    """Give every error of the app its document."""
    app.add_exception_handler(TradecoinError, _expected)
    app.add_exception_handler(AtPointer, _pointed)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def _expected(request: Request, problem: Exception) -> Response:
    """An expected error that concerns no single member."""
    if not isinstance(problem, TradecoinError):
        raise problem
    return _told(request, problem, [])


def _pointed(request: Request, problem: Exception) -> Response:
    """An expected error of one member."""
    if not isinstance(problem, AtPointer):
        raise problem
    inner = problem.problem
    return _told(request, inner, [{"pointer": problem.pointer, "code": inner.code, "message": inner.message}])


def _told(request: Request, problem: TradecoinError, errors: list[dict[str, Any]]) -> Response:
    """Describe an expected error with its facts; those of a bank message also stand on their own."""
    status = status_of(problem)
    if status == 500:
        log.critical("broken invariant", code=problem.code, problem=str(problem), exc_info=problem)
        return document(request, 500, problem.code, "Something is wrong here; nothing of the request was kept.")
    facts = problem.facts
    more: dict[str, Any] = {name: facts[name] for name in ("line", "path", "reason") if name in facts}
    retryable = isinstance(problem, Unavailable | StaleVersion) or getattr(problem, "retryable", False)
    return document(
        request, status, problem.code, problem.message, retryable=retryable, errors=errors, facts=facts, **more
    )


def _invalid(request: Request, problem: Exception) -> Response:
    """A body or query that does not have the form asked for."""
    if not isinstance(problem, RequestValidationError):
        raise problem
    found = problem.errors()
    if any(error["type"] == "json_invalid" for error in found):
        return document(request, 400, "body_not_json", "The body is not JSON.")
    errors = [{"pointer": _pointer(error["loc"]), "code": error["type"], "message": error["msg"]} for error in found]
    return document(request, 422, "request_invalid", "The request does not have the form asked for.", errors=errors)


def _pointer(place: tuple[int | str, ...]) -> str:
    """Write a place in the body as a JSON pointer; one elsewhere starts with its kind, as in "query:/limit"."""
    kind, *rest = place
    path = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in rest)
    return path if kind == "body" else f"{kind}:{path}"


def _http(request: Request, problem: Exception) -> Response:
    """What the framework refuses: no such route, another method, a body too large."""
    if not isinstance(problem, HTTPException):
        raise problem
    code = _HTTP_CODES.get(problem.status_code, "bad_request")
    answer = document(request, problem.status_code, code, str(problem.detail))
    answer.headers.update(problem.headers or {})
    return answer


def internal(request: Request) -> Response:
    """Describe an error that nobody expected; what it was stands in the log under the request's id."""
    return document(request, 500, "internal", "Something is wrong here; the log has it under this request id.")
