"""A table of JSON-RPC methods: each is a function of the engine and the parameters."""

from collections.abc import Callable
from typing import Any

from tradecoin_devnet.evm.engine import Engine
from tradecoin_devnet.evm.errors import bad_params, refused
from tradecoin_devnet.evm.hexes import to_hash, to_int
from tradecoin_devnet.evm.records import Block

Params = list[Any]
Method = Callable[[Engine, Params], Any]


def param(params: Params, place: int, default: Any = None) -> Any:
    """Return a parameter that may be left out."""
    return default if len(params) <= place or params[place] is None else params[place]


def needed(params: Params, place: int) -> Any:
    """Return a parameter; raise RpcError when it is missing."""
    found = param(params, place)
    if found is None:
        raise bad_params(f"missing value for required argument {place}")
    return found


def height_of(engine: Engine, tag: Any) -> int:
    """Return the height that a tag or quantity means; a pending block counts as the head."""
    head = engine.head.number
    finality = engine.settings.finality
    heights = {
        "latest": head,
        "pending": head,
        "earliest": 0,
        "safe": max(0, head - min(1, finality)),
        "finalized": max(0, head - finality),
    }
    return heights[tag] if isinstance(tag, str) and tag in heights else to_int(tag)


def find_block(engine: Engine, tag: Any) -> Block | None:
    """Return the block of a tag, a quantity, or an object with blockHash or blockNumber (EIP-1898)."""
    if not isinstance(tag, dict):
        return engine.store.block_by_number(height_of(engine, tag))
    if "blockHash" not in tag:
        return find_block(engine, tag.get("blockNumber"))
    found = engine.store.block_by_hash(to_hash(tag["blockHash"]))
    if found is not None and tag.get("requireCanonical") and not engine.store.is_canonical(found):
        raise refused("hash is not currently canonical")
    return found


def block_of(engine: Engine, tag: Any) -> Block:
    """Return the block of a tag; raise RpcError when there is none."""
    found = find_block(engine, tag)
    if found is None:
        raise refused("header not found")
    return found
