"""The node's REST API for the commands: where it is, which key to show, and what its problem documents become.

Standard library only: a command prints what the API says, so it needs no types, and starts in a moment.
"""

import functools
import json
from collections.abc import Callable, Iterable, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener
from uuid import uuid4

import click

from tradecoin.cli.homes import home_option
from tradecoin.domain.errors import Refused, Unavailable

_SECONDS: Final = 90
_PAGE: Final = 500
ROLES: Final = ("admin", "operator", "approver", "auditor", "client")


class ApiRefused(Refused):
    """The API refuses the request."""

    code = "api_refused"


class ApiUnavailable(Unavailable):
    """The API does not answer, or cannot do it now."""

    code = "api_unavailable"


class _NoRedirects(HTTPRedirectHandler):
    """A key is shown to the address that was named, and to no other."""

    def redirect_request(self, *told: Any) -> None:
        """Follow nothing."""


_OPENER: Final = build_opener(ProxyHandler({}), _NoRedirects)


class Door:
    """The API at one address with one key; the key may be empty, for what is public."""

    def __init__(self, url: str, key: str) -> None:
        """Remember both; nothing is asked yet. Raises click's UsageError for what is no address."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise click.UsageError(f"{url} is no http or https address")
        self._url, self._key = url.rstrip("/"), key

    def get(self, path: str, **query: str) -> Any:
        """Return what stands there; raises ApiRefused, ApiUnavailable."""
        asked = urlencode({name: value for name, value in query.items() if value})
        return self._ask("GET", f"{path}?{asked}" if asked else path)

    def rows(self, path: str, limit: int, **query: str) -> dict[str, Any]:
        """Return up to `limit` rows of a list, page by page, as one: `next` is null unless there are more."""
        rows: list[Any] = []
        after = ""
        while True:
            page = self.get(path, **query, after=after, limit=str(min(_PAGE, limit - len(rows))))
            rows += page["data"]
            after = page["next"] or ""
            if not after or len(rows) >= limit:
                return {"data": rows, "next": after or None}

    def post(self, path: str, body: Any = None, *, once: str = "", wait: int = 0) -> Any:
        """Ask for something to be done, once under the key `once`, a new one when empty."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": once or uuid4().hex}
        if wait:
            headers["Prefer"] = f"wait={wait}"
        return self._ask("POST", path, json.dumps(body if body is not None else {}).encode(), headers)

    def post_raw(self, path: str, raw: bytes, kind: str) -> Any:
        """Upload bytes."""
        return self._ask("POST", path, raw, {"Content-Type": kind})

    def _ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Any:
        """Exchange JSON."""
        address = self._url + path  # http or https: the constructor saw to it
        request = Request(address, data=body, method=method, headers=dict(headers or {}))  # noqa: S310
        if self._key:
            request.add_header("Authorization", f"Bearer {self._key}")
        try:
            with _OPENER.open(request, timeout=_SECONDS) as answer:
                return json.loads(answer.read())
        except HTTPError as refusal:
            raise _problem(refusal) from refusal
        except (URLError, HTTPException, OSError, ValueError) as trouble:
            raise ApiUnavailable(f"{self._url} gives no answer that makes sense: {trouble}") from trouble


def _problem(refusal: HTTPError) -> ApiRefused | ApiUnavailable:
    """Turn a problem document into an error: the same request may work later (5xx), or will not (4xx)."""
    kind = ApiUnavailable if refusal.code >= 500 else ApiRefused
    try:
        told = json.loads(refusal.read())
        lines = [f"{told['code']}: {told['detail']}", *_details(told)]
    except (ValueError, KeyError, TypeError, OSError):
        return kind(f"HTTP {refusal.code}")
    return kind("\n  ".join(lines))


def _details(told: Mapping[str, Any]) -> Iterable[str]:
    """List members that are wrong, then the facts."""
    for each in told.get("errors", []):
        yield f"{each['pointer'] or '/'}: {each['message']}"
    for name, value in (told.get("facts") or {}).items():
        yield f"{name}: {value if isinstance(value, str) else json.dumps(value)}"


def segment(text: str) -> str:
    """Write an id so that it stays one part of a path."""
    return quote(text, safe="")


def rest(role: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command its `door` to the API, with the key of `role` when a devnet's summary is what names the keys."""

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.option("--url", envvar="TRADECOIN_URL", default="", help="the API's address; a devnet's when left out")
        @click.option("--key", envvar="TRADECOIN_KEY", default="", help="the API key; better in TRADECOIN_KEY")
        @click.option("--as", "role_", type=click.Choice(ROLES), default=role, show_default=True, help="devnet key")
        @home_option
        @functools.wraps(command)
        def opened(*, url: str, key: str, role_: str, home: Path, **told: Any) -> Any:
            return command(door=_door(url, key, role_, home), **told)

        return opened

    return decorated


def _door(url: str, key: str, role: str, home: Path) -> Door:
    """Find address and key: as told, else in `devnet.json`; its keys are for its own address only."""
    summary = summary_of(home)
    place = url or str(summary.get("api", ""))
    if not place:
        raise click.UsageError(f"where is the API? --url, TRADECOIN_URL, or a devnet in {home}")
    own = place.rstrip("/") == summary.get("api")
    return Door(place, key or (str(summary["api_keys"].get(role, "")) if own else ""))


def summary_of(home: Path) -> dict[str, Any]:
    """Return `devnet.json`; empty when there is none."""
    try:
        found: dict[str, Any] = json.loads((home / "devnet.json").read_text())
    except (OSError, ValueError):
        return {}
    return found


limit_option = click.option(
    "--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True, help="most rows"
)
once_option = click.option(
    "--once", default="", help="Idempotency-Key: the same one again gets the same answer; a new one when left out"
)
