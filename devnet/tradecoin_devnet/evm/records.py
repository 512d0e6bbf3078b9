"""What the chain database remembers of blocks, transactions and logs."""

from dataclasses import dataclass

from tradecoin_devnet.evm.shapes import Header


@dataclass(frozen=True, slots=True)
class Block:
    """A block, canonical or orphaned; `state_root` is the header's unless a devnet method changed it later."""

    row: int
    header: Header
    state_root: bytes

    @property
    def number(self) -> int:
        """Height above the genesis block."""
        return self.header.block_number

    @property
    def hash(self) -> bytes:
        """Hash of the header."""
        return self.header.hash

    @property
    def timestamp(self) -> int:
        """Unix seconds."""
        return self.header.timestamp


@dataclass(frozen=True, slots=True)
class Log:
    """One event as the EVM emitted it."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction and what became of it; gas in units, price in wei as decimal text (it may pass 64 bits)."""

    position: int
    hash: bytes
    raw: bytes
    sender: bytes
    status: int
    gas_used: int
    cumulative_gas: int
    price: str
    created: bytes | None
    bloom: bytes
    first_log: int
    log_count: int


@dataclass(frozen=True, slots=True)
class PlacedLog:
    """A log with its place in the chain."""

    log: Log
    block_number: int
    block_hash: bytes
    timestamp: int
    transaction_hash: bytes
    position: int
    log_index: int
