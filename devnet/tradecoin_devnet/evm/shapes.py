"""The parts of py-evm's objects that this package uses, with plain Python types."""

from typing import Any, Protocol, Self


class Header(Protocol):
    """A block header; fees in wei for one unit of gas, time in Unix seconds."""

    parent_hash: bytes
    uncles_hash: bytes
    coinbase: bytes
    state_root: bytes
    transaction_root: bytes
    receipt_root: bytes
    bloom: int
    block_number: int
    gas_limit: int
    gas_used: int
    timestamp: int
    extra_data: bytes
    mix_hash: bytes
    nonce: bytes
    base_fee_per_gas: int
    withdrawals_root: bytes
    blob_gas_used: int
    excess_blob_gas: int
    parent_beacon_block_root: bytes
    requests_hash: bytes

    @property
    def hash(self) -> bytes:
        """Keccak of the encoded header."""
        ...

    def copy(self, **fields: Any) -> Self:
        """Return the header with other values for some members."""
        ...


class Transaction(Protocol):
    """A signed transaction of any type; older types have both fees equal to their gas price."""

    type_id: int | None
    chain_id: int | None
    nonce: int
    max_fee_per_gas: int
    max_priority_fee_per_gas: int
    gas: int
    to: bytes
    value: int
    data: bytes
    access_list: Any

    @property
    def hash(self) -> bytes:
        """Keccak of the encoded transaction."""
        ...

    @property
    def sender(self) -> bytes:
        """The address that signed."""
        ...


class State(Protocol):
    """Accounts and storage in the context of one block."""

    @property
    def state_root(self) -> bytes:
        """Root of the last persisted state."""
        ...

    def get_balance(self, address: bytes) -> int:
        """Return wei."""
        ...

    def set_balance(self, address: bytes, balance: int) -> None:
        """Set wei."""
        ...

    def get_nonce(self, address: bytes) -> int:
        """Return the number of transactions sent."""
        ...

    def increment_nonce(self, address: bytes) -> None:
        """Count one more transaction."""
        ...

    def get_code(self, address: bytes) -> bytes:
        """Return the contract's code."""
        ...

    def get_storage(self, address: bytes, slot: int) -> int:
        """Return one word."""
        ...

    def lock_changes(self) -> None:
        """Begin a new transaction."""
        ...

    def apply_transaction(self, transaction: Any) -> Any:
        """Run a transaction."""
        ...

    def get_transaction_executor(self) -> Any:
        """Return what runs messages on this state."""
        ...

    def persist(self) -> Any:
        """Write the changes to the database."""
        ...
