"""/redemptions: coins back for money, at par."""

from typing import Final

from fastapi import APIRouter, Response
from pydantic import BaseModel

from tradecoin.api.auth import Anyone, Approver, Maker, Principal
from tradecoin.api.documents import errors
from tradecoin.api.idempotency import Effect, Keyed, MaybeKeyed
from tradecoin.api.paging import Page, Pages, page
from tradecoin.api.problems import at
from tradecoin.api.schemas.mint_order import Decision, StepView, Timeline
from tradecoin.api.schemas.redemption import HolderSignature, NewRedemption, PreparedView, RedemptionView
from tradecoin.api.services import Use
from tradecoin.api.unit import inside
from tradecoin.domain.errors import NotFound
from tradecoin.domain.redemption import Redemption, RedemptionMode
from tradecoin.domain.states import RedemptionState
from tradecoin.flow import redemption
from tradecoin.flow.mint import check_recipient
from tradecoin.ports.store import Tx

router = APIRouter(prefix="/v1/redemptions", tags=["redemptions"])
_KEYS: Final = ("idempotency_key_missing", "idempotency_key_reused", "request_in_flight", "body_not_json")
_AMOUNT: Final = ("amount_malformed", "amount_too_many_decimals", "amount_out_of_range", "amount_not_representable")


@router.post(
    "",
    status_code=201,
    response_model=PreparedView,
    responses=errors(*_AMOUNT, *_KEYS, "recipient_invalid", "refused", "not_found", "conflict", "chain_unreachable"),
)
def create(who: Maker, services: Use, once: Keyed, body: NewRedemption) -> Response:
    """Announce a redemption; nothing happens on the chain before the holder acts.

    Direct: the holder sends `calldata.approve`, then `calldata.request`. Gasless: the holder signs `typed_data`, and
    the signature goes to `/{id}/signature`.
    """
    terms, chain = services.terms, services.chain

    def make() -> Effect:
        with at("/amount"):
            amount = terms.scale.parse(body.amount)
            redemption.check_amount(chain=chain, terms=terms, amount=amount)
        with at("/holder"):
            holder = check_recipient(body.holder, terms)

        def effect(tx: Tx) -> BaseModel:
            mode = RedemptionMode(body.mode)
            with at("/bank_account"):
                row = redemption.announce(
                    tx=tx,
                    client=who.client,
                    holder=holder,
                    amount=amount,
                    bank_account_id=body.bank_account,
                    mode=mode,
                )
            ready = redemption.prepared(chain=chain, terms=terms, token_name=services.token_name, row=row)
            return PreparedView.of_prepared(ready, terms)

        return effect

    return once.answer(who.client, make, status=201)


@router.get("", responses=errors("cursor_invalid"))
def listed(
    who: Anyone, services: Use, paging: Pages, state: RedemptionState | None = None, holder: str | None = None
) -> Page[RedemptionView]:
    """List redemptions, oldest first."""

    def view(row: Redemption) -> RedemptionView:
        return RedemptionView.of(row, services.terms)

    return services.store.read(
        lambda tx: page(tx.redemptions, view, paging, client=who.own, state=state, holder=holder)
    )


def _own(tx: Tx, who: Principal, redemption_id: str) -> Redemption:
    """Return a redemption that the caller may see; raises NotFound."""
    row = tx.redemptions.get(redemption_id)
    if who.own is not None and row.client != who.own:
        raise NotFound("there is no such redemption", id=redemption_id)
    return row


@router.get("/{redemption_id}", responses=errors("not_found"))
def shown(redemption_id: str, who: Anyone, services: Use) -> RedemptionView:
    """Show a redemption."""
    return RedemptionView.of(services.store.read(lambda tx: _own(tx, who, redemption_id)), services.terms)


@router.get("/{redemption_id}/timeline", responses=errors("not_found"))
def timeline(redemption_id: str, who: Anyone, services: Use) -> Timeline:
    """Show how a redemption came to its state."""

    def question(tx: Tx) -> Timeline:
        row = _own(tx, who, redemption_id)
        return Timeline(data=[StepView.of(step) for step in tx.steps(row.id)])

    return services.store.read(question)


@router.post(
    "/{redemption_id}/signature",
    response_model=RedemptionView,
    responses=errors("not_found", "conflict", "contract_refused", "chain_unreachable", "body_not_json"),
)
def sign(redemption_id: str, who: Maker, services: Use, once: MaybeKeyed, body: HolderSignature) -> Response:
    """Hand in the holder's signature; the request is relayed, unless the contract would refuse it."""
    signature = bytes.fromhex(body.signature.removeprefix("0x"))

    def make() -> Effect:
        row = services.store.read(lambda tx: _own(tx, who, redemption_id))
        call = redemption.check_signature(chain=services.chain, row=row, signature=signature)

        def effect(tx: Tx) -> BaseModel:
            signed = redemption.relay(
                tx=tx, chain=services.chain, redemption_id=row.id, actor=who.client, call=call, signature=signature
            )
            return RedemptionView.of(signed, services.terms)

        return effect

    return once.answer(who.client, make, status=200)


@router.post("/{redemption_id}/cancel", response_model=RedemptionView, responses=errors("not_found", "conflict"))
def cancel(redemption_id: str, who: Maker, services: Use, once: MaybeKeyed) -> Response:
    """Close an intent that the holder did not act on; a request on the chain is cancelled there, by its holder."""

    def effect(tx: Tx) -> BaseModel:
        row = _own(tx, who, redemption_id)
        closed = redemption.withdraw(store=inside(tx), redemption_id=row.id, client=who.own, actor=who.client)
        return RedemptionView.of(closed, services.terms)

    return once.write(who.client, effect, status=200)


@router.post(
    "/{redemption_id}/approvals",
    response_model=RedemptionView,
    responses=errors("not_found", "conflict", "body_not_json"),
)
def decide(redemption_id: str, who: Approver, services: Use, once: MaybeKeyed, body: Decision) -> Response:
    """Approve a redemption in review, or give its coins back; nobody decides on their own."""

    def effect(tx: Tx) -> BaseModel:
        row = redemption.decide(
            store=inside(tx),
            redemption_id=redemption_id,
            approve=body.approve,
            reason=body.reason,
            actor=who.client,
        )
        return RedemptionView.of(row, services.terms)

    return once.write(who.client, effect, status=200)
