"""Escrow from a request to its one end. Twin of `contracts/Redemptions.sol`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from enum import IntEnum
from typing import NamedTuple

from tradecoin.twin import errors
from tradecoin.twin.manager import Manager, Role, restricted
from tradecoin.twin.quorum import Quorum
from tradecoin.twin.token import Token
from tradecoin.twin.world import DAY, HOUR, NOBODY, NOTHING, Signed, World, external, fit

NOTICE_OPEN, NOTICE_ACCEPTED, BRAKE = DAY, 10 * DAY, DAY
MAX_MIN_REQUEST = 1_000 * 10**6


class Status(IntEnum):
    """Where a request stands."""

    NONE = 0
    REQUESTED = 1
    ACCEPTED = 2
    SETTLED = 3
    GIVEN_BACK = 4
    CANCELLED = 5
    RECLAIMED = 6


OPEN = (Status.REQUESTED, Status.ACCEPTED)


class Request(NamedTuple):
    """Coins in escrow and whose they are; times in Unix seconds, zero when it did not happen."""

    holder: str = NOBODY
    status: Status = Status.NONE
    dueAt: int = 0
    protestedAt: int = 0
    amount: int = 0
    pays: int = 0


class Redemptions(Quorum):
    """The half of the bank that holders and the payer call. Nothing here reads the reserves."""

    def __init__(
        self,
        world: World,
        address: str,
        manager: Manager,
        token: Token,
        signers: tuple[Sequence[str], int],
        payer: str,
        minorUnit: int,
        minRequest: int,
        sla: int,
    ) -> None:
        super().__init__(world, address, manager, *signers)
        check_bound("minorUnit", minorUnit, minorUnit > 0)
        check_bound("minRequest", minRequest, minorUnit <= minRequest <= MAX_MIN_REQUEST)
        check_bound("sla", sla, HOUR <= sla < token.NOTICE - NOTICE_ACCEPTED)
        self.token, self.minorUnit, self.minRequest, self.sla = token, minorUnit, minRequest, sla
        self.brakeUntil = self.issuePausedUntil = self.requestCount = self.overdue = 0
        self.woundDown, self.windDownRatio = False, (0, 0)
        self.requests: dict[int, Request] = {}
        self._set_payer(payer)

    # ----------------------------------------------------------------------------------------------- holder

    @external
    def request(self, amount: int, payout: bytes, *, sender: str) -> int:
        """Put coins into escrow, by allowance."""
        number = self._open(sender, amount, payout)
        self.token.transferFrom(sender, self.address, amount, sender=self.address)
        return number

    @external
    def requestWithPermit(self, amount: int, payout: bytes, deadline: int, signature: Signed, *, sender: str) -> int:
        """Request with a signed allowance; one that somebody used before is no obstacle."""
        with suppress(errors.Refused):
            self.token.permit(sender, self.address, amount, deadline, signature, sender=self.address)
        return self.request(amount, payout, sender=sender)

    @external
    def requestWithAuthorization(
        self,
        holder: str,
        amount: int,
        payout: bytes,
        salt: bytes,
        after: int,
        before: int,
        signature: Signed,
        *,
        sender: str,
    ) -> int:
        """Request for a holder who signed; anyone brings it and nobody redirects it."""
        number = self._open(holder, amount, payout)
        nonce = self.authorizationNonce(payout, salt)
        self.token.receiveWithAuthorization(
            holder, self.address, amount, after, before, nonce, signature, sender=self.address
        )
        return number

    @external
    def cancel(self, number: int, *, sender: str) -> None:
        """Take the coins back while not accepted. Holder."""
        r = self._request(number)
        if r.status is not Status.REQUESTED:
            raise errors.WrongStatus(number, r.status)
        if sender != r.holder:
            raise errors.NotHolder(sender, r.holder)
        self._close(number, Status.CANCELLED)
        self.emit("Cancelled", id=number)
        self._return(r)

    @external
    def protest(self, number: int, *, sender: str) -> None:
        """Show that a request is overdue. Anyone."""
        r = self._request(number)
        if r.status not in OPEN:
            raise errors.WrongStatus(number, r.status)
        if r.protestedAt != 0:
            raise errors.AlreadyProtested(number)
        if self.world.now <= r.dueAt:
            raise errors.NotDue(number, r.dueAt, self.world.now)
        self.requests[number] = r._replace(protestedAt=self.world.now)
        self.overdue += 1
        self.emit("Protested", id=number, by=sender)

    @external
    def reclaim(self, number: int, *, sender: str) -> None:
        """Take the coins back after the notice. Holder."""
        r = self._request(number)
        if r.status not in OPEN:
            raise errors.WrongStatus(number, r.status)
        if sender != r.holder:
            raise errors.NotHolder(sender, r.holder)
        if r.protestedAt == 0:
            raise errors.NotProtested(number)
        if self.world.now < self.reclaimableAt(number):
            raise errors.NoticeNotOver(number, self.reclaimableAt(number), self.world.now)
        self._close(number, Status.RECLAIMED)
        self.emit("Reclaimed", id=number)
        self._return(r)

    # ----------------------------------------------------------------------------------------------- payer

    @external
    def accept(self, numbers: Sequence[int], *, sender: str) -> int:
        """Announce that these will be paid. Payer."""
        self._check_payer(sender)
        done = 0
        for number in numbers:
            r = self._request(number)
            if r.status is Status.REQUESTED and self.token.canSend(r.holder):
                self.requests[number] = r._replace(status=Status.ACCEPTED, pays=self.paysFor(r.amount))
                self.emit("Accepted", id=number)
                done += 1
        return done

    @external
    def settle(self, numbers: Sequence[int], references: Sequence[bytes], *, sender: str) -> int:
        """Burn the escrow of paid requests. Payer."""
        self._check_payer(sender)
        if len(numbers) != len(references):
            raise errors.LengthMismatch(len(numbers), len(references))
        done, total = 0, 0
        for number, reference in zip(numbers, references, strict=True):
            r = self._request(number)
            if r.status is Status.ACCEPTED:
                self._close(number, Status.SETTLED)
                self.emit("Settled", id=number, amount=r.amount, paid=r.pays, ref=reference)
                done, total = done + 1, total + r.amount
        if total:
            self.token.burn(total, sender=self.address)
        return done

    @external
    def giveBack(self, numbers: Sequence[int], reasons: Sequence[int], *, sender: str) -> int:
        """Return the coins; late, it stops minting for a day. Payer."""
        self._check_payer(sender)
        if len(numbers) != len(reasons):
            raise errors.LengthMismatch(len(numbers), len(reasons))
        done = 0
        for number, reason in zip(numbers, reasons, strict=True):
            r = self._request(number)
            if r.status in OPEN:
                self._close(number, Status.GIVEN_BACK)
                if self.world.now > r.dueAt:
                    self._brake()
                self.emit("GivenBack", id=number, reason=reason)
                self._return(r)
                done += 1
        return done

    @restricted(Role.GOVERNOR)
    def setPayer(self, payer: str, *, sender: str) -> None:
        """Change the payer."""
        self._set_payer(payer)

    # ----------------------------------------------------------------------------------------------- views

    def reclaimableAt(self, number: int) -> int:
        """Earliest time of a reclaim; zero while no notice runs."""
        r = self._request(number)
        if r.protestedAt == 0 or r.status not in OPEN:
            return 0
        return r.protestedAt + (NOTICE_ACCEPTED if r.status is Status.ACCEPTED else NOTICE_OPEN)

    def paysFor(self, amount: int) -> int:
        """What would be paid for a request accepted now; after a wind-down the ratio, down to whole minor units."""
        if not self.woundDown:
            return amount
        backing, burden = self.windDownRatio
        return amount * backing // burden // self.minorUnit * self.minorUnit

    def authorizationNonce(self, payout: bytes, salt: bytes) -> bytes:
        """The nonce that ties a signed transfer to a payout."""
        return self.world.digest("NarrowBank", "authorizationNonce", (payout, salt, self.address))

    # ----------------------------------------------------------------------------------------------- inside

    def _request(self, number: int) -> Request:
        return self.requests.get(number, Request())

    def _open(self, holder: str, amount: int, payout: bytes) -> int:
        if self.token.issuer != self.address:
            raise errors.NotTheIssuer(self.token.issuer)
        if payout == NOTHING:
            raise errors.NoPayout
        if amount < self.minRequest:
            raise errors.TooSmall(amount, self.minRequest)
        if amount % self.minorUnit:
            raise errors.NotAMultiple(amount, self.minorUnit)
        self.requestCount += 1
        due = self.world.now + self.sla
        self.requests[self.requestCount] = Request(holder, Status.REQUESTED, due, 0, fit(128, amount))
        self.emit("Requested", id=self.requestCount, holder=holder, amount=amount, payout=payout, dueAt=due)
        return self.requestCount

    def _close(self, number: int, end: Status) -> None:
        r = self.requests[number]
        self.requests[number] = r._replace(status=end)
        self.overdue -= r.protestedAt != 0

    def _return(self, r: Request) -> None:
        self.token.transfer(r.holder, r.amount, sender=self.address)

    def _brake(self) -> None:
        until = self.world.now + BRAKE
        if self.brakeUntil != until:
            self.brakeUntil = until
            self.emit("Braked", until=until)

    def _set_payer(self, payer: str) -> None:
        check_bound("payer", 0, payer != NOBODY)
        self.payer = payer
        self.emit("PayerChanged", payer=payer)

    def _check_payer(self, sender: str) -> None:
        if sender != self.payer:
            raise errors.NotPayer(sender)


def check_bound(what: str, got: int, good: bool) -> None:
    """Raise OutOfBounds unless the bound holds."""
    if not good:
        raise errors.OutOfBounds(what.encode().ljust(32, b"\0"), got)
