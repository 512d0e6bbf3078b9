"""The chain: what is read from it, and what raw transactions it is given."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from tradecoin.domain.chain import Block, Call, ChainEvent, ReserveView
from tradecoin.domain.errors import Refused, Unavailable


class ChainUnreachable(Unavailable):
    """The endpoint did not answer, or not with sense."""

    code = "chain_unreachable"


class ContractRefused(Refused):
    """A call would revert; the facts carry the decoded error's name and arguments."""

    code = "contract_refused"


class SendResult(StrEnum):
    """What the endpoint made of a raw transaction, by meaning."""

    ACCEPTED = "accepted"
    ALREADY_KNOWN = "already_known"
    NONCE_TOO_LOW = "nonce_too_low"
    NONCE_GAP = "nonce_gap"
    UNDERPRICED = "underpriced"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a transaction stands on the chain and whether it succeeded."""

    tx_hash: str
    block: Block
    succeeded: bool


@dataclass(frozen=True, slots=True)
class Fees:
    """Wei a unit of gas: the next block's base fee and a sensible tip."""

    base: int
    tip: int


class Chain(Protocol):
    """One chain through one endpoint; every read names its block, or is of the head."""

    chain_id: int

    def head(self) -> Block:
        """Return the latest block."""

    def final_number(self) -> int:
        """Return the highest final block number by the configured rule (instant, depth:n, finalized)."""

    def blocks(self, first: int, last: int) -> Sequence[Block]:
        """Return the canonical blocks of that range, ends included."""

    def events(self, blocks: Sequence[Block]) -> Sequence[ChainEvent]:
        """Return our contracts' decoded events in exactly these blocks (by hash near the head), in order."""

    def read(self, contract: str, function: str, *args: Any, at: Block | None = None) -> Any:
        """Call a view; a single return value comes bare, several as a tuple."""

    def reserve_view(self, at: Block | None = None) -> ReserveView:
        """Return what the contracts say about minting."""

    def encode(self, call: Call) -> tuple[str, bytes]:
        """Return address and calldata."""

    def preflight(self, call: Call, sender: str) -> int:
        """Return the gas the call needs now; raises ContractRefused with the decoded error."""

    def nonce(self, address: str, *, pending: bool = False) -> int:
        """Return the account's transaction count."""

    def balance(self, address: str) -> int:
        """Return the account's wei."""

    def fees(self) -> Fees:
        """Return what the next block costs."""

    def send_raw(self, raw: bytes) -> SendResult:
        """Hand over a signed transaction once, without any retry; never raises for what the endpoint says."""

    def receipt(self, tx_hash: str) -> Receipt | None:
        """Return the receipt if the transaction is on the canonical chain."""


@dataclass(frozen=True, slots=True)
class TxFields:
    """What is signed of an EIP-1559 transaction."""

    chain_id: int
    nonce: int
    to: str
    data: bytes
    value: int
    gas_limit: int
    max_fee: int
    priority_fee: int


class Keys(Protocol):
    """The node's own keys by name: relay, payer, admin."""

    def address(self, sender: str) -> str:
        """Return the checksummed address of a key."""

    def sign(self, sender: str, fields: TxFields) -> tuple[bytes, str]:
        """Return the raw signed transaction and its hash (0x…)."""
