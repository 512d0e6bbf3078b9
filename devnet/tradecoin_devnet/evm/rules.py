"""The EVM itself: headers, states and the effect of one transaction under the Prague rules of py-evm."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, cast

import rlp
from eth.vm.chain_context import ChainContext
from eth.vm.forks.london.headers import calculate_expected_base_fee_per_gas
from eth.vm.forks.prague import PragueVM
from eth.vm.forks.prague.blocks import PragueBlockHeader
from eth.vm.forks.prague.transactions import PragueTransactionBuilder
from eth_typing import Hash32

from tradecoin_devnet.evm.fast import FastState
from tradecoin_devnet.evm.nodes import NodeStore
from tradecoin_devnet.evm.records import Log
from tradecoin_devnet.evm.shapes import Header, State, Transaction

RLPException: Final = rlp.exceptions.RLPException
SET_CODE_TYPE: Final = 4  # EIP-7702
BLOB_TYPE: Final = 3  # EIP-4844
MAX_INITCODE_BYTES: Final = 49_152  # EIP-3860
_TRANSACTION_GAS: Final = 21_000
_CREATION_GAS: Final = 32_000
_ZERO_BYTE_GAS: Final = 4
_NONZERO_BYTE_GAS: Final = 16  # EIP-2028
_INITCODE_WORD_GAS: Final = 2  # EIP-3860
_LISTED_ADDRESS_GAS: Final = 2_400  # EIP-2930
_LISTED_SLOT_GAS: Final = 1_900
_AUTHORIZATION_GAS: Final = 25_000  # EIP-7702
_FLOOR_GAS_PER_TOKEN: Final = 10  # EIP-7623
_TOKENS_PER_NONZERO_BYTE: Final = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one transaction did."""

    succeeded: bool
    gas_used: int
    logs: list[Log]
    created: bytes | None


def decode_transaction(raw: bytes) -> Transaction:
    """Read a signed transaction of any type; raises what py-evm, rlp and eth-utils raise for a bad one."""
    return cast(Transaction, PragueTransactionBuilder.decode(raw))


def encode_header(header: Header) -> bytes:
    """Return the bytes whose keccak is the block's hash."""
    return bytes(rlp.encode(header))


def decode_header(raw: bytes) -> Header:
    """Read a header."""
    return cast(Header, rlp.decode(raw, sedes=PragueBlockHeader))


def genesis_header(**fields: Any) -> Header:
    """Make the header of a first block."""
    return cast(Header, PragueVM.create_genesis_header(difficulty=0, **fields))


def next_base_fee(parent: Header) -> int:
    """Return the base fee of the block that follows `parent`, in wei (EIP-1559)."""
    return int(calculate_expected_base_fee_per_gas(cast(PragueBlockHeader, parent)))


def next_header(parent: Header, **fields: Any) -> Header:
    """Make the header that follows `parent`, base fee included (EIP-1559)."""
    return cast(Header, PragueVM.create_header_from_parent(parent, **fields))


def open_state(nodes: NodeStore, header: Header, root: bytes, ancestors: Iterable[bytes], chain_id: int) -> State:
    """Open the state `root` for execution inside the block of `header`."""
    hashes = cast(Iterable[Hash32], ancestors)
    context = PragueVM.create_execution_context(cast(PragueBlockHeader, header), hashes, ChainContext(chain_id))
    return cast(State, FastState(nodes, context, Hash32(root)))


def intrinsic_gas(transaction: Any) -> int:
    """Return the gas that a transaction costs before any of its code runs; works for calls too."""
    zeros = transaction.data.count(0)
    gas: int = _TRANSACTION_GAS + _ZERO_BYTE_GAS * zeros + _NONZERO_BYTE_GAS * (len(transaction.data) - zeros)
    if not transaction.to:
        gas += _CREATION_GAS + _INITCODE_WORD_GAS * -(-len(transaction.data) // 32)
    for _, slots in transaction.access_list:
        gas += _LISTED_ADDRESS_GAS + _LISTED_SLOT_GAS * len(slots)
    if transaction.type_id == SET_CODE_TYPE:
        gas += _AUTHORIZATION_GAS * len(transaction.authorization_list)
    return gas


def floor_gas(calldata: bytes) -> int:
    """Return the gas that a transaction with this calldata pays at least (EIP-7623)."""
    zeros = calldata.count(0)
    tokens = zeros + _TOKENS_PER_NONZERO_BYTE * (len(calldata) - zeros)
    return _TRANSACTION_GAS + _FLOOR_GAS_PER_TOKEN * tokens


def effective_price(transaction: Transaction, base_fee: int) -> int:
    """Return what the sender pays for one unit of gas, in wei (EIP-1559)."""
    return min(transaction.max_fee_per_gas, base_fee + transaction.max_priority_fee_per_gas)


def execute(state: State, transaction: Transaction) -> Outcome:
    """Apply a transaction; raise ValidationError, with the state unchanged, when it cannot be part of the block."""
    state.lock_changes()
    computation = state.apply_transaction(transaction)
    created = computation.msg.storage_address if computation.msg.is_create else None
    return Outcome(
        computation.is_success, gas_used(transaction.gas, computation), _logs(computation.get_log_entries()), created
    )


def gas_used(limit: int, computation: Any) -> int:
    """Return the gas that is paid for: refunds count up to a fifth (EIP-3529), calldata has a floor (EIP-7623)."""
    spent = limit - computation.get_gas_remaining()
    return int(spent - min(computation.get_gas_refund(), spent // 5) + computation.data_floor_gas)


def _logs(entries: tuple[Any, ...]) -> list[Log]:
    return [
        Log(bytes(address), tuple(topic.to_bytes(32, "big") for topic in topics), bytes(data))
        for address, topics, data in entries
    ]
