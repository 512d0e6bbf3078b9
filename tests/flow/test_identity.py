"""Whatever bank, chain and operator do, in whatever order: the books balance and the audit has no false line."""

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.flow.world import ALICE, BOB, World
from tradecoin.domain.errors import Refused
from tradecoin.domain.statement import Entry
from tradecoin.flow import deposit, payout

_HOLDERS = st.sampled_from([ALICE, BOB])
_AMOUNTS = st.sampled_from(["10.00", "25.00", "60.00"])


class Books(RuleBasedStateMachine):
    """A bank, a chain and an operator that do what they like, and a node that keeps the books."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="tradecoin-identity-"))
        self.world = World(self.folder)
        self.credits: list[Entry] = []

    def teardown(self) -> None:
        """Remove the database."""
        self.world.close()
        shutil.rmtree(self.folder)

    @initialize()
    def capital(self) -> None:
        """Losses come out of the operator's own money."""
        self.world.capital("100000.00")

    # --------------------------------------------------------------------------------------------- money in

    @rule(amount=_AMOUNTS, to=_HOLDERS, matched=st.booleans())
    def credit(self, amount: str, to: str, matched: bool) -> None:
        """Somebody pays in."""
        reference = self.world.order(amount, to).reference if matched else None
        self.credits.append(self.world.bank.post(amount, rf=reference))
        self.world.poll()

    @precondition(lambda self: self.credits)
    @rule(data=st.data())
    def told_again(self, data: st.DataObject) -> None:
        """The bank repeats itself."""
        self.world.take(self.world.bank.notice(data.draw(st.sampled_from(self.credits))))

    @precondition(lambda self: self.credits)
    @rule(data=st.data())
    def reversed(self, data: st.DataObject) -> None:
        """The bank takes a credit back, minted or not."""
        entry = data.draw(st.sampled_from(self.credits))
        self.credits.remove(entry)
        self.world.bank.reverse(entry)
        self.world.poll()

    @rule(amount=st.sampled_from(["1.00", "-1.00"]), charge=st.booleans())
    def operators(self, amount: str, charge: bool) -> None:
        """Interest, charges, debits that nobody explains."""
        self.world.bank.post(amount, **({"code": ("ACMT", "MDOP", "CHRG")} if charge else {"text": "?"}))
        self.world.poll()

    @precondition(lambda self: self.world.deposits(state="unmatched"))
    @rule(give=st.booleans(), to=_HOLDERS)
    def decided(self, give: bool, to: str) -> None:
        """An operator assigns a credit, or sends it back."""
        row = self.world.deposits(state="unmatched")[0]
        world: dict[str, Any] = {"store": self.world.store, "terms": self.world.terms}
        if give:
            self._try(lambda: deposit.assign(**world, deposit_id=row.id, recipient=to, actor="op"))
        else:
            self._try(lambda: deposit.start_return(**world, deposit_id=row.id, reason="?", actor="op"))

    # --------------------------------------------------------------------------------------------- money out

    @rule(amount=_AMOUNTS, holder=_HOLDERS, known=st.booleans())
    def request(self, amount: str, holder: str, known: bool) -> None:
        """A holder asks for money, if there are coins."""
        self._try(lambda: self.world.request(amount, holder, None if known else b"\7" * 32))

    @precondition(lambda self: self.world.chain.state.requests)
    @rule(data=st.data(), act=st.sampled_from(["cancel", "reclaim"]))
    def taken_back(self, data: st.DataObject, act: str) -> None:
        """A holder takes coins back: at once, or after the notice."""
        number = data.draw(st.sampled_from(sorted(self.world.chain.state.requests)))
        holder = self.world.chain.state.requests[number].holder
        if act == "reclaim":
            self.world.clock.advance(days=3)
            self._try(lambda: self.world.chain.act(holder, "protest", number))
            self.world.clock.advance(days=11)
        self._try(lambda: self.world.chain.act(holder, act, number))

    @rule(how=st.sampled_from(["book", "reject", "keep", "silence"]))
    def behave(self, how: str) -> None:
        """The bank changes how it treats payments."""
        self.world.bank.behaviour = how

    @precondition(lambda self: self.world.bank.payments)
    @rule(data=st.data(), charge=st.sampled_from(["0.00", "0.50"]))
    def booked(self, data: st.DataObject, charge: str) -> None:
        """The bank books a payment, also one that it rejected, or booked before."""
        self.world.bank.pay(data.draw(st.sampled_from(sorted(self.world.bank.payments))), charge=charge)
        self.world.poll()

    @precondition(lambda self: self.world.bank.payments)
    @rule(data=st.data(), kept=st.sampled_from(["0.00", "0.50"]))
    def returned(self, data: st.DataObject, kept: str) -> None:
        """A payment comes back, before or after the burn, once for each time that it left."""
        name = data.draw(st.sampled_from(sorted(self.world.bank.payments)))
        lines = [entry for entry in self.world.bank.book if entry.details[0].end_to_end_id == name]
        if sum(1 if not entry.credit else -1 for entry in lines) > 0:
            self.world.bank.give_back(name, kept=kept)
            self.world.poll()

    @precondition(lambda self: self.world.payouts(state="returned"))
    @rule(again=st.booleans())
    def owed(self, again: bool) -> None:
        """What came back after a burn is paid again, or issued again."""
        row = self.world.payouts(state="returned")[-1]
        world: dict[str, Any] = {
            "store": self.world.store,
            "terms": self.world.terms,
            "payout_id": row.id,
            "actor": "op",
        }
        account = self.world.account().id
        if again:
            self._try(lambda: payout.repay(**world, bank_account_id=account))
        else:
            self._try(lambda: deposit.reissue(**world))

    # --------------------------------------------------------------------------------------------- time

    @rule(rounds=st.integers(1, 8))
    def time(self, rounds: int) -> None:
        """The worker does what is due."""
        self.world.run(rounds)

    @rule()
    def day(self) -> None:
        """The bank closes a day."""
        self.world.bank.statement()
        self.world.poll()

    @rule(depth=st.integers(1, 2))
    def reorganised(self, depth: int) -> None:
        """Blocks that are not final are replaced."""
        self.world.chain.reorg(depth)

    @invariant()
    def holds(self) -> None:
        """The identity, and every line of the audit."""
        self.world.balances()
        assert self.world.false_lines() == []

    @staticmethod
    def _try(deed: Callable[[], object]) -> None:
        """Do it, or be refused for a reason."""
        with suppress(Refused):
            deed()


TestBooks = Books.TestCase
TestBooks.settings = settings(max_examples=15, stateful_step_count=25)
