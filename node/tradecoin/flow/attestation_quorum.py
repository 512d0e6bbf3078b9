"""The signatures under an attestation: m attestors who see the same, or who agree on the short truth."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from tradecoin.domain.attestation import Attestation, Figures
from tradecoin.domain.states import AttestationState
from tradecoin.domain.terms import Terms
from tradecoin.flow.attestation_record import digest_of, evidence_of, request_of, restart, stop_minting
from tradecoin.flow.quorum import ask_all
from tradecoin.ports.chain import Chain
from tradecoin.ports.parties import Attestor, PartyRefused, PartyUnreachable, Signature
from tradecoin.ports.store import Store, Tx
from tradecoin.signing.keys import pack_signatures
from tradecoin.signing.wire import from_json

_RETRY: Final = timedelta(seconds=1)
_SLOW_RETRY: Final = timedelta(seconds=5)


def sign(store: Store, chain: Chain, attestors: Sequence[Attestor], terms: Terms, row: Attestation) -> timedelta | None:
    """Ask every attestor; m of them are enough. What they refuse is shown line by line."""
    view = chain.reserve_view()
    if view.head != row.prev or view.auditor_set != row.signer_set:
        store.write(lambda tx: restart(tx, row.id, "another attestation or signer set came first"))
        return None
    answers, refusals = _ask(attestors, row)
    if len(answers) >= terms.attestors_needed:
        store.write(lambda tx: _signed(tx, terms, row.id, answers, agreed=True))
        return None
    differences = tuple(_sentences(refusals))
    short = _common_short_figures(refusals, terms.attestors_needed)

    def change(tx: Tx) -> timedelta | None:
        fresh = tx.attestations.get(row.id)
        if any(isinstance(problem, PartyRefused) for _, problem in refusals):
            stop_minting(tx, "; ".join(differences))
            changes: dict[str, Any] = {"differences": differences}
            if short is not None:
                block = (fresh.block_number, fresh.block_hash)
                changes["figures"] = short
                changes["evidence"] = evidence_of(terms, cut=fresh.cut, figures=short, block=block)
            tx.move(fresh, AttestationState.MISMATCHED, cause="; ".join(differences), **changes)
            tx.put_work("attest.advance", row.id)
            return None
        if fresh.differences != differences:
            tx.attestations.save(replace(fresh, differences=differences, updated_at=tx.now))
            tx.publish("attestation.waiting", row.id, {"problem": "; ".join(differences)})
        return _SLOW_RETRY

    return store.write(change)


def publish_short_or_restart(
    store: Store, attestors: Sequence[Attestor], terms: Terms, row: Attestation
) -> timedelta | None:
    """Publish the short truth if enough attestors agree on it; otherwise start again at the next statement."""
    answers, _ = _ask(attestors, row)

    def change(tx: Tx) -> timedelta | None:
        fresh = tx.attestations.get(row.id)
        if fresh.state is not AttestationState.MISMATCHED:
            return None
        if len(answers) >= terms.attestors_needed:
            tx.move(fresh, AttestationState.SIGNING, cause="the attestors' figures")
            _signed(tx, terms, row.id, answers, agreed=False)
            return None
        if tx.now - fresh.updated_at < _SLOW_RETRY:
            return _SLOW_RETRY
        restart(tx, row.id, "the books may agree at the next statement")
        return None

    return store.write(change)


def _ask(
    attestors: Sequence[Attestor], row: Attestation
) -> tuple[list[Signature], list[tuple[str, PartyRefused | PartyUnreachable]]]:
    """Put the statement before all attestors."""
    request = request_of(row)
    return ask_all([(one.name, partial(one.sign_attestation, request)) for one in attestors])


def _sentences(refusals: Sequence[tuple[str, PartyRefused | PartyUnreachable]]) -> list[str]:
    """Write each refusal as a sentence with its lines."""
    told = []
    for name, problem in refusals:
        lines = problem.facts.get("differences") or []
        rows = "; ".join(f"{one['line']}: {one['mine']} there, {one['yours']} here" for one in lines)
        told.append(f"{name}: {rows or problem.message}")
    return told


def _common_short_figures(
    refusals: Sequence[tuple[str, PartyRefused | PartyUnreachable]], needed: int
) -> Figures | None:
    """Return the figures that enough attestors found alike, to be published in place of ours."""
    found = [problem.facts["figures"] for _, problem in refusals if problem.facts.get("figures")]
    for figures in found:
        if sum(other == figures for other in found) >= needed:
            return from_json(Figures, figures)
    return None


def _signed(tx: Tx, terms: Terms, attestation_id: str, answers: Sequence[Signature], *, agreed: bool) -> None:
    """Keep the signatures: from here on anyone may publish the statement. `agreed`: all three books are alike in it."""
    row = tx.attestations.get(attestation_id)
    packed, names = pack_signatures(answers[: terms.attestors_needed])
    if agreed:
        stop_minting(tx, "")
    if row.state is AttestationState.RECONCILED:
        row = tx.move(row, AttestationState.SIGNING, cause="asked")
    tx.move(
        row,
        AttestationState.PREPARED,
        cause="signed",
        signatures=packed,
        signers=names,
        digest=digest_of(row, terms),
    )
    due = None if row.cause != "headroom" else tx.now + 3 * _SLOW_RETRY
    tx.put_work("attest.advance", row.id, due_at=due)
    for batch in tx.batches.list(state="vouchered"):
        tx.put_work("batch.advance", batch.id)
