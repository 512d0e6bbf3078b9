"""The route table: which function answers which request."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from tradecoin_devnet.bank.bank import Bank
from tradecoin_devnet.bank.refusals import BrokenBooks, Refused, invalid

_DEEPEST = 100
_BRACKET = re.compile(rb"[\[\]{}]")


@dataclass(frozen=True, slots=True)
class Request:
    """One request: the bank it is for, the parts of the path that vary, the query and the raw body."""

    bank: Bank
    path: tuple[str, ...]
    query: dict[str, str]
    raw: bytes

    def body(self) -> dict[str, Any]:
        """Return the body as a JSON object, empty when there is none; Refused when it is something else."""
        if _is_deeper_than(_DEEPEST, self.raw):
            raise invalid(f"the body is nested more than {_DEEPEST} deep")
        try:
            body = json.loads(self.raw or b"{}")
        except (ValueError, RecursionError) as error:
            raise invalid(f"the body is not JSON: {error}") from None
        if not isinstance(body, dict):
            raise invalid("the body must be a JSON object")
        return body


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: JSON unless `content_type` says otherwise, and then `content` is text."""

    status: int
    content: Any
    content_type: str = "application/json"

    def encoded(self) -> bytes:
        """Return the bytes of the answer."""
        if self.content_type == "application/json":
            return json.dumps(self.content).encode()
        return str(self.content).encode()


def _is_deeper_than(most: int, raw: bytes) -> bool:
    """Whether brackets nest deeper, also those in texts; the reader's own guard is a limit that others may raise."""
    depth = 0
    for bracket in _BRACKET.findall(raw):
        depth += 1 if bracket in b"[{" else -1
        if depth > most:
            return True
    return False


Function = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Routes:
    """Routes by method and pattern; `{}` in a pattern stands for one part of the path."""

    table: list[tuple[str, re.Pattern[str], Function]] = field(default_factory=list)

    def add(self, method: str, *patterns: str) -> Callable[[Function], Function]:
        """Let the decorated function answer these."""

        def register(function: Function) -> Function:
            for pattern in patterns:
                self.table.append((method, re.compile(re.escape(pattern).replace(r"\{\}", "([^/]+)")), function))
            return function

        return register

    def answer(self, bank: Bank, method: str, target: str, raw: bytes) -> Response:
        """Find the function and let it answer; a refusal becomes its status with `{code, message}`."""
        path, _, query = target.partition("?")
        try:
            function, parts = self._find(method, path)
            return function(Request(bank, parts, dict(parse_qsl(query, keep_blank_values=True)), raw))
        except Refused as refusal:
            return Response(refusal.status, {"code": refusal.code, "message": refusal.message})
        except BrokenBooks as defect:
            return Response(500, {"code": "broken_books", "message": str(defect)})

    def _find(self, method: str, path: str) -> tuple[Function, tuple[str, ...]]:
        """Return the function and the varying parts; Refused (404, 405) when there is none."""
        allowed = set()
        for known, pattern, function in self.table:
            match = pattern.fullmatch(path)
            if match and known == method:
                return function, tuple(unquote(part) for part in match.groups())
            allowed |= {known} if match else set()
        if allowed:
            raise Refused(405, "method_not_allowed", f"{path} takes {', '.join(sorted(allowed))}")
        raise Refused(404, "not_found", f"the bank has no {path}")
