"""The one emergency of the chain: a final block changed. Money stops until a person says which chain is ours."""

import json
from typing import Any, Final

from tradecoin.domain.errors import Unavailable
from tradecoin.ports.chain import Chain
from tradecoin.ports.store import Store, Tx

STOPPED: Final = "chain.stopped"
"""The value that holds the facts while money stands still; empty or absent otherwise."""


class ChainStopped(Unavailable):
    """A final block was replaced; no money moves until `chain accept-fork`."""

    code = "chain_stopped"


class ForkBeyondFinality(ChainStopped):
    """The endpoint's chain differs from ours in a final block; the facts name the block and both hashes."""

    code = "fork_beyond_finality"


def stopped_facts(tx: Tx) -> dict[str, Any] | None:
    """Return why money stands still, or None when it does not."""
    kept = tx.get_value(STOPPED)
    facts: dict[str, Any] | None = json.loads(kept) if kept else None
    return facts


def require_one_chain(tx: Tx) -> None:
    """Refuse to move money while a fork is not settled: raises ChainStopped with the facts."""
    facts = stopped_facts(tx)
    if facts is not None:
        raise ChainStopped(**facts)


def resume_chain(*, store: Store, chain: Chain, actor: str) -> None:
    """Let money move again because the endpoint has our final block after all, as when it was the wrong endpoint.

    Raises ForkBeyondFinality while it still has another one, and ChainUnreachable.
    """
    ours = store.read(lambda tx: tx.chain.block(tx.chain.final_number()))
    if ours is not None:
        theirs = chain.blocks(ours.number, ours.number)[0]
        if theirs.hash != ours.hash:
            raise ForkBeyondFinality(number=ours.number, ours=ours.hash, theirs=theirs.hash)
    store.write(lambda tx: _resume(tx, actor))


def _resume(tx: Tx, actor: str) -> None:
    facts = stopped_facts(tx)
    if facts is not None:
        tx.set_value(STOPPED, "")
        tx.publish("chain.resumed", "chain", {"actor": actor})
        tx.audit(actor, "chain.resume", "chain", facts)


def stop_chain(tx: Tx, **facts: Any) -> None:
    """Stop money for these facts, once; everything stays as it is."""
    if stopped_facts(tx) is None:
        tx.set_value(STOPPED, json.dumps(facts))
        tx.publish("chain.stopped", "chain", facts)
        tx.audit("node", "chain.stop", "chain", facts)
