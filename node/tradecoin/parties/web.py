"""JSON over HTTP, the little that a party needs to look around: a connection a question, a time limit, no redirects."""

import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from tradecoin.parties.answers import Unreachable

_LARGEST_ANSWER = 256 * 1024 * 1024


class Web:
    """One server by its base address, such as http://127.0.0.1:8402."""

    def __init__(self, url: str, timeout_seconds: int) -> None:
        """Remember the address; nothing is opened before the first question. ValueError for another scheme."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no http or https address")
        self.url = url
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._path, self._timeout = parts.path.rstrip("/"), timeout_seconds

    def get(self, path: str, **query: str) -> tuple[int, Any]:
        """Return status and JSON of a GET; raises Unreachable."""
        asked = f"{path}?{urlencode(query)}" if query else path
        return self._exchange("GET", asked, None)

    def post(self, path: str, body: object) -> tuple[int, Any]:
        """Return status and JSON of a POST; raises Unreachable."""
        return self._exchange("POST", path, json.dumps(body).encode())

    def _exchange(self, method: str, path: str, body: bytes | None) -> tuple[int, Any]:
        """Ask once; a question is never repeated by itself."""
        kind = HTTPSConnection if self._secure else HTTPConnection
        connection = kind(self._host, self._port, timeout=self._timeout)
        try:
            connection.request(method, self._path + path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            raw = response.read(_LARGEST_ANSWER)
            return response.status, json.loads(raw) if raw else None
        except (OSError, HTTPException, ValueError) as problem:
            raise Unreachable("no answer that makes sense", url=self.url, problem=type(problem).__name__) from problem
        finally:
            connection.close()
