"""Requests and answers: keys, pages, problems, and repetition under one Idempotency-Key."""

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import uuid4

import httpx

from tradecoin.domain.errors import Refused, Unavailable

_PAUSE_SECONDS_MOST: Final = 5
_GET: Final = "GET"


class ApiRefused(Refused):
    """The node refuses; the facts carry status, the problem's own facts, and its list of errors."""

    code = "api_refused"


class ApiUnavailable(Unavailable):
    """The node does not answer, or says that it cannot do it now."""

    code = "api_unavailable"


class Session:
    """One key at one node."""

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        timeout_seconds: int,
        retries: int,
        transport: httpx.BaseTransport | None,
    ) -> None:
        """Prepare; nothing is sent."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(
            base_url=base_url, headers=headers, timeout=timeout_seconds, transport=transport, trust_env=False
        )
        self._retries = retries

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        """Read."""
        wanted = {name: value for name, value in query.items() if value is not None}
        return self._json(self._send(_GET, path, params=wanted))

    def post(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Change something, once however often it is sent: under `key`, or a fresh one."""
        told = {"Idempotency-Key": key or uuid4().hex, **(headers or {})}
        return self._json(self._send("POST", path, json=body, headers=told))

    def post_once(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Change something that is not protected by a key: it is sent once, and not again when the line breaks."""
        return self._json(self._exchange("POST", path, json=body))

    def upload(self, path: str, raw: bytes, content_type: str) -> Any:
        """Bring bytes; the node knows them again."""
        return self._json(self._send("POST", path, content=raw, headers={"Content-Type": content_type}))

    def raw(self, path: str) -> bytes:
        """Read bytes."""
        return self._send(_GET, path).content

    def pages(self, path: str, **query: Any) -> Iterator[Any]:
        """Yield every item of a list, page after page."""
        after: str | None = None
        while True:
            page = self.get(path, after=after, **query)
            yield from page["data"]
            after = page["next"]
            if after is None:
                return

    def _send(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Send until there is an answer that another try would not change, or the tries are used up."""
        for _ in range(self._retries):
            try:
                return self._exchange(method, path, **given)
            except (ApiUnavailable, ApiRefused) as problem:
                if not _passes_soon(problem.facts):
                    raise
                time.sleep(min(_PAUSE_SECONDS_MOST, problem.facts["retry_after"]))
        return self._exchange(method, path, **given)

    def _exchange(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Send once; raises ApiRefused, ApiUnavailable."""
        try:
            answer = self._http.request(method, path, **given)
        except httpx.HTTPError as problem:
            raise ApiUnavailable(
                "the node does not answer",
                url=str(self._http.base_url),
                problem=repr(problem),
                retryable=True,
                retry_after=1,
            ) from problem
        if answer.status_code >= 400:
            raise _problem(answer)
        return answer

    @staticmethod
    def _json(answer: httpx.Response) -> Any:
        """Read the body."""
        try:
            return answer.json()
        except ValueError as problem:
            raise ApiUnavailable("the node answers with something else than JSON") from problem


def _passes_soon(facts: Mapping[str, Any]) -> bool:
    """Whether another try in a moment may work; minting stays halted until somebody acts."""
    return bool(facts.get("retryable")) and facts.get("code") != "minting_halted"


def _problem(answer: httpx.Response) -> ApiRefused | ApiUnavailable:
    """Turn a problem document into an error whose sentence and facts are the document's."""
    try:
        told = answer.json()
        detail, facts = str(told["detail"]), {name: told[name] for name in ("code", "errors", "request_id")}
        facts |= {"facts": told.get("facts", {}), "retryable": bool(told["retryable"])}
    except (ValueError, KeyError, TypeError):
        detail, facts = "an answer that is no problem document", {"code": "", "retryable": False}
    kind = ApiUnavailable if answer.status_code >= 500 else ApiRefused
    wait = answer.headers.get("retry-after", "1")
    facts["retry_after"] = int(wait) if wait.isdigit() else 1
    return kind(detail, status=answer.status_code, **facts)
