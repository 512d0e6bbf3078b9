"""The demo's files: what the story needs is in them, and it adds up."""

import hashlib
from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from tradecoin.adapters.bank_files import read_bank_message
from tradecoin.domain.fingerprint import Known, sift
from tradecoin.domain.money import Currency, Money
from tradecoin.domain.references import is_iban, is_rf, rf_in_text
from tradecoin.domain.statement import BankMessage, EntryStatus
from tradecoin.signing.refs import payment_reference
from tradecoin_devnet import samples
from tradecoin_devnet.evm.accounts import DEV_ACCOUNTS

EUR = Currency("EUR")


def read(name: str) -> BankMessage:
    """Read a sample in the bank's zone."""
    return read_bank_message(samples.read(name), zone=ZoneInfo(samples.ZONE))


@pytest.mark.parametrize("customer", samples.CUSTOMERS, ids=lambda customer: customer.name)
def test_a_customers_reference_names_the_wallet(customer: samples.DemoCustomer) -> None:
    """It commits to the devnet account's address and the nonce."""
    first = customer.name.split()[0].lower().replace("é", "e")
    assert customer.nonce == hashlib.sha256(f"tradecoin demo wallet {first}".encode()).digest()[:16]
    assert customer.reference == payment_reference(DEV_ACCOUNTS[customer.account].address, customer.nonce)
    assert is_rf(customer.reference)
    assert is_iban(customer.iban)


def test_the_statement_adds_up() -> None:
    """From 50,000.00 at opening to its closing balance."""
    (statement,) = read(samples.STATEMENT).statements
    assert statement.account == samples.RESERVE_IBAN
    assert statement.is_complete
    assert statement.opening is not None
    assert statement.closing is not None
    assert (statement.opening.amount, statement.closing.amount) == (Money(5_000_000, EUR), Money(6_435_000, EUR))


def test_the_same_money_in_both_files_is_booked_once() -> None:
    """The notification has one credit twice; the statement brings only the second day's bookings."""
    (told,), (listed,) = read(samples.NOTIFICATION).statements, read(samples.STATEMENT).statements
    first = sift(told.entries, told.account, ())
    new = [one for one in first if one.known is None]
    assert (len(first), len(new)) == (9, 8)
    known = [Known(one.name, one.names, one.content, one.referenced) for one in new]
    second = sift(listed.entries, listed.account, known, complete=listed.is_complete)
    assert [one.entry.reference for one in second if one.known is None] == [f"NRW2611030000{n}" for n in range(1, 6)]


def test_everything_that_can_go_wrong_is_in_the_files() -> None:
    """A mistyped reference, another currency, none at all, a reversal, a pending entry, a batch, charges, interest."""
    (statement,) = read(samples.STATEMENT).statements
    details = [detail for entry in statement.booked for detail in entry.details]
    assert Counter(entry.status for entry in statement.entries)[EntryStatus.PDNG] == 1
    assert [detail.instructed for detail in details if detail.instructed] == [Money(100_000, Currency("USD"))]
    assert [entry.reversal for entry in statement.booked].count(True) == 1
    assert [len(entry.details) for entry in statement.booked].count(3) == 1
    assert sum(entry.code.is_charge for entry in statement.booked) == 1
    assert sum(entry.code.is_interest for entry in statement.booked) == 1
    found = [detail.structured_reference or rf_in_text(detail.remittance_text) for detail in details if detail.credit]
    assert found.count(()) == 2
