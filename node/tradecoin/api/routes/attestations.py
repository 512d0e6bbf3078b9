"""/attestations: what was published about bank, ledger and chain, for everybody to read and check."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from tradecoin.api.auth import Operator
from tradecoin.api.documents import errors
from tradecoin.api.idempotency import MaybeKeyed
from tradecoin.api.paging import Page, Pages, page
from tradecoin.api.schemas.attestation import AttestationView, ProofView
from tradecoin.api.services import Services, Use
from tradecoin.api.tags import tagged
from tradecoin.domain.attestation import Attestation
from tradecoin.domain.errors import NotFound
from tradecoin.domain.states import AttestationState
from tradecoin.flow.attestation_record import start as start_attestation
from tradecoin.flow.intake import prove_claim
from tradecoin.ports.store import Tx

router = APIRouter(prefix="/v1/attestations", tags=["attestations"])


def _view(tx: Tx, services: Services, row: Attestation) -> AttestationView:
    """Describe an attestation with its transaction."""
    tx_hash = tx.intents.get(row.intent_id).tx_hash if row.intent_id else ""
    return AttestationView.of(row, services.terms, tx_hash)


@router.post("", status_code=202, response_model=AttestationView, responses=errors())
def start(who: Operator, services: Use, once: MaybeKeyed) -> Response:
    """Start an attestation; the answer is the one under way if there is one."""

    def effect(tx: Tx) -> BaseModel:
        row = start_attestation(tx=tx, cause="request")
        tx.audit(who.client, "attestation.start", row.id, {})
        return _view(tx, services, row)

    return once.write(who.client, effect, status=202)


@router.get("", responses=errors("cursor_invalid", public=True))
def listed(services: Use, paging: Pages, state: AttestationState | None = None) -> Page[AttestationView]:
    """List attestations, oldest first."""
    return services.store.read(
        lambda tx: page(tx.attestations, lambda row: _view(tx, services, row), paging, state=state)
    )


def _latest(tx: Tx) -> Attestation:
    """Return the attestation that is in the contract; raises NotFound before the first."""
    rows = tx.attestations.list(state=AttestationState.FINAL, newest_first=True, limit=1)
    if not rows:
        raise NotFound("nothing was attested yet")
    return rows[0]


@router.get("/latest", response_model=AttestationView, responses=errors("not_found", public=True))
def latest(request: Request, services: Use) -> Response:
    """Show the attestation that is in the contract."""
    return tagged(request, services.store.read(lambda tx: _view(tx, services, _latest(tx))))


def _find(tx: Tx, attestation_id: str) -> Attestation:
    """Return an attestation by id, or the latest."""
    return _latest(tx) if attestation_id == "latest" else tx.attestations.get(attestation_id)


@router.get("/{attestation_id}", responses=errors("not_found", public=True))
def shown(attestation_id: str, services: Use) -> AttestationView:
    """Show an attestation."""
    return services.store.read(lambda tx: _view(tx, services, _find(tx, attestation_id)))


@router.get("/{attestation_id}/proofs/{claim}", responses=errors("not_found", public=True))
def proof(attestation_id: str, claim: str, services: Use) -> ProofView:
    """Prove that a deposit, by its id or its key, is among the claims: the arguments of `Reserves.verifyClaim`."""

    def question(tx: Tx) -> ProofView:
        row = _find(tx, attestation_id)
        return ProofView.of(row, prove_claim(tx=tx, attestation=row, name=claim), services.terms)

    return services.store.read(question)
