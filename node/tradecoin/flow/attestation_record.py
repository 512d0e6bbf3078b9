"""The record of an attestation: one at a time, replaced by its successor, written as the contract wants it."""

from datetime import datetime
from typing import Any, Final

from tradecoin.domain.attestation import Attestation, Figures
from tradecoin.domain.money import Coins
from tradecoin.domain.states import AttestationState
from tradecoin.domain.terms import Terms
from tradecoin.ports.parties import AttestationRequest
from tradecoin.ports.store import Tx
from tradecoin.signing.refs import evidence_hash
from tradecoin.signing.typed import Domain, attestation_digest

_OPEN: Final = (
    AttestationState.DUE,
    AttestationState.CUT,
    AttestationState.RECONCILED,
    AttestationState.MISMATCHED,
    AttestationState.SIGNING,
    AttestationState.PREPARED,
    AttestationState.SUBMITTED,
)
_ZERO_32: Final = bytes(32)


def start(*, tx: Tx, cause: str) -> Attestation:
    """Open an attestation unless one is under way; return the one under way."""
    running = tx.attestations.find(state=_OPEN)
    if running is not None:
        return running
    row = Attestation(
        id=tx.new_id("at"),
        version=1,
        state=AttestationState.DUE,
        cause=cause,
        cut=tx.now,
        block_number=-1,
        block_hash="",
        statement_id="",
        signer_set=0,
        prev=_ZERO_32,
        figures=None,
        claims=(),
        claims_root=_ZERO_32,
        evidence=_ZERO_32,
        digest=_ZERO_32,
        signatures=b"",
        signers=(),
        differences=(),
        intent_id="",
        created_at=tx.now,
        updated_at=tx.now,
    )
    tx.attestations.add(row)
    tx.publish("attestation.due", row.id, {"cause": cause})
    tx.put_work("attest.advance", row.id)
    return row


def supersede(*, tx: Tx, row: Attestation, why: str) -> None:
    """Close an attestation that a later one replaces."""
    tx.move(row, AttestationState.SUPERSEDED, cause=why)


def signed_and_waiting(tx: Tx, *, head: bytes) -> Attestation | None:
    """Return a signed attestation that follows `head` and no transaction carries yet."""
    return tx.attestations.find(state=AttestationState.PREPARED, prev=head, intent_id="")


def headroom(row: Attestation) -> int:
    """Return how many base units an attestation leaves to be minted, on the figures that it states."""
    figures = row.figures
    if figures is None:
        return 0
    backing = max(0, figures.reserves.units - figures.encumbered.units)
    return backing - (figures.supply.units - figures.settling.units)


def carried_by(*, tx: Tx, attestation_id: str, intent_id: str) -> None:
    """A mint takes the attestation along."""
    row = tx.attestations.get(attestation_id)
    tx.move(row, AttestationState.SUBMITTED, cause="carried by a mint", intent_id=intent_id)


def release(*, tx: Tx, attestation_id: str) -> None:
    """The mint that took it along failed: a signed attestation is published by itself, since each auditor signs one
    for each predecessor.
    """
    row = tx.attestations.get(attestation_id)
    if row.state is AttestationState.SUBMITTED:
        tx.move(row, AttestationState.PREPARED, cause="its mint failed", intent_id="")
        tx.put_work("attest.advance", row.id)


def restart(tx: Tx, attestation_id: str, why: str) -> None:
    """Close an attestation and open another."""
    row = tx.attestations.get(attestation_id)
    supersede(tx=tx, row=row, why=why)
    start(tx=tx, cause=row.cause)


def stop_minting(tx: Tx, why: str) -> None:
    """Remember that the books differ, or that they agree again."""
    if why_stopped(tx) == why:
        return
    tx.set_value("mint.stopped", why)
    tx.publish("attestation.mismatch" if why else "attestation.agrees", "mint", {"differences": why})


def why_stopped(tx: Tx) -> str:
    """Return how the books differ; blank while they do not."""
    return tx.get_value("mint.stopped") or ""


def is_stopped(tx: Tx) -> bool:
    """Whether nothing may be minted because the books differ."""
    return bool(why_stopped(tx))


def figures_of(row: Attestation) -> Figures:
    """Return the figures that a row has from `reconciled` on."""
    nothing = Coins(0)
    return row.figures or Figures(nothing, nothing, nothing, nothing, nothing, 0)


def contract_form(row: Attestation) -> tuple[Any, ...]:
    """Return the struct in the order of the contract."""
    figures = figures_of(row)
    amounts = (figures.reserves, figures.encumbered, figures.settling, figures.claims)
    units = tuple(coins.units for coins in amounts)
    return (row.signer_set, row.prev, *units, row.claims_root, row.evidence, int(row.cut.timestamp()))


def evidence_of(terms: Terms, *, cut: datetime, figures: Figures, block: tuple[int, str]) -> bytes:
    """Return what the statement rests on, as one hash that every party can compute; `block` is number and hash."""
    number, block_hash = block
    return evidence_hash(
        terms.bank, terms.account, cut=cut, reserves=figures.reserves, block_number=number, block_hash=block_hash
    )


def request_of(row: Attestation) -> AttestationRequest:
    """Return what the attestors are asked to sign."""
    return AttestationRequest(
        signer_set=row.signer_set,
        prev=row.prev,
        cut=row.cut,
        block_number=row.block_number,
        block_hash=row.block_hash,
        figures=figures_of(row),
        claims=row.claims,
        claims_root=row.claims_root,
        evidence=row.evidence,
    )


def digest_of(row: Attestation, terms: Terms) -> bytes:
    """Return the EIP-712 digest that the contract will compute."""
    figures = figures_of(row)
    return attestation_digest(
        Domain("Reserves", terms.chain_id, terms.reserves),
        signer_set=row.signer_set,
        prev=row.prev,
        reserves=figures.reserves,
        encumbered=figures.encumbered,
        settling=figures.settling,
        claims=figures.claims,
        claims_root=row.claims_root,
        evidence=row.evidence,
        cut=row.cut,
    )
