"""Methods that only a devnet has, under anvil's names: mining, time, balances, snapshots and reorganisations."""

from typing import Any

from tradecoin_devnet.evm.engine import Engine
from tradecoin_devnet.evm.errors import bad_params, refused
from tradecoin_devnet.evm.hexes import quantity, to_address, to_bytes, to_int
from tradecoin_devnet.evm.methods import Method, Params, needed, param
from tradecoin_devnet.evm.pool import Pooled
from tradecoin_devnet.evm.submit import read_raw


def evm_mine(engine: Engine, params: Params) -> str:
    """Serve evm_mine: one block now, at a wanted time if one is given (a number, or {"timestamp": …})."""
    wanted = param(params, 0)
    timestamp = wanted.get("timestamp") if isinstance(wanted, dict) else wanted
    if timestamp is not None:
        engine.time.force(to_int(timestamp), engine.head.timestamp)
    engine.mine()
    return "0x0"


def anvil_mine(engine: Engine, params: Params) -> None:
    """Serve anvil_mine: some blocks, with an interval of seconds between them if one is given."""
    count, interval = to_int(param(params, 0, 1)), to_int(param(params, 1, 0))
    for place in range(count):
        if place and interval:
            engine.time.force(engine.head.timestamp + interval, engine.head.timestamp)
        engine.mine()


def set_automine(engine: Engine, params: Params) -> None:
    """Serve evm_setAutomine; turning it on mines what waits."""
    engine.automine = bool(needed(params, 0))
    engine.mine_ready()


def set_interval_mining(engine: Engine, params: Params) -> None:
    """Serve evm_setIntervalMining, in seconds; 0 stops it. Automatic mining ends when an interval is set."""
    engine.block_time = to_int(needed(params, 0))
    engine.automine = engine.automine and not engine.block_time


def increase_time(engine: Engine, params: Params) -> str:
    """Serve evm_increaseTime, in seconds, for everyone who shares the clock."""
    seconds = to_int(needed(params, 0))
    engine.time.advance(seconds)
    return quantity(seconds)


def set_next_timestamp(engine: Engine, params: Params) -> None:
    """Serve evm_setNextBlockTimestamp, in Unix seconds; the clock stays where it is."""
    engine.time.force(to_int(needed(params, 0)), engine.head.timestamp)


def set_balance(engine: Engine, params: Params) -> None:
    """Serve anvil_setBalance, in wei; it takes effect on top of the head, without a block."""
    engine.set_balance(to_address(needed(params, 0)), to_int(needed(params, 1)))


def snapshot(engine: Engine, params: Params) -> str:
    """Serve evm_snapshot. Snapshots live as long as this process; none moves the shared clock."""
    return quantity(engine.take_snapshot())


def revert(engine: Engine, params: Params) -> bool:
    """Serve evm_revert; false when there is no such snapshot."""
    return engine.revert(to_int(needed(params, 0)))


def reorg(engine: Engine, params: Params) -> None:
    """Serve anvil_reorg: [depth, [[raw transaction, place among the new blocks], …]], or {depth, txs, keep}.

    The new blocks are empty but for the given transactions. What the old ones held is gone until it is sent again;
    with `keep` it waits in the pool for the next block.
    """
    first = needed(params, 0)
    options = first if isinstance(first, dict) else {"depth": first, "txs": param(params, 1, [])}
    depth = to_int(options.get("depth"))
    placed: dict[int, list[Pooled]] = {}
    for pair in options.get("txs") or []:
        one, place = _placed(pair, depth, engine.settings.chain_id)
        placed.setdefault(place, []).append(one)
    engine.reorganise(depth, placed, keep=bool(options.get("keep")))


def _placed(pair: Any, depth: int, chain_id: int) -> tuple[Pooled, int]:
    if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], str):
        raise bad_params("each transaction must be a pair of its raw bytes and its place")
    place = to_int(pair[1])
    if place >= depth:
        raise refused(f"block number {place} is outside of the reorg's range of {depth} blocks")
    return read_raw(to_bytes(pair[0]), chain_id), place


METHODS: dict[str, Method] = {
    "evm_mine": evm_mine,
    "anvil_mine": anvil_mine,
    "evm_setAutomine": set_automine,
    "evm_setIntervalMining": set_interval_mining,
    "anvil_setIntervalMining": set_interval_mining,
    "anvil_setAutomine": set_automine,
    "evm_increaseTime": increase_time,
    "evm_setNextBlockTimestamp": set_next_timestamp,
    "anvil_setBalance": set_balance,
    "evm_snapshot": snapshot,
    "evm_revert": revert,
    "anvil_reorg": reorg,
}
