"""/reserves, /supply, /status, /contracts, /token-card: what anybody may know."""

from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from fastapi import APIRouter, Request, Response

from tradecoin.api.documents import errors
from tradecoin.api.halts import view_or_none
from tradecoin.api.schemas.reserve import (
    AttestationStatus,
    ChainStatus,
    ContractsView,
    ReservesView,
    StatusView,
    SupplyView,
    TokenCardView,
)
from tradecoin.api.services import Services, Use
from tradecoin.api.tags import NOT_MODIFIED, tagged
from tradecoin.domain.chain import ReserveView
from tradecoin.domain.money import Coins
from tradecoin.domain.states import AttestationState
from tradecoin.flow.bank_message import latest_statement
from tradecoin.flow.forks import stopped_facts
from tradecoin.flow.intake import lasting_halts
from tradecoin.ports.store import Tx

router = APIRouter(prefix="/v1", tags=["public facts"])
_STANDARDS: Final = ["ERC-20", "ERC-2612", "ERC-3009", "ERC-7943", "ERC-5267"]
_DOCS = {**NOT_MODIFIED, **errors("chain_unreachable", public=True)}


def package_version() -> str:
    """Return the version of the installed distribution; "0" when it runs from a bare checkout."""
    try:
        return version("tradecoin")
    except PackageNotFoundError:
        return "0"


@router.get("/reserves", response_model=ReservesView, responses=_DOCS)
def reserves(request: Request, services: Use) -> Response:
    """Show what backs the coins, as the contracts hold it now."""
    view = services.chain.reserve_view()
    signers = services.store.read(lambda tx: _signers(tx, view.head))
    return tagged(request, _reserves(services, view, signers))


def _signers(tx: Tx, digest: bytes) -> list[str]:
    """Return who signed the attestation with this digest, as far as we know it."""
    row = tx.attestations.find(digest=digest) if any(digest) else None
    return [] if row is None else list(row.signers)


def _reserves(services: Services, view: ReserveView, signers: list[str]) -> ReservesView:
    """Write a ReserveView in whole tokens."""

    def text(units: int) -> str:
        return services.terms.scale.text(Coins(units))

    return ReservesView(
        token=services.terms.token,
        supply=text(view.supply),
        reserves=text(view.reserves),
        encumbered=text(view.encumbered),
        settling=text(view.settling),
        claims=text(view.claims),
        covered=view.covered,
        fresh=view.fresh,
        halted=list(view.halted),
        headroom=text(view.headroom),
        cut=datetime.fromtimestamp(view.cut, tz=UTC) if view.cut else None,
        block=view.block.number,
        signers=signers,
    )


@router.get("/supply", response_model=SupplyView, responses=_DOCS)
def supply(request: Request, services: Use) -> Response:
    """Show how many coins there are."""
    head = services.chain.head()
    units = services.chain.read("Token", "totalSupply", at=head)
    text = services.terms.scale.text(Coins(units))
    return tagged(request, SupplyView(token=services.terms.token, supply=text, block=head.number))


@router.get("/status", responses=errors(public=True))
def status(services: Use) -> StatusView:
    """Show how the node is and what keeps minting off; also when the chain does not answer."""
    view = view_or_none(services)
    return services.store.read(lambda tx: _status(tx, services, view))


def _status(tx: Tx, services: Services, view: ReserveView | None) -> StatusView:
    """Gather the facts."""
    stopped = stopped_facts(tx) is not None
    mismatch = tx.get_value("mint.stopped") or ""
    off = ["chain unreachable"] if view is None else lasting_halts(view, mismatch)
    statement = latest_statement(tx, services.terms)
    return StatusView(
        ok=not off and not stopped,
        version=package_version(),
        now=tx.now,
        minting=off,
        chain=_chain_status(tx, services, view, stopped=stopped),
        attestation=_attestation_status(tx),
        statement="" if statement is None else statement.id,
    )


def _chain_status(tx: Tx, services: Services, view: ReserveView | None, *, stopped: bool) -> ChainStatus:
    """Compare the chain's head with the index."""
    indexed = tx.chain.head()
    ours = -1 if indexed is None else indexed.number
    head = None if view is None else view.block.number
    return ChainStatus(
        chain_id=services.terms.chain_id,
        head=head,
        indexed=ours,
        final=tx.chain.final_number(),
        lag=None if head is None else max(0, head - ours),
        stopped=stopped,
    )


def _attestation_status(tx: Tx) -> AttestationStatus:
    """Return the age of the attestation that is in the contract."""
    rows = tx.attestations.list(state=AttestationState.FINAL, newest_first=True, limit=1)
    if not rows:
        return AttestationStatus(id="", cut=None, age_seconds=None)
    age = tx.now - rows[0].cut
    return AttestationStatus(id=rows[0].id, cut=rows[0].cut, age_seconds=max(0, age.days * 86_400 + age.seconds))


@router.get("/contracts", response_model=ContractsView, responses={**NOT_MODIFIED, **errors(public=True)})
def contracts(request: Request, services: Use) -> Response:
    """Show contracts, roles and signers, and the node's own accounts."""
    view = ContractsView.model_validate({**services.deployment, "keys": dict(services.key_addresses)})
    return tagged(request, view)


@router.get("/token-card", response_model=TokenCardView, responses={**NOT_MODIFIED, **errors(public=True)})
def token_card(request: Request, services: Use) -> Response:
    """Show what a wallet or an exchange wants to know."""
    terms = services.terms
    card = TokenCardView(
        name=services.token_name,
        symbol=services.token_symbol,
        decimals=terms.scale.decimals,
        chain_id=terms.chain_id,
        address=terms.token,
        narrow_bank=terms.narrow_bank,
        reserves=terms.reserves,
        currency=terms.currency.code,
        bank=terms.bank,
        redemption=f"at par, 1 {services.token_symbol} for 1 {terms.currency}, to a registered bank account",
        standards=_STANDARDS,
    )
    return tagged(request, card)
