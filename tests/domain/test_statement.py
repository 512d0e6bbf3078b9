"""Statements: what adds up, what goes on from what, and until when a balance holds."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradecoin.domain.money import Currency, CurrencyMismatch, Money
from tradecoin.domain.statement import (
    Balance,
    BankTransactionCode,
    Entry,
    EntryStatus,
    Position,
    Statement,
    breaks_between,
    in_order,
)

EUR = Currency("EUR")
HERE = Position(1, "/")
DAY = date(2026, 11, 2)


def entry(minor: int, status: EntryStatus = EntryStatus.BOOK) -> Entry:
    """Make an entry of that signed amount."""
    return Entry(Money(abs(minor), EUR), minor > 0, status, DAY, HERE)


def statement(*minors: int, opening: int = 0, off_by: int = 0, number: int = 1, day: date = DAY) -> Statement:
    """Make a statement whose closing balance is off by so much."""
    closing = opening + sum(minors) + off_by
    return Statement(
        account="NL30NRWB0000000001",
        currency=EUR,
        id=f"S{number}",
        created_at=datetime(2026, 11, 3, tzinfo=UTC),
        position=HERE,
        entries=tuple(entry(minor) for minor in minors),
        electronic_sequence=number,
        opening=Balance("OPBD", Money(opening, EUR), day),
        closing=Balance("CLBD", Money(closing, EUR), day),
    )


@given(st.lists(st.integers(-(10**9), 10**9).filter(bool)), st.integers(-(10**9), 10**9), st.integers(-5, 5))
def test_a_statement_is_complete_only_when_it_adds_up(minors: list[int], opening: int, off_by: int) -> None:
    """One cent too much or too little is seen, overdrawn accounts included."""
    made = statement(*minors, opening=opening, off_by=off_by)
    assert made.is_complete == (off_by == 0)
    assert made.difference == Money(off_by, EUR)


def test_without_balances_nothing_is_proven() -> None:
    """A notification is never complete."""
    assert replace(statement(100), opening=None).difference is None
    assert not replace(statement(100), closing=None).is_complete


@pytest.mark.parametrize("status", [EntryStatus.PDNG, EntryStatus.INFO, EntryStatus.FUTR])
def test_only_booked_entries_are_money(status: EntryStatus) -> None:
    """A pending, informational or future entry moves no balance."""
    made = replace(statement(100), entries=(entry(100), entry(999, status)))
    assert made.is_complete
    assert [one.signed for one in made.booked] == [Money(100, EUR)]


def test_entries_of_another_currency_do_not_sum() -> None:
    """A statement is of one currency; anything else is refused, not converted."""
    foreign = replace(entry(5), amount=Money(5, Currency("JPY")))
    with pytest.raises(CurrencyMismatch):
        _ = replace(statement(), entries=(foreign,)).difference


def test_a_different_opening_balance_is_a_break() -> None:
    """Opening is last closing, to the cent."""
    found = breaks_between(statement(100), statement(5, opening=101, number=2))
    assert [one.kind for one in found] == ["balance"]
    assert "1.00 EUR" in found[0].sentence
    assert "1.01 EUR" in found[0].sentence


@pytest.mark.parametrize("number", [1, 3, 0, 7])
def test_a_gap_in_the_numbers_is_a_break(number: int) -> None:
    """Statement 1 is followed by statement 2."""
    found = breaks_between(statement(100), statement(5, opening=100, number=number))
    assert [one.kind for one in found] == ["sequence"]


def test_statements_that_go_on_have_no_break() -> None:
    """Next number and equal balance; a page has the number of its statement; a year may count from 1 again."""
    first = statement(100, number=7)
    assert breaks_between(first, statement(-30, opening=100, number=8)) == ()
    assert breaks_between(replace(first, page=1), replace(statement(1, opening=100, number=7), page=2)) == ()
    assert breaks_between(first, statement(1, opening=100, number=1, day=date(2027, 1, 4))) == ()
    unnumbered = replace(statement(1, opening=100), electronic_sequence=None)
    assert breaks_between(first, unnumbered) == ()


def test_statements_are_put_in_order() -> None:
    """By day, number and page, however the files came."""
    late = statement(number=1, day=date(2026, 11, 3))
    first, second = statement(number=5), statement(number=6)
    assert in_order([late, second, first]) == [first, second, late]


def test_a_closing_day_ends_at_midnight_of_the_account() -> None:
    """A date alone means 24:00 in the account's zone; a time is itself; a day of 25 hours ends when it ends."""
    zone = ZoneInfo("Europe/Amsterdam")
    closing = Balance("CLBD", Money(0, EUR), date(2026, 10, 25))
    assert closing.end(zone).astimezone(UTC) == datetime(2026, 10, 25, 23, tzinfo=UTC)
    noon = datetime(2026, 11, 2, 12, tzinfo=UTC)
    assert replace(closing, on=noon).end(zone) == noon


def test_charges_and_interest_are_known_by_their_codes() -> None:
    """ISO sub-families and MT types; anything else is a payment."""
    assert BankTransactionCode("ACMT", "MDOP", "CHRG").is_charge
    assert BankTransactionCode(proprietary="NCHG").is_charge
    assert BankTransactionCode("ACMT", "MCOP", "INTR").is_interest
    payment = BankTransactionCode("PMNT", "RCDT", "ESCT")
    assert not payment.is_charge
    assert not payment.is_interest
