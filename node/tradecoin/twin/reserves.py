"""Attestations: freshness, coverage, the chain of predecessors. Twin of `contracts/Reserves.sol`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tradecoin.twin import errors
from tradecoin.twin.manager import Manager
from tradecoin.twin.quorum import Quorum
from tradecoin.twin.token import Token
from tradecoin.twin.world import DAY, HOUR, NOBODY, NOTHING, Signed, World, external, fit


class Attestation(NamedTuple):
    """What the auditors sign; amounts in the token's smallest unit, `cut` in Unix seconds."""

    set: int
    prev: bytes
    reserves: int
    encumbered: int
    settling: int
    claims: int
    claimsRoot: bytes
    evidence: bytes
    cut: int


class Head(NamedTuple):
    """What is kept of the last accepted attestation."""

    digest: bytes
    backing: int
    settling: int
    cut: int
    coveredAt: int


class Reserves(Quorum):
    """One for each token."""

    def __init__(
        self,
        world: World,
        address: str,
        manager: Manager,
        token: Token,
        maxAge: int,
        auditors: Sequence[str],
        threshold: int,
    ) -> None:
        super().__init__(world, address, manager, auditors, threshold)
        if not HOUR <= maxAge <= 7 * DAY:
            raise errors.BadMaxAge(maxAge)
        self.token, self.maxAge = token, maxAge
        self.head = Head(NOTHING, 0, 0, 0, world.now)

    @external
    def attest(self, attestation: Attestation, signatures: Sequence[Signed], *, sender: str) -> int:
        """Accept an attestation, short ones too. Anyone brings it."""
        a, last = attestation, self.head
        if a.prev != last.digest:
            raise errors.WrongPredecessor(a.prev, last.digest)
        self._check_cut(a.cut)
        if (a.claims == 0) != (a.claimsRoot == NOTHING):
            raise errors.ClaimsWithoutRoot(a.claims, a.claimsRoot)
        digest = self.hashAttestation(a)
        bitmap = self._verify(a.set, digest, signatures)
        everything = sum(self.token.supplyAndBurnedSince(a.cut))
        if a.settling > everything:
            raise errors.SettlingExceedsSupply(a.settling, everything)
        backing = max(a.reserves - a.encumbered, 0)
        covered_at = self.world.now if everything - a.settling <= backing else last.coveredAt
        self.head = Head(digest, fit(80, backing), fit(80, a.settling), a.cut, covered_at)
        told = {name: value for name, value in a._asdict().items() if name != "set"}
        self.emit("Attested", digest=digest, **told, signersBitmap=bitmap)
        return bitmap

    def covered(self) -> bool:
        """Whether burden <= backing by an accepted attestation."""
        burden, backing = self.coverage()
        return self.head.cut != 0 and burden <= backing

    def fresh(self) -> bool:
        """Whether the last accepted attestation is not older than `maxAge`."""
        return self.world.now <= self.head.cut + self.maxAge

    def coverage(self) -> tuple[int, int]:
        """Burden and backing, now."""
        return sum(self.token.supplyAndBurnedSince(self.head.cut)) - self.head.settling, self.head.backing

    def latestRoundData(self) -> tuple[int, int, int, int, int]:
        """The backing, in the shape of AggregatorV3."""
        cut = self.head.cut
        if cut == 0:
            raise errors.NoAttestation
        return cut, self.head.backing, cut, cut, cut

    def hashAttestation(self, attestation: Attestation) -> bytes:
        """What the auditors sign."""
        return self.world.digest("Reserves", "Attestation", attestation)

    def _may_join(self, account: str) -> bool:
        """Nobody signs for both sides; the issuer knows its own."""
        issuers = [one for one in self.world.contracts if one.address == self.token.issuer != NOBODY]
        return not any(isinstance(issuer, Quorum) and issuer.isSigner(account) for issuer in issuers)

    def _check_cut(self, cut: int) -> None:
        now = self.world.now
        if cut <= self.head.cut:
            raise errors.CutNotNewer(cut, self.head.cut)
        if cut > now:
            raise errors.CutInFuture(cut, now)
        if now - cut > self.maxAge:
            raise errors.CutTooOld(cut, now - self.maxAge)
