"""/deposits: what the bank booked for us, and what an operator does with it."""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from tradecoin.api.auth import Operator, Reader
from tradecoin.api.documents import errors
from tradecoin.api.idempotency import Keyed
from tradecoin.api.paging import Page, Pages, page
from tradecoin.api.problems import at
from tradecoin.api.schemas.deposit import Assignment, DepositView, Return
from tradecoin.api.schemas.mint_order import MintOrderView, StepView, Timeline
from tradecoin.api.services import Use
from tradecoin.api.unit import inside
from tradecoin.domain.references import iban
from tradecoin.domain.states import DepositState
from tradecoin.flow import deposit
from tradecoin.flow.mint import check_recipient
from tradecoin.ports.store import Tx

router = APIRouter(prefix="/v1/deposits", tags=["deposits"])
_KEYS = ("idempotency_key_missing", "idempotency_key_reused", "request_in_flight", "body_not_json")


@router.get("", responses=errors("cursor_invalid"))
def listed(
    who: Reader, services: Use, paging: Pages, state: DepositState | None = None, reference: str | None = None
) -> Page[DepositView]:
    """List deposits, oldest first; `state=unmatched` are those that wait for an operator."""
    return services.store.read(lambda tx: page(tx.deposits, DepositView.of, paging, state=state, reference=reference))


@router.get("/{deposit_id}", responses=errors("not_found"))
def shown(deposit_id: str, who: Reader, services: Use) -> DepositView:
    """Show a deposit."""
    return DepositView.of(services.store.read(lambda tx: tx.deposits.get(deposit_id)))


@router.get("/{deposit_id}/timeline", responses=errors("not_found"))
def timeline(deposit_id: str, who: Reader, services: Use) -> Timeline:
    """Show how a deposit came to its state."""

    def question(tx: Tx) -> Timeline:
        row = tx.deposits.get(deposit_id)
        return Timeline(data=[StepView.of(step) for step in tx.steps(row.id)])

    return services.store.read(question)


@router.post(
    "/{deposit_id}/assign",
    status_code=201,
    response_model=MintOrderView,
    responses=errors("not_found", "conflict", "recipient_invalid", *_KEYS),
)
def assign(deposit_id: str, who: Operator, services: Use, once: Keyed, body: Assignment) -> Response:
    """Give what is left of a credit to a recipient; the answer is the mint order that comes of it."""

    def effect(tx: Tx) -> BaseModel:
        with at("/recipient"):
            recipient = check_recipient(body.recipient, services.terms)
        row = deposit.assign(
            store=inside(tx), terms=services.terms, deposit_id=deposit_id, recipient=recipient, actor=who.client
        )
        return MintOrderView.of(row)

    return once.write(who.client, effect)


@router.post(
    "/{deposit_id}/return",
    response_model=DepositView,
    responses=errors("not_found", "conflict", "iban_invalid", "refused", *_KEYS),
)
def send_back(deposit_id: str, who: Operator, services: Use, once: Keyed, body: Return) -> Response:
    """Send a credit back to its payer; 409 once it is taken by an order."""

    def effect(tx: Tx) -> BaseModel:
        with at("/iban"):
            to_iban = iban(body.iban) if body.iban else ""
        row = deposit.start_return(
            store=inside(tx),
            terms=services.terms,
            deposit_id=deposit_id,
            reason=body.reason,
            actor=who.client,
            to_iban=to_iban,
        )
        return DepositView.of(row)

    return once.write(who.client, effect, status=200)
