"""Attestations: from the bank's closing time to a signed statement in the contract.

The cut is the closing time of the bank's last statement or interim report; the block is the last final one before it.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tradecoin.domain.attestation import Attestation, Figures
from tradecoin.domain.chain import Block, Call, ChainEvent
from tradecoin.domain.deposit import StatementRecord
from tradecoin.domain.money import Coins
from tradecoin.domain.states import AttestationState, IntentState
from tradecoin.domain.terms import Terms
from tradecoin.flow.bank_message import import_bank_message, latest_statement
from tradecoin.flow.figures import reconcile
from tradecoin.flow.quorum import ask_all
from tradecoin.flow.sending import want
from tradecoin.ports.bank import Bank, BankUnreachable, MessageFormat
from tradecoin.ports.chain import Chain
from tradecoin.ports.parties import AttestationRequest, Attestor, PartyRefused, PartyUnreachable, Signature
from tradecoin.ports.store import Store, Tx
from tradecoin.signing.keys import pack_signatures
from tradecoin.signing.refs import evidence_hash
from tradecoin.signing.tree import ClaimTree
from tradecoin.signing.typed import Domain, attestation_digest
from tradecoin.signing.wire import from_json

_RETRY: Final = timedelta(seconds=1)
_SLOW_RETRY: Final = timedelta(seconds=5)
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


def contract_form(row: Attestation) -> tuple[Any, ...]:
    """Return the struct in the order of the contract."""
    figures = _figures(row)
    amounts = (figures.reserves, figures.encumbered, figures.settling, figures.claims)
    units = tuple(coins.units for coins in amounts)
    return (row.signer_set, row.prev, *units, row.claims_root, row.evidence, int(row.cut.timestamp()))


def carried_by(*, tx: Tx, attestation_id: str, intent_id: str) -> None:
    """A mint takes the attestation along."""
    row = tx.attestations.get(attestation_id)
    tx.move(row, AttestationState.SUBMITTED, cause="carried by a mint", intent_id=intent_id)


def _figures(row: Attestation) -> Figures:
    """Return the figures that a row has from `reconciled` on."""
    nothing = Coins(0)
    return row.figures or Figures(nothing, nothing, nothing, nothing, nothing, 0)


def advance(
    *,
    store: Store,
    chain: Chain,
    bank: Bank,
    format_: MessageFormat,
    attestors: Sequence[Attestor],
    terms: Terms,
    attestation_id: str,
) -> timedelta | None:
    """Take an attestation one step further; return when to look again."""
    row = store.read(lambda tx: tx.attestations.get(attestation_id))
    if row.state is AttestationState.DUE:
        return _cut(store, chain, bank, format_, terms, row)
    if row.state is AttestationState.CUT:
        return _reconcile(store, chain, terms, row)
    if row.state in (AttestationState.RECONCILED, AttestationState.SIGNING):
        return _sign(store, chain, attestors, terms, row)
    if row.state is AttestationState.MISMATCHED:
        return _mismatched(store, attestors, terms, row)
    if row.state is AttestationState.PREPARED:
        return store.write(lambda tx: _publish(tx, chain, tx.attestations.get(row.id)))
    if row.state is AttestationState.SUBMITTED:
        return store.write(lambda tx: _follow(tx, tx.attestations.get(row.id)))
    return None


def _cut(
    store: Store, chain: Chain, bank: Bank, format_: MessageFormat, terms: Terms, row: Attestation
) -> timedelta | None:
    """Find the statement that this attestation rests on: newer than the head's, and asked for if need be."""
    head_cut = datetime.fromtimestamp(chain.reserve_view().cut, tz=UTC)
    statement = store.read(lambda tx: _usable_statement(tx, terms, head_cut))
    newest = store.read(lambda tx: tx.deposits.list(newest_first=True, limit=1))
    if statement is None or any(deposit.booked_at >= statement.closed_at for deposit in newest):
        _ask_for_report(store, bank, format_, terms)
        statement = store.read(lambda tx: _usable_statement(tx, terms, head_cut))
    if statement is None:
        return _SLOW_RETRY

    def change(tx: Tx) -> None:
        tx.move(
            tx.attestations.get(row.id),
            AttestationState.CUT,
            cause=statement.id,
            cut=statement.closed_at.replace(microsecond=0),
            statement_id=statement.id,
        )
        tx.put_work("attest.advance", row.id)

    store.write(change)
    return None


def _usable_statement(tx: Tx, terms: Terms, head_cut: datetime) -> StatementRecord | None:
    """Return the latest statement if it is newer than the head's cut and a block of ours lies before it."""
    statement = latest_statement(tx, terms)
    if statement is None or statement.closed_at < head_cut + timedelta(seconds=1):
        return None
    return statement if tx.chain.last_final_before(statement.closed_at) is not None else None


def _ask_for_report(store: Store, bank: Bank, format_: MessageFormat, terms: Terms) -> None:
    """Ask the bank for an interim report; silence is not an error, it ends in staleness."""
    try:
        raw = bank.interim_report()
    except BankUnreachable:
        return
    if raw:
        import_bank_message(store=store, format_=format_, terms=terms, raw=raw, source="bank")


def _block_before(tx: Tx, cut: datetime) -> Block | None:
    """Return the last final block before the cut, once it is sure to be the last: a later final block exists."""
    final = tx.chain.block(tx.chain.final_number())
    if final is None or final.timestamp < cut.timestamp():
        return None
    return tx.chain.last_final_before(cut)


def _reconcile(store: Store, chain: Chain, terms: Terms, row: Attestation) -> timedelta | None:
    """Compare the three books; a difference stops minting at once and names its line."""
    block = store.read(lambda tx: _block_before(tx, row.cut))
    if block is None:
        return _RETRY
    supply = chain.read("Token", "totalSupply", at=block)
    view = chain.reserve_view()

    def change(tx: Tx) -> None:
        fresh = tx.attestations.get(row.id)
        statement = tx.statements.get(fresh.statement_id)
        result = reconcile(tx=tx, terms=terms, statement=statement, block=block, supply=supply, salt=_secret(tx))
        tree = ClaimTree.of(result.claims)
        state = AttestationState.MISMATCHED if result.differences else AttestationState.RECONCILED
        tx.move(
            fresh,
            state,
            cause="; ".join(result.differences) or "bank, ledger and chain agree",
            block_number=block.number,
            block_hash=block.hash,
            signer_set=view.auditor_set,
            prev=view.head,
            figures=result.figures,
            claims=result.claims,
            claims_root=tree.root,
            evidence=_evidence(terms, statement, result.figures, block),
            differences=result.differences,
        )
        _stop_minting(tx, "; ".join(result.differences))
        tx.put_work("attest.advance", row.id)

    store.write(change)
    return None


def _stop_minting(tx: Tx, why: str) -> None:
    """Remember that the books differ, or that they agree again."""
    if (tx.get_value("mint.stopped") or "") == why:
        return
    tx.set_value("mint.stopped", why)
    tx.publish("attestation.mismatch" if why else "attestation.agrees", "mint", {"differences": why})


def _secret(tx: Tx) -> bytes:
    """Return the secret that the claims' salts are made of; made once."""
    kept = tx.get_value("claims.secret")
    if kept is None:
        kept = secrets.token_hex(32)
        tx.set_value("claims.secret", kept)
    return bytes.fromhex(kept)


def _evidence(terms: Terms, statement: StatementRecord, figures: Figures, block: Block) -> bytes:
    """Return what the statement rests on, as one hash that every party can compute."""
    return evidence_hash(
        terms.bank,
        terms.account,
        cut=statement.closed_at,
        reserves=figures.reserves,
        block_number=block.number,
        block_hash=block.hash,
    )


def request_of(row: Attestation) -> AttestationRequest:
    """Return what the attestors are asked to sign."""
    return AttestationRequest(
        signer_set=row.signer_set,
        prev=row.prev,
        cut=row.cut,
        block_number=row.block_number,
        block_hash=row.block_hash,
        figures=_figures(row),
        claims=row.claims,
        claims_root=row.claims_root,
        evidence=row.evidence,
    )


def digest_of(row: Attestation, terms: Terms) -> bytes:
    """Return the EIP-712 digest that the contract will compute."""
    figures = _figures(row)
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


def _sign(
    store: Store, chain: Chain, attestors: Sequence[Attestor], terms: Terms, row: Attestation
) -> timedelta | None:
    """Ask every attestor; m of them are enough. What they refuse is shown line by line."""
    view = chain.reserve_view()
    if view.head != row.prev or view.auditor_set != row.signer_set:
        store.write(lambda tx: _restart(tx, row.id, "another attestation or signer set came first"))
        return None
    answers, refusals = _ask(attestors, row)
    if len(answers) >= terms.attestors_needed:
        store.write(lambda tx: _signed(tx, terms, row.id, answers[: terms.attestors_needed]))
        return None
    differences = tuple(_sentences(refusals))
    short = _common_short_figures(refusals, terms.attestors_needed)

    def change(tx: Tx) -> timedelta | None:
        fresh = tx.attestations.get(row.id)
        if any(isinstance(problem, PartyRefused) for _, problem in refusals):
            _stop_minting(tx, "; ".join(differences))
            changes: dict[str, Any] = {"differences": differences}
            if short is not None:
                changes["figures"] = short
            tx.move(fresh, AttestationState.MISMATCHED, cause="; ".join(differences), **changes)
            tx.put_work("attest.advance", row.id)
            return None
        if fresh.differences != differences:
            tx.attestations.save(replace(fresh, differences=differences, updated_at=tx.now))
            tx.publish("attestation.waiting", row.id, {"problem": "; ".join(differences)})
        return _SLOW_RETRY

    return store.write(change)


def _ask(
    attestors: Sequence[Attestor], row: Attestation
) -> tuple[list[Signature], list[tuple[str, PartyRefused | PartyUnreachable]]]:
    """Put the statement before all attestors."""
    request = request_of(row)
    return ask_all([(one.name, lambda one=one: one.sign_attestation(request)) for one in attestors])  # type: ignore[misc]


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


def _signed(tx: Tx, terms: Terms, attestation_id: str, answers: Sequence[Signature]) -> None:
    """Keep the signatures: from here on anyone may publish the statement."""
    row = tx.attestations.get(attestation_id)
    packed, names = pack_signatures(answers)
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


def _mismatched(store: Store, attestors: Sequence[Attestor], terms: Terms, row: Attestation) -> timedelta | None:
    """Publish the short truth if enough attestors agree on it; otherwise start again at the next statement."""
    answers, _ = _ask(attestors, row)

    def change(tx: Tx) -> timedelta | None:
        fresh = tx.attestations.get(row.id)
        if fresh.state is not AttestationState.MISMATCHED:
            return None
        if len(answers) >= terms.attestors_needed:
            tx.move(fresh, AttestationState.SIGNING, cause="the attestors' figures")
            _signed(tx, terms, row.id, answers[: terms.attestors_needed])
            return None
        if tx.now - fresh.updated_at < _SLOW_RETRY:
            return _SLOW_RETRY
        _restart(tx, row.id, "the books may agree at the next statement")
        return None

    return store.write(change)


def _restart(tx: Tx, attestation_id: str, why: str) -> None:
    """Close an attestation and open another."""
    row = tx.attestations.get(attestation_id)
    supersede(tx=tx, row=row, why=why)
    start(tx=tx, cause=row.cause)


def _publish(tx: Tx, chain: Chain, row: Attestation) -> timedelta | None:
    """Put the attestation into the outbox, unless a mint took it along meanwhile."""
    if row.state is not AttestationState.PREPARED:
        return None
    call = Call("Reserves", "attest", (contract_form(row), row.signatures))
    intent = want(tx=tx, chain=chain, call=call, purpose="attest", subject=row.id, sender="relay", deadline=None)
    tx.move(row, AttestationState.SUBMITTED, cause="sent to the outbox", intent_id=intent.id)
    return None


def _follow(tx: Tx, row: Attestation) -> timedelta | None:
    """A refused transaction means that another attestation came first, or the cut grew too old: start again."""
    if row.state is not AttestationState.SUBMITTED or not row.intent_id:
        return None
    intent = tx.intents.get(row.intent_id)
    if intent.state in (IntentState.FAILED, IntentState.WITHDRAWN):
        tx.publish("attestation.refused", row.id, {"problem": intent.problem})
        _restart(tx, row.id, intent.problem)
    return None


def note_attested(*, tx: Tx, event: ChainEvent) -> None:
    """A final `Attested` event closes its attestation and replaces the one before."""
    row = tx.attestations.find(digest=event.args["digest"])
    for earlier in tx.attestations.list(state=AttestationState.FINAL):
        supersede(tx=tx, row=earlier, why=event.key)
    if row is None:
        tx.publish("attestation.foreign", event.key, {"digest": event.args["digest"].hex()})
        return
    if row.state in (AttestationState.PREPARED, AttestationState.SUBMITTED):
        tx.move(row, AttestationState.FINAL, cause=event.key, actor="chain")
    tx.put_work("mint.plan", "all")


def start_when_due(*, store: Store, chain: Chain, terms: Terms) -> None:
    """On the clock: attest when the last cut is older than the interval."""
    view = chain.reserve_view()

    def change(tx: Tx) -> None:
        age = tx.now - datetime.fromtimestamp(view.cut, tz=UTC)
        if view.cut and age >= terms.attestation_interval:
            start(tx=tx, cause="clock")

    store.write(change)
