"""What the tests of sending and indexing share: a real store, a fake chain, and a node that can die."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.chain import FakeChain, FakeKeys
from tests.stores import HandClock
from tradecoin.adapters.store import open_store
from tradecoin.domain.chain import Call, TxAttempt, TxIntent
from tradecoin.flow.desk import SendReport
from tradecoin.flow.fees import SendLimits
from tradecoin.flow.sending import send_intents, want
from tradecoin.flow.tracking import TrackReport, track_intents
from tradecoin.ports.chain import SendResult
from tradecoin.ports.store import Store

LIMITS = SendLimits(max_fee=1_000, in_flight=4)


class Died(Exception):
    """The process ended at this line."""


@dataclass
class DyingChain:
    """A chain seen by a process that dies before or after it hands over its nth transaction."""

    chain: FakeChain
    at: int
    before: bool
    chain_id: int = field(init=False)

    def __post_init__(self) -> None:
        self.chain_id = self.chain.chain_id

    def __getattr__(self, name: str) -> Any:
        return getattr(self.chain, name)

    def send_raw(self, raw: bytes) -> SendResult:
        """Die here when it is time."""
        self.at -= 1
        if self.at == 0 and self.before:
            raise Died
        result = self.chain.send_raw(raw)
        if self.at == 0:
            raise Died
        return result


@dataclass
class Node:
    """The sending part of a node on one database and one chain."""

    url: str
    chain: FakeChain = field(default_factory=FakeChain)
    keys: FakeKeys = field(default_factory=FakeKeys)
    clock: HandClock = field(default_factory=HandClock)
    limits: SendLimits = LIMITS
    fence: int = 1
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.store = open_store(self.url, clock=self.clock)

    @property
    def relay(self) -> str:
        """The address of the key that these tests send from."""
        return self.keys.address("relay")

    def want(self, subject: str, **terms: Any) -> TxIntent:
        """Want a call that names its subject."""
        call = Call("NarrowBank", "mint", (subject,))
        return self.store.write(
            lambda tx: want(
                tx=tx, chain=self.chain, call=call, purpose="mint", subject=subject, sender="relay", **terms
            )
        )

    def send(self, chain: Any = None) -> SendReport:
        """Do one step of the sender."""
        return send_intents(
            store=self.store,
            chain=chain or self.chain,
            keys=self.keys,
            clock=self.clock,
            limits=self.limits,
            fence=self.fence,
        )

    def track(self) -> TrackReport:
        """Do one step of the tracker."""
        return track_intents(store=self.store, chain=self.chain)

    def run(self, steps: int = 12, *, blocks: int = 1) -> None:
        """Send, mine and track for a while."""
        for _ in range(steps):
            self.send()
            self.chain.mine(blocks)
            self.track()
            self.clock.advance(seconds=1)

    def intent(self, subject: str) -> TxIntent:
        """Return the intent of a subject."""
        found = self.store.read(lambda tx: tx.intents.find(purpose="mint", subject=subject))
        assert found is not None
        return found

    def attempts(self, subject: str = "") -> list[TxAttempt]:
        """Return the attempts of a subject, or all, oldest first."""
        where: dict[str, Any] = {"intent_id": self.intent(subject).id} if subject else {}
        return list(self.store.read(lambda tx: tx.attempts.list(limit=100_000, **where)))

    def count(self, subject: str) -> int:
        """Return how often the call of a subject happened on the chain."""
        call = Call("NarrowBank", "mint", (subject,))
        return self.chain.executed().count(self.chain.encode(call)[1])

    def feed(self) -> list[str]:
        """Return the types of all feed lines."""
        return [item.type for item in self.store.read(lambda tx: tx.feed(limit=100_000))]

    def change(self, change: Callable[[Any], Any]) -> Any:
        """Run a transaction."""
        return self.store.write(change)
