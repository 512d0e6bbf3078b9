"""Transactions that wait: in order of nonce for each sender, those behind a gap too."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tradecoin_devnet.evm.errors import refused
from tradecoin_devnet.evm.fast import recover_sender
from tradecoin_devnet.evm.rules import decode_transaction
from tradecoin_devnet.evm.shapes import Transaction

NonceOf = Callable[[bytes], int]


@dataclass(frozen=True, slots=True)
class Pooled:
    """A transaction whose signature has been checked; fees in wei for one unit of gas."""

    hash: bytes
    raw: bytes
    sender: bytes
    transaction: Transaction

    @property
    def nonce(self) -> int:
        """Its place among the sender's transactions."""
        return self.transaction.nonce

    @property
    def max_fee(self) -> int:
        """The most that the sender pays."""
        return self.transaction.max_fee_per_gas

    @property
    def tip(self) -> int:
        """The most that the block's maker gets."""
        return self.transaction.max_priority_fee_per_gas


def pooled(raw: bytes) -> Pooled:
    """Read a transaction whose signature has been checked before."""
    transaction = decode_transaction(raw)
    return Pooled(transaction.hash, raw, recover_sender(transaction), transaction)


@dataclass
class Pool:
    """Waiting transactions by sender and nonce, in memory only: like any node's, empty after a restart."""

    price_bump_percent: int = 10
    _by_hash: dict[bytes, Pooled] = field(default_factory=dict)
    _by_sender: dict[bytes, dict[int, Pooled]] = field(default_factory=dict)

    def __contains__(self, transaction_hash: bytes) -> bool:
        return transaction_hash in self._by_hash

    def __iter__(self) -> Iterator[Pooled]:
        return iter(list(self._by_hash.values()))

    def get(self, transaction_hash: bytes) -> Pooled | None:
        """Return a waiting transaction."""
        return self._by_hash.get(transaction_hash)

    def add(self, new: Pooled) -> None:
        """Add a transaction, in place of one with the same nonce if it pays enough more; raise RpcError if not."""
        old = self._by_sender.get(new.sender, {}).get(new.nonce)
        if old is not None:
            if new.max_fee < self._bumped(old.max_fee) or new.tip < self._bumped(old.tip):
                raise refused("replacement transaction underpriced")
            self.drop(old.hash)
        self._by_hash[new.hash] = new
        self._by_sender.setdefault(new.sender, {})[new.nonce] = new

    def drop(self, transaction_hash: bytes) -> bool:
        """Forget a transaction; tell whether it was there."""
        old = self._by_hash.pop(transaction_hash, None)
        if old is None:
            return False
        of_sender = self._by_sender[old.sender]
        del of_sender[old.nonce]
        if not of_sender:
            del self._by_sender[old.sender]
        return True

    def clear(self) -> None:
        """Forget everything."""
        self._by_hash.clear()
        self._by_sender.clear()

    def forget_used(self, nonce_of: NonceOf) -> None:
        """Forget transactions whose nonce has been used."""
        for sender, of_sender in list(self._by_sender.items()):
            used = nonce_of(sender)
            for one in [one for nonce, one in of_sender.items() if nonce < used]:
                self.drop(one.hash)

    def next_nonce(self, sender: bytes, first: int) -> int:
        """Return the nonce after the unbroken run that starts at `first`."""
        of_sender = self._by_sender.get(sender, {})
        while first in of_sender:
            first += 1
        return first

    def run_of(self, sender: bytes, first: int) -> list[Pooled]:
        """Return the unbroken run of a sender's transactions that starts at nonce `first`."""
        of_sender = self._by_sender.get(sender, {})
        return [of_sender[nonce] for nonce in range(first, self.next_nonce(sender, first))]

    def ready(self, nonce_of: NonceOf, base_fee: int) -> list[Pooled]:
        """Return what a block can take now: best tip first, first come first served among equals, nonces in order."""
        arrivals = {one: place for place, one in enumerate(self._by_hash)}
        runs = {sender: iter(self.run_of(sender, nonce_of(sender))) for sender in self._by_sender}
        heap: list[tuple[int, int, bytes]] = []

        def push_next(sender: bytes) -> None:
            one = next(runs[sender], None)
            if one is not None and one.max_fee >= base_fee:
                heapq.heappush(heap, (-min(one.tip, one.max_fee - base_fee), arrivals[one.hash], one.hash))

        for sender in runs:
            push_next(sender)
        chosen = []
        while heap:
            chosen.append(self._by_hash[heapq.heappop(heap)[2]])
            push_next(chosen[-1].sender)
        return chosen

    def by_sender(self) -> dict[bytes, dict[int, Pooled]]:
        """Return everything by sender and nonce."""
        return {sender: dict(of_sender) for sender, of_sender in self._by_sender.items()}

    def _bumped(self, price: int) -> int:
        return -(-price * (100 + self.price_bump_percent) // 100)
