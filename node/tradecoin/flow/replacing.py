"""What is on its way: sent again while nobody acknowledges it, replaced when it is stuck or withdrawn."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from tradecoin.domain.chain import TxAttempt
from tradecoin.flow.desk import ACKNOWLEDGED, Desk, past_deadline, sign
from tradecoin.flow.fees import Offer, raised_offer
from tradecoin.flow.intents import is_withdrawal, is_withdrawing, result_of, withdraw
from tradecoin.flow.nonces import Flight
from tradecoin.ports.chain import Fees, SendResult
from tradecoin.ports.store import Tx


def unheard(desk: Desk, waiting: Sequence[Flight], head: int) -> list[Flight]:
    """Return what must be sent again: whatever nobody acknowledged, and the lowest when it lingers."""
    unheard = [flight for flight in waiting if result_of(flight.attempt) not in ACKNOWLEDGED]
    if waiting and waiting[0] not in unheard and _lingers(desk, waiting[0].attempt, head):
        unheard.append(waiting[0])
    return unheard


def _lingers(desk: Desk, attempt: TxAttempt, head: int) -> bool:
    """Return whether a block, or some seconds where blocks only come with transactions, went by without it."""
    patience = timedelta(seconds=desk.limits.rebroadcast_seconds)
    return head > attempt.first_sent_block or desk.clock.now() - attempt.created_at > patience


def replaced(desk: Desk, waiting: Sequence[Flight], fees: Fees, head: int) -> list[Flight]:
    """Sign self-transfers for what is withdrawn, and a better offer for the lowest nonce when it is stuck."""
    late = [flight for flight in waiting if past_deadline(desk, flight.intent) and not is_withdrawing(flight.intent)]
    if late:
        desk.store.write(partial(_withdraw_late, late=late))
    replacements = []
    for place, flight in enumerate(waiting):
        to_fill = (is_withdrawing(flight.intent) or flight in late) and not is_withdrawal(flight.attempt)
        stuck = place == 0 and _is_stuck(desk, flight.attempt, head)
        offer = raised_offer(flight.attempt, fees, desk.limits) if to_fill or stuck else None
        if offer is not None:
            replacements.append((flight, offer, to_fill or is_withdrawal(flight.attempt)))
    return desk.store.write(lambda tx: _replace(desk, tx, replacements, head)) if replacements else []


def _withdraw_late(tx: Tx, *, late: Sequence[Flight]) -> None:
    for flight in late:
        withdraw(tx=tx, intent_id=flight.intent.id, reason="past its deadline")


def _is_stuck(desk: Desk, attempt: TxAttempt, head: int) -> bool:
    if result_of(attempt) == SendResult.UNDERPRICED:
        return True
    return head - attempt.first_sent_block >= desk.limits.bump_every_blocks


def _replace(desk: Desk, tx: Tx, wanted: Sequence[tuple[Flight, Offer, bool]], head: int) -> list[Flight]:
    """Sign other bytes for nonces that are ours already; the old attempts stay listed, no longer live."""
    desk.guard(tx)
    present = {flight.attempt.hash: flight for flight in desk.flights(tx) if flight.is_open}
    done = []
    for old, offer, empty in wanted:
        flight = present.get(old.attempt.hash)
        if flight is not None:
            tx.attempts.save(replace(flight.attempt, live=False))
            done.append(sign(desk, tx, flight.intent, flight.nonce, offer, head, empty=empty))
    return done
