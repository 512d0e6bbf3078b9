"""/_devnet: what only a devnet lets anybody do; elsewhere these routes do not exist."""

import re
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends

from tradecoin.api.documents import errors
from tradecoin.api.problems import at
from tradecoin.api.schemas.devnet import (
    Advance,
    Blocks,
    ClockView,
    Credit,
    Depth,
    HeadView,
    Misbehaviour,
)
from tradecoin.api.schemas.system import AuditView
from tradecoin.api.services import DevnetControls, Use
from tradecoin.domain.errors import NotFound, Refused
from tradecoin.domain.money import Currency, Money
from tradecoin.flow.audit import run_audit

router = APIRouter(prefix="/v1/_devnet", tags=["devnet"])

_DURATION: Final = re.compile(
    r"P(?!$)(?:(\d{1,4})W)?(?:(\d{1,6})D)?(?:T(?!$)(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?"
)


_BANK: Final[dict[int | str, dict[str, Any]]] = {
    201: {"content": {"application/json": {"example": {"reference": "2026-11-02-000001"}}}}
}


class BadDuration(Refused):
    """No ISO 8601 duration of weeks, days, hours, minutes and seconds."""

    code = "duration_invalid"


def duration(text: str) -> timedelta:
    """Read a duration such as P1D or PT90S; raises BadDuration."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise BadDuration("a duration looks like P1D or PT1H30M", got=text[:40])
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _controls(services: Use) -> DevnetControls:
    """Return what moves the devnet."""
    if services.devnet is None:
        raise NotFound("this is no devnet")
    return services.devnet


Controls = Annotated[DevnetControls, Depends(_controls)]


@router.post("/clock", responses=errors("duration_invalid", "unavailable", public=True))
def clock(controls: Controls, body: Advance) -> ClockView:
    """Move the one clock of chain, bank and node."""
    with at("/advance"):
        return ClockView(now=controls.advance(duration(body.advance)))


@router.post("/mine", responses=errors("chain_unreachable", public=True))
def mine(controls: Controls, body: Blocks) -> HeadView:
    """Make blocks."""
    return HeadView(head=controls.mine(body.blocks))


@router.post("/reorg", responses=errors("chain_unreachable", "devnet_refused", public=True))
def reorg(controls: Controls, body: Depth) -> HeadView:
    """Replace the last blocks by empty ones."""
    return HeadView(head=controls.reorg(body.depth))


@router.post(
    "/credit", status_code=201, responses={**_BANK, **errors("devnet_refused", "amount_malformed", public=True)}
)
def credit(controls: Controls, body: Credit) -> dict[str, object]:
    """Let the bank book a payment; the node hears of it from the bank. The answer is the bank's."""
    with at("/amount"):
        Money.parse(body.amount, Currency(body.currency))
    return controls.credit(
        iban=body.iban, amount=body.amount, currency=body.currency, reference=body.reference, debtor=body.debtor
    )


@router.post(
    "/misbehave", status_code=201, responses={**_BANK, **errors("devnet_refused", "duration_invalid", public=True)}
)
def misbehave(controls: Controls, body: Misbehaviour) -> dict[str, object]:
    """Let the bank treat the next payment to an account badly. The answer is the bank's."""
    if body.after:
        with at("/after"):
            duration(body.after)
    return controls.misbehave(iban=body.iban, behaviour=body.behaviour, after=body.after)


@router.get("/invariants", responses=errors("chain_unreachable", public=True))
def invariants(services: Use) -> AuditView:
    """Compare bank, ledger and chain: the body of `audit`."""
    found = run_audit(store=services.store, chain=services.chain, terms=services.terms)
    return AuditView.model_validate(found.as_dict())
