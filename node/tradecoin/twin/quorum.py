"""m of n: who signed is a list of names. Twin of `contracts/Quorum.sol`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import pairwise

from tradecoin.twin import errors
from tradecoin.twin.manager import Manager, Role, restricted
from tradecoin.twin.world import NOBODY, Contract, Signed, World

MIN_THRESHOLD, MAX_SIGNERS = 2, 32


def rank(account: str) -> str:
    """What signers are ordered by."""
    return account.lower()


class Quorum(Contract, ABC):
    """A set of signers with a threshold and a number that rises with every change."""

    def __init__(self, world: World, address: str, manager: Manager, signers: Sequence[str], threshold: int) -> None:
        super().__init__(world, address)
        self.manager = manager
        self.setNumber = 0
        self._install(tuple(signers), threshold)

    @restricted(Role.GOVERNOR)
    def addSigner(self, account: str, *, sender: str) -> None:
        """Add a member of neither side."""
        if account == NOBODY or not self._may_join(account) or account in self.signers:
            raise errors.CannotJoin(account)
        self._install(tuple(sorted((*self.signers, account), key=rank)), self.threshold)

    @restricted(Role.GUARDIAN)
    def removeSigner(self, account: str, *, sender: str) -> None:
        """Remove a member, never below the threshold."""
        if account not in self.signers:
            raise errors.NotASigner(account)
        self._install(tuple(member for member in self.signers if member != account), self.threshold)

    @restricted(Role.GOVERNOR)
    def raiseThreshold(self, threshold: int, *, sender: str) -> None:
        """Ask for more signatures."""
        if threshold <= self.threshold:
            raise errors.BadSignerSet(len(self.signers), threshold)
        self._install(self.signers, threshold)

    @restricted(Role.GOVERNOR)
    def lowerThreshold(self, threshold: int, *, sender: str) -> None:
        """Ask for fewer signatures, at least two."""
        if threshold >= self.threshold:
            raise errors.BadSignerSet(len(self.signers), threshold)
        self._install(self.signers, threshold)

    def isSigner(self, account: str) -> bool:
        """Whether the account is a member now."""
        return account in self.signers

    @abstractmethod
    def _may_join(self, account: str) -> bool:
        """Whether the account is free to join: the sets of the two sides are disjoint."""

    def _verify(self, number: int, digest: bytes, signatures: Sequence[Signed]) -> int:
        """Who signed, as a bitmap; a signature over anything else recovers to somebody unknown."""
        if number != self.setNumber:
            raise errors.WrongSet(number, self.setNumber)
        if len(signatures) < self.threshold:
            raise errors.TooFewSignatures(len(signatures), self.threshold)
        bitmap, place = 0, 0
        for signature in signatures:
            if signature.digest != digest:
                raise errors.UnexpectedSigner(None)
            while place < len(self.signers) and rank(self.signers[place]) < rank(signature.by):
                place += 1
            if place == len(self.signers) or self.signers[place] != signature.by:
                raise errors.UnexpectedSigner(signature.by)
            bitmap |= 1 << place
            place += 1
        return bitmap

    def _install(self, signers: tuple[str, ...], threshold: int) -> None:
        if not MIN_THRESHOLD <= threshold <= len(signers) <= MAX_SIGNERS:
            raise errors.BadSignerSet(len(signers), threshold)
        ranks = [rank(NOBODY), *map(rank, signers)]
        if any(one >= other for one, other in pairwise(ranks)):
            raise errors.BadSignerSet(len(signers), threshold)
        self.signers, self.threshold = signers, threshold
        self.setNumber += 1
        self.emit("SignersChanged", set=self.setNumber, signers=signers, threshold=threshold)
