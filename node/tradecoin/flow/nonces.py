"""Which nonce comes next, and who may hand it out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from tradecoin.domain.chain import TxAttempt, TxIntent
from tradecoin.domain.errors import Unavailable
from tradecoin.domain.states import IntentState
from tradecoin.flow.intents import OPEN
from tradecoin.ports.store import Tx

_FENCE: Final = "fence.sender"
_ALL: Final = 1_000_000
_ENDED: Final = (IntentState.FINAL, IntentState.FAILED, IntentState.WITHDRAWN, IntentState.QUEUED)


class LostLead(Unavailable):
    """Another process leads by now; this one must not sign."""

    code = "lost_lead"


def check_fence(tx: Tx, fence: int) -> None:
    """Refuse a leader that was followed by another: raises LostLead. `fence` is what `Store.lead` returned.

    The number is kept by the transaction that signs, so a leader that slept through its lease is refused by the first
    signature of its successor, whatever the clocks say.
    """
    present = int(tx.get_value(_FENCE) or "0")
    if fence < present:
        raise LostLead(fence=fence, present=present)
    if fence > present:
        tx.set_value(_FENCE, str(fence))


@dataclass(frozen=True, slots=True)
class Flight:
    """An intent with its live attempt: signed, and not yet given up."""

    intent: TxIntent
    attempt: TxAttempt

    @property
    def nonce(self) -> int:
        """The nonce that the attempt holds."""
        return self.attempt.nonce

    @property
    def is_open(self) -> bool:
        """Whether it is signed and not known to be in a block."""
        return self.intent.state in OPEN and self.intent.tx_hash == self.attempt.hash


def flights(tx: Tx, *, chain_id: int, address: str = "") -> Sequence[Flight]:
    """Return what holds nonces on this chain, in nonce order, of one address or of all.

    The newest attempt that ended stays live until a newer one ends (`release_ended`), so that the nonces have a floor.
    """
    where: dict[str, Any] = {"sender_address": address} if address else {}
    attempts = tx.attempts.list(live=True, chain_id=chain_id, limit=_ALL, **where)
    ids = tuple({attempt.intent_id for attempt in attempts})
    intents = {intent.id: intent for intent in tx.intents.list(id=ids, limit=_ALL)} if ids else {}
    found = [Flight(intents[attempt.intent_id], attempt) for attempt in attempts]
    return sorted(found, key=lambda flight: (flight.attempt.sender_address, flight.nonce))


def next_nonces(held: Collection[Flight], *, chain_count: int, wanted: int) -> list[int]:
    """Return the next `wanted` nonces of one address: holes first, lowest first, then above everything held.

    A hole lies above everything that is known to be in a block: an endpoint that lags cannot talk us back below that.
    """
    floor = max([chain_count, *(flight.nonce + 1 for flight in held if not flight.is_open)])
    taken = {flight.nonce for flight in held}
    free: list[int] = []
    candidate = floor
    while len(free) < wanted:
        if candidate not in taken:
            free.append(candidate)
        candidate += 1
    return free


def lowest_hole(held: Collection[Flight], *, chain_count: int) -> int | None:
    """Return the next nonce when nobody holds it although somebody holds a higher one, or None."""
    lowest = next_nonces(held, chain_count=chain_count, wanted=1)[0]
    return lowest if any(flight.nonce > lowest for flight in held if flight.is_open) else None


def release_ended(tx: Tx, *, chain_id: int, address: str) -> None:
    """Let go of the nonces of what ended for good, but for the highest."""
    held = flights(tx, chain_id=chain_id, address=address)
    ended = [flight.attempt for flight in held if not flight.is_open and flight.intent.state in _ENDED]
    tx.attempts.save(*(replace(attempt, live=False) for attempt in ended[:-1]))
