"""What the Books promise, on either database."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.stores import EUR, NOON, HandClock, fresh_file
from tradecoin.adapters.store import open_store
from tradecoin.domain.errors import BrokenInvariant, Refused
from tradecoin.domain.ledger import POSTINGS, Account, Balances, Event, Journal, posting
from tradecoin.domain.money import MAX_MINOR, Currency, Money
from tradecoin.ports.store import Store, Tx


def credit(key: str, minor: int = 100, *, at: datetime = NOON) -> Journal:
    """Book a credit on the reserve account."""
    return posting(Event.CREDIT_BOOKED, Money(minor, EUR), key=key, subject="be_1", at=at)


def test_another_currency_is_refused(store: Store) -> None:
    """One set of books, one currency: dollars are no euros."""
    dollars = posting(Event.CREDIT_BOOKED, Money(1, Currency("USD")), key="k", subject="s", at=NOON)
    with pytest.raises(BrokenInvariant):
        store.write(lambda tx: tx.books.post(credit("a"), dollars))
    assert store.read(lambda tx: tx.books.journals()) == ()


def test_a_failed_change_leaves_no_entry(store: Store) -> None:
    """An entry whose change fails later was never posted, and takes no number."""

    def change(tx: Tx) -> None:
        tx.books.post(credit("a"))
        raise RuntimeError("later")

    with pytest.raises(RuntimeError):
        store.write(change)
    store.write(lambda tx: tx.books.post(credit("b")))
    assert [each.seq for each in store.read(lambda tx: tx.books.journals())] == [1]
    assert store.read(lambda tx: tx.books.verify_chain()) == 1


def test_a_balance_beyond_what_money_holds_is_refused(store: Store) -> None:
    """The sum of two amounts that fit may not fit; then neither the entry nor the balance is there."""
    store.write(lambda tx: tx.books.post(credit("a", MAX_MINOR)))
    with pytest.raises(Refused):
        store.write(lambda tx: tx.books.post(credit("b", MAX_MINOR)))
    assert store.read(lambda tx: tx.books.balances()).bank_reserve == Money(MAX_MINOR, EUR)


def test_a_key_is_posted_once(store: Store) -> None:
    """The bank may repeat itself, within one call or later; the books do not."""
    assert store.write(lambda tx: tx.books.post(credit("a"), credit("b"), credit("a"))) == 2
    assert store.write(lambda tx: tx.books.post(credit("b"), credit("c"))) == 1
    assert store.write(lambda tx: tx.books.post()) == 0
    assert [each.journal.key for each in store.read(lambda tx: tx.books.journals())] == ["a", "b", "c"]
    assert store.read(lambda tx: tx.books.balances()).bank_reserve == Money(300, EUR)


def test_empty_books_balance_at_nothing(store: Store) -> None:
    """Before the first entry the five balances are zero and the chain holds."""
    zero = Money.zero(EUR)
    assert store.read(lambda tx: tx.books.balances()) == Balances(zero, zero, zero, zero, zero)
    assert store.read(lambda tx: tx.books.verify_chain()) == 0


def test_a_cut_leaves_out_what_took_effect_at_it_or_later(store: Store) -> None:
    """`as_of` is by the effect's time, not by when it was posted, and strictly before."""
    early, late = NOON - timedelta(days=1), NOON + timedelta(milliseconds=1)
    store.write(lambda tx: tx.books.post(credit("c", 4, at=late), credit("b", 2, at=NOON), credit("a", 1, at=early)))

    def reserve(as_of: datetime | None) -> int:
        balances = store.read(lambda tx: tx.books.balances(as_of=as_of))
        balances.check_identity()
        return balances.bank_reserve.minor

    assert [reserve(moment) for moment in (early, NOON, late, None)] == [0, 1, 3, 7]
    assert reserve(NOON + timedelta(microseconds=1)) == 3
    assert reserve(NOON.astimezone(timezone(timedelta(hours=5)))) == 1


def test_entries_come_back_as_posted(store: Store, clock: HandClock) -> None:
    """What is read is what was posted, chained, in pages."""
    posted = [replace(credit(f"k{number}", number + 1), memo="Grüße") for number in range(7)]
    store.write(lambda tx: tx.books.post(*posted))
    entries = store.read(lambda tx: [*tx.books.journals(limit=4), *tx.books.journals(after=4)])
    assert [each.journal for each in entries] == posted
    assert [each.posted_at for each in entries] == [clock.now()] * 7
    assert [each.previous_hash for each in entries[1:]] == [each.hash for each in entries[:-1]]


def test_the_chain_holds_for_times_of_any_zone_and_fraction(store: Store) -> None:
    """The hash is over the entry as it is kept, so a time told in another zone or finer than kept verifies."""
    odd = datetime(2026, 3, 2, 14, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=2)))
    store.write(lambda tx: tx.books.post(credit("a", at=odd)))
    assert store.read(lambda tx: tx.books.verify_chain()) == 1


class BooksAgainstADict(RuleBasedStateMachine):
    """Post anything in any order; compare with plain sums."""

    @initialize()
    def begin(self) -> None:
        """Open empty books."""
        self.folder = TemporaryDirectory()
        self.store = open_store(fresh_file(Path(self.folder.name)), clock=HandClock())
        self.posted: dict[str, Journal] = {}

    @rule(
        batch=st.lists(
            st.tuples(st.sampled_from(list(Event)), st.integers(1, 10**9), st.integers(0, 12), st.integers(-3, 3)),
            max_size=5,
        ),
        fails=st.booleans(),
    )
    def post(self, batch: list[tuple[Event, int, int, int]], fails: bool) -> None:
        """Post a few entries, some under keys that are taken; sometimes the change fails afterwards."""
        journals = [
            posting(event, Money(minor, EUR), key=f"k{key}", subject="s", at=NOON + timedelta(hours=hours))
            for event, minor, key, hours in batch
        ]

        def change(tx: Tx) -> int:
            new = tx.books.post(*journals)
            if fails:
                raise RuntimeError("later")
            return new

        before = len(self.posted)
        if fails:
            with pytest.raises(RuntimeError):
                self.store.write(change)
            return
        new = self.store.write(change)
        for journal in journals:
            self.posted.setdefault(journal.key, journal)
        assert new == len(self.posted) - before

    def _sums(self, before: datetime | None) -> dict[Account, int]:
        sums: dict[Account, int] = defaultdict(int)
        for journal in self.posted.values():
            if before is None or journal.effective_at < before:
                debit, credited = POSTINGS[journal.event]
                sums[debit] += journal.lines[0].amount.minor
                sums[credited] -= journal.lines[0].amount.minor
        return sums

    @invariant()
    def balances_are_the_sums(self) -> None:
        """Now and at any cut."""
        for before in (None, NOON - timedelta(hours=1), NOON, NOON + timedelta(hours=2)):
            found = self.store.read(lambda tx: tx.books.balances(as_of=before))  # noqa: B023
            found.check_identity()
            sums = self._sums(before)
            assert found.bank_reserve.minor == sums[Account.BANK_RESERVE]
            assert found.deposits_unminted.minor == -sums[Account.DEPOSITS_UNMINTED]
            assert found.coins_outstanding.minor == -sums[Account.COINS_OUTSTANDING]
            assert found.redemptions_payable.minor == -sums[Account.REDEMPTIONS_PAYABLE]
            assert found.operator_equity.minor == -sums[Account.OPERATOR_EQUITY]

    @invariant()
    def the_chain_holds(self) -> None:
        """Every entry is there once, in the order of posting."""
        assert self.store.read(lambda tx: tx.books.verify_chain()) == len(self.posted)

    def teardown(self) -> None:
        """Close the books."""
        self.store.close()
        self.folder.cleanup()


def test_books_agree_with_plain_sums_whatever_is_posted() -> None:
    """Any sequence of entries, repeats and failures leaves the five balances that a dict would have."""
    run_state_machine_as_test(
        BooksAgainstADict, settings=settings(max_examples=12, stateful_step_count=8, deadline=None)
    )
