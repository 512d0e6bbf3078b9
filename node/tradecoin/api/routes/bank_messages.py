"""/bank-messages: what the bank says, as raw files."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from tradecoin.api.auth import Operator, Reader
from tradecoin.api.documents import errors
from tradecoin.api.paging import Page, Pages, page
from tradecoin.api.schemas.bank_message import ImportedView, MessageView
from tradecoin.api.services import Use
from tradecoin.flow.bank_message import import_bank_message

router = APIRouter(prefix="/v1/bank-messages", tags=["bank messages"])

_BODIES = {
    "required": True,
    "content": {
        "application/xml": {"schema": {"type": "string"}, "example": "<Document>…</Document>"},
        "text/plain": {"schema": {"type": "string"}, "example": ":20:STARTUMS\n…"},
    },
}


async def _raw_body(request: Request) -> bytes:
    """Read the body as it came."""
    return await request.body()


@router.post(
    "",
    status_code=201,
    response_model=ImportedView,
    responses={
        200: {"model": ImportedView, "description": "These bytes were here before; nothing changed"},
        **errors("bank_message_invalid", "bank_message_of_other_account", "conflict", "body_too_large"),
    },
    openapi_extra={"requestBody": _BODIES},
)
def bring(who: Operator, services: Use, raw: Annotated[bytes, Depends(_raw_body)]) -> Response:
    """Bring a message of the bank: camt.052, .053, .054, pain.002, pacs.004 (XML) or MT940 (text), at most 10 MB.

    It is booked whole or refused whole, naming line, path and reason. The same bytes again answer 200 and change
    nothing, so no Idempotency-Key is needed.
    """
    imported = import_bank_message(
        store=services.store,
        format_=services.format,
        terms=services.terms,
        raw=raw,
        source="rest",
        actor=who.client,
    )
    body = ImportedView.of(imported).model_dump_json().encode()
    return Response(body, 200 if imported.duplicate else 201, media_type="application/json")


@router.get("", responses=errors("cursor_invalid"))
def listed(who: Reader, services: Use, paging: Pages, kind: str | None = None) -> Page[MessageView]:
    """List messages, oldest first."""
    return services.store.read(lambda tx: page(tx.messages, MessageView.of, paging, kind=kind))


@router.get(
    "/{message_id}/raw",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {"example": "<Document>…</Document>"}}},
        **errors("not_found"),
    },
)
def raw_of(message_id: str, who: Reader, services: Use) -> Response:
    """Return the bytes as they came."""
    row = services.store.read(lambda tx: tx.messages.get(message_id))
    return Response(row.raw, media_type="application/octet-stream")
