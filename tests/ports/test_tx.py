"""What a transaction promises beside its rows, on either database."""

from datetime import timedelta
from typing import Any

import pytest

from tests.stores import NOON, HandClock, row
from tradecoin.domain.deposit import Deposit
from tradecoin.domain.errors import Conflict, IllegalTransition, StaleVersion
from tradecoin.domain.mint import MintOrder
from tradecoin.domain.states import DepositState, OrderState
from tradecoin.ports.store import FeedItem, SavedReply, Step, Store, Tx


def test_an_arrow_that_the_table_does_not_have_is_refused(store: Store) -> None:
    """Nothing is saved, written or told."""
    order = row(MintOrder)
    store.write(lambda tx: tx.orders.add(order))
    with pytest.raises(IllegalTransition):
        store.write(lambda tx: tx.move(order, OrderState.ISSUED, cause="x"))
    assert store.read(lambda tx: tx.orders.get(order.id)) == order
    assert store.read(lambda tx: (tx.steps(order.id), tx.feed())) == ((), ())


def test_a_move_from_an_old_version_is_refused(store: Store) -> None:
    """Two may walk from the same state; one arrives."""
    order = row(MintOrder)
    store.write(lambda tx: tx.orders.add(order))
    store.write(lambda tx: tx.move(order, OrderState.FUNDED, cause="dp_1"))
    with pytest.raises(StaleVersion):
        store.write(lambda tx: tx.move(order, OrderState.CANCELLED, cause="client"))
    assert len(store.read(lambda tx: tx.steps(order.id))) == 1


def test_a_move_saves_and_tells(store: Store, clock: HandClock) -> None:
    """The row, the transition and the feed line are one; the row that is returned is the row that is kept."""
    order = row(MintOrder, id="mo_1")
    store.write(lambda tx: tx.orders.add(order))
    clock.advance(seconds=5)

    def change(tx: Tx) -> MintOrder:
        funded = tx.move(order, OrderState.FUNDED, cause="dp_1", deposit_id="dp_1")
        return tx.move(funded, OrderState.APPROVED, cause="small", actor="op", approved_by="op")

    moved = store.write(change)
    assert store.read(lambda tx: tx.orders.get("mo_1")) == moved
    assert (moved.version, moved.deposit_id, moved.updated_at) == (3, "dp_1", clock.now())
    assert list(store.read(lambda tx: tx.steps("mo_1"))) == [
        Step("mo_1", "awaiting_funds", "funded", "dp_1", "node", clock.now()),
        Step("mo_1", "funded", "approved", "small", "op", clock.now()),
    ]
    assert [(each.type, each.subject) for each in store.read(lambda tx: tx.feed())] == [
        ("mint_order.funded", "mo_1"),
        ("mint_order.approved", "mo_1"),
    ]


def test_what_a_transaction_wrote_it_can_read(store: Store) -> None:
    """Steps and feed lines are there at once, inside the change that made them."""
    deposit = row(Deposit, state=DepositState.SEEN)

    def change(tx: Tx) -> tuple[int, int]:
        tx.deposits.add(deposit)
        tx.move(deposit, DepositState.MATCHED, cause="RF18")
        tx.publish("x", "y", {})
        return len(tx.steps(deposit.id)), len(tx.feed())

    assert store.write(change) == (1, 2)


def test_the_feed_has_no_holes(store: Store) -> None:
    """Numbers of changes that failed are given to the next one."""

    def failing(tx: Tx) -> None:
        tx.publish("x", "lost", {})
        tx.feed()
        raise RuntimeError("later")

    for number in range(3):
        store.write(lambda tx: tx.publish("x", f"s{number}", {"n": number}))  # noqa: B023
        store.write(lambda tx: tx.publish("y", "t", {}))
        with pytest.raises(RuntimeError):
            store.write(failing)
    lines = store.read(lambda tx: tx.feed())
    assert [each.seq for each in lines] == [1, 2, 3, 4, 5, 6]
    assert lines[2] == FeedItem(3, "x", "s1", {"n": 1}, NOON)
    assert [each.seq for each in store.read(lambda tx: tx.feed(after=2, limit=2))] == [3, 4]
    assert store.read(lambda tx: tx.feed(after=6)) == ()


def test_ids_sort_in_the_order_of_making(store: Store, clock: HandClock) -> None:
    """Within a millisecond, across changes, and when the clock is set back."""
    ids = store.write(lambda tx: [tx.new_id("mo") for _ in range(1000)])
    for step in (0, 1, -5000, 3):
        clock.advance(milliseconds=step)
        ids += store.write(lambda tx: [tx.new_id("mo") for _ in range(10)])
    assert ids == sorted(set(ids))
    assert all(len(each) == 29 and each.startswith("mo_") for each in ids)


def test_a_key_is_answered_once(store: Store) -> None:
    """The first answer stays, for ever and for its own client and route only."""
    first, second = SavedReply("aa", 201, '{"id":"mo_1"}'), SavedReply("bb", 201, "{}")
    store.write(lambda tx: tx.save_reply("c1", "POST /v1/mint-orders", "k", first))
    with pytest.raises(Conflict):
        store.write(lambda tx: tx.save_reply("c1", "POST /v1/mint-orders", "k", second))
    store.write(lambda tx: tx.save_reply("c2", "POST /v1/mint-orders", "k", second))
    assert store.read(lambda tx: tx.saved_reply("c1", "POST /v1/mint-orders", "k")) == first
    assert store.read(lambda tx: tx.saved_reply("c1", "POST /v1/redemptions", "k")) is None


def test_an_answer_is_kept_with_its_effect_or_not_at_all(store: Store) -> None:
    """A failed change leaves its key unanswered."""

    def change(tx: Tx) -> None:
        tx.orders.add(row(MintOrder))
        tx.save_reply("c", "r", "k", SavedReply("aa", 201, ""))
        raise RuntimeError("later")

    with pytest.raises(RuntimeError):
        store.write(change)
    assert store.read(lambda tx: (tx.saved_reply("c", "r", "k"), tx.orders.count())) == (None, 0)


def test_values_are_kept_and_replaced(store: Store) -> None:
    """A cursor moves; one that was never set is None."""
    assert store.read(lambda tx: tx.get_value("cursor")) is None
    for value in ("1", "", "2"):
        store.write(lambda tx: tx.set_value("cursor", value))  # noqa: B023
        assert store.read(lambda tx: tx.get_value("cursor")) == value


def test_a_transaction_has_one_time_in_whole_milliseconds(store: Store, clock: HandClock) -> None:
    """However long it takes, it happened at one moment."""
    clock.advance(microseconds=1999)

    def change(tx: Tx) -> list[Any]:
        before = tx.now
        clock.advance(seconds=9)
        return [before, tx.now]

    assert store.write(change) == [NOON + timedelta(milliseconds=1)] * 2


def test_a_transaction_that_ended_can_do_nothing_more(store: Store) -> None:
    """A tx that was kept beyond its change is dead."""
    kept = store.write(lambda tx: tx)
    with pytest.raises(Exception, match="ended"):
        kept.get_value("x")


def test_audit_lines_can_be_written_beside_a_row(store: Store) -> None:
    """A change that audits is one change."""
    order = row(MintOrder)

    def change(tx: Tx) -> None:
        tx.orders.add(order)
        tx.audit("key_1", "order.create", order.id, {"ip": "::1"})

    store.write(change)
    assert store.read(lambda tx: tx.orders.find(id=order.id)) == order
