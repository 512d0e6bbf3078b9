"""The index follows the chain as it is: forward, back to a fork, and never past what is final."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.chain import FakeChain, SignedTx
from tests.flow.sending_kit import Node
from tests.stores import fresh_file
from tradecoin.domain.chain import Block, ChainEvent
from tradecoin.flow.forks import STOPPED, ChainStopped, ForkBeyondFinality, resume_chain
from tradecoin.flow.indexing import ChainMoved, IndexReport, index_chain
from tradecoin.flow.verifying import events_digest, verify_index
from tradecoin.ports.chain import ChainUnreachable
from tradecoin.ports.store import Tx

SENDER = "0x" + "11" * 20


@dataclass
class Book:
    """Handlers that note what they are told, the way a projection would."""

    standing: list[str] = field(default_factory=list)
    final_keys: list[str] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)

    def included(self, tx: Tx, event: ChainEvent) -> None:
        """Add."""
        self.standing.append(event.key)
        self.calls.append(("included", event.key))

    def dropped(self, tx: Tx, event: ChainEvent) -> None:
        """Take the newest away; it must be this one."""
        assert self.standing.pop() == event.key
        self.calls.append(("dropped", event.key))

    def final(self, tx: Tx, event: ChainEvent) -> None:
        """Keep for ever."""
        assert event.key in self.standing
        self.final_keys.append(event.key)
        self.calls.append(("final", event.key))


def _two_logs(tx: SignedTx, timestamp: int) -> Any:
    yield "Token", "Transfer", {"amount": tx.fields.nonce}
    yield "NarrowBank", "Issued", {"order": tx.fields.data, "to": SENDER, "amount": 10**30}


@pytest.fixture
def node(url: str) -> Iterator[Node]:
    """Return a node whose chain has events."""
    node = Node(url, chain=FakeChain(code=_two_logs, automine=False))
    yield node
    node.store.close()


def _grow(chain: FakeChain, blocks: int = 1) -> None:
    for _ in range(blocks):
        chain.foreign(SENDER, data=f"{len(chain.chain)}/{chain.forks}".encode())


def _index(node: Node, book: Book, **settings_: Any) -> IndexReport:
    return index_chain(store=node.store, chain=node.chain, handlers=book, **settings_)


def _canonical(chain: FakeChain, first: int = 0) -> list[str]:
    return [event.key for event in chain.events([block.header for block in chain.chain[first:]])]


# ------------------------------------------------------------------------------------------------------- refusals


def test_another_block_at_a_final_height_stops_all_money_and_deletes_nothing(node: Node) -> None:
    """Money stands still until a person decides; what was indexed stays."""
    book = Book()
    _grow(node.chain, 6)
    _index(node, book)
    before = node.store.read(lambda tx: tx.chain.events())
    node.chain.reorg(5)
    _grow(node.chain, 2)
    with pytest.raises(ForkBeyondFinality) as caught:
        _index(node, book)
    assert caught.value.facts["final"] == 4
    assert node.store.read(lambda tx: tx.chain.events()) == before
    assert node.store.read(lambda tx: tx.get_value(STOPPED))
    with pytest.raises(ChainStopped):
        _index(node, book)
    assert node.feed().count("chain.stopped") == 1
    assert not [call for call in book.calls if call[0] == "dropped"]


def test_a_stop_ends_only_on_the_chain_that_we_know(node: Node) -> None:
    """A wrong endpoint is put right; a real fork stays stopped."""
    _grow(node.chain, 6)
    _index(node, Book())
    right = list(node.chain.chain)
    node.chain.reorg(5)
    with pytest.raises(ForkBeyondFinality):
        _index(node, Book())
    with pytest.raises(ForkBeyondFinality):
        resume_chain(store=node.store, chain=node.chain, actor="somebody")
    node.chain.chain = right
    with pytest.raises(ChainStopped):
        _index(node, Book())
    resume_chain(store=node.store, chain=node.chain, actor="somebody")
    assert _index(node, Book()).head == 6
    assert node.feed().count("chain.resumed") == 1


def test_a_shorter_chain_that_differs_at_a_final_height_stops_money_too(node: Node) -> None:
    """A lower head is lag only while its block is one of ours."""
    _grow(node.chain, 6)
    _index(node, Book())
    node.chain.reorg(5, keep=False, blocks=1)
    with pytest.raises(ForkBeyondFinality):
        _index(node, Book())


def test_a_lagging_endpoint_drops_nothing(node: Node) -> None:
    """A head below ours is waited for, however far behind it is."""
    book = Book()
    _grow(node.chain, 60)
    _index(node, book)
    calls = len(book.calls)
    node.chain.lag = 50
    report = _index(node, book)
    assert (report.head, report.dropped, len(book.calls)) == (60, 0, calls)


def test_an_endpoint_that_does_not_answer_changes_nothing(node: Node) -> None:
    """Nothing is half done."""
    _grow(node.chain, 3)
    node.chain.unreachable = True
    with pytest.raises(ChainUnreachable):
        _index(node, Book())
    assert node.store.read(lambda tx: tx.chain.head()) is None


def test_two_chains_read_in_one_are_read_again(node: Node) -> None:
    """Blocks that do not name each other as parents come from a chain that moved meanwhile."""
    _grow(node.chain, 6)
    honest = node.chain.blocks(0, 6)
    mixed = [*honest[:3], Block(3, "0xother", "0xelsewhere", 1), *honest[4:]]
    node.chain.blocks = lambda first, last: mixed[first : last + 1]  # type: ignore[method-assign]
    with pytest.raises(ChainMoved):
        _index(node, Book())
    assert node.store.read(lambda tx: tx.chain.head()) is None


def test_a_handler_that_raises_undoes_its_whole_range(node: Node) -> None:
    """Blocks, events and projections stand or fall together."""

    class Failing(Book):
        def included(self, tx: Tx, event: ChainEvent) -> None:
            raise RuntimeError("no")

    _grow(node.chain, 3)
    with pytest.raises(RuntimeError, match="no"):
        _index(node, Failing())
    assert node.store.read(lambda tx: tx.chain.head()) is None
    book = Book()
    _index(node, book)
    assert book.standing == _canonical(node.chain)


# --------------------------------------------------------------------------------------------------- the plain way


def test_each_event_is_included_once_and_final_once(node: Node) -> None:
    """In order, and final only as far as the chain is."""
    book = Book()
    _grow(node.chain, 4)
    _index(node, book)
    _index(node, book)
    assert book.standing == _canonical(node.chain)
    assert book.final_keys == _canonical(node.chain)[: 2 * 2]
    _grow(node.chain, 2)
    report = _index(node, book)
    assert (report.head, report.final, report.added) == (6, 4, 2)
    assert len(book.final_keys) == len(set(book.final_keys)) == 2 * 4


def test_blocks_become_final_without_new_ones(node: Node) -> None:
    """The chain's word on finality may come later than its blocks."""
    book = Book()
    node.chain.depth = 10
    _grow(node.chain, 4)
    _index(node, book)
    assert not book.final_keys
    node.chain.depth = 0
    _index(node, book)
    assert book.final_keys == _canonical(node.chain)


def test_an_index_begins_at_the_deployment(node: Node) -> None:
    """What was before our contracts is not read."""
    book = Book()
    _grow(node.chain, 8)
    _index(node, book, first_block=5)
    assert book.standing == _canonical(node.chain, 5)


def test_a_reorganisation_at_the_very_first_block_is_followed(node: Node) -> None:
    """There is no block of ours below it to agree on."""
    book = Book()
    node.chain.depth = 9
    _grow(node.chain, 6)
    _index(node, book, first_block=5)
    node.chain.reorg(2, keep=False)
    _grow(node.chain, 2)
    _index(node, book, first_block=5)
    assert book.standing == _canonical(node.chain, 5)


def test_a_chain_that_moves_while_it_is_read_makes_nothing_final_by_mistake(node: Node) -> None:
    """What was read just before a reorganisation is not made final by the head that came after it."""
    honest = node.chain.events

    def moving(blocks: Sequence[Block]) -> Sequence[ChainEvent]:
        events = honest(blocks)
        node.chain.events = honest  # type: ignore[method-assign]
        node.chain.reorg(2, keep=False)
        _grow(node.chain, 5)
        return events

    book = Book()
    _grow(node.chain, 6)
    node.chain.events = moving  # type: ignore[method-assign]
    _index(node, book)
    _index(node, book)
    assert book.standing == _canonical(node.chain)


@pytest.mark.parametrize("depth", [1, 2, 5, 40])
def test_a_dropped_branch_is_undone_newest_first(node: Node, depth: int) -> None:
    """The projection after a reorganisation is that of the new branch alone."""
    book = Book()
    node.chain.depth = 50
    _grow(node.chain, 45)
    _index(node, book)
    node.chain.reorg(depth, keep=False)
    _grow(node.chain, 1)
    report = _index(node, book)
    assert report.dropped == 2 * depth
    assert book.standing == _canonical(node.chain)
    assert node.feed().count("chain.reorged") == 1
    stored = [event.key for event in node.store.read(lambda tx: tx.chain.events(final=False))]
    assert stored == book.standing


def test_a_branch_that_comes_back_is_indexed_again(node: Node) -> None:
    """The same blocks may win after all."""
    book = Book()
    _grow(node.chain, 4)
    _index(node, book)
    first = list(node.chain.chain)
    node.chain.reorg(1, keep=False)
    _index(node, book)
    node.chain.chain = first
    _grow(node.chain, 1)
    _index(node, book)
    assert book.standing == _canonical(node.chain)


def test_a_range_that_is_too_large_is_halved(node: Node) -> None:
    """An endpoint that gives few logs at a time is asked for fewer blocks."""
    honest = node.chain.events

    def stingy(blocks: Sequence[Block]) -> Sequence[ChainEvent]:
        if len(blocks) > 3:
            raise ChainUnreachable("query returned more than 10000 results")
        return honest(blocks)

    book = Book()
    _grow(node.chain, 40)
    node.chain.events = stingy  # type: ignore[method-assign]
    _index(node, book)
    node.chain.events = honest  # type: ignore[method-assign]
    assert book.standing == _canonical(node.chain)


def test_a_step_is_bounded(node: Node) -> None:
    """A long way is walked in pieces that other work can come between."""
    _grow(node.chain, 300)
    report = _index(node, Book(), most_blocks=100)
    assert 100 <= report.added < 300
    assert _index(node, Book()).head == 300


_world = st.one_of(
    st.tuples(st.just("grow"), st.integers(1, 4)),
    st.tuples(st.just("reorg"), st.integers(1, 3)),
    st.tuples(st.just("lag"), st.integers(0, 3)),
    st.tuples(st.just("index"), st.just(0)),
)


@settings(max_examples=25)
@given(st.lists(_world, min_size=4, max_size=25))
def test_the_projection_is_always_that_of_the_canonical_chain(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, int]]
) -> None:
    """Whatever happened between the polls, what stands is what the chain has, and what was final stays."""
    chain = FakeChain(code=_two_logs, automine=False, depth=3)
    node = Node(fresh_file(tmp_path_factory.mktemp("example")), chain=chain)
    book = Book()
    for what, size in history:
        if what == "grow":
            _grow(chain, size)
        elif what == "reorg":
            chain.reorg(size, keep=False)
        elif what == "lag":
            chain.lag = size
        else:
            _index(node, book)
    chain.lag = 0
    _index(node, book)
    assert book.standing == _canonical(chain)
    assert book.final_keys == [key for key in book.standing if key in set(book.final_keys)]
    scratch = Node(fresh_file(tmp_path_factory.mktemp("scratch")), chain=chain)
    report = verify_index(store=node.store, scratch=scratch.store, chain=chain)
    assert report.live_digest == report.reindexed_digest
    node.store.close()
    scratch.store.close()


# ------------------------------------------------------------------------------------------------------ the digest


def test_a_missing_event_shows_in_the_digest(node: Node, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An index that lost an event is found out by reading the chain once more."""
    honest = node.chain.events
    _grow(node.chain, 6)
    node.chain.events = lambda blocks: honest(blocks)[1:]  # type: ignore[method-assign]
    _index(node, Book())
    node.chain.events = honest  # type: ignore[method-assign]
    scratch = Node(fresh_file(tmp_path_factory.mktemp("scratch")), chain=node.chain)
    report = verify_index(store=node.store, scratch=scratch.store, chain=node.chain)
    assert report.live_digest != report.reindexed_digest
    scratch.store.close()


def test_the_digest_depends_on_every_field(node: Node) -> None:
    """Another amount, name or place is another digest."""
    event = ChainEvent(Block(1, "0xa", "0xb", 5), 0, "0xc", "Token", "Transfer", {"to": SENDER, "x": b"1", "n": 1})
    digests = {
        events_digest([event]),
        events_digest([]),
        events_digest([event, event]),
        *(
            events_digest([ChainEvent(event.block, event.log_index, event.tx_hash, event.contract, event.name, args)])
            for args in (
                {"to": SENDER, "x": b"1", "n": 2},
                {"to": SENDER, "x": b"1", "n": True},
                {"to": SENDER, "x": b"1", "n": "1"},
                {"to": SENDER, "x": "31", "n": 1},
            )
        ),
        events_digest([ChainEvent(event.block, 1, "0xc", "Token", "Transfer", event.args)]),
        events_digest([ChainEvent(event.block, 0, "0xc", "Reserves", "Transfer", event.args)]),
    }
    assert len(digests) == 9
