"""Methods that read blocks, transactions and receipts."""

from typing import Any

from tradecoin_devnet.evm.engine import Engine
from tradecoin_devnet.evm.hexes import data, quantity, to_hash, to_int
from tradecoin_devnet.evm.methods import Method, Params, find_block, needed, param
from tradecoin_devnet.evm.records import Block
from tradecoin_devnet.evm.render import block_body, mined_transaction, receipt, waiting_transaction
from tradecoin_devnet.evm.rules import encode_header


def block_number(engine: Engine, params: Params) -> str:
    """Serve eth_blockNumber."""
    return quantity(engine.head.number)


def block_by_number(engine: Engine, params: Params) -> dict[str, Any] | None:
    """Serve eth_getBlockByNumber."""
    if needed(params, 0) == "pending":
        return _pending_block(engine, full=bool(param(params, 1)))
    return _whole(engine, find_block(engine, params[0]), full=bool(param(params, 1)))


def block_by_hash(engine: Engine, params: Params) -> dict[str, Any] | None:
    """Serve eth_getBlockByHash, for orphaned blocks too."""
    block = engine.store.block_by_hash(to_hash(needed(params, 0)))
    return _whole(engine, block, full=bool(param(params, 1)))


def transaction_count_by_number(engine: Engine, params: Params) -> str | None:
    """Serve eth_getBlockTransactionCountByNumber and, with a hash, …ByHash."""
    block = find_block(engine, _hash_or_tag(needed(params, 0)))
    return None if block is None else quantity(len(engine.store.hashes_in(block)))


def block_receipts(engine: Engine, params: Params) -> list[dict[str, Any]] | None:
    """Serve eth_getBlockReceipts."""
    block = find_block(engine, _hash_or_tag(needed(params, 0)))
    if block is None:
        return None
    logs = engine.store.logs_in(block)
    return [receipt(block, mined, logs) for mined in engine.store.mined_in(block)]


def transaction_by_hash(engine: Engine, params: Params) -> dict[str, Any] | None:
    """Serve eth_getTransactionByHash, for waiting transactions too."""
    transaction_hash = to_hash(needed(params, 0))
    found = engine.store.find_mined(transaction_hash)
    if found is not None:
        return mined_transaction(*found)
    waiting = engine.pool.get(transaction_hash)
    return None if waiting is None else waiting_transaction(waiting.raw, waiting.sender, waiting.hash)


def transaction_by_place(engine: Engine, params: Params) -> dict[str, Any] | None:
    """Serve eth_getTransactionByBlockNumberAndIndex and …ByBlockHashAndIndex."""
    block = find_block(engine, _hash_or_tag(needed(params, 0)))
    place = to_int(needed(params, 1))
    mined = [] if block is None else engine.store.mined_in(block)
    return mined_transaction(block, mined[place]) if block is not None and place < len(mined) else None


def transaction_receipt(engine: Engine, params: Params) -> dict[str, Any] | None:
    """Serve eth_getTransactionReceipt; null for a transaction that is in no canonical block."""
    found = engine.store.find_mined(to_hash(needed(params, 0)))
    if found is None:
        return None
    block, mined = found
    logs = engine.store.logs_in(block) if mined.log_count else []
    return receipt(block, mined, logs)


def _hash_or_tag(value: Any) -> Any:
    is_hash = isinstance(value, str) and len(value) == 66
    return {"blockHash": value} if is_hash else value


def _whole(engine: Engine, block: Block | None, *, full: bool) -> dict[str, Any] | None:
    if block is None:
        return None
    transactions: list[Any]
    if full:
        transactions = [mined_transaction(block, mined) for mined in engine.store.mined_in(block)]
    else:
        transactions = [data(one) for one in engine.store.hashes_in(block)]
    size = len(encode_header(block.header)) + engine.store.raw_size(block)
    return block_body(block.header, block.hash, size, transactions)


def _pending_block(engine: Engine, *, full: bool) -> dict[str, Any]:
    header = engine.pending_header()
    waiting = engine.pool.ready(engine.nonce_of, header.base_fee_per_gas)
    transactions: list[Any] = [
        waiting_transaction(one.raw, one.sender, one.hash) if full else data(one.hash) for one in waiting
    ]
    return block_body(header, None, len(encode_header(header)), transactions)


METHODS: dict[str, Method] = {
    "eth_blockNumber": block_number,
    "eth_getBlockByNumber": block_by_number,
    "eth_getBlockByHash": block_by_hash,
    "eth_getBlockTransactionCountByNumber": transaction_count_by_number,
    "eth_getBlockTransactionCountByHash": transaction_count_by_number,
    "eth_getBlockReceipts": block_receipts,
    "eth_getTransactionByHash": transaction_by_hash,
    "eth_getTransactionByBlockNumberAndIndex": transaction_by_place,
    "eth_getTransactionByBlockHashAndIndex": transaction_by_place,
    "eth_getTransactionReceipt": transaction_receipt,
}
