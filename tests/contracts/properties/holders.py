"""What holders, the payer and the powers over the token may try, as rules for contracts and twin."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.contracts.kit import (
    ALICE,
    BOB,
    COIN,
    COMPLIANCE,
    DAY,
    DEPLOYER,
    GUARDIAN,
    HOUR,
    NOBODY,
    ORDER,
    PAYER,
    RELAYER,
    SEIZER,
)
from tests.contracts.properties import guesses
from tests.contracts.properties.machine import PAYOUT, Everything
from tradecoin.twin.world import Signed


class Redeeming(Everything):
    """Requests and their ends."""

    @initialize(amounts=st.lists(guesses.small, min_size=2, max_size=4), first=st.integers(0, 2))
    def requests(self, amounts: list[int], first: int) -> None:
        """Some are open, some of them accepted."""
        for amount in amounts:
            self.pair.do("NarrowBank", "request", amount, PAYOUT, sender=ALICE)
        self.pair.do("NarrowBank", "accept", list(range(1, first + 1)), sender=PAYER)

    @rule(amount=guesses.amounts, holder=guesses.people, none=guesses.mostly(False, True))
    def request(self, amount: int, holder: str, none: bool) -> None:
        """A holder asks, by allowance."""
        self.pair.do("NarrowBank", "request", amount, bytes(32) if none else PAYOUT, sender=holder)

    @rule(amount=guesses.small, late=guesses.mostly(False, True), by=guesses.mostly(ALICE, BOB))
    def request_with_permit(self, amount: int, late: bool, by: str) -> None:
        """A holder asks, by permit."""
        pair = self.pair
        deadline = pair.world.now + (-1 if late else HOUR)
        nonce = pair.token.nonces.get(ALICE, 0)
        message = (ALICE, pair.bank.address, amount, nonce, deadline)
        signed = Signed(by, pair.world.digest("Token", "Permit", message))
        pair.do("NarrowBank", "requestWithPermit", amount, PAYOUT, deadline, signed, sender=ALICE)

    @rule(amount=guesses.small, salt=guesses.salts, other=guesses.mostly(False, True), by=guesses.mostly(ALICE, BOB))
    def request_with_authorization(self, amount: int, salt: bytes, other: bool, by: str) -> None:
        """A relayer asks for a holder, sometimes for another payout than was signed."""
        pair = self.pair
        after, before = pair.world.now - 1, pair.world.now + HOUR
        nonce = pair.bank.authorizationNonce(PAYOUT, salt)
        message = (ALICE, pair.bank.address, amount, after, before, nonce)
        signed = Signed(by, pair.world.digest("Token", "ReceiveWithAuthorization", message))
        payout = salt if other else PAYOUT
        args = (ALICE, amount, payout, salt, after, before, signed)
        pair.do("NarrowBank", "requestWithAuthorization", *args, sender=RELAYER)

    @rule(numbers=guesses.request_lists, payer=guesses.payers)
    def accept(self, numbers: list[int], payer: str) -> None:
        """The payer accepts."""
        self.pair.do("NarrowBank", "accept", numbers, sender=payer)

    @rule(numbers=guesses.request_lists, payer=guesses.payers, extra=guesses.mostly(0, 1))
    def settle(self, numbers: list[int], payer: str, extra: int) -> None:
        """The payer burns what is paid."""
        self.pair.do("NarrowBank", "settle", numbers, [ORDER] * (len(numbers) + extra), sender=payer)

    @rule(numbers=guesses.request_lists, payer=guesses.payers, reason=st.integers(0, 5), extra=guesses.mostly(0, 1))
    def give_back(self, numbers: list[int], payer: str, reason: int, extra: int) -> None:
        """The payer returns coins."""
        self.pair.do("NarrowBank", "giveBack", numbers, [reason] * (len(numbers) + extra), sender=payer)

    @rule(number=guesses.request_numbers, sender=guesses.people, end=st.sampled_from(("cancel", "protest", "reclaim")))
    def end(self, number: int, sender: str, end: str) -> None:
        """Somebody, often the holder, ends or protests."""
        self.pair.do("NarrowBank", end, self._known(number), sender=sender)

    @rule(number=guesses.request_numbers)
    def overdue(self, number: int) -> None:
        """Time passes, somebody protests, the holder reclaims a day later."""
        number = self._known(number)
        self.system.evm.advance(2 * DAY)
        self.pair.do("NarrowBank", "protest", number, sender=RELAYER)
        self._renew()
        self._mint([guesses.Draft(5, COIN, ALICE, "")], HOUR, "right")
        self.system.evm.advance(DAY)
        holder = self.pair.bank.requests[number].holder if number in self.pair.bank.requests else ALICE
        self.pair.do("NarrowBank", "reclaim", number, sender=holder)

    @rule(payer=st.sampled_from((PAYER, BOB, NOBODY)))
    def set_payer(self, payer: str) -> None:
        """The governor changes the payer."""
        self._govern("NarrowBank", "setPayer", payer)

    @rule(duration=guesses.durations)
    def pause(self, duration: int) -> None:
        """The token stops; leaving must not."""
        self.pair.do("Token", "pause", duration, sender=GUARDIAN)

    @rule(account=guesses.people, on=st.booleans())
    def block(self, account: str, on: bool) -> None:
        """An account is blocked or free again; then everything that may be is accepted."""
        self.pair.do("Token", "setBlocked", account, on, ORDER, sender=COMPLIANCE)
        self.pair.do("NarrowBank", "accept", list(range(1, self.pair.bank.requestCount + 1)), sender=PAYER)

    @rule(short=st.sampled_from((-COIN, COIN)))
    def wind_down(self, short: int) -> None:
        """A month without a covering report, then the end."""
        self.system.evm.advance(31 * DAY)
        statement = guesses.Statement(short, 0, 0, 0, 0, "")
        self.pair.do("Reserves", "attest", *self._attestation(statement, "right"), sender=RELAYER)
        self.pair.do("NarrowBank", "windDown", sender=RELAYER)


class Moving(Everything):
    """Transfers, signed ones, orders, and the change of issuer."""

    @rule(
        sender=guesses.people, to=guesses.people, value=guesses.amounts, odd=guesses.mostly("", "token", "bank", "zero")
    )
    def transfer(self, sender: str, to: str, value: int, odd: str) -> None:
        """Coins are sent."""
        odds = {"token": self.pair.token.address, "bank": self.pair.bank.address, "zero": NOBODY}
        self.pair.do("Token", "transfer", odds.get(odd, to), value, sender=sender)

    @rule(owner=guesses.people, sender=guesses.people, value=guesses.amounts, allow=guesses.amounts)
    def transfer_from(self, owner: str, sender: str, value: int, allow: int) -> None:
        """Coins are allowed and fetched."""
        self.pair.do("Token", "approve", sender, allow, sender=owner)
        self.pair.do("Token", "transferFrom", owner, BOB, value, sender=sender)

    @rule(value=guesses.small, deadline=guesses.mostly(HOUR, -1), by=guesses.mostly(ALICE, BOB))
    def permit(self, value: int, deadline: int, by: str) -> None:
        """An allowance is signed."""
        pair = self.pair
        until = pair.world.now + deadline
        message = (ALICE, RELAYER, value, pair.token.nonces.get(ALICE, 0), until)
        signed = Signed(by, pair.world.digest("Token", "Permit", message))
        pair.do("Token", "permit", ALICE, RELAYER, value, until, signed, sender=BOB)

    @rule(
        receive=st.booleans(),
        to=guesses.people,
        nonce=guesses.salts,
        window=guesses.mostly((1, HOUR), (0, HOUR), (1, 0)),
        by=guesses.mostly(ALICE, BOB),
    )
    def authorization(self, receive: bool, to: str, nonce: bytes, window: tuple[int, int], by: str) -> None:
        """A signed transfer is brought, by its receiver or by anyone."""
        pair = self.pair
        kind = "ReceiveWithAuthorization" if receive else "TransferWithAuthorization"
        now = pair.world.now
        message = (ALICE, to, COIN, now - window[0], now + window[1], nonce)
        signed = Signed(by, pair.world.digest("Token", kind, message))
        pair.do("Token", kind[0].lower() + kind[1:], *message, signed, sender=RELAYER)

    @rule(nonce=guesses.salts, by=guesses.mostly(ALICE, BOB))
    def cancel_authorization(self, nonce: bytes, by: str) -> None:
        """A nonce is used up."""
        signed = Signed(by, self.pair.world.digest("Token", "CancelAuthorization", (ALICE, nonce)))
        self.pair.do("Token", "cancelAuthorization", ALICE, nonce, signed, sender=RELAYER)

    @rule(duration=guesses.durations, sender=guesses.mostly(GUARDIAN, ALICE))
    def pause(self, duration: int, sender: str) -> None:
        """Transfers stop."""
        self.pair.do("Token", "pause", duration, sender=sender)

    @rule(early=guesses.mostly(False, True))
    def unpause(self, early: bool) -> None:
        """Transfers go on early."""
        self._govern("Token", "unpause", early=early)

    @rule(account=st.sampled_from((*guesses.PEOPLE, "bank", "token")), on=st.booleans(), order=guesses.orders)
    def block(self, account: str, on: bool, order: bytes) -> None:
        """An account is blocked or free again."""
        named = {"bank": self.pair.bank.address, "token": self.pair.token.address}.get(account, account)
        self.pair.do("Token", "setBlocked", named, on, order, sender=COMPLIANCE)

    @rule(account=st.sampled_from((*guesses.PEOPLE, "bank")), amount=guesses.amounts, order=guesses.orders)
    def freeze(self, account: str, amount: int, order: bytes) -> None:
        """Coins are frozen or free again."""
        named = self.pair.bank.address if account == "bank" else account
        self.pair.do("Token", "setFrozenTokens", named, amount, order, sender=COMPLIANCE)

    @rule(
        holder=guesses.people,
        to=st.sampled_from((*guesses.PEOPLE, NOBODY)),
        amount=guesses.amounts,
        order=guesses.orders,
    )
    def seize(self, holder: str, to: str, amount: int, order: bytes) -> None:
        """Coins are taken by order."""
        self._govern("Token", "forcedTransfer", holder, to, amount, order, sender=SEIZER)

    @rule(by=st.sampled_from((ALICE, GUARDIAN, DEPLOYER)), which=st.sampled_from(("mint", "burn", "setFirstIssuer")))
    def usurp(self, by: str, which: str) -> None:
        """Somebody plays the issuer."""
        args = {"mint": (BOB, COIN), "burn": (COIN,), "setFirstIssuer": (self.pair.reserves.address,)}[which]
        self.pair.do("Token", which, *args, sender=by)

    @rule(which=st.sampled_from(("Reserves", "Token", "NarrowBank", "alice")))
    def announce_issuer(self, which: str) -> None:
        """A change of issuer is announced."""
        following = self.pair.twins[which].address if which != "alice" else ALICE
        self._govern("Token", "announceIssuer", following)

    @rule(cancel=guesses.mostly(False, True))
    def apply_issuer(self, cancel: bool) -> None:
        """The change is made, or taken back."""
        if cancel:
            self.pair.do("Token", "cancelIssuer", sender=GUARDIAN)
        self.pair.do("Token", "applyIssuer", sender=RELAYER)

    @rule(amount=guesses.small)
    def request_and_settle(self, amount: int) -> None:
        """A redemption from its request to its burn."""
        pair = self.pair
        number = pair.do("NarrowBank", "request", amount, PAYOUT, sender=ALICE)
        if isinstance(number, int):
            pair.do("NarrowBank", "accept", [number], sender=PAYER)
            pair.do("NarrowBank", "settle", [number], [ORDER], sender=PAYER)
