"""Everything that anybody may try, as rules that are played on the contracts and on their twin."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contracts.kit import (
    ALICE,
    BOB,
    COIN,
    DAY,
    GOVERNOR,
    GUARDIAN,
    HOUR,
    NOBODY,
    ORDER,
    RELAYER,
    SEIZER,
    System,
    address_of,
)
from tests.contracts.properties import guesses
from tests.contracts.properties.compare import compare_state
from tests.contracts.properties.pair import STRANGERS, Kept, Pair

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
