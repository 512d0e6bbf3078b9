"""Vouchers, halts, limits, wind-down. Twin of `contracts/NarrowBank.sol`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tradecoin.twin import errors
from tradecoin.twin.manager import Manager, Role, restricted
from tradecoin.twin.redemptions import Redemptions, check_bound
from tradecoin.twin.reserves import Attestation, Reserves
from tradecoin.twin.world import DAY, HOUR, Signed, World, external, fit, next_pause

VOID = 2**128 - 1
MAX_BATCH = 250
MAX_EXPIRY = LIMIT_WINDOW = DAY
WIND_DOWN_AFTER = 30 * DAY
STALE, NOT_COVERED, OVERDUE, BRAKED, PAUSED, WOUND_DOWN = (1 << bit for bit in range(6))


class Voucher(NamedTuple):
    """What the bank side confirmed; amounts in the token's smallest unit."""

    deposit: bytes
    value: int
    offset: int
    amount: int
    to: str
    order: bytes


class Terms(NamedTuple):
    """What a bank is deployed with; seconds, and amounts in the token's smallest unit."""

    payer: str
    minorUnit: int
    minRequest: int
    sla: int
    announceDelay: int
    instantCap: int
    capacity: int


class Announcement(NamedTuple):
    """When a large batch may be minted (zero: not announced), and whether it was vetoed."""

    readyAt: int = 0
    vetoed: bool = False


class NarrowBank(Redemptions):
    """Issues a token one for one against money in a bank."""

    def __init__(
        self,
        world: World,
        address: str,
        manager: Manager,
        reserves: Reserves,
        predecessor: NarrowBank | None,
        signers: Sequence[str],
        threshold: int,
        terms: Terms,
    ) -> None:
        super().__init__(world, address, manager, reserves.token, (signers, threshold), *terms[:4])
        check_bound("announceDelay", terms.announceDelay, HOUR <= terms.announceDelay <= 7 * DAY)
        if predecessor is not None and predecessor.token is not reserves.token:
            raise errors.OtherToken(predecessor.token.address)
        for signer in signers:
            if reserves.isSigner(signer):
                raise errors.CannotJoin(signer)
        self.reserves, self.predecessor, self.announceDelay = reserves, predecessor, terms.announceDelay
        self._capacity, self._used, self._used_at = 0, 0, world.now
        self._spent: dict[bytes, int] = {}
        self.announcements: dict[bytes, Announcement] = {}
        self._set_instant_cap(terms.instantCap)
        self._set_limit(terms.capacity)

    # ----------------------------------------------------------------------------------------------- mint

    @external
    def mint(self, vouchers: Sequence[Voucher], expiry: int, signatures: Sequence[Signed], *, sender: str) -> None:
        """Mint every voucher, or none. Anyone brings them."""
        self._check_open(expiry)
        if not 0 < len(vouchers) <= MAX_BATCH:
            raise errors.BadBatchSize(len(vouchers))
        digest = self.hashVouchers(vouchers, expiry)
        self._verify(self.setNumber, digest, signatures)
        total = self._spend(vouchers)
        if total > self.instantCap:
            self._check_announced(digest, total)
        self._consume_limit(total)
        for v in vouchers:
            self.token.mint(v.to, v.amount, sender=self.address)
            self.emit("Issued", order=v.order, deposit=v.deposit, to=v.to, amount=v.amount)
        burden, backing = self.reserves.coverage()
        if burden > backing:
            raise errors.NotCovered(burden, backing)

    @external
    def attestAndMint(
        self,
        attestation: Attestation,
        attestationSignatures: Sequence[Signed],
        vouchers: Sequence[Voucher],
        expiry: int,
        voucherSignatures: Sequence[Signed],
        *,
        sender: str,
    ) -> None:
        """Publish the attestation unless it is not newer than the head, then mint."""
        if attestation.cut > self.reserves.head.cut:
            self.reserves.attest(attestation, attestationSignatures, sender=self.address)
        self.mint(vouchers, expiry, voucherSignatures, sender=sender)

    @external
    def announce(self, digest: bytes, signatures: Sequence[Signed], *, sender: str) -> None:
        """Make a large batch known before it is minted."""
        known = self.announcements.get(digest, Announcement())
        if known.readyAt != 0:
            raise errors.AlreadyAnnounced(digest)
        self._verify(self.setNumber, digest, signatures)
        ready = self.world.now + self.announceDelay
        self.announcements[digest] = known._replace(readyAt=ready)
        self.emit("BatchAnnounced", digest=digest, readyAt=ready)

    @external
    def veto(self, digest: bytes, *, sender: str) -> None:
        """Keep a large batch from being minted. Guardian or any signer."""
        self._check_guardian_or_signer("veto", sender)
        known = self.announcements.get(digest, Announcement())
        if known.vetoed:
            raise errors.Vetoed(digest)
        self.announcements[digest] = known._replace(vetoed=True)
        self.emit("BatchVetoed", digest=digest, by=sender)

    @external
    def void(self, deposit: bytes, *, sender: str) -> None:
        """Make a deposit unusable for ever. Guardian or any signer."""
        self._check_guardian_or_signer("void", sender)
        if self.spent(deposit) == VOID:
            raise errors.DepositIsVoid(deposit)
        self._spent[deposit] = VOID
        self.emit("Voided", deposit=deposit, by=sender)

    @external
    def windDown(self, *, sender: str) -> None:
        """End minting for ever, 30 days after the last covering attestation, and fix the ratio of payouts. Anyone."""
        if self.woundDown:
            raise errors.IsWoundDown
        supply, covered_at = self.token.totalSupply, self.reserves.head.coveredAt
        if supply == 0 or self.world.now < covered_at + WIND_DOWN_AFTER:
            raise errors.CannotWindDown(supply, covered_at)
        burden, backing = self.reserves.coverage()
        if burden == 0:
            burden, backing = 1, 1
        self.woundDown = True
        self.windDownRatio = fit(128, min(backing, burden)), fit(128, burden)
        self.emit("WoundDown", backing=min(backing, burden), burden=burden)

    # ----------------------------------------------------------------------------------------------- powers

    @restricted(Role.GUARDIAN)
    def pauseIssue(self, duration: int, *, sender: str) -> None:
        """Stop minting for so many seconds."""
        self.issuePausedUntil = next_pause(self.issuePausedUntil, duration, self.world.now)
        self.emit("IssuePaused", until=self.issuePausedUntil)

    @restricted(Role.GOVERNOR)
    def unpauseIssue(self, *, sender: str) -> None:
        """End a pause early."""
        if self.world.now >= self.issuePausedUntil:
            raise errors.WrongDirection(self.world.now, self.issuePausedUntil)
        self.issuePausedUntil = self.world.now
        self.emit("IssueUnpaused")

    @restricted(Role.GUARDIAN)
    def lowerLimit(self, capacity: int, *, sender: str) -> None:
        """Lower the rate limit; zero: no mint."""
        if capacity >= self._capacity:
            raise errors.WrongDirection(capacity, self._capacity)
        self._set_limit(capacity)

    @restricted(Role.GOVERNOR)
    def raiseLimit(self, capacity: int, *, sender: str) -> None:
        """Raise the rate limit."""
        if capacity <= self._capacity:
            raise errors.WrongDirection(capacity, self._capacity)
        self._set_limit(capacity)

    @restricted(Role.GUARDIAN)
    def lowerInstantCap(self, instantCap: int, *, sender: str) -> None:
        """Lower the sum above which a batch is announced; zero: always."""
        if instantCap >= self.instantCap:
            raise errors.WrongDirection(instantCap, self.instantCap)
        self._set_instant_cap(instantCap)

    @restricted(Role.GOVERNOR)
    def raiseInstantCap(self, instantCap: int, *, sender: str) -> None:
        """Raise the sum above which a batch is announced."""
        if instantCap <= self.instantCap:
            raise errors.WrongDirection(instantCap, self.instantCap)
        self._set_instant_cap(instantCap)

    # ----------------------------------------------------------------------------------------------- views

    def halted(self) -> int:
        """What keeps minting off now, as bits."""
        facts = (
            not self.reserves.fresh(),
            not self.reserves.covered(),
            self.overdue != 0,
            self.world.now < self.brakeUntil,
            self.world.now < self.issuePausedUntil,
            self.woundDown,
        )
        return sum(1 << bit for bit, fact in enumerate(facts) if fact)

    def spent(self, deposit: bytes) -> int:
        """What was minted on the deposit, here or before; VOID when nothing more can be."""
        here = self._spent.get(deposit, 0)
        return here if here or self.predecessor is None else self.predecessor.spent(deposit)

    def limit(self) -> tuple[int, int, int]:
        """What may be minted now, the bucket's capacity, the seconds in which it fills."""
        return max(self._capacity - self._still_used(), 0), self._capacity, LIMIT_WINDOW

    def hashVouchers(self, vouchers: Sequence[Voucher], expiry: int) -> bytes:
        """What the bank signers sign."""
        return self.world.digest("NarrowBank", "Vouchers", (self.setNumber, expiry, tuple(vouchers)))

    # ----------------------------------------------------------------------------------------------- inside

    def _check_open(self, expiry: int) -> None:
        now = self.world.now
        if self.woundDown:
            raise errors.IsWoundDown
        if now < self.issuePausedUntil:
            raise errors.IssueIsPaused(self.issuePausedUntil)
        if not now <= expiry <= now + MAX_EXPIRY:
            raise errors.BadExpiry(expiry, now)
        if not self.reserves.fresh():
            raise errors.StaleReport
        if self.overdue != 0:
            raise errors.OverdueRedemptions(self.overdue)
        if now < self.brakeUntil:
            raise errors.BrakeOn(self.brakeUntil)

    def _spend(self, vouchers: Sequence[Voucher]) -> int:
        for v in vouchers:
            used = self.spent(v.deposit)
            if used == VOID:
                raise errors.DepositIsVoid(v.deposit)
            if used != v.offset:
                raise errors.WrongOffset(v.deposit, v.offset, used)
            if v.amount == 0:
                raise errors.ZeroAmount(v.deposit)
            if used + v.amount > v.value:
                raise errors.ValueExceeded(v.deposit, used + v.amount, v.value)
            self._spent[v.deposit] = used + v.amount
        return sum(v.amount for v in vouchers)

    def _check_announced(self, digest: bytes, total: int) -> None:
        known = self.announcements.get(digest, Announcement())
        if known.vetoed:
            raise errors.Vetoed(digest)
        if known.readyAt == 0:
            raise errors.NotAnnounced(digest, total, self.instantCap)
        if self.world.now < known.readyAt:
            raise errors.AnnouncementRunning(digest, known.readyAt, self.world.now)

    def _still_used(self) -> int:
        """What of the bucket has not flowed back yet; the flow is rounded down."""
        return max(self._used - (self.world.now - self._used_at) * self._capacity // LIMIT_WINDOW, 0)

    def _consume_limit(self, amount: int) -> None:
        available, _, _ = self.limit()
        if amount > available:
            raise errors.LimitExceeded(amount, available)
        self._used, self._used_at = self._still_used() + amount, self.world.now

    def _set_limit(self, capacity: int) -> None:
        self._used, self._used_at = self._still_used(), self.world.now
        self._capacity = fit(208, capacity)
        self.emit("LimitChanged", capacity=capacity)

    def _set_instant_cap(self, instantCap: int) -> None:
        self.instantCap = instantCap
        self.emit("InstantCapChanged", instantCap=instantCap)

    def _may_join(self, account: str) -> bool:
        return not self.reserves.isSigner(account)

    def _check_guardian_or_signer(self, function: str, sender: str) -> None:
        if not self.isSigner(sender):
            self.manager.check(self, function, (), sender, Role.GUARDIAN)
