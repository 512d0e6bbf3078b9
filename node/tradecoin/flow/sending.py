"""From a wish to a transaction on its way: check first, then sign and store, and only then send.

One step does, for each key: send again what is not acknowledged, replace what is stuck or withdrawn, check what is
queued against the chain, sign as much as may be in flight, send it in nonce order, and note what the endpoint made of
it. It can be killed at any line: what is stored is sent again, what is not stored was never sent.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from tradecoin.domain.chain import TxIntent
from tradecoin.domain.states import IntentState
from tradecoin.flow.desk import ACKNOWLEDGED, TRANSFER_GAS, Desk, SendReport, past_deadline, sign
from tradecoin.flow.fees import Offer, SendLimits, first_offer
from tradecoin.flow.intents import FILL, OUTCOME, is_withdrawing, marked, raw_call, result_of, withdraw
from tradecoin.flow.intents import want as want
from tradecoin.flow.nonces import Flight, lowest_hole, next_nonces
from tradecoin.flow.purse import is_paused, pause_key, resume_if_funded
from tradecoin.flow.replacing import replaced, unheard
from tradecoin.ports.chain import Chain, ChainUnreachable, ContractRefused, Fees, Keys, SendResult
from tradecoin.ports.clock import Clock
from tradecoin.ports.store import Store, Tx

_SENDERS = ("relay", "payer", "admin")
_MAYBE_SENT = (*ACKNOWLEDGED, SendResult.UNKNOWN)


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
    unreachable: ChainUnreachable | None = None
    for sender in senders:
        try:
            if store.read(partial(_has_work, sender=sender)):
                _step(Desk(store, chain, keys, clock, limits, fence, sender, report))
        except ChainUnreachable as problem:  # one key's question must not hold up the others
            unreachable = problem
    if unreachable is not None:
        raise unreachable
    return report


def _has_work(tx: Tx, *, sender: str) -> bool:
    open_states = (IntentState.QUEUED, IntentState.PREPARED, IntentState.SENT)
    return tx.intents.find(sender=sender, state=open_states) is not None


def _step(desk: Desk) -> None:
    """Do the step of one key."""
    if desk.store.read(lambda tx: is_paused(tx, desk.address)) and not _resumed(desk):
        desk.report.paused.append(desk.sender)
        return
    count, head, fees = desk.chain.nonce(desk.address), desk.chain.head().number, desk.chain.fees()
    held = desk.store.read(desk.flights)
    waiting = [flight for flight in held if flight.is_open and flight.nonce >= count]
    outgoing = [*replaced(desk, waiting, fees, head), *unheard(desk, waiting, head)]
    if _send(desk, sorted({flight.nonce: flight for flight in reversed(outgoing)}.values(), key=lambda it: it.nonce)):
        _send(desk, _signed(desk, _checked(desk, room=desk.limits.in_flight - len(waiting)), count, fees, head))
    _fill_hole(desk, held, count)


def _resumed(desk: Desk) -> bool:
    """Return whether a paused key can pay again; the balance is asked outside of the transaction."""
    balance = desk.chain.balance(desk.address)
    return desk.store.write(lambda tx: resume_if_funded(tx, desk.address, desk.sender, balance))


# ------------------------------------------------------------------------------------------------- what is queued


def _checked(desk: Desk, *, room: int) -> list[TxIntent]:
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


def _preflight(desk: Desk, intent: TxIntent) -> tuple[str, int]:
    """Return why the intent cannot go out, or "" and the gas it may use. No nonce is used yet."""
    if past_deadline(desk, intent):
        return "past its deadline", 0
    if intent.purpose == FILL:
        return "", TRANSFER_GAS
    try:
        gas = desk.chain.preflight(raw_call(intent.to, intent.data), desk.address)
    except ContractRefused as refusal:
        return str(refusal), 0
    return "", gas * (100 + desk.limits.gas_margin_percent) // 100


def _refuse(tx: Tx, bad: Sequence[tuple[TxIntent, str]]) -> None:
    for intent, problem in bad:
        present = tx.intents.get(intent.id)
        if present.state is IntentState.QUEUED:
            tx.move(present, IntentState.FAILED, cause="pre-flight", problem=problem)
            tx.put_work(OUTCOME, intent.id)


def _signed(desk: Desk, intents: Sequence[TxIntent], count: int, fees: Fees, head: int) -> list[Flight]:
    """Give nonces to `intents` and sign them, in one transaction; nothing while the base fee is above the cap."""
    offer = first_offer(fees, desk.limits)
    if intents and offer is None:
        desk.report.held.append(desk.sender)
    if not intents or offer is None:
        return []
    return desk.store.write(lambda tx: _prepare(desk, tx, intents, count, offer, head))


def _prepare(desk: Desk, tx: Tx, intents: Sequence[TxIntent], count: int, offer: Offer, head: int) -> list[Flight]:
    """Sign and store. The signer is called inside the transaction, so that no signature exists that is not stored."""
    desk.guard(tx)
    held = desk.flights(tx)
    nonces = next_nonces(held, chain_count=count, wanted=len(intents))
    prepared = []
    for intent, nonce in zip(intents, nonces, strict=True):
        present = tx.intents.get(intent.id)
        if present.state is IntentState.QUEUED:
            ready = replace(present, gas_limit=intent.gas_limit)
            prepared.append(sign(desk, tx, ready, nonce, offer, head, empty=intent.purpose == FILL))
    return prepared


def _fill_hole(desk: Desk, held: Sequence[Flight], count: int) -> None:
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


def _send(desk: Desk, outgoing: Sequence[Flight]) -> bool:
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
    return all(result in ACKNOWLEDGED or result is SendResult.NONCE_TOO_LOW for _, result in results)


def _note(desk: Desk, tx: Tx, results: Sequence[tuple[Flight, SendResult]]) -> None:
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
