"""Double entry: an entry that does not balance cannot be built, and the table says what each event moves."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradecoin.domain.errors import BrokenInvariant
from tradecoin.domain.ledger import POSTINGS, Account, Balances, Event, Journal, Line, chain_hash, posting
from tradecoin.domain.money import Currency, Money

EUR, USD = Currency("EUR"), Currency("USD")
AT = datetime(2026, 11, 2, 12, tzinfo=UTC)
RESERVE, UNMINTED, COINS, PAYABLE, EQUITY = Account


def _journal(*lines: tuple[Account, int, Currency]) -> Journal:
    return Journal(Event.CHARGE, "k", "s", tuple(Line(a, Money(m, c)) for a, m, c in lines), AT)


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ((RESERVE, 0, EUR),),
        ((RESERVE, 5, EUR), (EQUITY, -4, EUR)),
        ((RESERVE, 5, EUR), (EQUITY, -5, USD)),
        ((RESERVE, 0, EUR), (EQUITY, 0, EUR)),
    ],
)
def test_an_entry_that_does_not_balance_cannot_be_built(lines: tuple[tuple[Account, int, Currency], ...]) -> None:
    """One leg, two currencies, nothing, or a sum that is not zero."""
    with pytest.raises(BrokenInvariant):
        _journal(*lines)


@pytest.mark.parametrize("minor", [0, -1])
def test_a_posting_moves_an_amount_above_zero(minor: int) -> None:
    """The table says the direction, never the sign."""
    with pytest.raises(BrokenInvariant):
        posting(Event.ISSUED, Money(minor, EUR), key="k", subject="s", at=AT)


@pytest.mark.parametrize(
    ("event", "debit", "credit"),
    [
        (Event.OPERATOR_CREDIT, RESERVE, EQUITY),
        (Event.CHARGE, EQUITY, RESERVE),
        (Event.CREDIT_BOOKED, RESERVE, UNMINTED),
        (Event.ISSUED, UNMINTED, COINS),
        (Event.DEPOSIT_TAKEN_BACK, UNMINTED, RESERVE),
        (Event.REVERSED_AFTER_MINT, EQUITY, RESERVE),
        (Event.REQUESTED, COINS, PAYABLE),
        (Event.COINS_RETURNED, PAYABLE, COINS),
        (Event.PAYOUT_BOOKED, PAYABLE, RESERVE),
        (Event.PAYOUT_RETURNED, RESERVE, PAYABLE),
        (Event.REISSUED, PAYABLE, COINS),
        (Event.LOSS, EQUITY, RESERVE),
        (Event.ISSUED_UNBACKED, EQUITY, COINS),
        (Event.HAIRCUT, PAYABLE, EQUITY),
    ],
)
def test_the_table_debits_and_credits_as_it_was_agreed(event: Event, debit: Account, credit: Account) -> None:
    """Written twice on purpose: a slip in the table shows here."""
    made = posting(event, Money(7, EUR), key="k", subject="s", at=AT)
    assert [(line.account, line.amount.minor) for line in made.lines] == [(debit, 7), (credit, -7)]


def test_every_event_has_its_line() -> None:
    """There is nothing that could be posted without the table."""
    assert set(POSTINGS) == set(Event)


@given(st.lists(st.tuples(st.sampled_from(list(Event)), st.integers(1, 10**9)), max_size=40))
def test_any_sequence_of_postings_keeps_the_identity(postings: list[tuple[Event, int]]) -> None:
    """Reserve = deposits + coins + payable + equity, whatever is posted."""
    sums = dict.fromkeys(Account, 0)
    for event, minor in postings:
        for line in posting(event, Money(minor, EUR), key="k", subject="s", at=AT).lines:
            sums[line.account] += line.amount.minor
    owed = [Money(-sums[account], EUR) for account in list(Account)[1:]]
    Balances(Money(sums[RESERVE], EUR), *owed).check_identity()


def test_balances_that_differ_are_a_broken_invariant() -> None:
    """A cent is enough."""
    with pytest.raises(BrokenInvariant, match="reserve and claims differ"):
        Balances(*(Money(minor, EUR) for minor in (5, 1, 1, 1, 1))).check_identity()


@pytest.mark.parametrize(
    "changes",
    [{"key": "x"}, {"subject": "x"}, {"memo": "x"}, {"event": Event.LOSS}, {"effective_at": AT.replace(second=1)}],
)
def test_a_changed_entry_has_another_hash(changes: dict[str, object]) -> None:
    """Every field is in it, and so are its place and the hash before."""
    made = posting(Event.CHARGE, Money(7, EUR), key="k", subject="s", at=AT)
    own = chain_hash("0", 1, made)
    assert chain_hash("0", 1, replace(made, **changes)) != own  # type: ignore[arg-type]
    assert own not in (chain_hash("1", 1, made), chain_hash("0", 2, made))
    assert own == chain_hash("0", 1, replace(made))
