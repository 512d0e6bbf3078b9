"""/events: what happened, line by line, as pages and as a stream."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from tradecoin.api.auth import Anyone, Principal
from tradecoin.api.documents import errors
from tradecoin.api.schemas.system import EventsView, EventView
from tradecoin.api.services import Services, Use
from tradecoin.ports.store import FeedItem, Tx

router = APIRouter(prefix="/v1/events", tags=["events"])

_LOOK_SECONDS: Final = 0.5
_LOOKS_MOST: Final = 600
_CHUNK: Final = 500
_MEDIA_TYPE: Final = "text/event-stream"
After = Annotated[int, Query(ge=0, description="`seq` after which to go on")]
Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("", responses=errors())
def listed(who: Anyone, services: Use, after: After = 0, limit: Limit = 100) -> EventsView:
    """List what happened after `seq`; a client sees the lines about its own orders and redemptions."""
    shown, last = services.store.read(lambda tx: _lines(tx, who, after, limit))
    return EventsView(data=[EventView.of(item) for item in shown], next=str(last))


def _lines(tx: Tx, who: Principal, after: int, limit: int) -> tuple[list[FeedItem], int]:
    """Return up to `limit` lines that the caller may see, and the number of the last one looked at."""
    shown: list[FeedItem] = []
    while len(shown) < limit:
        items = tx.feed(after=after, limit=_CHUNK if who.own else limit)
        if not items:
            break
        room = limit - len(shown)
        allowed = _allowed(tx, who, items)[:room]
        shown += allowed
        after = allowed[-1].seq if len(allowed) == room else items[-1].seq
        if not who.own:
            break
    return shown, after


def _allowed(tx: Tx, who: Principal, items: Sequence[FeedItem]) -> list[FeedItem]:
    """Keep the lines about the caller's own orders and redemptions; all for those who see all."""
    own = who.own
    if own is None:
        return list(items)
    subjects = sorted({item.subject for item in items})
    orders = tuple(each for each in subjects if each.startswith("mo_"))
    redemptions = tuple(each for each in subjects if each.startswith("rd_"))
    mine = {row.id for row in tx.orders.list(id=orders, client=own, limit=_CHUNK)} if orders else set()
    if redemptions:
        mine |= {row.id for row in tx.redemptions.list(id=redemptions, client=own, limit=_CHUNK)}
    return [item for item in items if item.subject in mine]


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses={
        200: {"content": {_MEDIA_TYPE: {"example": 'id: 7\nevent: mint_order.issued\ndata: {"seq": 7}\n\n'}}},
        **errors(),
    },
)
def stream(
    request: Request,
    who: Anyone,
    services: Use,
    after: After = 0,
    last_event_id: Annotated[str, Header(pattern=r"^[0-9]{0,18}$")] = "",
) -> StreamingResponse:
    """Stream what happens as server-sent events, from `Last-Event-ID` on; reconnect when it ends."""
    start = int(last_event_id) if last_event_id else after
    return StreamingResponse(follow(request, services, who, start), media_type=_MEDIA_TYPE)


async def follow(request: Request, services: Services, who: Principal, after: int) -> AsyncIterator[str]:
    """Yield the lines after `after` as they come, until the caller is gone or the time is up."""
    yield "retry: 1000\n\n"
    for _ in range(_LOOKS_MOST):
        shown, after = await run_in_threadpool(_look, services, who, after)
        for item in shown:
            data = EventView.of(item).model_dump_json()
            yield f"id: {item.seq}\nevent: {json.dumps(item.type)[1:-1]}\ndata: {data}\n\n"
        if await request.is_disconnected():
            return
        if not shown:
            yield ": still here\n\n"
            await asyncio.sleep(_LOOK_SECONDS)


def _look(services: Services, who: Principal, after: int) -> tuple[list[FeedItem], int]:
    """Read the next lines."""
    return services.store.read(lambda tx: _lines(tx, who, after, _CHUNK))
