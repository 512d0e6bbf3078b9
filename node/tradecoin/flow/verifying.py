"""Whether the index is what the chain says: read it all once more into an empty store and compare."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tradecoin.domain.chain import ChainEvent
from tradecoin.flow.indexing import index_chain
from tradecoin.ports.chain import Chain
from tradecoin.ports.store import Store, Tx


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """Digests of the final events up to and including one block, as kept and as read again."""

    up_to: int
    events: int
    live_digest: str
    reindexed_digest: str


class _Silent:
    """Handlers that do nothing."""

    def included(self, tx: Tx, event: ChainEvent) -> None:
        """Do nothing."""

    def dropped(self, tx: Tx, event: ChainEvent) -> None:
        """Do nothing."""

    def final(self, tx: Tx, event: ChainEvent) -> None:
        """Do nothing."""


def verify_index(*, store: Store, scratch: Store, chain: Chain, first_block: int = 0) -> VerifyReport:
    """Index the chain into `scratch`, an empty migrated store, and compare what is final in both.

    Raises ChainUnreachable. The caller removes the scratch store.
    """
    index_chain(store=scratch, chain=chain, handlers=_Silent(), first_block=first_block)
    up_to = min(store.read(lambda tx: tx.chain.final_number()), scratch.read(lambda tx: tx.chain.final_number()))
    live = store.read(lambda tx: tx.chain.events(up_to=up_to))
    again = scratch.read(lambda tx: tx.chain.events(up_to=up_to))
    return VerifyReport(up_to, len(live), events_digest(live), events_digest(again))


def events_digest(events: Iterable[ChainEvent]) -> str:
    """Return SHA-256 (hex) over the events in order, one line of JSON each, every field with its type."""
    digest = hashlib.sha256()
    for event in events:
        line = [
            event.block.number,
            event.block.hash,
            event.block.timestamp,
            event.log_index,
            event.tx_hash,
            event.contract,
            event.name,
            {name: _typed(value) for name, value in sorted(event.args.items())},
        ]
        digest.update(json.dumps(line, separators=(",", ":")).encode() + b"\n")
    return digest.hexdigest()


def _typed(value: Any) -> Any:
    """Return a value so that no two types look alike: text as it is, the others in a list behind their name."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return ["bytes", value.hex()]
    if isinstance(value, tuple | list):
        return ["list", *map(_typed, value)]
    return [type(value).__name__, str(value)]
