"""Random endpoints, deaths, reorganisations and strangers: every wish happens at most once and comes to an end."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from tests.fakes.chain import Reply
from tests.flow.sending_kit import Died, DyingChain, Node
from tests.stores import fresh_file
from tradecoin.domain.states import IntentState
from tradecoin.flow.intents import withdraw

_ENDS = (IntentState.FINAL, IntentState.FAILED, IntentState.WITHDRAWN)
_SUBJECTS = "abcdef"
_FINALITY = 3

_actions = st.one_of(
    st.tuples(st.just("want"), st.sampled_from(_SUBJECTS)),
    st.tuples(st.just("withdraw"), st.sampled_from(_SUBJECTS)),
    st.tuples(st.just("send"), st.lists(st.sampled_from(list(Reply)), max_size=4)),
    st.tuples(st.just("die"), st.tuples(st.integers(1, 3), st.booleans())),
    st.tuples(st.just("mine"), st.integers(1, 4)),
    st.tuples(st.just("track"), st.lists(st.integers(0, 3), max_size=8)),
    st.tuples(st.just("reorg"), st.tuples(st.integers(1, _FINALITY), st.booleans())),
    st.tuples(st.just("foreign"), st.none()),
    st.tuples(st.just("forget"), st.none()),
    st.tuples(st.just("fees"), st.sampled_from([50, 100, 900, 2_000])),
    st.tuples(st.just("tip"), st.sampled_from([1, 12, 30])),
    st.tuples(st.just("money"), st.sampled_from([0, 10**24])),
    st.tuples(st.just("takeover"), st.none()),
)


@contextmanager
def _fresh_node() -> Iterator[Node]:
    """Open a node on a new database, for one example."""
    folder = Path(tempfile.mkdtemp())
    node = Node(fresh_file(folder))
    node.chain.automine = False
    node.chain.depth = _FINALITY
    try:
        yield node
    finally:
        node.store.close()
        shutil.rmtree(folder)


def _do(node: Node, action: str, detail: Any) -> None:
    """Let one thing happen."""
    chain = node.chain
    if action == "want":
        node.want(detail)
    elif action == "withdraw":
        _withdraw(node, detail)
    elif action == "send":
        chain.replies = list(detail)
        node.send()
        chain.replies = []
    elif action == "die":
        _die(node, *detail)
    elif action == "mine":
        chain.mine(detail)
    elif action == "track":
        chain.lags = list(detail)
        node.track()
        chain.lags = []
    elif action == "reorg":
        chain.reorg(detail[0], keep=detail[1])
    else:
        _do_to_the_world(node, action, detail)
    node.clock.advance(seconds=2)


def _do_to_the_world(node: Node, action: str, detail: Any) -> None:
    chain = node.chain
    if action == "foreign":
        chain.foreign(node.relay)
    elif action == "forget":
        chain.pool.clear()
    elif action == "fees":
        chain.base_fee = detail
    elif action == "tip":
        chain.least_tip = detail
    elif action == "money":
        chain.balances[node.relay] = detail
    elif action == "takeover":
        node.fence += 1


def _withdraw(node: Node, subject: str) -> None:
    intent = node.store.read(lambda tx: tx.intents.find(purpose="mint", subject=subject))
    if intent is not None and intent.state in (IntentState.QUEUED, IntentState.PREPARED, IntentState.SENT):
        node.change(lambda tx: withdraw(tx=tx, intent_id=intent.id, reason="by chance"))


def _die(node: Node, at: int, before: bool) -> None:
    try:
        node.send(DyingChain(node.chain, at, before))
    except Died:
        event("died while sending")


def _calm(node: Node) -> None:
    """Take every trouble away."""
    node.chain.base_fee, node.chain.least_tip = 100, 1
    node.chain.balances.clear()


def _intents(node: Node) -> list[Any]:
    return list(node.store.read(lambda tx: tx.intents.list(limit=1000)))


@given(st.lists(_actions, min_size=5, max_size=40))
def test_every_wish_happens_at_most_once_and_ends(actions: list[tuple[str, Any]]) -> None:
    """After any trouble, when calm returns, each wish is final once, or withdrawn and never happened."""
    with _fresh_node() as node:
        for action, detail in actions:
            _do(node, action, detail)
        _calm(node)
        for _ in range(60):
            node.run(1)
            if all(intent.state in _ENDS for intent in _intents(node)):
                break
        states = {intent.subject: intent.state for intent in _intents(node) if intent.purpose == "mint"}
        assert all(state in _ENDS for state in states.values()), states
        happened = {subject: node.count(subject) for subject in states}
        assert happened == {subject: int(state is IntentState.FINAL) for subject, state in states.items()}
        _check_nonces(node)


def _check_nonces(node: Node) -> None:
    """A nonce was never signed for two wishes; at most one attempt of a nonce is live."""
    attempts = node.attempts()
    by_nonce: dict[int, set[str]] = {}
    for attempt in attempts:
        by_nonce.setdefault(attempt.nonce, set()).add(attempt.intent_id)
    assert all(len(intents) == 1 for intents in by_nonce.values()), by_nonce
    assert max((attempt.max_fee for attempt in attempts), default=0) <= node.limits.max_fee
    event(f"{len(attempts)} attempts")
