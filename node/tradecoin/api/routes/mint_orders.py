"""/mint-orders: a wish to have coins, from the payment reference to the issue."""

import re
import time
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel

from tradecoin.api.auth import Anyone, Approver, Maker, Principal
from tradecoin.api.documents import errors
from tradecoin.api.halts import HaltWatch
from tradecoin.api.idempotency import Effect, Keyed, MaybeKeyed
from tradecoin.api.paging import Page, Pages, page
from tradecoin.api.problems import at
from tradecoin.api.schemas.mint_order import Decision, MintOrderView, NewMintOrder, StepView, Timeline
from tradecoin.api.services import Services, Use
from tradecoin.api.unit import inside
from tradecoin.domain.errors import NotFound
from tradecoin.domain.mint import MintOrder
from tradecoin.domain.money import Currency, Money
from tradecoin.domain.states import OrderState
from tradecoin.flow import mint
from tradecoin.flow.intake import take_order
from tradecoin.ports.store import Tx

router = APIRouter(prefix="/v1/mint-orders", tags=["mint orders"])

_WAIT_SECONDS_MOST: Final = 30
_LOOK_SECONDS: Final = 0.1
_WAIT = re.compile(r"\bwait=([0-9]{1,6})\b")
_ENDS: Final = (OrderState.ISSUED, OrderState.EXPIRED, OrderState.CANCELLED, OrderState.REJECTED)
_Prefer = Annotated[str, Header(description="`wait=n`: answer when the order is at its end, or after n (at most 30) s")]
_AMOUNT: Final = ("amount_malformed", "amount_too_many_decimals", "amount_out_of_range", "currency_unknown")
_REPLAYS: Final = ("idempotency_key_missing", "idempotency_key_reused", "request_in_flight")


def _halts(request: Request) -> HaltWatch:
    """Return the app's watch."""
    watch: HaltWatch = request.app.state.halts
    return watch


_Halts = Annotated[HaltWatch, Depends(_halts)]


@router.post(
    "",
    status_code=201,
    response_model=MintOrderView,
    responses=errors(*_AMOUNT, *_REPLAYS, "recipient_invalid", "refused", "minting_halted", "body_not_json"),
)
def create(who: Maker, services: Use, halts: _Halts, once: Keyed, body: NewMintOrder, prefer: _Prefer = "") -> Response:
    """Order coins for a payment that carries the returned `reference`.

    While something keeps minting off that no attestation mends (a pause, an overdue redemption, books that differ),
    the answer is 503 with the facts, and nothing was ordered. A replay gives the same status and body; with
    `Prefer: wait` the body is that of the order after the wait.
    """

    def make() -> Effect:
        with at("/currency"):
            currency = Currency(body.currency)
        with at("/amount"):
            amount = Money.parse(body.amount, currency)
        with at("/recipient"):
            recipient = mint.check_recipient(body.recipient, services.terms)
        halts.refuse(services)

        def effect(tx: Tx) -> BaseModel:
            with at("/amount"):
                row = take_order(tx=tx, terms=services.terms, client=who.client, amount=amount, recipient=recipient)
            return MintOrderView.of(row)

        return effect

    answer = once.answer(who.client, make, status=201)
    return _waited(services, answer, prefer)


def _waited(services: Services, answer: Response, prefer: str) -> Response:
    """Hold an answer back until its order is at its end, if the caller prefers that."""
    seconds = _wait_seconds(prefer)
    if not seconds:
        return answer
    order_id = MintOrderView.model_validate_json(bytes(answer.body)).id
    row = _wait_for_end(services, order_id, seconds)
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    headers["Preference-Applied"] = f"wait={seconds}"
    return Response(MintOrderView.of(row).model_dump_json().encode(), answer.status_code, headers)


def _wait_seconds(prefer: str) -> int:
    """Return how long the caller wants to wait, at most 30 s."""
    found = _WAIT.search(prefer)
    return min(int(found.group(1)), _WAIT_SECONDS_MOST) if found else 0


def _wait_for_end(services: Services, order_id: str, seconds: int) -> MintOrder:
    """Look at an order until it is at its end or the time is up."""
    deadline = time.monotonic() + seconds
    while True:
        row = services.store.read(lambda tx: tx.orders.get(order_id))
        if row.state in _ENDS or time.monotonic() >= deadline:
            return row
        time.sleep(_LOOK_SECONDS)


@router.get("", responses=errors("cursor_invalid"))
def listed(
    who: Anyone, services: Use, paging: Pages, state: OrderState | None = None, reference: str | None = None
) -> Page[MintOrderView]:
    """List orders, oldest first."""

    def question(tx: Tx) -> Page[MintOrderView]:
        return page(tx.orders, MintOrderView.of, paging, client=who.own, state=state, reference=reference)

    return services.store.read(question)


def _own(tx: Tx, who: Principal, order_id: str) -> MintOrder:
    """Return an order that the caller may see; raises NotFound."""
    row = tx.orders.get(order_id)
    if who.own is not None and row.client != who.own:
        raise NotFound("there is no such order", id=order_id)
    return row


@router.get("/{order_id}", response_model=MintOrderView, responses=errors("not_found"))
def shown(order_id: str, who: Anyone, services: Use, prefer: _Prefer = "") -> Response:
    """Show an order; `Prefer: wait=n` waits for its end."""
    row = services.store.read(lambda tx: _own(tx, who, order_id))
    body = MintOrderView.of(row).model_dump_json().encode()
    return _waited(services, Response(body, media_type="application/json"), prefer)


@router.get("/{order_id}/timeline", responses=errors("not_found"))
def timeline(order_id: str, who: Anyone, services: Use) -> Timeline:
    """Show how an order came to its state."""

    def question(tx: Tx) -> Timeline:
        row = _own(tx, who, order_id)
        return Timeline(data=[StepView.of(step) for step in tx.steps(row.id)])

    return services.store.read(question)


@router.post("/{order_id}/cancel", response_model=MintOrderView, responses=errors("not_found", "illegal_transition"))
def cancel(order_id: str, who: Maker, services: Use, once: MaybeKeyed) -> Response:
    """Withdraw an order that no voucher was signed for; its deposit is free again."""

    def effect(tx: Tx) -> BaseModel:
        row = _own(tx, who, order_id)
        return MintOrderView.of(mint.cancel(store=inside(tx), order_id=row.id, client=None, actor=who.client))

    return once.write(who.client, effect, status=200)


@router.post(
    "/{order_id}/approvals", response_model=MintOrderView, responses=errors("not_found", "conflict", "body_not_json")
)
def decide(order_id: str, who: Approver, services: Use, once: MaybeKeyed, body: Decision) -> Response:
    """Approve or reject an order in review; nobody decides on an order of their own."""

    def effect(tx: Tx) -> BaseModel:
        row = mint.decide(
            store=inside(tx), order_id=order_id, approve=body.approve, reason=body.reason, actor=who.client
        )
        return MintOrderView.of(row)

    return once.write(who.client, effect, status=200)
