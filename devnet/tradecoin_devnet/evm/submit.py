"""What a raw transaction must be to wait in the pool; clients match on the texts, which are go-ethereum's."""

from eth.exceptions import PyEVMError
from eth_hash.auto import keccak
from eth_utils.exceptions import ValidationError

from tradecoin_devnet.evm.engine import Engine
from tradecoin_devnet.evm.errors import RpcError, refused
from tradecoin_devnet.evm.fast import recover_sender
from tradecoin_devnet.evm.pool import Pooled
from tradecoin_devnet.evm.rules import (
    BLOB_TYPE,
    MAX_INITCODE_BYTES,
    RLPException,
    decode_transaction,
    floor_gas,
    intrinsic_gas,
)
from tradecoin_devnet.evm.shapes import Transaction


def accept_raw(engine: Engine, raw: bytes) -> Pooled:
    """Read and check a raw transaction against the head and the pool; raise RpcError with the reason it is refused."""
    if keccak(raw) in engine.pool:
        raise refused("already known")
    pooled = read_raw(raw, engine.settings.chain_id)
    _check_gas(pooled.transaction, engine.settings.gas_limit)
    _check_account(pooled, engine)
    return pooled


def read_raw(raw: bytes, chain_id: int) -> Pooled:
    """Read a raw transaction and check its signature; raise RpcError when it is not one for this chain."""
    transaction = _decode(raw)
    if transaction.chain_id is None:
        raise refused("only replay-protected (EIP-155) transactions allowed over RPC")
    if transaction.chain_id != chain_id:
        raise refused(f"invalid sender: invalid chain id for signer: have {transaction.chain_id} want {chain_id}")
    return Pooled(transaction.hash, raw, _sender(transaction), transaction)


def _decode(raw: bytes) -> Transaction:
    try:
        transaction = decode_transaction(raw)
    except (RLPException, PyEVMError, ValidationError, ValueError, TypeError, IndexError) as error:
        raise refused(f"rlp: cannot decode the transaction: {error}") from None
    if transaction.type_id == BLOB_TYPE:
        raise refused("transaction type not supported")
    return transaction


def _sender(transaction: Transaction) -> bytes:
    try:
        return recover_sender(transaction)
    except ValidationError as error:
        raise refused(f"invalid sender: {error}") from None


def _check_gas(transaction: Transaction, gas_limit: int) -> None:
    if transaction.gas > gas_limit:
        raise refused("exceeds block gas limit")
    if transaction.max_priority_fee_per_gas > transaction.max_fee_per_gas:
        raise refused("max priority fee per gas higher than max fee per gas")
    if not transaction.to and len(transaction.data) > MAX_INITCODE_BYTES:
        raise refused(f"max initcode size exceeded: code size {len(transaction.data)} limit {MAX_INITCODE_BYTES}")
    if transaction.gas < (needed := intrinsic_gas(transaction)):
        raise refused(f"intrinsic gas too low: gas {transaction.gas}, minimum needed {needed}")
    if transaction.gas < (needed := floor_gas(transaction.data)):
        raise refused(f"insufficient gas for floor data gas cost: gas {transaction.gas}, minimum needed {needed}")


def _check_account(pooled: Pooled, engine: Engine) -> None:
    next_nonce = engine.nonce_of(pooled.sender)
    if pooled.nonce < next_nonce:
        raise refused(f"nonce too low: next nonce {next_nonce}, tx nonce {pooled.nonce}")
    cost = pooled.transaction.gas * pooled.max_fee + pooled.transaction.value
    balance = engine.state().get_balance(pooled.sender)
    if balance < cost:
        raise insufficient_funds(balance, cost)


def insufficient_funds(balance: int, cost: int) -> RpcError:
    """Make the error for an account that cannot pay."""
    facts = f"balance {balance}, tx cost {cost}, overshot {cost - balance}"
    return refused(f"insufficient funds for gas * price + value: {facts}")
