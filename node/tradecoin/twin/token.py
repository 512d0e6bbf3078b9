"""The coin: balances, signatures, one choke point, an issuer changed under notice. Twin of `contracts/Token.sol`."""

from __future__ import annotations

from typing import NamedTuple

from tradecoin.twin import errors
from tradecoin.twin.manager import Manager, Role, restricted
from tradecoin.twin.world import DAY, NOBODY, NOTHING, Contract, Signed, World, external, fit, next_pause

UNLIMITED = 2**256 - 1
# OpenZeppelin's mark in both bounds of an authorisation: they are numbers of blocks then, not times.
BLOCK_RANGE = 1 << 47


class Flags(NamedTuple):
    """What an account may not move."""

    blocked: bool = False
    frozen: int = 0


class Token(Contract):
    """Amounts in the smallest unit, times in Unix seconds."""

    NOTICE = 21 * DAY

    def __init__(self, world: World, address: str, manager: Manager, deployer: str) -> None:
        super().__init__(world, address)
        self.manager, self._deployer = manager, deployer
        self.issuer, self.announcedIssuer = NOBODY, (NOBODY, 0)
        self.isRetired: set[str] = set()
        self.totalSupply = self.flagged = self.pausedUntil = 0
        self.balances: dict[str, int] = {}
        self.allowances: dict[tuple[str, str], int] = {}
        self.nonces: dict[str, int] = {}
        self.used: set[tuple[str, bytes]] = set()
        self.flags: dict[str, Flags] = {}
        self.burns: tuple[tuple[int, int], ...] = ()

    # ----------------------------------------------------------------------------------------------- ERC-20

    def balanceOf(self, account: str) -> int:
        """Coins of the account."""
        return self.balances.get(account, 0)

    @external
    def transfer(self, to: str, value: int, *, sender: str) -> None:
        """Send coins."""
        self._transfer(sender, to, value, sender)

    @external
    def transferFrom(self, owner: str, to: str, value: int, *, sender: str) -> None:
        """Send coins of another within the allowance."""
        allowance = self.allowances.get((owner, sender), 0)
        if allowance < value:
            raise errors.ERC20InsufficientAllowance(sender, allowance, value)
        if allowance != UNLIMITED:
            self.allowances[owner, sender] = allowance - value
        self._transfer(owner, to, value, sender)

    @external
    def approve(self, spender: str, value: int, *, sender: str) -> None:
        """Allow another to send so many coins."""
        self._approve(sender, spender, value)

    # ----------------------------------------------------------------------------------------------- issuer

    @external
    def mint(self, to: str, amount: int, *, sender: str) -> None:
        """Make coins. Issuer."""
        if sender != self.issuer:
            raise errors.NotIssuer(sender)
        if to == sender:
            raise errors.UseRequest(to)
        if to == NOBODY:
            raise errors.ERC20InvalidReceiver(to)
        self._update(NOBODY, to, amount, sender)

    @external
    def burn(self, amount: int, *, sender: str) -> None:
        """Destroy own coins. Issuer, or a retired one."""
        if sender != self.issuer and sender not in self.isRetired:
            raise errors.NotIssuer(sender)
        self._update(sender, NOBODY, amount, sender)
        earlier = tuple(burn for burn in self.burns if burn[0] < self.world.now)
        self.burns = (*earlier, (self.world.now, self.burned + amount))

    @external
    def setFirstIssuer(self, first: str, *, sender: str) -> None:
        """Name the first issuer. Deployer, once."""
        if sender != self._deployer:
            raise errors.NotDeployer(sender)
        if self.issuer != NOBODY:
            raise errors.IssuerAlreadySet(self.issuer)
        self._check_issuer(first)
        self.issuer = first
        self.emit("IssuerChanged", issuer=first, retired=NOBODY)

    @restricted(Role.GOVERNOR)
    def announceIssuer(self, following: str, *, sender: str) -> None:
        """Start the notice."""
        self._check_issuer(following)
        self.announcedIssuer = following, self.world.now + self.NOTICE
        self.emit("IssuerAnnounced", next=following, readyAt=self.announcedIssuer[1])

    @restricted(Role.GUARDIAN)
    def cancelIssuer(self, *, sender: str) -> None:
        """Take the announcement back."""
        following, _ = self.announcedIssuer
        if following == NOBODY:
            raise errors.NoIssuerAnnounced
        self.announcedIssuer = NOBODY, 0
        self.emit("IssuerChangeCancelled", next=following)

    @external
    def applyIssuer(self, *, sender: str) -> None:
        """Change the issuer after the notice. Anyone."""
        following, ready = self.announcedIssuer
        if following == NOBODY:
            raise errors.NoIssuerAnnounced
        if self.world.now < ready:
            raise errors.NoticeRunning(ready, self.world.now)
        retired, self.issuer = self.issuer, following
        self.isRetired.add(retired)
        self.announcedIssuer = NOBODY, 0
        self.emit("IssuerChanged", issuer=following, retired=retired)

    # ----------------------------------------------------------------------------------------------- holders, signed

    @external
    def permit(self, owner: str, spender: str, value: int, deadline: int, signature: Signed, *, sender: str) -> None:
        """Set an allowance by signature. (The form with v, r, s calls a bad signature ERC2612InvalidSigner.)"""
        if self.world.now > deadline:
            raise errors.ERC2612ExpiredSignature(deadline)
        nonce = self.nonces.get(owner, 0)
        self.nonces[owner] = nonce + 1
        self._check_signature(owner, "Permit", (owner, spender, value, nonce, deadline), signature)
        self._approve(owner, spender, value)

    @external
    def transferWithAuthorization(
        self, holder: str, to: str, value: int, after: int, before: int, nonce: bytes, signature: Signed, *, sender: str
    ) -> None:
        """Send coins by signature, strictly between two times, once. Anyone brings it."""
        message = (holder, to, value, after, before, nonce)
        self._check_signature(holder, "TransferWithAuthorization", message, signature)
        self._authorized(holder, to, value, after, before, nonce, sender)

    @external
    def receiveWithAuthorization(
        self, holder: str, to: str, value: int, after: int, before: int, nonce: bytes, signature: Signed, *, sender: str
    ) -> None:
        """Take coins by signature, strictly between two times, once. Only the receiver brings it."""
        if to != sender:
            raise errors.ERC20InvalidReceiver(to)
        message = (holder, to, value, after, before, nonce)
        self._check_signature(holder, "ReceiveWithAuthorization", message, signature)
        self._authorized(holder, to, value, after, before, nonce, sender)

    @external
    def cancelAuthorization(self, authorizer: str, nonce: bytes, signature: Signed, *, sender: str) -> None:
        """Use a nonce up by signature."""
        self._check_signature(authorizer, "CancelAuthorization", (authorizer, nonce), signature)
        self._consume(authorizer, nonce)
        self.emit("AuthorizationCanceled", authorizer=authorizer, nonce=nonce)

    # ----------------------------------------------------------------------------------------------- powers

    @restricted(Role.GUARDIAN)
    def pause(self, duration: int, *, sender: str) -> None:
        """Stop transfers for so many seconds."""
        self.pausedUntil = next_pause(self.pausedUntil, duration, self.world.now)
        self.emit("Paused", until=self.pausedUntil)

    @restricted(Role.GOVERNOR)
    def unpause(self, *, sender: str) -> None:
        """End a pause early."""
        if self.world.now >= self.pausedUntil:
            raise errors.NoChange(self.address)
        self.pausedUntil = self.world.now
        self.emit("Unpaused")

    @restricted(Role.COMPLIANCE)
    def setBlocked(self, account: str, on: bool, order: bytes, *, sender: str) -> None:
        """Block or unblock by a documented order."""
        flags = self._flags_of(account)
        if order == NOTHING:
            raise errors.OrderRequired
        if flags.blocked == on:
            raise errors.NoChange(account)
        if on:
            self._check_touchable(account)
        self._set_flags(account, flags._replace(blocked=on))
        self.emit("BlockedSet", account=account, on=on, order=order)

    @restricted(Role.COMPLIANCE)
    def setFrozenTokens(self, account: str, amount: int, order: bytes, *, sender: str) -> None:
        """Freeze so many coins by a documented order."""
        if order == NOTHING:
            raise errors.OrderRequired
        if amount != 0:
            self._check_touchable(account)
        self._set_flags(account, self._flags_of(account)._replace(frozen=fit(248, amount)))
        self.emit("Frozen", account=account, amount=amount)
        self.emit("FrozenByOrder", account=account, order=order)

    @restricted(Role.SEIZER)
    def forcedTransfer(self, holder: str, to: str, amount: int, order: bytes, *, sender: str) -> None:
        """Take coins by a documented order, frozen ones too."""
        if order == NOTHING:
            raise errors.OrderRequired
        self._check_touchable(holder)
        self._check_touchable(to)
        if not self.canReceive(to):
            raise errors.ERC7943CannotReceive(to)
        flags, rest = self._flags_of(holder), max(self.balanceOf(holder) - amount, 0)
        if rest < flags.frozen:
            self._set_flags(holder, flags._replace(frozen=rest))
            self.emit("Frozen", account=holder, amount=rest)
        self._move(holder, to, amount)
        self.emit("ForcedTransfer", **{"from": holder}, to=to, amount=amount)
        self.emit("ForcedByOrder", **{"from": holder}, order=order)

    # ----------------------------------------------------------------------------------------------- views

    def isBlocked(self, account: str) -> bool:
        """Whether the account is blocked."""
        return self._flags_of(account).blocked

    def getFrozenTokens(self, account: str) -> int:
        """Frozen coins; may exceed the balance."""
        return self._flags_of(account).frozen

    def canSend(self, account: str) -> bool:
        """Whether the account may send at all."""
        return not self.isBlocked(account)

    def canReceive(self, account: str) -> bool:
        """Whether the account may receive at all."""
        return account not in (NOBODY, self.address, self.issuer) and not self.isBlocked(account)

    def canTransfer(self, holder: str, to: str, amount: int) -> bool:
        """Whether a plain transfer would pass the rules now."""
        frozen = self.getFrozenTokens(holder)
        free = frozen == 0 or amount <= max(self.balanceOf(holder) - frozen, 0)
        return free and self.canSend(holder) and self.canReceive(to) and self.world.now >= self.pausedUntil

    @property
    def burned(self) -> int:
        """Coins burned in all."""
        return self.burns[-1][1] if self.burns else 0

    def burnedBefore(self, t: int) -> int:
        """Coins burned strictly before a time."""
        return max((total for time, total in self.burns if time < t), default=0)

    def supplyAndBurnedSince(self, t: int) -> tuple[int, int]:
        """The supply, and what was burned at a time or later."""
        return self.totalSupply, self.burned - self.burnedBefore(t)

    # ----------------------------------------------------------------------------------------------- the choke point

    def _update(self, holder: str, to: str, value: int, sender: str) -> None:
        """Every move of coins but a forced one passes here."""
        if to == self.address:
            raise errors.ERC20InvalidReceiver(to)
        if to == self.issuer != sender:
            raise errors.UseRequest(to)
        self._screen(holder, to, value, sender)
        self._move(holder, to, value)

    def _screen(self, holder: str, to: str, value: int, sender: str) -> None:
        if holder == sender and (holder == self.issuer or holder in self.isRetired):
            return
        if to != self.issuer and self.world.now < self.pausedUntil:
            raise errors.TokenPaused(self.pausedUntil)
        if to != self.issuer and self.isBlocked(to):
            raise errors.ERC7943CannotReceive(to)
        if self.isBlocked(holder):
            raise errors.ERC7943CannotSend(holder)
        frozen, balance = self.getFrozenTokens(holder), self.balanceOf(holder)
        if frozen and balance - frozen < value <= balance:
            raise errors.ERC7943InsufficientUnfrozenBalance(holder, value, max(balance - frozen, 0))

    def _move(self, holder: str, to: str, value: int) -> None:
        """Move coins; from nobody makes them, to nobody destroys them."""
        if holder == NOBODY:
            self.totalSupply += value
        else:
            if self.balanceOf(holder) < value:
                raise errors.ERC20InsufficientBalance(holder, self.balanceOf(holder), value)
            self.balances[holder] = self.balanceOf(holder) - value
        if to == NOBODY:
            self.totalSupply -= value
        else:
            self.balances[to] = self.balanceOf(to) + value
        self.emit("Transfer", **{"from": holder}, to=to, value=value)

    def _transfer(self, holder: str, to: str, value: int, sender: str) -> None:
        if to == NOBODY:
            raise errors.ERC20InvalidReceiver(to)
        self._update(holder, to, value, sender)

    def _approve(self, owner: str, spender: str, value: int) -> None:
        if spender == NOBODY:
            raise errors.ERC20InvalidSpender(spender)
        self.allowances[owner, spender] = value
        self.emit("Approval", owner=owner, spender=spender, value=value)

    def _authorized(self, holder: str, to: str, value: int, after: int, before: int, nonce: bytes, sender: str) -> None:
        mark = after & before & BLOCK_RANGE
        current = self.world.block if mark else self.world.now
        if not after & ~mark < current < before & ~mark:
            raise errors.ERC3009InvalidAuthorizationTime(after, before)
        self._consume(holder, nonce)
        self.emit("AuthorizationUsed", authorizer=holder, nonce=nonce)
        self._transfer(holder, to, value, sender)

    def _consume(self, authorizer: str, nonce: bytes) -> None:
        if (authorizer, nonce) in self.used:
            raise errors.ERC3009UsedAuthorization(authorizer, nonce)
        self.used.add((authorizer, nonce))

    def _check_signature(self, by: str, kind: str, message: tuple[object, ...], signature: Signed) -> None:
        if signature != Signed(by, self.world.digest("Token", kind, message)):
            raise errors.ERC3009InvalidSignature

    def _flags_of(self, account: str) -> Flags:
        return self.flags.get(account, Flags())

    def _set_flags(self, account: str, flags: Flags) -> None:
        self.flagged += (flags != Flags()) - (self._flags_of(account) != Flags())
        self.flags[account] = flags

    def _check_touchable(self, account: str) -> None:
        if account in (self.address, self.issuer) or account in self.isRetired:
            raise errors.Untouchable(account)

    def _check_issuer(self, following: str) -> None:
        former = following == self.issuer or following in self.isRetired
        if former or following == self.address or not self.world.has_code(following):
            raise errors.BadIssuer(following)
