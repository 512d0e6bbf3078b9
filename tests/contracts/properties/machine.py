"""Everything that anybody may try, as rules that are played on the contracts and on their twin."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contracts.kit import (
    ALICE,
    BOB,
    COIN,
    COMPLIANCE,
    DAY,
    DEPLOYER,
    GOVERNOR,
    GUARDIAN,
    HOUR,
    NOBODY,
    ORDER,
    PAYER,
    RELAYER,
    SEIZER,
    System,
    address_of,
)
from tests.contracts.properties import guesses
from tests.contracts.properties.pair import STRANGERS, Kept, Pair
from tradecoin.twin.world import Signed

PAYOUT = ORDER


class Everything(RuleBasedStateMachine):
    """Base of the machines: a pair, restored at the end; a million coins covered, some with alice and bob."""

    system: System

    def __init__(self) -> None:
        super().__init__()
        self.kept = Kept.of(self.system)
        self.pair = Pair.of(self.system)

    def teardown(self) -> None:
        """Give the chain back as it was."""
        try:
            compare_state(self.pair)
        finally:
            self.kept.restore()

    @initialize()
    def begin(self) -> None:
        """Attest, mint, allow the bank to take coins."""
        pair = self.pair
        self._renew()
        for number, holder in enumerate((ALICE, BOB)):
            self._mint([guesses.Draft(number, 60 * COIN, holder, "")], HOUR, "right")
            pair.do("Token", "approve", pair.bank.address, 2**256 - 1, sender=holder)

    def _mint(self, drafts: list[guesses.Draft], ahead: int, way: str) -> Any:
        return self.pair.do("NarrowBank", "mint", *self._batch(drafts, ahead, way), sender=RELAYER)

    def _batch(self, drafts: list[guesses.Draft], ahead: int, way: str) -> tuple[Any, ...]:
        pair, used = self.pair, dict[bytes, int]()
        vouchers = tuple(draft.of(pair, used) for draft in drafts)
        expiry = pair.world.now + ahead
        return vouchers, expiry, guesses.quorum(pair, "bank", pair.bank.hashVouchers(vouchers, expiry), way)

    def _attestation(self, statement: guesses.Statement, way: str) -> tuple[Any, ...]:
        attestation = statement.of(self.pair)
        digest = self.pair.reserves.hashAttestation(attestation)
        return attestation, guesses.quorum(self.pair, "auditors", digest, way)

    def _renew(self) -> None:
        """Bring a covering report when there is none."""
        self.pair.world  # noqa: B018 - moves the twin to the time of the next block
        if self.pair.bank.halted() & 3:
            good = guesses.Statement(-1_000_000 * COIN, 0, 0, 0, 0, "")
            self.pair.do("Reserves", "attest", *self._attestation(good, "right"), sender=RELAYER)

    def _known(self, number: int) -> int:
        """One of the requests that there are, or zero."""
        return number % (self.pair.bank.requestCount + 1)

    def _govern(self, contract: str, function: str, *args: Any, sender: str = GOVERNOR, early: bool = False) -> Any:
        """Announce a use of power, wait for its delay or not quite, and use it."""
        self.pair.schedule(contract, function, *args, sender=sender)
        delay = DAY if sender == SEIZER else 2 * DAY
        self.system.evm.advance(delay - 3 * early)
        return self.pair.do(contract, function, *args, sender=sender)

    @rule(seconds=guesses.waits)
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.system.evm.advance(seconds)

    @invariant()
    def halts_agree(self) -> None:
        """What keeps minting off is the same, and so is the coverage."""
        self.pair.world  # noqa: B018 - moves the twin to the time of the next block
        bank, reserves = self.system.bank, self.system.reserves
        assert bank.call("halted") == self.pair.bank.halted()
        assert reserves.call("coverage") == self.pair.reserves.coverage()


class Minting(Everything):
    """Attestations and mints."""

    @rule(statement=guesses.statements, way=guesses.ways)
    def attest(self, statement: guesses.Statement, way: str) -> None:
        """Auditors publish."""
        self.pair.do("Reserves", "attest", *self._attestation(statement, way), sender=RELAYER)

    @rule(drafts=guesses.batches, ahead=guesses.expiries, way=guesses.ways, renew=guesses.mostly(True, False))
    def mint(self, drafts: list[guesses.Draft], ahead: int, way: str, renew: bool) -> None:
        """Somebody brings a batch, mostly when the report is good."""
        if renew:
            self._renew()
        self._mint(drafts, ahead, way)

    @rule(statement=guesses.statements, ways=st.tuples(guesses.ways, guesses.ways), drafts=guesses.batches)
    def attest_and_mint(self, statement: guesses.Statement, ways: tuple[str, str], drafts: list[guesses.Draft]) -> None:
        """Somebody brings both."""
        args = (*self._attestation(statement, ways[0]), *self._batch(drafts, HOUR, ways[1]))
        self.pair.do("NarrowBank", "attestAndMint", *args, sender=RELAYER)

    @rule(drafts=guesses.batches, veto=guesses.mostly(False, True), wait=guesses.mostly(6 * HOUR, 6 * HOUR - 2))
    def announced(self, drafts: list[guesses.Draft], veto: bool, wait: int) -> None:
        """A batch is announced, perhaps vetoed, waited for, and minted; then once more."""
        self._renew()
        self.pair.do("NarrowBank", "lowerInstantCap", COIN // 2, sender=GUARDIAN)
        batch = self._batch(drafts, 20 * HOUR, "right")
        digest = self.pair.bank.hashVouchers(*batch[:2])
        self.pair.do("NarrowBank", "announce", digest, batch[2], sender=RELAYER)
        if veto:
            self.pair.do("NarrowBank", "veto", digest, sender=GUARDIAN)
        self.system.evm.advance(wait)
        for _ in range(2):
            self.pair.do("NarrowBank", "mint", *batch, sender=BOB)
        self.pair.do("NarrowBank", "announce", digest, batch[2], sender=RELAYER)

    @rule(deposit=st.integers(0, 9), sender=st.sampled_from((GUARDIAN, GUARDIAN, ALICE)))
    def void(self, deposit: int, sender: str) -> None:
        """A deposit is made unusable, twice."""
        key = guesses.Draft(deposit, 1, ALICE, "").of(self.pair, {}).deposit
        for _ in range(2):
            self.pair.do("NarrowBank", "void", key, sender=sender)

    @rule(duration=guesses.durations, sender=guesses.mostly(GUARDIAN, GOVERNOR, ALICE))
    def pause_issue(self, duration: int, sender: str) -> None:
        """Minting stops."""
        self.pair.do("NarrowBank", "pauseIssue", duration, sender=sender)

    @rule(early=guesses.mostly(False, True))
    def unpause_issue(self, early: bool) -> None:
        """Minting goes on early."""
        self._govern("NarrowBank", "unpauseIssue", early=early)

    @rule(what=st.sampled_from(("Limit", "InstantCap")), coins=st.sampled_from((0, 20, 200, 10**9)), up=st.booleans())
    def limits(self, what: str, coins: int, up: bool) -> None:
        """A limit is cut, or raised under the delay."""
        if up:
            self._govern("NarrowBank", f"raise{what}", coins * COIN)
        else:
            self.pair.do("NarrowBank", f"lower{what}", coins * COIN, sender=GUARDIAN)

    @rule(
        side=st.sampled_from(("NarrowBank", "Reserves")), place=st.integers(0, 3), stranger=guesses.mostly(False, True)
    )
    def remove_signer(self, side: str, place: int, stranger: bool) -> None:
        """A guardian thins a set out."""
        members = (self.pair.bank if side == "NarrowBank" else self.pair.reserves).signers
        member = ALICE if stranger else members[place % len(members)]
        self.pair.do(side, "removeSigner", member, sender=GUARDIAN)

    @rule(side=st.sampled_from(("NarrowBank", "Reserves")), who=st.integers(0, 9))
    def add_signer(self, side: str, who: int) -> None:
        """The governor adds one, sometimes one who must not join."""
        keys = (*STRANGERS, *self.system.bank_keys, *self.system.auditor_keys)
        self._govern(side, "addSigner", (*map(address_of, keys), NOBODY, ALICE)[who])

    @rule(side=st.sampled_from(("NarrowBank", "Reserves")), m=st.integers(1, 5), up=st.booleans())
    def threshold(self, side: str, m: int, up: bool) -> None:
        """The governor asks for more signatures, or fewer."""
        self._govern(side, "raiseThreshold" if up else "lowerThreshold", m)

    @rule()
    def wind_down(self) -> None:
        """Anyone tries to end it."""
        self.pair.do("NarrowBank", "windDown", sender=RELAYER)


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
        """An account is blocked or free again."""
        self.pair.do("Token", "setBlocked", account, on, ORDER, sender=COMPLIANCE)

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


def compare_state(pair: Pair) -> None:
    """What can be read from the contracts is what the twin knows."""
    token, bank, reserves, now = pair.system.token, pair.system.bank, pair.system.reserves, pair.world.now
    for account in (*guesses.PEOPLE, pair.bank.address, pair.reserves.address):
        flags = pair.token.isBlocked(account), pair.token.getFrozenTokens(account)
        assert token.call("balanceOf", account) == pair.token.balanceOf(account)
        assert (token.call("isBlocked", account), token.call("getFrozenTokens", account)) == flags
        assert token.call("canTransfer", ALICE, account, COIN) == pair.token.canTransfer(ALICE, account, COIN)
    for name in ("totalSupply", "flagged", "burned", "pausedUntil", "issuer", "announcedIssuer"):
        assert token.call(name) == getattr(pair.token, name), name
    for t in (now - DAY, now - 1, now, now + 1):
        assert token.call("supplyAndBurnedSince", t) == pair.token.supplyAndBurnedSince(t)
    for name in ("requestCount", "overdue", "brakeUntil", "issuePausedUntil", "windDownRatio", "payer", "instantCap"):
        assert bank.call(name) == getattr(pair.bank, name), name
    for number in range(pair.bank.requestCount + 1):
        assert bank.call("requests", number) == tuple(pair.bank._request(number))
        assert bank.call("reclaimableAt", number) == pair.bank.reclaimableAt(number)
    assert bank.call("limit") == pair.bank.limit()
    assert bank.call("paysFor", COIN + 7) == pair.bank.paysFor(COIN + 7)
    assert reserves.call("head") == tuple(pair.reserves.head)
    assert (reserves.call("fresh"), reserves.call("covered")) == (pair.reserves.fresh(), pair.reserves.covered())
    for contract, twin in ((bank, pair.bank), (reserves, pair.reserves)):
        said = contract.call("signers"), contract.call("threshold"), contract.call("setNumber")
        assert said == (twin.signers, twin.threshold, twin.setNumber)
