"""Following the chain: blocks and our contracts' events, as far as they go, as they are now, and as they stay.

Above the final block a projection may be undone; from the final block on nothing is, by this file. An endpoint that
lags is waited for; one that replaced a final block stops all money (`flow.forks`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from tradecoin.domain.chain import Block, ChainEvent
from tradecoin.flow.forks import ChainStopped, ForkBeyondFinality, stop_chain, stopped_facts
from tradecoin.ports.chain import Chain, ChainUnreachable
from tradecoin.ports.store import Store, Tx

_FIRST_RANGE: Final = 64
_LARGEST_RANGE: Final = 2_048
_MANY_EVENTS: Final = 5_000
_WALK: Final = 16


class Handlers(Protocol):
    """What the flows do about events, inside the indexer's transaction; they talk to nobody outside."""

    def included(self, tx: Tx, event: ChainEvent) -> None:
        """Project an event of a block that can still be dropped."""

    def dropped(self, tx: Tx, event: ChainEvent) -> None:
        """Undo the projection of an event whose block was dropped; newest first."""

    def final(self, tx: Tx, event: ChainEvent) -> None:
        """Do what cannot be undone."""


@dataclass(frozen=True, slots=True)
class IndexReport:
    """Where the index stands after a step, and how many blocks it added and events it dropped."""

    head: int
    final: int
    added: int
    dropped: int


@dataclass(frozen=True, slots=True)
class _Branch:
    """Blocks that follow block number `fork` of ours, the events in them, and how far they are final."""

    fork: int
    ours: Block | None
    blocks: Sequence[Block]
    events: Sequence[ChainEvent]
    final: int


class ChainMoved(ChainUnreachable):
    """The chain was reorganised while it was read; read again."""

    code = "chain_moved"


def index_chain(
    *, store: Store, chain: Chain, handlers: Handlers, first_block: int = 0, most_blocks: int = 100_000
) -> IndexReport:
    """Read on from where the index stands, in bounded ranges with one transaction each, up to `most_blocks`.

    `first_block` is where an empty index begins: the deployment's block. Raises ChainUnreachable (read again later) and
    ForkBeyondFinality or ChainStopped (nothing moves until a person decides).
    """
    _refuse_stopped(store)
    added = dropped = 0
    size = _FIRST_RANGE
    while added < most_blocks:
        branch, size = _read_branch(store, chain, first_block, size)
        if branch is None:
            break
        dropped += store.write(partial(_apply, handlers=handlers, branch=branch))
        added += len(branch.blocks)
        if len(branch.events) > _MANY_EVENTS:
            size = max(1, size // 2)
        elif branch.blocks:
            size = min(_LARGEST_RANGE, size * 2)
        else:
            break
    head, final = store.read(lambda tx: (tx.chain.head(), tx.chain.final_number()))
    return IndexReport(head.number if head else first_block - 1, final, added, dropped)


def _refuse_stopped(store: Store) -> None:
    facts = store.read(stopped_facts)
    if facts is not None:
        raise ChainStopped(**facts)


def _read_branch(store: Store, chain: Chain, first_block: int, size: int) -> tuple[_Branch | None, int]:
    """Return what comes next and the range that worked; None when the endpoint has no news, or lags.

    Finality is asked first: what is final then cannot be dropped while the blocks are read.
    """
    reached = chain.final_number()
    head = chain.head()
    ours, final = store.read(lambda tx: (tx.chain.head(), tx.chain.final_number()))
    if ours is None:
        start, fork = first_block, first_block - 1
    else:
        fork = _fork_point(store, chain, ours, head)
        start = fork + 1
    if head.number < start:
        return _finalisation(ours, final, reached), size
    blocks, events, size = _read_range(chain, start, head.number, size)
    below = _hash_at(store, fork)
    if below is not None and blocks and blocks[0].parent != below:
        raise ChainMoved(number=blocks[0].number)
    return _Branch(fork, ours, blocks, events, reached), size


def _finalisation(ours: Block | None, final: int, reached: int) -> _Branch | None:
    """Without new blocks, the old ones may still have become final."""
    if ours is None or min(reached, ours.number) <= final:
        return None
    return _Branch(ours.number, ours, (), (), reached)


def _fork_point(store: Store, chain: Chain, ours: Block, head: Block) -> int:
    """Return the highest block number at which the endpoint and we agree; its own head when it lags behind us."""
    number = min(ours.number, head.number)
    while True:
        lowest = max(number - _WALK, 0)
        for block in reversed(chain.blocks(lowest, number)):
            known = _hash_at(store, block.number)
            if known is None or known == block.hash:
                return block.number
            _refuse_final(store, block, known)
        number = lowest - 1


def _refuse_final(store: Store, theirs: Block, ours: str) -> None:
    """Stop all money when a final block of ours is another one there; nothing is deleted."""
    final = store.read(lambda tx: tx.chain.final_number())
    if theirs.number > final:
        return
    facts: dict[str, Any] = {"number": theirs.number, "final": final, "ours": ours, "theirs": theirs.hash}
    store.write(lambda tx: stop_chain(tx, **facts))
    raise ForkBeyondFinality(**facts)


def _hash_at(store: Store, number: int) -> str | None:
    block = store.read(lambda tx: tx.chain.block(number))
    return block.hash if block else None


def _read_range(chain: Chain, start: int, head: int, size: int) -> tuple[Sequence[Block], Sequence[ChainEvent], int]:
    """Read up to `size` blocks with their events; half as many while the endpoint finds it too much."""
    while True:
        try:
            blocks = chain.blocks(start, min(head, start + size - 1))
            _check_linked(blocks, start)
            return blocks, chain.events(blocks), size
        except ChainMoved:
            raise
        except ChainUnreachable:
            if size == 1:
                raise
            size //= 2


def _check_linked(blocks: Sequence[Block], start: int) -> None:
    """Each block names its predecessor as parent; otherwise two chains were read in one."""
    for place, block in enumerate(blocks):
        if block.number != start + place or (place and block.parent != blocks[place - 1].hash):
            raise ChainMoved(number=block.number)


def _apply(tx: Tx, *, handlers: Handlers, branch: _Branch) -> int:
    """Drop what is above the fork, add the branch, finalise what is final; return how many events were dropped."""
    if tx.chain.head() != branch.ours:
        raise ChainMoved(number=branch.fork)
    dropped: Sequence[ChainEvent] = ()
    if branch.ours is not None and branch.fork < branch.ours.number:
        dropped = tx.chain.orphan_above(branch.fork)
        for event in dropped:
            handlers.dropped(tx, event)
        tx.publish("chain.reorged", "chain", {"fork": branch.fork, "old": branch.ours.hash, "events": len(dropped)})
    if branch.blocks:
        tx.chain.append(branch.blocks, branch.events)
    for event in branch.events:
        handlers.included(tx, event)
    _finalise(tx, handlers, branch.final)
    return len(dropped)


def _finalise(tx: Tx, handlers: Handlers, reached: int) -> None:
    head = tx.chain.head()
    target = min(reached, head.number if head else -1)
    if target > tx.chain.final_number():
        for event in tx.chain.finalise(target):
            handlers.final(tx, event)
