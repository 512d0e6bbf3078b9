"""Mint batches: vouchers gathered, signed, covered by an attestation, sent as one transaction, and settled together."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from tradecoin.domain.chain import Call, ReserveView
from tradecoin.domain.deposit import Deposit
from tradecoin.domain.mint import MAX_VOUCHERS, MintBatch, MintOrder, Voucher
from tradecoin.domain.money import Coins
from tradecoin.domain.states import AttestationState, BatchState, DepositState, IntentState, OrderState
from tradecoin.domain.terms import Terms
from tradecoin.flow import attestation_record
from tradecoin.flow.quorum import collect
from tradecoin.flow.sending import want
from tradecoin.ports.chain import Chain
from tradecoin.ports.parties import BankSigner, VoucherGround, VoucherRequest
from tradecoin.ports.store import Store, Tx
from tradecoin.signing.keys import pack_signatures

_MAX_LIVE: Final = 16
"""At blocks of a second, a batch takes four from its plan to its end; so many keep a thousand mints a second moving."""
_RETRY: Final = timedelta(seconds=2)
_LOOK_AGAIN: Final = timedelta(minutes=2)
_UNSENT: Final = (BatchState.PLANNED, BatchState.VOUCHERED, BatchState.ATTESTED)
_LIVE: Final = (*_UNSENT, BatchState.PREPARED, BatchState.SUBMITTED, BatchState.INCLUDED)


def plan(*, store: Store, chain: Chain, terms: Terms) -> MintBatch | None:
    """Gather approved orders into one batch within the rate limit; return None when there is nothing to gather.

    While minting is halted orders stay where they are, and the feed says why once.
    """
    if store.read(lambda tx: tx.orders.count(state=(OrderState.APPROVED, OrderState.PARKED))) == 0:
        return None
    view = chain.reserve_view()
    return store.write(lambda tx: _plan(tx, view, terms))


def _plan(tx: Tx, view: ReserveView, terms: Terms) -> MintBatch | None:
    """Pick orders, oldest first, each deposit in at most one live batch, so that offsets are known."""
    _unpark(tx, terms, view)
    live = tx.batches.list(state=_LIVE)
    if len(live) >= _MAX_LIVE or _stopped(tx, view):
        return None
    busy = {voucher.deposit for batch in live for voucher in batch.vouchers}
    room = min(view.rate_capacity - sum(batch.total.units for batch in live), view.instant_cap)
    picked: list[tuple[MintOrder, Voucher]] = []
    orders = tx.orders.list(state=OrderState.APPROVED, limit=4 * MAX_VOUCHERS)
    deposits = _deposits(tx, orders)
    offsets: dict[bytes, int] = {}
    for order in orders:
        row = deposits[order.deposit_id]
        units = terms.coins(order.amount).units
        if units > view.instant_cap:
            _park(tx, order, view)
            continue
        if row.key in busy or units > room or row.state is DepositState.REVERSED:
            continue
        offset = offsets.get(row.key, terms.coins(row.minted).units)
        offsets[row.key] = offset + units
        room -= units
        picked.append((order, _voucher(terms, order, row, offset)))
        if len(picked) == MAX_VOUCHERS:
            break
    return _add_batch(tx, terms, picked, view) if picked else None


def _park(tx: Tx, order: MintOrder, view: ReserveView) -> None:
    """Set an order aside that the contract takes only in a batch announced beforehand; it waits for a higher cap."""
    reason = f"above the {view.instant_cap} base units that are minted unannounced"
    tx.move(order, OrderState.PARKED, cause=reason, parked_from=order.state, parked_reason=reason)


def _unpark(tx: Tx, terms: Terms, view: ReserveView) -> None:
    """Let orders go on from where they stood once the cap allows them."""
    for order in tx.orders.list(state=OrderState.PARKED):
        if terms.coins(order.amount).units <= view.instant_cap:
            stood = OrderState(order.parked_from)
            tx.move(order, stood, cause="the cap was raised", parked_from="", parked_reason="")


def _stopped(tx: Tx, view: ReserveView) -> bool:
    """Whether a fact keeps minting off that no new attestation can mend; say so in the feed when that changes."""
    lasting = [fact for fact in view.halted if fact not in ("stale", "not_covered")]
    mismatch = attestation_record.why_stopped(tx)
    reason = ", ".join(lasting) or mismatch
    if (tx.get_value("mint.halted") or "") != reason:
        tx.set_value("mint.halted", reason)
        tx.publish("mint.halted" if reason else "mint.resumed", "mint", {"facts": reason})
    return bool(reason)


def _deposits(tx: Tx, orders: Sequence[MintOrder]) -> dict[str, Deposit]:
    """Return the deposits of these orders by id."""
    ids = tuple(sorted({order.deposit_id for order in orders}))
    return {row.id: row for row in tx.deposits.list(id=ids, limit=len(ids))} if ids else {}


def _voucher(terms: Terms, order: MintOrder, row: Deposit, offset: int) -> Voucher:
    """Write the line that the bank signers will sign."""
    return Voucher(
        deposit=row.key,
        value=terms.coins(row.amount),
        offset=Coins(offset),
        amount=terms.coins(order.amount),
        to=order.recipient,
        order=order.issuance_ref,
    )


def _add_batch(tx: Tx, terms: Terms, picked: Sequence[tuple[MintOrder, Voucher]], view: ReserveView) -> MintBatch:
    """Store the batch with its orders."""
    vouchers = tuple(voucher for _, voucher in picked)
    batch = MintBatch(
        id=tx.new_id("mb"),
        version=1,
        state=BatchState.PLANNED,
        signer_set=view.signer_set,
        expires_at=_whole_seconds(tx.now + terms.voucher_lifetime),
        vouchers=vouchers,
        total=Coins.total(voucher.amount for voucher in vouchers),
        signatures=b"",
        signers=(),
        attestation_id="",
        intent_id="",
        problem="",
        created_at=tx.now,
        updated_at=tx.now,
    )
    tx.batches.add(batch)
    for order, _ in picked:
        tx.move(order, OrderState.BATCHED, cause=batch.id, batch_id=batch.id)
    tx.put_work("batch.advance", batch.id)
    tx.put_work("mint.plan", "all")
    return batch


def _whole_seconds(moment: datetime) -> datetime:
    """Drop what the contract cannot hold."""
    return moment.replace(microsecond=0)


def advance(
    *, store: Store, chain: Chain, signers: Sequence[BankSigner], terms: Terms, batch_id: str
) -> timedelta | None:
    """Take a batch one step further; return when to look again, None when its next step is somebody else's event."""
    batch = store.read(lambda tx: tx.batches.get(batch_id))
    if batch.state in _UNSENT and store.read(lambda tx: _lost(tx, batch)):
        return store.write(lambda tx: _again(tx, tx.batches.get(batch_id), "the bank took a deposit back"))
    if batch.state in (BatchState.VOUCHERED, BatchState.ATTESTED) and store.read(attestation_record.is_stopped):
        return store.write(lambda tx: _wait_for_agreement(tx, tx.batches.get(batch_id)))
    if batch.state is BatchState.PLANNED:
        return _collect_vouchers(store, chain, signers, terms, batch)
    if batch.state is BatchState.VOUCHERED:
        return _cover(store, chain, terms, batch)
    if batch.state is BatchState.ATTESTED:
        return store.write(lambda tx: _submit(tx, chain, tx.batches.get(batch_id)))
    if batch.state in (BatchState.PREPARED, BatchState.SUBMITTED, BatchState.INCLUDED):
        return store.write(lambda tx: _follow(tx, tx.batches.get(batch_id)))
    return None


def _wait_for_agreement(tx: Tx, batch: MintBatch) -> timedelta | None:
    """The books differ: send nothing, and look again, at times, whether they agree."""
    newest = tx.attestations.list(newest_first=True, limit=1)
    if not newest or tx.now - newest[0].created_at >= _LOOK_AGAIN:
        attestation_record.start(tx=tx, cause="headroom")
    _say(tx, batch, "waits until the books agree")
    return _RETRY


def _lost(tx: Tx, batch: MintBatch) -> bool:
    """Whether a deposit of the batch is gone, so that it must not be sent."""
    keys = [voucher.deposit for voucher in batch.vouchers]
    return any(row.gone_at is not None for row in tx.deposits.list(key=tuple(keys), limit=len(keys)))


def _collect_vouchers(
    store: Store, chain: Chain, signers: Sequence[BankSigner], terms: Terms, batch: MintBatch
) -> timedelta | None:
    """Ask every bank signer; m of them are enough."""
    view = chain.reserve_view()
    expires_at = _whole_seconds(store.read(lambda tx: tx.now) + terms.voucher_lifetime)
    grounds = store.read(lambda tx: [_ground(tx, voucher) for voucher in batch.vouchers])
    request = VoucherRequest(view.signer_set, expires_at, batch.vouchers, grounds)
    answers, problems = collect([(one.name, partial(one.sign_vouchers, request)) for one in signers])
    if len(answers) < terms.bank_signers_needed:
        problem = f"{len(answers)} of {terms.bank_signers_needed} bank signers signed: {'; '.join(problems)}"
        store.write(lambda tx: _say(tx, tx.batches.get(batch.id), problem))
        return _RETRY
    packed, names = pack_signatures(answers[: terms.bank_signers_needed])

    def change(tx: Tx) -> None:
        fresh = tx.batches.get(batch.id)
        tx.move(
            fresh,
            BatchState.VOUCHERED,
            cause="signed",
            signer_set=view.signer_set,
            expires_at=expires_at,
            signatures=packed,
            signers=names,
            problem="",
        )
        tx.put_work("batch.advance", batch.id)

    store.write(change)
    return None


def _ground(tx: Tx, voucher: Voucher) -> VoucherGround:
    """Return what lets a signer check a voucher by itself."""
    row = tx.deposits.find(key=voucher.deposit)
    order = tx.orders.find(issuance_ref=voucher.order)
    if row is None or order is None:
        return VoucherGround("", "", b"", "", "")
    entry = tx.entries.get(row.entry_id)
    return VoucherGround(row.bank_reference, row.reference, order.nonce, row.assigned_by, entry.kind)


def _say(tx: Tx, batch: MintBatch, problem: str) -> None:
    """Note what holds a batch up; the feed hears of it when it changes."""
    if batch.problem == problem:
        return
    tx.batches.save(replace(batch, problem=problem, updated_at=tx.now))
    tx.publish("mint_batch.waiting", batch.id, {"problem": problem})


def _cover(store: Store, chain: Chain, terms: Terms, batch: MintBatch) -> timedelta | None:
    """See to it that an attestation covers the batch: the one on the chain, a signed one to go with it, or a new
    one.
    """
    view = chain.reserve_view()

    def change(tx: Tx) -> timedelta | None:
        fresh = tx.batches.get(batch.id)
        if fresh.expires_at - tx.now < terms.voucher_lifetime // 4:
            tx.move(fresh, BatchState.PLANNED, cause="the vouchers are about to expire")
            tx.put_work("batch.advance", batch.id)
            return None
        promised = sum(one.total.units for one in tx.batches.list(state=_LIVE) if _promised(one) and one.id != fresh.id)
        if view.fresh and view.headroom - promised >= fresh.total.units:
            return _attested(tx, fresh, "")
        signed = attestation_record.signed_and_waiting(tx, head=view.head)
        if signed is not None and attestation_record.headroom(signed) - promised >= fresh.total.units:
            return _attested(tx, fresh, signed.id)
        attestation_record.start(tx=tx, cause="headroom")
        _say(tx, fresh, "waits for an attestation that covers it")
        return _RETRY

    return store.write(change)


def _promised(batch: MintBatch) -> bool:
    """Whether a batch already counts on room under the attestation that is on its way or on the chain."""
    return batch.state in (BatchState.ATTESTED, BatchState.PREPARED, BatchState.SUBMITTED)


def _attested(tx: Tx, batch: MintBatch, attestation_id: str) -> timedelta | None:
    """The batch is covered; the next step sends it."""
    tx.move(batch, BatchState.ATTESTED, cause="covered", attestation_id=attestation_id, problem="")
    tx.put_work("batch.advance", batch.id)
    return None


def _submit(tx: Tx, chain: Chain, batch: MintBatch) -> timedelta | None:
    """Put the transaction into the outbox: vouchers alone, or with the attestation that covers them.

    Several batches may carry the same one: the contract skips it when it is there already.
    """
    if batch.state is not BatchState.ATTESTED:
        return None
    vouchers = tuple(_contract_voucher(voucher) for voucher in batch.vouchers)
    expiry = int(batch.expires_at.timestamp())
    call = Call("NarrowBank", "mint", (vouchers, expiry, batch.signatures))
    statement = tx.attestations.get(batch.attestation_id) if batch.attestation_id else None
    if statement is not None and statement.state in (AttestationState.PREPARED, AttestationState.SUBMITTED):
        signed = (attestation_record.contract_form(statement), statement.signatures)
        call = Call("NarrowBank", "attestAndMint", (*signed, vouchers, expiry, batch.signatures))
    intent = want(
        tx=tx,
        chain=chain,
        call=call,
        purpose="mint",
        subject=f"{batch.id}/{batch.version}",
        sender="relay",
        deadline=batch.expires_at,
    )
    if statement is not None and statement.state is AttestationState.PREPARED:
        attestation_record.carried_by(tx=tx, attestation_id=batch.attestation_id, intent_id=intent.id)
    tx.move(batch, BatchState.PREPARED, cause="sent to the outbox", intent_id=intent.id)
    return None


def _contract_voucher(voucher: Voucher) -> tuple[bytes, int, int, int, str, bytes]:
    """Return the struct in the order of the contract."""
    amounts = (voucher.value.units, voucher.offset.units, voucher.amount.units)
    return (voucher.deposit, *amounts, voucher.to, voucher.order)


def _follow(tx: Tx, batch: MintBatch) -> timedelta | None:
    """Move a batch with its transaction and its orders; a refused transaction leads back to new signatures."""
    if all(order.state is OrderState.ISSUED for order in tx.orders.list(batch_id=batch.id)):
        tx.move(batch, BatchState.FINAL, cause="all issued", actor="chain")
        tx.put_work("mint.plan", "all")
        return None
    intent = tx.intents.get(batch.intent_id)
    if intent.state in (IntentState.FAILED, IntentState.WITHDRAWN):
        return _again(tx, batch, intent.problem)
    if intent.state is IntentState.SENT and batch.state is BatchState.PREPARED:
        tx.move(batch, BatchState.SUBMITTED, cause=intent.tx_hash)
    elif intent.state in (IntentState.INCLUDED, IntentState.FINAL) and batch.state is not BatchState.INCLUDED:
        tx.move(batch, BatchState.INCLUDED, cause=intent.tx_hash, actor="chain")
    elif intent.state is IntentState.SENT and batch.state is BatchState.INCLUDED:
        tx.move(batch, BatchState.SUBMITTED, cause="the block was orphaned", actor="chain")
    return None


def _again(tx: Tx, batch: MintBatch, problem: str) -> timedelta | None:
    """The contract refused the batch: give its orders back to the queue, minus those that are issued meanwhile.

    Its vouchers may still be live, but `spent` lets each part of a deposit be minted only once.
    """
    tx.publish("mint_batch.refused", batch.id, {"problem": problem})
    tx.move(batch, BatchState.ABANDONED, cause=problem, problem=problem)
    for order in tx.orders.list(batch_id=batch.id, state=OrderState.BATCHED):
        gone = tx.deposits.get(order.deposit_id).gone_at is not None
        tx.move(order, OrderState.REJECTED if gone else OrderState.APPROVED, cause=problem, batch_id="")
    if batch.attestation_id:
        statement = tx.attestations.get(batch.attestation_id)
        if statement.state is AttestationState.SUBMITTED and statement.intent_id == batch.intent_id:
            attestation_record.release(tx=tx, attestation_id=statement.id)
    tx.put_work("mint.plan", "all", due_at=tx.now + _RETRY)
    return None
