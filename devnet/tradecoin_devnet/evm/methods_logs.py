"""eth_getLogs, answered by the database's own index."""

from typing import Any

from tradecoin_devnet.evm.engine import Engine
from tradecoin_devnet.evm.errors import LIMIT_EXCEEDED, RpcError, bad_params, refused
from tradecoin_devnet.evm.hexes import to_address, to_hash
from tradecoin_devnet.evm.methods import Method, Params, height_of, needed
from tradecoin_devnet.evm.records import PlacedLog
from tradecoin_devnet.evm.render import log

_MOST_TOPICS = 4


def get_logs(engine: Engine, params: Params) -> list[dict[str, Any]]:
    """Serve eth_getLogs by range or by block hash, which may be an orphan's; raise RpcError above the limit of logs."""
    wanted = needed(params, 0)
    if not isinstance(wanted, dict):
        raise bad_params("a filter must be an object")
    where, values = _condition(wanted)
    limit = engine.settings.log_limit
    found = _by_hash(engine, wanted, where, values, limit + 1) if "blockHash" in wanted else None
    if found is None:
        first, last = (height_of(engine, wanted.get(key) or "latest") for key in ("fromBlock", "toBlock"))
        if first > last:
            raise bad_params("invalid block range params")
        found = engine.store.logs_between(first, last, where, values, limit + 1)
    if len(found) > limit:
        raise RpcError(LIMIT_EXCEEDED, f"query returned more than {limit} results")
    return [log(one) for one in found]


def _by_hash(engine: Engine, wanted: dict[str, Any], where: str, values: list[bytes], limit: int) -> list[PlacedLog]:
    if wanted.get("fromBlock") or wanted.get("toBlock"):
        raise bad_params("cannot specify both blockHash and fromBlock/toBlock, choose one or the other")
    block = engine.store.block_by_hash(to_hash(wanted["blockHash"]))
    if block is None:
        raise refused("unknown block")
    return engine.store.logs_of(block, where, values, limit)


def _condition(wanted: dict[str, Any]) -> tuple[str, list[bytes]]:
    """Turn addresses and topics into SQL; a list of topics at one place means any of them, null means all."""
    addresses = wanted.get("address")
    choices = [("address", [to_address(one) for one in _as_list(addresses)])] if addresses else []
    topics = wanted.get("topics") or []
    if len(topics) > _MOST_TOPICS:
        raise bad_params("exceed max topics")
    choices += [(f"t{place}", [to_hash(one) for one in _as_list(topic)]) for place, topic in enumerate(topics) if topic]
    parts = [f" AND logs.{column} IN ({', '.join('?' * len(allowed))})" for column, allowed in choices]
    return "".join(parts), [one for _, allowed in choices for one in allowed]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


METHODS: dict[str, Method] = {"eth_getLogs": get_logs}
