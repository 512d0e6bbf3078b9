"""Blocks, transactions, receipts and logs as the Ethereum JSON-RPC specification writes them."""

from typing import Any

from tradecoin_devnet.evm.hexes import data, quantity, word
from tradecoin_devnet.evm.records import Block, Mined, PlacedLog
from tradecoin_devnet.evm.rules import SET_CODE_TYPE, decode_transaction
from tradecoin_devnet.evm.shapes import Header


def header_fields(header: Header) -> dict[str, Any]:
    """Return the members of a block that its header holds."""
    return {
        "parentHash": data(header.parent_hash),
        "sha3Uncles": data(header.uncles_hash),
        "miner": data(header.coinbase),
        "stateRoot": data(header.state_root),
        "transactionsRoot": data(header.transaction_root),
        "receiptsRoot": data(header.receipt_root),
        "logsBloom": f"0x{header.bloom:0512x}",
        "difficulty": "0x0",
        "number": quantity(header.block_number),
        "gasLimit": quantity(header.gas_limit),
        "gasUsed": quantity(header.gas_used),
        "timestamp": quantity(header.timestamp),
        "extraData": data(header.extra_data),
        "mixHash": data(header.mix_hash),
        "nonce": data(header.nonce),
        "baseFeePerGas": quantity(header.base_fee_per_gas),
        "withdrawalsRoot": data(header.withdrawals_root),
        "blobGasUsed": quantity(header.blob_gas_used),
        "excessBlobGas": quantity(header.excess_blob_gas),
        "parentBeaconBlockRoot": data(header.parent_beacon_block_root),
        "requestsHash": data(header.requests_hash),
    }


def block_body(header: Header, block_hash: bytes | None, size: int, transactions: list[Any]) -> dict[str, Any]:
    """Return a block; a pending one has no hash."""
    return {
        **header_fields(header),
        "hash": None if block_hash is None else data(block_hash),
        "totalDifficulty": "0x0",
        "size": quantity(size),
        "uncles": [],
        "transactions": transactions,
        "withdrawals": [],
    }


def mined_transaction(block: Block, mined: Mined) -> dict[str, Any]:
    """Return a transaction with its place."""
    return {
        **transaction_fields(mined.raw, mined.sender, mined.hash),
        "gasPrice": quantity(int(mined.price)),
        "blockHash": data(block.hash),
        "blockNumber": quantity(block.number),
        "transactionIndex": quantity(mined.position),
    }


def waiting_transaction(raw: bytes, sender: bytes, transaction_hash: bytes) -> dict[str, Any]:
    """Return a transaction that is in no block yet."""
    fields = transaction_fields(raw, sender, transaction_hash)
    return {**fields, "blockHash": None, "blockNumber": None, "transactionIndex": None}


def transaction_fields(raw: bytes, sender: bytes, transaction_hash: bytes) -> dict[str, Any]:
    """Return the members of a transaction that do not depend on its place."""
    transaction: Any = decode_transaction(raw)
    kind = transaction.type_id or 0
    fields = {
        "type": quantity(kind),
        "hash": data(transaction_hash),
        "from": data(sender),
        "nonce": quantity(transaction.nonce),
        "gas": quantity(transaction.gas),
        "to": data(transaction.to) if transaction.to else None,
        "value": quantity(transaction.value),
        "input": data(transaction.data),
        "r": quantity(transaction.r),
        "s": quantity(transaction.s),
        "chainId": quantity(transaction.chain_id),
        "gasPrice": quantity(transaction.max_fee_per_gas),
    }
    return {**fields, **(_typed_fields(transaction, kind) if kind else {"v": quantity(transaction.v)})}


def _typed_fields(transaction: Any, kind: int) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "v": quantity(transaction.y_parity),
        "yParity": quantity(transaction.y_parity),
        "accessList": [
            {"address": data(address), "storageKeys": [word(slot) for slot in slots]}
            for address, slots in transaction.access_list
        ],
    }
    if kind >= 2:
        fields["maxFeePerGas"] = quantity(transaction.max_fee_per_gas)
        fields["maxPriorityFeePerGas"] = quantity(transaction.max_priority_fee_per_gas)
    if kind == SET_CODE_TYPE:
        fields["authorizationList"] = [_authorization(one) for one in transaction.authorization_list]
    return fields


def _authorization(given: Any) -> dict[str, Any]:
    numbers = {"chainId": given.chain_id, "nonce": given.nonce, "yParity": given.y_parity, "r": given.r, "s": given.s}
    return {"address": data(given.address), **{name: quantity(value) for name, value in numbers.items()}}


def receipt(block: Block, mined: Mined, logs: list[PlacedLog]) -> dict[str, Any]:
    """Return the receipt of a mined transaction, given the logs of its whole block."""
    transaction: Any = decode_transaction(mined.raw)
    own = logs[mined.first_log : mined.first_log + mined.log_count]
    return {
        "type": quantity(transaction.type_id or 0),
        "status": quantity(mined.status),
        "transactionHash": data(mined.hash),
        "transactionIndex": quantity(mined.position),
        "blockHash": data(block.hash),
        "blockNumber": quantity(block.number),
        "from": data(mined.sender),
        "to": data(transaction.to) if transaction.to else None,
        "contractAddress": data(mined.created) if mined.created and mined.status else None,
        "cumulativeGasUsed": quantity(mined.cumulative_gas),
        "gasUsed": quantity(mined.gas_used),
        "effectiveGasPrice": quantity(int(mined.price)),
        "logsBloom": data(mined.bloom),
        "logs": [log(one) for one in own],
    }


def log(placed: PlacedLog) -> dict[str, Any]:
    """Return one log."""
    return {
        "address": data(placed.log.address),
        "topics": [data(topic) for topic in placed.log.topics],
        "data": data(placed.log.data),
        "blockHash": data(placed.block_hash),
        "blockNumber": quantity(placed.block_number),
        "blockTimestamp": quantity(placed.timestamp),
        "transactionHash": data(placed.transaction_hash),
        "transactionIndex": quantity(placed.position),
        "logIndex": quantity(placed.log_index),
        "removed": False,
    }
