"""From a wish to a transaction on its way: check first, then sign and store, and only then send.

One step does, for each key: send again what is not acknowledged, replace what is stuck or withdrawn, check what is
queued against the chain, sign as much as may be in flight, send it in nonce order, and note what the endpoint made of
it. It can be killed at any line: what is stored is sent again, what is not stored was never sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from tradecoin.domain.chain import TxAttempt, TxIntent
from tradecoin.domain.states import IntentState
from tradecoin.flow.fees import Offer, SendLimits, first_offer, raised_offer
from tradecoin.flow.forks import require_one_chain
from tradecoin.flow.intents import (
    FILL,
    OUTCOME,
    is_withdrawal,
    is_withdrawing,
    marked,
    new_withdrawal_result,
    raw_call,
    result_of,
    withdraw,
)
from tradecoin.flow.intents import want as want
from tradecoin.flow.nonces import Flight, check_fence, flights, lowest_hole, next_nonces
from tradecoin.flow.purse import is_paused, pause_key, resume_if_funded
from tradecoin.ports.chain import Chain, ContractRefused, Fees, Keys, SendResult, TxFields
from tradecoin.ports.clock import Clock
from tradecoin.ports.store import Store, Tx

_TRANSFER_GAS = 21_000
_SENDERS = ("relay", "payer", "admin")
_ACKNOWLEDGED = (SendResult.ACCEPTED, SendResult.ALREADY_KNOWN)
_MAYBE_SENT = (*_ACKNOWLEDGED, SendResult.UNKNOWN)


@dataclass(slots=True)
class SendReport:
    """What a step did: counts, and the keys that are paused or whose fees are above the cap."""

    signed: int = 0
    sent: int = 0
    refused: int = 0
    paused: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the step for one key works with."""

    store: Store
    chain: Chain
    keys: Keys
    clock: Clock
    limits: SendLimits
    fence: int
    sender: str
    report: SendReport

    @property
    def address(self) -> str:
        return self.keys.address(self.sender)

    def flights(self, tx: Tx) -> Sequence[Flight]:
        return flights(tx, chain_id=self.chain.chain_id, address=self.address)

    def guard(self, tx: Tx) -> None:
        """Say inside the transaction whether this process may sign at all."""
        check_fence(tx, self.fence)
        require_one_chain(tx)


def send_intents(
    *,
    store: Store,
    chain: Chain,
    keys: Keys,
    clock: Clock,
    limits: SendLimits,
    fence: int,
    senders: Sequence[str] = _SENDERS,
) -> SendReport:
    """Do one step for each key that has something to do; `fence` is the number that `Store.lead` returned.

    Raises LostLead, ChainStopped, ChainUnreachable (nothing is half done).
    """
    report = SendReport()
    for sender in senders:
        if store.read(lambda tx, name=sender: _has_work(tx, name)):  # type: ignore[misc]  # mypy and defaults
            _step(_Desk(store, chain, keys, clock, limits, fence, sender, report))
    return report


def _has_work(tx: Tx, sender: str) -> bool:
    open_states = (IntentState.QUEUED, IntentState.PREPARED, IntentState.SENT)
    return tx.intents.find(sender=sender, state=open_states) is not None


def _step(desk: _Desk) -> None:
    """Do the step of one key."""
    if desk.store.read(lambda tx: is_paused(tx, desk.address)) and not _resumed(desk):
        desk.report.paused.append(desk.sender)
        return
    count, head, fees = desk.chain.nonce(desk.address), desk.chain.head().number, desk.chain.fees()
    held = desk.store.read(desk.flights)
    waiting = [flight for flight in held if flight.is_open and flight.nonce >= count]
    outgoing = [*_replaced(desk, waiting, fees, head), *_unheard(desk, waiting, head)]
    if _send(desk, sorted({flight.nonce: flight for flight in reversed(outgoing)}.values(), key=lambda it: it.nonce)):
        _send(desk, _signed(desk, _checked(desk, room=desk.limits.in_flight - len(waiting)), count, fees, head))
    _fill_hole(desk, held, count)


def _resumed(desk: _Desk) -> bool:
    """Return whether a paused key can pay again; the balance is asked outside of the transaction."""
    balance = desk.chain.balance(desk.address)
    return desk.store.write(lambda tx: resume_if_funded(tx, desk.address, desk.sender, balance))


# ---------------------------------------------------------------------------------------------- what is on its way


def _unheard(desk: _Desk, waiting: Sequence[Flight], head: int) -> list[Flight]:
    """Return what must be sent again: whatever nobody acknowledged, and the lowest when it lingers."""
    unheard = [flight for flight in waiting if result_of(flight.attempt) not in _ACKNOWLEDGED]
    if waiting and waiting[0] not in unheard and _lingers(desk, waiting[0].attempt, head):
        unheard.append(waiting[0])
    return unheard


def _lingers(desk: _Desk, attempt: TxAttempt, head: int) -> bool:
    """Return whether a block, or some seconds where blocks only come with transactions, went by without it."""
    patience = timedelta(seconds=desk.limits.rebroadcast_seconds)
    return head > attempt.first_sent_block or desk.clock.now() - attempt.created_at > patience


def _replaced(desk: _Desk, waiting: Sequence[Flight], fees: Fees, head: int) -> list[Flight]:
    """Sign self-transfers for what is withdrawn, and a better offer for the lowest nonce when it is stuck."""
    late = [flight for flight in waiting if _past_deadline(desk, flight.intent) and not is_withdrawing(flight.intent)]
    for flight in late:
        desk.store.write(lambda tx, at=flight: withdraw(tx=tx, intent_id=at.intent.id, reason="past its deadline"))  # type: ignore[misc]
    replacements = []
    for place, flight in enumerate(waiting):
        to_fill = (is_withdrawing(flight.intent) or flight in late) and not is_withdrawal(flight.attempt)
        stuck = place == 0 and _is_stuck(desk, flight.attempt, head)
        offer = raised_offer(flight.attempt, fees, desk.limits) if to_fill or stuck else None
        if offer is not None:
            replacements.append((flight, offer, to_fill or is_withdrawal(flight.attempt)))
    return desk.store.write(lambda tx: _replace(desk, tx, replacements, head)) if replacements else []


def _is_stuck(desk: _Desk, attempt: TxAttempt, head: int) -> bool:
    if result_of(attempt) == SendResult.UNDERPRICED:
        return True
    return head - attempt.first_sent_block >= desk.limits.bump_every_blocks


def _replace(desk: _Desk, tx: Tx, wanted: Sequence[tuple[Flight, Offer, bool]], head: int) -> list[Flight]:
    """Sign other bytes for nonces that are ours already; the old attempts stay listed, no longer live."""
    desk.guard(tx)
    present = {flight.attempt.hash: flight for flight in desk.flights(tx) if flight.is_open}
    done = []
    for old, offer, empty in wanted:
        flight = present.get(old.attempt.hash)
        if flight is not None:
            tx.attempts.save(replace(flight.attempt, live=False))
            done.append(_sign(desk, tx, flight.intent, flight.nonce, offer, head, empty=empty))
    return done


# ------------------------------------------------------------------------------------------------- what is queued


def _checked(desk: _Desk, *, room: int) -> list[TxIntent]:
    """Return up to `room` queued intents that the chain would take now; the others have failed, with the reason."""
    if room <= 0:
        return []
    queued = desk.store.read(lambda tx: tx.intents.list(state=IntentState.QUEUED, sender=desk.sender, limit=room))
    good: list[TxIntent] = []
    bad: list[tuple[TxIntent, str]] = []
    for intent in queued:
        problem, gas = _preflight(desk, intent)
        if problem:
            bad.append((intent, problem))
        else:
            good.append(replace(intent, gas_limit=gas))
    if bad:
        desk.store.write(lambda tx: _refuse(tx, bad))
        desk.report.refused += len(bad)
    return good


def _preflight(desk: _Desk, intent: TxIntent) -> tuple[str, int]:
    """Return why the intent cannot go out, or "" and the gas it may use. No nonce is used yet."""
    if _past_deadline(desk, intent):
        return "past its deadline", 0
    if intent.purpose == FILL:
        return "", _TRANSFER_GAS
    try:
        gas = desk.chain.preflight(raw_call(intent.to, intent.data), desk.address)
    except ContractRefused as refusal:
        return str(refusal), 0
    return "", gas * (100 + desk.limits.gas_margin_percent) // 100


def _past_deadline(desk: _Desk, intent: TxIntent) -> bool:
    return intent.deadline is not None and desk.clock.now() > intent.deadline


def _refuse(tx: Tx, bad: Sequence[tuple[TxIntent, str]]) -> None:
    for intent, problem in bad:
        present = tx.intents.get(intent.id)
        if present.state is IntentState.QUEUED:
            tx.move(present, IntentState.FAILED, cause="pre-flight", problem=problem)
            tx.put_work(OUTCOME, intent.id)


def _signed(desk: _Desk, intents: Sequence[TxIntent], count: int, fees: Fees, head: int) -> list[Flight]:
    """Give nonces to `intents` and sign them, in one transaction; nothing while the base fee is above the cap."""
    offer = first_offer(fees, desk.limits)
    if intents and offer is None:
        desk.report.held.append(desk.sender)
    if not intents or offer is None:
        return []
    return desk.store.write(lambda tx: _prepare(desk, tx, intents, count, offer, head))


def _prepare(desk: _Desk, tx: Tx, intents: Sequence[TxIntent], count: int, offer: Offer, head: int) -> list[Flight]:
    """Sign and store. The signer is called inside the transaction, so that no signature exists that is not stored."""
    desk.guard(tx)
    held = desk.flights(tx)
    nonces = next_nonces(held, chain_count=count, wanted=len(intents))
    prepared = []
    for intent, nonce in zip(intents, nonces, strict=True):
        present = tx.intents.get(intent.id)
        if present.state is IntentState.QUEUED:
            ready = replace(present, gas_limit=intent.gas_limit)
            prepared.append(_sign(desk, tx, ready, nonce, offer, head, empty=intent.purpose == FILL))
    return prepared


def _sign(desk: _Desk, tx: Tx, intent: TxIntent, nonce: int, offer: Offer, head: int, *, empty: bool) -> Flight:
    """Sign an intent, or the self-transfer that takes its place, and store both rows."""
    fields = TxFields(
        chain_id=desk.chain.chain_id,
        nonce=nonce,
        to=desk.address if empty else intent.to,
        data=b"" if empty else intent.data,
        value=0 if empty else intent.value,
        gas_limit=_TRANSFER_GAS if empty else intent.gas_limit,
        max_fee=offer.max_fee,
        priority_fee=offer.priority_fee,
    )
    raw, hash_ = desk.keys.sign(desk.sender, fields)
    is_new = intent.state is IntentState.QUEUED
    attempt = TxAttempt(
        id=tx.new_id("ta"),
        version=1,
        intent_id=intent.id,
        chain_id=fields.chain_id,
        sender_address=desk.address,
        nonce=nonce,
        max_fee=fields.max_fee,
        priority_fee=fields.priority_fee,
        hash=hash_,
        raw=raw,
        live=True,
        result="" if is_new or not empty else new_withdrawal_result(),
        first_sent_block=head,
        created_at=tx.now,
    )
    tx.attempts.add(attempt)
    desk.report.signed += 1
    return Flight(_pointed(tx, intent, attempt, is_new=is_new), attempt)


def _pointed(tx: Tx, intent: TxIntent, attempt: TxAttempt, *, is_new: bool) -> TxIntent:
    """Let the intent name its live attempt."""
    if is_new:
        changes: dict[str, Any] = {"tx_hash": attempt.hash, "gas_limit": intent.gas_limit}
        return tx.move(intent, IntentState.PREPARED, cause=f"nonce {attempt.nonce}", **changes)
    tx.intents.save(replace(intent, tx_hash=attempt.hash, updated_at=tx.now))
    return tx.intents.get(intent.id)


def _fill_hole(desk: _Desk, held: Sequence[Flight], count: int) -> None:
    """When somebody took back the nonce below ours and nothing else is queued, want a transfer to ourselves there."""
    hole = lowest_hole(held, chain_count=count)
    if hole is None:
        return
    subject = f"{desk.chain.chain_id}:{desk.address}:{hole}"
    call = raw_call(desk.address, b"")
    desk.store.write(
        lambda tx: want(tx=tx, chain=desk.chain, call=call, purpose=FILL, subject=subject, sender=desk.sender)
    )


# ------------------------------------------------------------------------------------------------------- sending


def _send(desk: _Desk, outgoing: Sequence[Flight]) -> bool:
    """Send in nonce order and note the results; return whether more may follow."""
    results: list[tuple[Flight, SendResult]] = []
    for flight in outgoing:
        result = desk.chain.send_raw(flight.attempt.raw)
        results.append((flight, result))
        if result in (SendResult.INSUFFICIENT_FUNDS, SendResult.UNKNOWN):
            break
    if results:
        desk.store.write(lambda tx: _note(desk, tx, results))
        desk.report.sent += sum(result in _MAYBE_SENT for _, result in results)
    return all(result in _ACKNOWLEDGED or result is SendResult.NONCE_TOO_LOW for _, result in results)


def _note(desk: _Desk, tx: Tx, results: Sequence[tuple[Flight, SendResult]]) -> None:
    for flight, result in results:
        attempt, intent = tx.attempts.get(flight.attempt.id), tx.intents.get(flight.intent.id)
        if result_of(attempt) != result:
            tx.attempts.save(replace(attempt, result=marked(attempt, result)))
        if intent.state is IntentState.PREPARED and result in _MAYBE_SENT:
            tx.move(intent, IntentState.SENT, cause=str(result))
        elif result is SendResult.REFUSED and not is_withdrawing(intent):
            withdraw(tx=tx, intent_id=intent.id, reason="the endpoint refuses it")
        elif result is SendResult.INSUFFICIENT_FUNDS:
            pause_key(tx, desk.address, desk.sender, attempt, intent)
            desk.report.paused.append(desk.sender)
