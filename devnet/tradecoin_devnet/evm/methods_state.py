"""Methods that read accounts or run code without a transaction, and those that say what this chain is."""

from functools import partial
from typing import Any

from tradecoin_devnet.evm.accounts import DEV_ACCOUNTS
from tradecoin_devnet.evm.calls import estimate, read_call, result_of, run
from tradecoin_devnet.evm.engine import Engine
from tradecoin_devnet.evm.hexes import data, quantity, to_address, to_int, word
from tradecoin_devnet.evm.methods import Method, Params, block_of, needed, param
from tradecoin_devnet.evm.shapes import State

CLIENT_VERSION = "tradecoin-devnet/embedded/py-evm-prague"


def chain_id(engine: Engine, params: Params) -> str:
    """Serve eth_chainId."""
    return quantity(engine.settings.chain_id)


def net_version(engine: Engine, params: Params) -> str:
    """Serve net_version."""
    return str(engine.settings.chain_id)


def client_version(engine: Engine, params: Params) -> str:
    """Serve web3_clientVersion."""
    return CLIENT_VERSION


def syncing(engine: Engine, params: Params) -> bool:
    """Serve eth_syncing: a devnet is its own only source."""
    return False


def accounts(engine: Engine, params: Params) -> list[str]:
    """Serve eth_accounts with the funded ones; the node signs for none of them."""
    return [account.address.lower() for account in DEV_ACCOUNTS]


def transaction_count(engine: Engine, params: Params) -> str:
    """Serve eth_getTransactionCount; `pending` counts the unbroken run that waits in the pool."""
    address = to_address(needed(params, 0))
    if param(params, 1) == "pending":
        return quantity(engine.pool.next_nonce(address, engine.nonce_of(address)))
    return quantity(_state(engine, param(params, 1, "latest")).get_nonce(address))


def balance(engine: Engine, params: Params) -> str:
    """Serve eth_getBalance, in wei."""
    address = to_address(needed(params, 0))
    return quantity(_state(engine, param(params, 1, "latest")).get_balance(address))


def code(engine: Engine, params: Params) -> str:
    """Serve eth_getCode."""
    address = to_address(needed(params, 0))
    return data(_state(engine, param(params, 1, "latest")).get_code(address))


def storage_at(engine: Engine, params: Params) -> str:
    """Serve eth_getStorageAt."""
    address, slot = to_address(needed(params, 0)), to_int(needed(params, 1))
    return word(_state(engine, param(params, 2, "latest")).get_storage(address, slot))


def call(engine: Engine, params: Params) -> str:
    """Serve eth_call: at a block it sees that block's number and time, at `pending` those of the next."""
    wanted = read_call(needed(params, 0), engine.settings.gas_limit)
    return data(result_of(run(_fresh_state(engine, param(params, 1, "latest")), wanted)))


def estimate_gas(engine: Engine, params: Params) -> str:
    """Serve eth_estimateGas, by default at `pending`, whose time is the one that the transaction will see."""
    wanted = read_call(needed(params, 0), engine.settings.gas_limit)
    return quantity(estimate(partial(_fresh_state, engine, param(params, 1, "pending")), wanted))


def _state(engine: Engine, tag: Any) -> State:
    block = block_of(engine, tag)
    return engine.state() if block.row == engine.head.row else engine.state_at(block)


def _fresh_state(engine: Engine, tag: Any) -> State:
    return engine.pending_state() if tag == "pending" else engine.state_at(block_of(engine, tag))


METHODS: dict[str, Method] = {
    "eth_chainId": chain_id,
    "net_version": net_version,
    "web3_clientVersion": client_version,
    "eth_syncing": syncing,
    "eth_accounts": accounts,
    "eth_getTransactionCount": transaction_count,
    "eth_getBalance": balance,
    "eth_getCode": code,
    "eth_getStorageAt": storage_at,
    "eth_call": call,
    "eth_estimateGas": estimate_gas,
}
