"""What the ChainIndex promises, on either database."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from tests.stores import NOON
from tradecoin.domain.chain import Block, ChainEvent
from tradecoin.domain.errors import BrokenInvariant, Conflict, NotFound
from tradecoin.ports.store import Store, Tx

START = int(NOON.timestamp())


def chain(first: int, last: int, branch: str = "a", parent: str = "") -> list[Block]:
    """Return linked blocks, ten seconds apart; `parent` is what the first one stands on."""
    blocks: list[Block] = []
    for number in range(first, last + 1):
        below = blocks[-1].hash if blocks else parent or f"0x{branch}{first - 1}"
        blocks.append(Block(number, f"0x{branch}{number}", below, START + 10 * number))
    return blocks


def event(block: Block, log_index: int = 0, name: str = "Issued", **args: Any) -> ChainEvent:
    """Return an event in a block."""
    return ChainEvent(block, log_index, "0xtx", "NarrowBank", name, args)


def _reorganise(tx: Tx, fork: int, blocks: list[Block], *events: ChainEvent) -> Sequence[ChainEvent]:
    """Drop what is above the fork, put other blocks there, and return what was dropped."""
    dropped = tx.chain.orphan_above(fork)
    tx.chain.append(blocks, events)
    return dropped


def test_a_block_that_does_not_follow_the_head_is_refused(store: Store) -> None:
    """Not a sibling, not one with another parent, not one twice."""
    blocks = chain(0, 3)
    store.write(lambda tx: tx.chain.append(blocks, []))
    for stranger in (
        chain(3, 3, "b"),
        chain(4, 4, "b"),
        blocks[3:],
        chain(4, 4, parent="0xa3") + chain(6, 6) + chain(5, 5),
    ):
        with pytest.raises(Conflict):
            store.write(lambda tx: tx.chain.append(stranger, []))  # noqa: B023
    assert store.read(lambda tx: tx.chain.head()) == blocks[3]


def test_an_event_without_its_block_is_refused(store: Store) -> None:
    """Events come with their blocks or not at all."""
    with pytest.raises(BrokenInvariant):
        store.write(lambda tx: tx.chain.append(chain(0, 1), [event(chain(2, 2)[0])]))
    assert store.read(lambda tx: tx.chain.head()) is None


def test_a_final_block_is_never_orphaned(store: Store) -> None:
    """Finality is one-way; nothing is dropped when somebody asks for it."""
    store.write(lambda tx: tx.chain.append(chain(0, 5), []))
    store.write(lambda tx: tx.chain.finalise(3))
    with pytest.raises(BrokenInvariant):
        store.write(lambda tx: tx.chain.orphan_above(2))
    assert store.write(lambda tx: tx.chain.orphan_above(3)) == ()
    assert store.read(lambda tx: (tx.chain.head(), tx.chain.final_number())) == (chain(0, 3)[-1], 3)


def test_an_event_that_was_never_seen_is_no_place_to_go_on_from(store: Store) -> None:
    """A cursor that nobody gave out is refused."""
    for key in ("0xa:0", "nonsense", "0xa:x"):
        with pytest.raises(NotFound):
            store.read(lambda tx: tx.chain.events(after=key))  # noqa: B023


def test_the_index_starts_empty(store: Store) -> None:
    """No head, nothing final, no block, no event."""
    assert store.read(lambda tx: (tx.chain.head(), tx.chain.final_number(), tx.chain.block(0))) == (None, -1, None)
    assert store.read(lambda tx: (tx.chain.events(final=False), tx.chain.last_final_before(NOON))) == ((), None)
    assert store.write(lambda tx: tx.chain.finalise(5)) == ()


def test_orphaned_events_are_handed_back_newest_first_and_hidden(store: Store) -> None:
    """A reorganisation drops what is above the fork, and the other branch takes its place."""
    old = chain(0, 4)
    events = [event(block, index) for block in old for index in (0, 1)]
    store.write(lambda tx: tx.chain.append(old, events))
    new = chain(3, 5, "b", parent="0xa2")

    assert list(store.write(lambda tx: _reorganise(tx, 2, new, event(new[0], name="Requested")))) == events[:5:-1]
    seen = store.read(lambda tx: tx.chain.events(final=False))
    assert list(seen) == [*events[:6], event(new[0], name="Requested")]
    assert store.read(lambda tx: [tx.chain.block(number) for number in (2, 3, 5)]) == [old[2], new[0], new[2]]


def test_a_branch_that_wins_after_all_comes_back(store: Store) -> None:
    """Blocks that were orphaned once can be canonical again, with their events, and no event is there twice."""
    old, new = chain(0, 2), chain(2, 2, "b", parent="0xa1")
    store.write(lambda tx: tx.chain.append(old, [event(old[2], 7)]))
    store.write(lambda tx: _reorganise(tx, 1, new))
    assert store.read(lambda tx: tx.chain.events(final=False)) == ()
    store.write(lambda tx: _reorganise(tx, 1, old[2:], event(old[2], 7)))
    assert store.read(lambda tx: tx.chain.events(final=False)) == (event(old[2], 7),)
    assert store.read(lambda tx: tx.chain.head()) == old[2]


def test_events_become_final_once_and_in_order(store: Store) -> None:
    """Each call returns what is new, at most up to the head; a lower number changes nothing."""
    blocks = chain(0, 5)
    events = [event(block, index) for block in blocks for index in (1, 0)]
    in_order = sorted(events, key=lambda each: (each.block.number, each.log_index))
    store.write(lambda tx: tx.chain.append(blocks, events))
    assert list(store.write(lambda tx: tx.chain.finalise(2))) == in_order[:6]
    assert store.write(lambda tx: tx.chain.finalise(1)) == ()
    assert list(store.read(lambda tx: tx.chain.events("Issued"))) == in_order[:6]
    assert list(store.write(lambda tx: tx.chain.finalise(99))) == in_order[6:]
    assert store.read(lambda tx: tx.chain.final_number()) == 5


def test_events_are_chosen_by_name_number_and_place(store: Store) -> None:
    """By one name or several, above and up to a block, behind a cursor, final or not."""
    blocks = chain(0, 9)
    names = ("Issued", "Requested", "Settled")
    events = [event(block, index, name) for block in blocks for index, name in enumerate(names)]
    store.write(lambda tx: tx.chain.append(blocks, events))
    store.write(lambda tx: tx.chain.finalise(6))

    def found(*wanted: str, **where: Any) -> list[tuple[int, str]]:
        return [(each.block.number, each.name) for each in store.read(lambda tx: tx.chain.events(*wanted, **where))]

    assert len(found()) == 21
    assert len(found(final=False)) == 30
    assert found("Issued", above=4, final=False, up_to=6) == [(5, "Issued"), (6, "Issued")]
    assert found("Settled", "Issued", above=5) == [(6, "Issued"), (6, "Settled")]
    assert found("Issued", up_to=99, above=5) == [(6, "Issued")]
    assert found("Issued", "Requested", after=f"{blocks[6].hash}:0") == [(6, "Requested")]
    assert found(above=-1, up_to=0) == [(0, name) for name in names]


def test_the_last_final_block_before_a_moment_is_strictly_before_it(store: Store) -> None:
    """A cut takes the block that was there before it, not one of the same second, and none that is not final."""
    blocks = chain(0, 5)
    store.write(lambda tx: tx.chain.append(blocks, []))
    store.write(lambda tx: tx.chain.finalise(3))

    def number(seconds: float) -> int | None:
        block = store.read(lambda tx: tx.chain.last_final_before(NOON + timedelta(seconds=seconds)))
        return None if block is None else block.number

    assert [number(each) for each in (0, 0.001, 10, 10.5, 20, 99)] == [None, 0, 0, 1, 1, 3]


def test_arguments_come_back_as_they_were_decoded(store: Store) -> None:
    """Numbers of 256 bits, bytes, addresses, flags, arrays and structs keep value and kind."""
    (block,) = chain(0, 0)
    args: dict[str, Any] = {
        "amount": 2**256 - 1,
        "delta": -(2**255),
        "deposit": b"\x00" * 32,
        "to": "0xAbC0000000000000000000000000000000000001",
        "instant": True,
        "ids": (1, 2**200),
        "voucher": {"order": b"\x01", "value": 5, "bytes": ("a", b"")},
    }
    store.write(lambda tx: tx.chain.append([block], [event(block, **args)]))
    (found,) = store.read(lambda tx: tx.chain.events(final=False))
    assert found.args == args
    assert found.key == "0xa0:0"
