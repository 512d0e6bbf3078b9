"""What the node keeps of the chain: blocks, decoded events, and the transactions that it wants there once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tradecoin.domain.states import IntentState


@dataclass(frozen=True, slots=True)
class Block:
    """A block's header as far as we need it; `timestamp` in whole seconds."""

    number: int
    hash: str
    parent: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """A decoded log of one of our contracts.

    `args` holds integers as int, addresses as checksummed text, bytes32 as bytes. `contract` is the name in the
    deployment.
    """

    block: Block
    log_index: int
    tx_hash: str
    contract: str
    name: str
    args: dict[str, Any]

    @property
    def key(self) -> str:
        """Block hash and log index: what a posting made from this event is unique by."""
        return f"{self.block.hash}:{self.log_index}"


@dataclass(frozen=True, slots=True)
class Call:
    """A call to one of our contracts, by names; the chain adapter turns it into calldata."""

    contract: str
    function: str
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class TxIntent:
    """A transaction that is to happen at most once for `(purpose, subject)`; `sender` names the key (relay, payer,
    admin).
    """

    id: str
    version: int
    state: IntentState
    purpose: str
    subject: str
    sender: str
    to: str
    data: bytes
    value: int
    gas_limit: int
    deadline: datetime | None
    tx_hash: str
    block_number: int
    problem: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class TxAttempt:
    """One signed form of an intent, stored before it is sent; the bytes are kept. Fees in wei a unit of gas."""

    id: str
    version: int
    intent_id: str
    chain_id: int
    sender_address: str
    nonce: int
    max_fee: int
    priority_fee: int
    hash: str
    raw: bytes
    live: bool
    result: str
    first_sent_block: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ReserveView:
    """What the contracts say about minting at one block: the facts behind `halted()` and the room that is left."""

    block: Block
    supply: int
    reserves: int
    encumbered: int
    settling: int
    claims: int
    head: bytes
    cut: int
    covered: bool
    fresh: bool
    halted: tuple[str, ...]
    headroom: int
    rate_capacity: int
    instant_cap: int
    signer_set: int
    auditor_set: int
