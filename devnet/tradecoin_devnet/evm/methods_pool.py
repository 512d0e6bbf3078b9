"""Methods that take transactions and show those that wait."""

from typing import Any

from tradecoin_devnet.evm.accounts import checksummed
from tradecoin_devnet.evm.engine import Engine
from tradecoin_devnet.evm.errors import bad_params
from tradecoin_devnet.evm.hexes import data, quantity, to_bytes, to_hash
from tradecoin_devnet.evm.methods import Method, Params, needed
from tradecoin_devnet.evm.pool import Pooled
from tradecoin_devnet.evm.render import waiting_transaction
from tradecoin_devnet.evm.submit import accept_raw


def send_raw(engine: Engine, params: Params) -> str:
    """Serve eth_sendRawTransaction for types 0, 1, 2 and 4."""
    raw = to_bytes(needed(params, 0))
    if not raw:
        raise bad_params("a raw transaction must not be empty")
    pooled = accept_raw(engine, raw)
    engine.submit(pooled)
    return data(pooled.hash)


def status(engine: Engine, params: Params) -> dict[str, str]:
    """Serve txpool_status: `queued` ones wait behind a gap."""
    pending, queued = _split(engine)
    return {"pending": quantity(len(pending)), "queued": quantity(len(queued))}


def content(engine: Engine, params: Params) -> dict[str, Any]:
    """Serve txpool_content."""
    pending, queued = _split(engine)
    return {"pending": _by_sender(pending), "queued": _by_sender(queued)}


def drop(engine: Engine, params: Params) -> str | None:
    """Serve anvil_dropTransaction."""
    transaction_hash = to_hash(needed(params, 0))
    return data(transaction_hash) if engine.pool.drop(transaction_hash) else None


def drop_all(engine: Engine, params: Params) -> None:
    """Serve anvil_dropAllTransactions."""
    engine.pool.clear()


def _split(engine: Engine) -> tuple[list[Pooled], list[Pooled]]:
    by_sender = engine.pool.by_sender()
    pending = [one for sender in by_sender for one in engine.pool.run_of(sender, engine.nonce_of(sender))]
    chosen = {one.hash for one in pending}
    return pending, [one for one in engine.pool if one.hash not in chosen]


def _by_sender(several: list[Pooled]) -> dict[str, dict[str, Any]]:
    shown: dict[str, dict[str, Any]] = {}
    for one in several:
        of_sender = shown.setdefault(checksummed(one.sender), {})
        of_sender[str(one.nonce)] = waiting_transaction(one.raw, one.sender, one.hash)
    return shown


METHODS: dict[str, Method] = {
    "eth_sendRawTransaction": send_raw,
    "txpool_status": status,
    "txpool_content": content,
    "anvil_dropTransaction": drop,
    "anvil_dropAllTransactions": drop_all,
}
