"""Answers that a cache may keep as long as they are the same: ETag and If-None-Match (RFC 9110)."""

import hashlib
from typing import Any, Final

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

NOT_MODIFIED: Final[dict[int | str, dict[str, Any]]] = {304: {"description": "The same as `If-None-Match` names"}}
"""What the document says of a tagged answer."""


def tagged(request: Request, model: BaseModel) -> Response:
    """Answer with a tag of the content, or with 304 when the caller has it."""
    body = model.model_dump_json().encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    known = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, media_type="application/json")
