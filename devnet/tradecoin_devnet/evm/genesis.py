"""The first block: the public test accounts are rich, nothing else exists."""

from typing import Final

from eth.constants import BLANK_ROOT_HASH

from tradecoin_devnet.evm.accounts import DEV_ACCOUNTS
from tradecoin_devnet.evm.chaintime import ChainTime
from tradecoin_devnet.evm.engine import Settings
from tradecoin_devnet.evm.records import Block
from tradecoin_devnet.evm.rules import genesis_header, open_state
from tradecoin_devnet.evm.store import ChainStore

_RICHES_WEI: Final = 10_000 * 10**18
_FIRST_BASE_FEE_WEI: Final = 10**9


class WrongChain(ValueError):
    """The database belongs to another chain than the one that was asked for."""


def first_head(store: ChainStore, settings: Settings, time: ChainTime) -> Block:
    """Return the database's head, a new genesis block when it is empty; raise WrongChain for another chain id."""
    head = store.head()
    if head is None:
        return _make_genesis(store, settings, time)
    if store.setting("chain_id") != settings.chain_id:
        raise WrongChain(f"the chain database is of chain {store.setting('chain_id')}, not {settings.chain_id}")
    return head


def _make_genesis(store: ChainStore, settings: Settings, time: ChainTime) -> Block:
    header = genesis_header(timestamp=time.now(), gas_limit=settings.gas_limit, base_fee_per_gas=_FIRST_BASE_FEE_WEI)
    state = open_state(store.nodes, header, BLANK_ROOT_HASH, (), settings.chain_id)
    for account in DEV_ACCOUNTS:
        state.set_balance(bytes.fromhex(account.address[2:]), _RICHES_WEI)
    with store.transaction():
        state.persist()
        store.set_setting("chain_id", settings.chain_id)
        return store.add_block(header.copy(state_root=state.state_root), [], [])
