"""What a step of the sender works with, and how it signs."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tradecoin.domain.chain import TxAttempt, TxIntent
from tradecoin.domain.states import IntentState
from tradecoin.flow.fees import Offer, SendLimits
from tradecoin.flow.forks import require_one_chain
from tradecoin.flow.intents import new_withdrawal_result
from tradecoin.flow.nonces import Flight, check_fence, flights
from tradecoin.ports.chain import Chain, Keys, SendResult, TxFields
from tradecoin.ports.clock import Clock
from tradecoin.ports.store import Store, Tx

TRANSFER_GAS: Final = 21_000
ACKNOWLEDGED: Final = (SendResult.ACCEPTED, SendResult.ALREADY_KNOWN)


@dataclass(slots=True)
class SendReport:
    """What a step did: counts, and the keys that are paused or whose fees are above the cap."""

    signed: int = 0
    sent: int = 0
    refused: int = 0
    paused: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Desk:
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
        """The address of the key."""
        return self.keys.address(self.sender)

    def flights(self, tx: Tx) -> Sequence[Flight]:
        """What holds nonces of the key."""
        return flights(tx, chain_id=self.chain.chain_id, address=self.address)

    def guard(self, tx: Tx) -> None:
        """Say inside the transaction whether this process may sign at all."""
        check_fence(tx, self.fence)
        require_one_chain(tx)


def past_deadline(desk: Desk, intent: TxIntent) -> bool:
    """Return whether it is too late for an intent."""
    return intent.deadline is not None and desk.clock.now() > intent.deadline


def sign(desk: Desk, tx: Tx, intent: TxIntent, nonce: int, offer: Offer, head: int, *, empty: bool) -> Flight:
    """Sign an intent, or the self-transfer that takes its place, and store both rows."""
    fields = TxFields(
        chain_id=desk.chain.chain_id,
        nonce=nonce,
        to=desk.address if empty else intent.to,
        data=b"" if empty else intent.data,
        value=0 if empty else intent.value,
        gas_limit=TRANSFER_GAS if empty else intent.gas_limit,
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
