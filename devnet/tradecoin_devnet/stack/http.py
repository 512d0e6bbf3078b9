"""JSON over HTTP to the devnet's own processes, on the loopback interface only."""

import json
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

_DIRECT = build_opener(ProxyHandler({}))


def post(url: str, body: Any) -> Any:
    """Send JSON; raises HTTPError with the answer when it is refused."""
    return post_raw(url, json.dumps(body).encode(), "application/json")


def post_raw(url: str, body: bytes, content_type: str) -> Any:
    """Send bytes and return the JSON that comes back."""
    request = Request(url, data=body, headers={"Content-Type": content_type}, method="POST")
    with _DIRECT.open(request, timeout=60) as answer:
        return json.loads(answer.read())


def get(url: str) -> Any:
    """Return the JSON at an address."""
    with _DIRECT.open(url, timeout=30) as answer:
        return json.loads(answer.read())
