"""/payouts: money on its way out."""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from tradecoin.api.auth import Anyone, Operator, Principal, Reader, Second
from tradecoin.api.documents import errors
from tradecoin.api.idempotency import Keyed, MaybeKeyed
from tradecoin.api.paging import Page, Pages, page
from tradecoin.api.schemas.mint_order import StepView, Timeline
from tradecoin.api.schemas.payout import PayoutView, Repayment
from tradecoin.api.services import Use
from tradecoin.api.unit import inside
from tradecoin.domain.errors import NotFound
from tradecoin.domain.payout import Payout, PayoutCause
from tradecoin.domain.states import PayoutState
from tradecoin.flow import payout
from tradecoin.ports.store import Tx

router = APIRouter(prefix="/v1/payouts", tags=["payouts"])
_KEYS = ("idempotency_key_missing", "idempotency_key_reused", "request_in_flight", "body_not_json")


@router.get("", responses=errors("cursor_invalid"))
def listed(
    who: Reader, services: Use, paging: Pages, state: PayoutState | None = None, subject: str | None = None
) -> Page[PayoutView]:
    """List payouts, oldest first."""
    return services.store.read(lambda tx: page(tx.payouts, PayoutView.of, paging, state=state, subject_id=subject))


def _own(tx: Tx, who: Principal, payout_id: str) -> Payout:
    """Return a payout that the caller may see: a client those of its redemptions; raises NotFound."""
    row = tx.payouts.get(payout_id)
    if who.own is None:
        return row
    if row.cause is PayoutCause.DEPOSIT_RETURN or tx.redemptions.get(row.subject_id).client != who.own:
        raise NotFound("there is no such payout", id=payout_id)
    return row


@router.get("/{payout_id}", responses=errors("not_found"))
def shown(payout_id: str, who: Anyone, services: Use) -> PayoutView:
    """Show a payout."""
    return PayoutView.of(services.store.read(lambda tx: _own(tx, who, payout_id)))


@router.get("/{payout_id}/timeline", responses=errors("not_found"))
def timeline(payout_id: str, who: Anyone, services: Use) -> Timeline:
    """Show how a payout came to its state."""

    def question(tx: Tx) -> Timeline:
        row = _own(tx, who, payout_id)
        return Timeline(data=[StepView.of(step) for step in tx.steps(row.id)])

    return services.store.read(question)


@router.post(
    "/{payout_id}/confirm-missing",
    response_model=PayoutView,
    responses=errors("not_found", "conflict", "refused"),
)
def confirm_missing(payout_id: str, who: Second, services: Use, once: MaybeKeyed) -> Response:
    """State that a payout without an answer never happened; two clients' keys and a later statement decide it."""

    def effect(tx: Tx) -> BaseModel:
        return PayoutView.of(payout.confirm_missing(store=inside(tx), payout_id=payout_id, actor=who.client))

    return once.write(who.client, effect, status=200)


@router.post(
    "/{payout_id}/repay",
    status_code=201,
    response_model=PayoutView,
    responses=errors("not_found", "conflict", *_KEYS),
)
def repay(payout_id: str, who: Operator, services: Use, once: Keyed, body: Repayment) -> Response:
    """Pay again, to an account of the same customer, what came back after its coins were burned."""

    def effect(tx: Tx) -> BaseModel:
        row = payout.repay(
            store=inside(tx),
            terms=services.terms,
            payout_id=payout_id,
            bank_account_id=body.bank_account,
            actor=who.client,
        )
        return PayoutView.of(row)

    return once.write(who.client, effect)
