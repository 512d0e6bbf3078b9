"""Attestations: from the bank's closing time to a signed statement in the contract.

The cut is the closing time of the bank's last statement or interim report; the block is the last final one before it.
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from tradecoin.domain.attestation import Attestation
from tradecoin.domain.chain import Block, Call, ChainEvent
from tradecoin.domain.deposit import StatementRecord
from tradecoin.domain.states import AttestationState, IntentState
from tradecoin.domain.terms import Terms
from tradecoin.flow.attestation_quorum import publish_short_or_restart, sign
from tradecoin.flow.attestation_record import contract_form, evidence_of, restart, start, stop_minting, supersede
from tradecoin.flow.bank_message import import_bank_message, latest_statement
from tradecoin.flow.figures import reconcile
from tradecoin.flow.sending import want
from tradecoin.ports.bank import Bank, BankUnreachable, MessageFormat
from tradecoin.ports.chain import Chain
from tradecoin.ports.parties import Attestor
from tradecoin.ports.store import Store, Tx
from tradecoin.signing.tree import ClaimTree

_RETRY: Final = timedelta(seconds=1)
_SLOW_RETRY: Final = timedelta(seconds=5)


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
        return sign(store, chain, attestors, terms, row)
    if row.state is AttestationState.MISMATCHED:
        return publish_short_or_restart(store, attestors, terms, row)
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
    if store.read(lambda tx: _is_outdated(tx, terms, statement)):
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


def _is_outdated(tx: Tx, terms: Terms, statement: StatementRecord | None) -> bool:
    """Whether something was booked since the statement closed, or it is so old that the contract may refuse it."""
    if statement is None:
        return True
    newest = tx.entries.list(newest_first=True, limit=1)
    old = tx.now - statement.closed_at >= terms.attestation_interval
    return old or any(entry.booked_at >= statement.closed_at for entry in newest)


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
            evidence=evidence_of(terms, cut=fresh.cut, figures=result.figures, block=(block.number, block.hash)),
            differences=result.differences,
        )
        if result.differences:
            stop_minting(tx, "; ".join(result.differences))
        tx.put_work("attest.advance", row.id)

    store.write(change)
    return None


def _secret(tx: Tx) -> bytes:
    """Return the secret that the claims' salts are made of; made once."""
    kept = tx.get_value("claims.secret")
    if kept is None:
        kept = secrets.token_hex(32)
        tx.set_value("claims.secret", kept)
    return bytes.fromhex(kept)


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
        restart(tx, row.id, intent.problem)
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
