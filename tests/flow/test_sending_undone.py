"""A signed transaction taken back, overtaken by a stranger, or dropped with its block still comes to one end."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.flow.sending_kit import Node
from tradecoin.domain.errors import Conflict
from tradecoin.domain.states import IntentState
from tradecoin.flow.intents import bump, withdraw

S = IntentState


@pytest.fixture
def node(url: str) -> Iterator[Node]:
    """Return a node that wants nothing yet."""
    node = Node(url)
    yield node
    node.store.close()


# ---------------------------------------------------------------------------------------- by hand: bumped, withdrawn


def test_only_what_is_on_its_way_is_bumped_by_hand(node: Node) -> None:
    """The next step offers more, without waiting for blocks; what is not signed or already in a block has no offer."""
    node.chain.automine = False
    intent = node.want("a")
    with pytest.raises(Conflict):
        node.change(lambda tx: bump(tx=tx, intent_id=intent.id, actor="somebody"))
    node.send()
    node.change(lambda tx: bump(tx=tx, intent_id=intent.id, actor="somebody"))
    node.send()
    first, second = node.attempts("a")
    assert second.max_fee > first.max_fee
    node.run(4)
    assert node.count("a") == 1
    with pytest.raises(Conflict):
        node.change(lambda tx: bump(tx=tx, intent_id=intent.id, actor="somebody"))


def test_a_queued_wish_is_withdrawn_at_once(node: Node) -> None:
    """Nothing was signed, so nothing is left."""
    intent = node.want("a")
    node.change(lambda tx: withdraw(tx=tx, intent_id=intent.id, reason="not needed"))
    node.run(3)
    assert node.intent("a").state is S.WITHDRAWN
    assert not node.chain.seen


def test_a_sent_wish_is_withdrawn_by_a_transfer_to_ourselves(node: Node) -> None:
    """The nonce is used by nothing, and the state says so when that is final."""
    node.chain.automine = False
    intent = node.want("a")
    node.send()
    node.change(lambda tx: withdraw(tx=tx, intent_id=intent.id, reason="not needed"))
    node.run(6)
    assert node.intent("a").state is S.WITHDRAWN
    assert node.count("a") == 0
    own = node.chain.seen[-1]
    assert (own.fields.to, own.fields.value, own.fields.data) == (node.relay, 0, b"")


def test_a_withdrawal_that_comes_too_late_ends_final(node: Node) -> None:
    """The chain decides between the two, and the state follows it."""
    intent = node.want("a")
    node.send()
    node.change(lambda tx: withdraw(tx=tx, intent_id=intent.id, reason="not needed"))
    node.run(6)
    assert node.intent("a").state is S.FINAL
    assert node.count("a") == 1


def test_what_passes_its_deadline_on_the_way_is_withdrawn(node: Node) -> None:
    """A late transaction would only burn gas."""
    node.chain.automine = False
    node.want("a", deadline=node.clock.now() + timedelta(minutes=1))
    node.send()
    node.clock.advance(minutes=2)
    node.run(6)
    assert node.intent("a").state is S.WITHDRAWN
    assert node.count("a") == 0


# ------------------------------------------------------------------------------------------ foreign nonces and reorgs


def test_a_nonce_that_somebody_else_used_leads_back_to_the_queue(node: Node) -> None:
    """When the foreign transaction is final none of our bytes can count any more, and the wish starts anew."""
    node.chain.automine = False
    node.want("a")
    node.want("b")
    node.send()
    node.chain.foreign(node.relay)
    node.run(10)
    assert (node.count("a"), node.count("b")) == (1, 1)
    assert node.intent("a").state is S.FINAL


def test_a_foreign_nonce_is_not_believed_before_it_is_final(node: Node) -> None:
    """A block with somebody else's transaction may be dropped, and then ours counts."""
    node.chain.automine = False
    node.want("a")
    node.send()
    ours = dict(node.chain.pool)
    node.chain.foreign(node.relay)
    for _ in range(3):
        node.track()
    assert node.intent("a").state is S.SENT
    node.chain.reorg(1, keep=False)
    node.chain.pool.update(ours)
    node.run(6)
    assert node.count("a") == 1
    assert len(node.attempts("a")) == 1


@pytest.mark.parametrize("keep", [True, False])
def test_a_dropped_block_brings_the_transaction_back_on_its_way(node: Node, keep: bool) -> None:
    """Included, dropped, sent again as the same bytes, final: one transaction."""
    node.want("a")
    node.send()
    node.track()
    assert node.intent("a").state is S.INCLUDED
    node.chain.automine = False
    node.chain.reorg(1, keep=keep)
    node.track()
    assert node.intent("a").state is S.SENT
    node.run(6)
    assert node.intent("a").state is S.FINAL
    assert (node.count("a"), len(node.attempts("a"))) == (1, 1)


def test_a_head_below_ours_is_lag_and_drops_nothing(node: Node) -> None:
    """An endpoint behind the others has nothing to say about blocks it has not seen."""
    node.chain.mine(5)
    node.want("a")
    node.send()
    node.track()
    node.chain.lag = 3
    node.track()
    assert node.intent("a").state is S.INCLUDED


def test_a_hole_below_ours_is_filled(node: Node) -> None:
    """A foreign transaction took a nonce, ours went above it, and then the foreign one vanished."""
    node.chain.foreign(node.relay)
    node.chain.automine = False
    node.want("a")
    node.send()
    assert node.attempts("a")[0].nonce == 1
    node.chain.reorg(1, keep=False)
    node.run(8)
    assert node.count("a") == 1
    fills = node.store.read(lambda tx: tx.intents.list(purpose="fill"))
    assert [fill.state for fill in fills] == [S.FINAL]
