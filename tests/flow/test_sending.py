"""A wanted transaction happens once, whatever the endpoint, the fees, other users of the key and the mains do."""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.fakes.chain import FakeChain, Reply, SignedTx, echo
from tests.flow.sending_kit import Died, DyingChain, Node
from tradecoin.domain.chain import Call
from tradecoin.domain.errors import IllegalTransition
from tradecoin.domain.states import IntentState
from tradecoin.flow.forks import ChainStopped, stop_chain
from tradecoin.flow.intents import OUTCOME, want_again
from tradecoin.flow.nonces import LostLead
from tradecoin.ports.chain import ChainUnreachable, ContractRefused, SendResult

S = IntentState


@pytest.fixture
def node(url: str) -> Iterator[Node]:
    """Return a node that wants nothing yet."""
    node = Node(url)
    yield node
    node.store.close()


def _refusing(tx: SignedTx, timestamp: int) -> Any:
    raise ContractRefused("the call would revert: WrongOffset", error="WrongOffset")


# ------------------------------------------------------------------------------------------------------- refusals


def test_a_call_that_would_revert_fails_without_using_a_nonce(node: Node) -> None:
    """The contract's answer before sending costs nothing and leaves no hole."""
    node.chain.code = _refusing
    node.want("a")
    assert node.send().refused == 1
    intent = node.intent("a")
    assert intent.state is S.FAILED
    assert "WrongOffset" in intent.problem
    assert not node.attempts()
    assert node.chain.seen == []


def test_a_leader_that_was_followed_by_another_signs_nothing(node: Node) -> None:
    """The fencing number is looked at in the transaction that signs."""
    node.fence = 7
    node.want("a")
    node.send()
    node.fence = 6
    node.want("b")
    with pytest.raises(LostLead):
        node.send()
    assert node.intent("b").state is S.QUEUED
    assert len(node.attempts()) == 1


def test_nothing_is_signed_while_a_fork_is_not_settled(node: Node) -> None:
    """Money stands still until a person says which chain is ours."""
    node.want("a")
    node.change(lambda tx: stop_chain(tx, number=5))
    with pytest.raises(ChainStopped):
        node.send()
    assert not node.attempts()


def test_nothing_is_signed_above_the_fee_cap(node: Node) -> None:
    """A fee spike is waited for; afterwards everything goes on by itself."""
    node.chain.base_fee = node.limits.max_fee + 1
    node.want("a")
    assert node.send().held == ["relay"]
    assert not node.attempts()
    node.chain.base_fee = 100
    node.run(4)
    assert node.intent("a").state is S.FINAL


def test_an_intent_past_its_deadline_is_not_sent(node: Node) -> None:
    """What is late fails where it stands."""
    node.want("a", deadline=node.clock.now() - timedelta(seconds=1))
    node.send()
    assert node.intent("a").state is S.FAILED
    assert not node.chain.seen


def test_only_what_failed_can_be_wanted_again(node: Node) -> None:
    """A second go is for failures; it gets a fresh call and a fresh nonce."""
    intent = node.want("a")
    again = Call("NarrowBank", "mint", ("again",))
    with pytest.raises(IllegalTransition):
        node.change(lambda tx: want_again(tx=tx, chain=node.chain, intent_id=intent.id, call=again))
    node.chain.code = _refusing
    node.send()
    node.chain.code = echo
    node.change(lambda tx: want_again(tx=tx, chain=node.chain, intent_id=intent.id, call=again))
    node.run(4)
    assert node.intent("a").state is S.FINAL
    assert (node.count("a"), node.count("again")) == (0, 1)


# ----------------------------------------------------------------------------------------------------- the plain way


def test_a_wish_repeated_is_one_transaction(node: Node) -> None:
    """Purpose and subject name a wish; a second call finds the first."""
    assert node.want("a") == node.want("a")
    node.run(4)
    assert node.count("a") == 1
    assert node.intent("a").state is S.FINAL


def test_every_step_is_told(node: Node) -> None:
    """Feed and work tell the flows what became of their transaction."""
    node.want("a")
    for _ in range(2):  # included, then final
        node.run(1)
        (work,) = node.store.claim(kinds=[OUTCOME], limit=9, lease_seconds=9)
        assert work.subject == node.intent("a").id
        node.store.finish(work)
        node.chain.mine(2)
    states = [step.to_state for step in node.store.read(lambda tx: tx.steps(node.intent("a").id))]
    assert states == ["prepared", "sent", "included", "final"]


def test_what_is_sent_is_stored_before(node: Node) -> None:
    """The bytes the endpoint sees are the bytes in the database."""
    seen: list[int] = []

    def look(raw: bytes) -> SendResult:
        stored = [attempt.raw for attempt in node.attempts()]
        seen.append(stored.count(raw))
        return FakeChain.send_raw(node.chain, raw)

    node.chain.send_raw = look  # type: ignore[method-assign]
    node.want("a")
    node.send()
    assert seen == [1]


def test_no_more_than_the_limit_is_in_flight(node: Node) -> None:
    """A key has a bounded number of open transactions; the rest waits in the queue."""
    node.chain.automine = False
    for subject in "abcdefgh":
        node.want(subject)
    node.send()
    node.send()
    assert [tx.fields.nonce for tx in node.chain.seen] == [0, 1, 2, 3]
    node.run(8)
    assert [node.count(subject) for subject in "abcdefgh"] == [1] * 8


def test_keys_do_not_share_nonces(node: Node) -> None:
    """Each key counts for itself."""
    node.want("a")
    node.change(lambda tx: tx.intents.save(dataclasses.replace(node.intent("a"), sender="payer")))
    node.want("b")
    node.run(4)
    assert {(tx.sender, tx.fields.nonce) for tx in node.chain.seen} == {
        (node.keys.address("payer"), 0),
        (node.relay, 0),
    }


def test_a_key_whose_question_goes_unanswered_does_not_hold_up_the_others(node: Node) -> None:
    """The step of each key stands alone; that something was wrong is still told."""
    honest = node.chain.preflight

    def picky(call: Call, sender: str) -> int:
        if sender == node.relay:
            raise ChainUnreachable
        return honest(call, sender)

    node.chain.preflight = picky  # type: ignore[method-assign]
    node.want("a")
    payers = node.want("b")
    node.change(lambda tx: tx.intents.save(dataclasses.replace(payers, sender="payer")))
    with pytest.raises(ChainUnreachable):
        node.send()
    assert (node.intent("a").state, node.intent("b").state) == (S.QUEUED, S.SENT)


def test_a_revert_on_the_chain_fails_when_it_is_final(node: Node) -> None:
    """What reverted in a block that may yet be dropped has not failed yet."""
    node.chain.automine = False
    node.want("a")
    node.send()
    node.chain.code = _refusing
    node.chain.mine()
    node.track()
    assert node.intent("a").state is S.INCLUDED
    assert node.intent("a").problem == "reverted"
    node.chain.mine(2)
    node.track()
    assert node.intent("a").state is S.FAILED


# ------------------------------------------------------------------------------------------------------ bad endpoints


@pytest.mark.parametrize("reply", [Reply.NOT_TAKEN, Reply.TAKEN_UNHEARD, Reply.TWICE])
@pytest.mark.parametrize("automine", [True, False])
def test_an_answer_that_got_lost_changes_nothing(node: Node, reply: Reply, automine: bool) -> None:
    """Unknown counts as sent, and the same bytes go out again."""
    node.chain.automine = automine
    node.chain.replies = [reply] * 3
    for subject in "abc":
        node.want(subject)
    node.run(8)
    assert [node.count(subject) for subject in "abc"] == [1, 1, 1]
    assert [{attempt.nonce for attempt in node.attempts(subject)} for subject in "abc"] == [{0}, {1}, {2}]


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("before", [True, False])
def test_a_process_that_dies_around_sending_sends_the_same_bytes_again(node: Node, at: int, before: bool) -> None:
    """Store / broadcast and broadcast / mark, the two rows of the table of kills."""
    for subject in "abc":
        node.want(subject)
    with pytest.raises(Died):
        node.send(DyingChain(node.chain, at, before))
    node.run(6)
    assert [node.count(subject) for subject in "abc"] == [1, 1, 1]
    assert len(node.attempts()) == 3


def test_a_lagging_endpoint_cannot_talk_us_into_a_used_nonce(node: Node) -> None:
    """A count from the past is below what we know."""
    for subject in "abc":
        node.want(subject)
    node.run(6)
    node.chain.lag = 100
    node.want("d")
    node.send()
    assert node.attempts("d")[0].nonce == 3
    node.chain.lag = 0
    node.run(4)
    assert node.count("d") == 1


def test_a_pool_that_forgot_is_told_again(node: Node) -> None:
    """The lowest open transaction is sent again while blocks, or seconds, go by without it."""
    node.chain.automine = False
    node.want("a")
    node.send()
    forgotten = dict(node.chain.pool)
    node.chain.pool.clear()
    node.send()
    assert not node.chain.pool
    node.clock.advance(seconds=30)
    node.send()
    assert node.chain.pool == forgotten
    node.chain.pool.clear()
    node.chain.mine(empty=True)
    node.send()
    assert node.chain.pool == forgotten


def test_a_transaction_that_the_endpoint_refuses_for_good_is_withdrawn(node: Node) -> None:
    """Its nonce is filled by a transfer to ourselves, so that the others can pass."""
    chain = node.chain
    real = chain.send_raw
    refused = [chain.encode(Call("NarrowBank", "mint", ("a",)))[1]]

    def picky(raw: bytes) -> SendResult:
        if any(data.hex().encode() in raw for data in refused):
            return SendResult.REFUSED
        return real(raw)

    chain.send_raw = picky  # type: ignore[method-assign]
    node.want("a")
    node.want("b")
    node.run(8)
    assert node.intent("a").state is S.WITHDRAWN
    assert node.intent("b").state is S.FINAL
    assert node.count("a") == 0


# ------------------------------------------------------------------------------------------------------------ fees


def test_only_the_lowest_open_nonce_is_bumped_and_never_above_the_cap(node: Node) -> None:
    """A stuck transaction gets a better offer every three blocks, by 15 % up to the cap; the others wait."""
    node.chain.automine = False
    node.want("a")
    node.want("b")
    node.send()
    node.chain.block_room = 0
    for _ in range(60):
        node.chain.mine()
        node.send()
    assert len(node.attempts("b")) == 1
    fees = [attempt.max_fee for attempt in node.attempts("a")]
    assert len(fees) > 3
    assert all(new * 100 >= old * 110 for old, new in pairwise(fees))
    assert max(fees) <= node.limits.max_fee
    node.chain.block_room = 9
    node.run(8)
    assert (node.count("a"), node.count("b")) == (1, 1)
    assert [attempt.live for attempt in node.attempts("a")].count(True) <= 1


def test_an_underpriced_transaction_is_bumped_at_once(node: Node) -> None:
    """An endpoint that wants more gets more, without waiting for blocks."""
    node.chain.least_tip = 15
    node.want("a")
    for _ in range(5):
        node.send()
    node.run(3)
    assert node.count("a") == 1
    assert node.attempts("a")[-1].priority_fee >= 15


def test_a_key_without_money_is_paused_and_resumes_by_itself(node: Node) -> None:
    """The alert is given once; sending goes on when the money is there."""
    node.chain.balances[node.relay] = 1
    node.want("a")
    for _ in range(3):
        assert node.send().paused == ["relay"]
    assert node.feed().count("sender.paused") == 1
    node.chain.balances[node.relay] = 10**18
    node.run(4)
    assert node.intent("a").state is S.FINAL
    assert node.feed().count("sender.resumed") == 1
