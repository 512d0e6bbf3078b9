"""Methods about the price of gas, all in wei."""

from typing import Any, Final

from tradecoin_devnet.evm.engine import Engine
from tradecoin_devnet.evm.errors import bad_params
from tradecoin_devnet.evm.hexes import quantity, to_int
from tradecoin_devnet.evm.methods import Method, Params, block_of, needed, param
from tradecoin_devnet.evm.records import Block
from tradecoin_devnet.evm.rules import next_base_fee

_SUGGESTED_TIP: Final = 10**9
_MOST_BLOCKS: Final = 1024


def gas_price(engine: Engine, params: Params) -> str:
    """Serve eth_gasPrice: the next base fee and the suggested tip."""
    return quantity(next_base_fee(engine.head.header) + _SUGGESTED_TIP)


def priority_fee(engine: Engine, params: Params) -> str:
    """Serve eth_maxPriorityFeePerGas."""
    return quantity(_SUGGESTED_TIP)


def fee_history(engine: Engine, params: Params) -> dict[str, Any]:
    """Serve eth_feeHistory; rewards are the tips at the wanted percentiles of the gas used in each block."""
    count = min(to_int(needed(params, 0)), _MOST_BLOCKS)
    percentiles = _percentiles(param(params, 2, []))
    newest = block_of(engine, param(params, 1, "latest"))
    numbers = range(max(0, newest.number - count + 1), newest.number + 1) if count else range(0)
    blocks = [block_of(engine, number) for number in numbers]
    history: dict[str, Any] = {"oldestBlock": quantity(blocks[0].number if blocks else 0)}
    if blocks:
        fees = [block.header.base_fee_per_gas for block in blocks] + [next_base_fee(newest.header)]
        history["baseFeePerGas"] = [quantity(fee) for fee in fees]
        history["baseFeePerBlobGas"] = ["0x1"] * len(fees)
        history["blobGasUsedRatio"] = [0.0] * len(blocks)
    history["gasUsedRatio"] = [block.header.gas_used / block.header.gas_limit for block in blocks]
    if percentiles:
        history["reward"] = [_rewards(engine, block, percentiles) for block in blocks]
    return history


def _percentiles(given: Any) -> list[float]:
    if not isinstance(given, list) or any(not 0 <= one <= 100 for one in given) or sorted(given) != given:
        raise bad_params("invalid reward percentile: each must be from 0 to 100, in ascending order")
    return given


def _rewards(engine: Engine, block: Block, percentiles: list[float]) -> list[str]:
    """Walk the block's transactions from the lowest tip up, to the gas at which each percentile lies."""
    base_fee = block.header.base_fee_per_gas
    tips = sorted((int(mined.price) - base_fee, mined.gas_used) for mined in engine.store.mined_in(block))
    if not tips:
        return ["0x0"] * len(percentiles)
    rewards, place, passed = [], 0, tips[0][1]
    for percentile in percentiles:
        threshold = block.header.gas_used * percentile / 100
        while passed < threshold and place < len(tips) - 1:
            place += 1
            passed += tips[place][1]
        rewards.append(quantity(tips[place][0]))
    return rewards


METHODS: dict[str, Method] = {
    "eth_gasPrice": gas_price,
    "eth_maxPriorityFeePerGas": priority_fee,
    "eth_feeHistory": fee_history,
}
