"""From a wish to coins on a real chain: store, sender, tracker, index and reader together."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.chain.grounds import RpcGround, engines, ground_of
from tests.adapters.chain.kit import ADDRESSES, KEYS
from tests.stores import HandClock, fresh_file
from tradecoin.adapters.store import open_store
from tradecoin.domain.chain import Call, ChainEvent, TxIntent
from tradecoin.domain.states import IntentState
from tradecoin.flow.fees import SendLimits
from tradecoin.flow.indexing import index_chain
from tradecoin.flow.sending import send_intents, want
from tradecoin.flow.tracking import track_intents
from tradecoin.flow.verifying import verify_index
from tradecoin.ports.store import Store, Tx
from tradecoin.signing.keys import Key, sign64

LIMITS = SendLimits(max_fee=10**12)
EVIDENCE, DEPOSIT, ORDER = b"\x0e" * 32, b"\x0d" * 32, b"\x0f" * 32


class Noted:
    """Handlers that keep what became final."""

    def __init__(self) -> None:
        self.final_events: list[ChainEvent] = []

    def included(self, tx: Tx, event: ChainEvent) -> None:
        """Nothing to project."""

    def dropped(self, tx: Tx, event: ChainEvent) -> None:
        """Nothing to undo."""

    def final(self, tx: Tx, event: ChainEvent) -> None:
        """Keep it."""
        self.final_events.append(event)


@pytest.fixture(params=engines()[1:])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RpcGround]:
    """Return a real chain of its own."""
    with ground_of(request.param, tmp_path) as ground:
        assert isinstance(ground, RpcGround)
        yield ground


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an empty store."""
    store = open_store(fresh_file(tmp_path), clock=HandClock())
    yield store
    store.close()


def _signed(names: tuple[str, ...], digest: bytes) -> bytes:
    keys = sorted((Key(KEYS[name]) for name in names), key=lambda key: int(key.address, 16))
    return b"".join(sign64(key, digest) for key in keys)


def _mint(ground: RpcGround) -> Call:
    """Return attestation and voucher over 5 coins, each signed by two of three."""
    head = ground.chain.head()
    statement = (1, bytes(32), 9_000_000, 1_000_000, 0, 0, bytes(32), EVIDENCE, head.timestamp)
    digest = ground.chain.read("Reserves", "hashAttestation", statement)
    voucher = (DEPOSIT, 5_000_000, 0, 5_000_000, ADDRESSES["holder"], ORDER)
    expiry = head.timestamp + 3_600
    vouchers = ground.chain.read("NarrowBank", "hashVouchers", (voucher,), expiry)
    signatures = _signed(("auditor 1", "auditor 2"), digest), _signed(("bank 1", "bank 2"), vouchers)
    return Call("NarrowBank", "attestAndMint", (statement, signatures[0], (voucher,), expiry, signatures[1]))


def _want(ground: RpcGround, store: Store, call: Call, subject: str) -> None:
    store.write(lambda tx: want(tx=tx, chain=ground.chain, call=call, purpose="mint", subject=subject, sender="relay"))


def _step(ground: RpcGround, store: Store) -> None:
    parts: dict[str, Any] = {"store": store, "chain": ground.chain}
    send_intents(**parts, keys=ground.keys, clock=HandClock(), limits=LIMITS, fence=1)
    ground.mine()
    track_intents(**parts)


def _intent(store: Store, subject: str) -> TxIntent:
    found = store.read(lambda tx: tx.intents.find(subject=subject))
    assert found is not None
    return found


def test_a_mint_survives_a_reorganisation_and_is_final_once(ground: RpcGround, store: Store, tmp_path: Path) -> None:
    """One wish, one `Issued`, though its block was dropped; the second wish for the same deposit is refused unsent."""
    noted, first = Noted(), ground.deployment.block
    call = _mint(ground)
    _want(ground, store, call, "a")
    _step(ground, store)
    assert _intent(store, "a").state is IntentState.INCLUDED
    index_chain(store=store, chain=ground.chain, handlers=noted, first_block=first)
    ground.reorg(1)
    for _ in range(4):
        _step(ground, store)
    index_chain(store=store, chain=ground.chain, handlers=noted, first_block=first)
    assert _intent(store, "a").state is IntentState.FINAL
    (issued,) = (event for event in noted.final_events if event.name == "Issued")
    assert issued.args == {"order": ORDER, "deposit": DEPOSIT, "to": ADDRESSES["holder"], "amount": 5_000_000}
    assert issued.tx_hash == _intent(store, "a").tx_hash
    assert ground.chain.read("Token", "balanceOf", ADDRESSES["holder"]) == 5_000_000

    _want(ground, store, call, "again")
    _step(ground, store)
    assert _intent(store, "again").state is IntentState.FAILED
    assert "WrongOffset" in _intent(store, "again").problem

    _check_view(ground)
    _check_digest(ground, store, tmp_path)


def _check_view(ground: RpcGround) -> None:
    """The view shows the signed figures, which only the event holds."""
    view = ground.chain.reserve_view()
    assert (view.supply, view.reserves, view.encumbered) == (5_000_000, 9_000_000, 1_000_000)
    assert (view.headroom, view.covered, view.fresh, view.halted) == (3_000_000, True, True, ())
    assert 0 < view.rate_capacity <= 50_000_000 * 10**6
    assert any(view.head)


def _check_digest(ground: RpcGround, store: Store, tmp_path: Path) -> None:
    """Reading the whole chain again gives the same events."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    scratch = open_store(fresh_file(folder), clock=HandClock())
    report = verify_index(store=store, scratch=scratch, chain=ground.chain, first_block=ground.deployment.block)
    scratch.close()
    assert report.live_digest == report.reindexed_digest
    assert report.events > 40
