"""The node's reader and writer against a bank that shares no code with them."""

from dataclasses import replace
from datetime import UTC
from itertools import pairwise
from pathlib import Path

import pytest

from tests.adapters.bank_files.test_pain001 import FILE, PAYMENT
from tests.devnet.bank.kit import BOB, START, TODAY, Window
from tradecoin.adapters.bank_files import read_bank_message, write_pain001
from tradecoin.domain.fingerprint import Known, sift
from tradecoin.domain.money import Currency, Money
from tradecoin.domain.payment import PaymentFile
from tradecoin.domain.statement import BankMessage, breaks_between
from tradecoin_devnet import samples

EUR = Currency("EUR")


def received(window: Window, kind: str = "") -> list[BankMessage]:
    """Read what the bank sent, oldest first."""
    return [read_bank_message(message.body.encode(), zone=UTC) for message in window.messages(kind)]


def payout(window: Window, end_to_end_id: str, minor: int, iban: str = BOB["iban"]) -> PaymentFile:
    """Describe one payment from the reserve account."""
    creditor = replace(PAYMENT.creditor, iban=iban, name="Bob")
    payment = replace(
        PAYMENT, end_to_end_id=end_to_end_id, amount=Money(minor, EUR), creditor=creditor, execute_on=TODAY
    )
    debtor = replace(FILE.debtor, iban=window.iban)
    return PaymentFile(f"PO-{end_to_end_id}", START, debtor, (payment,))


@pytest.mark.parametrize("version", ["02", "04", "08"])
def test_what_the_bank_books_is_read_once_in_every_dialect(tmp_path: Path, version: str) -> None:
    """Credits, a charge, interest, a reversal, a payment: notified, then listed in statements that go on."""
    window = Window(tmp_path, version=version)
    first = window.credit("100.00", reference="RF18539007547034")
    window.credit("100.00", reference="RF18539007547034")
    window.credit("250.50", remittance="no reference")
    window.post("/_bank/reversals", {"reference": first["reference"]})
    window.post("/payments", write_pain001(payout(window, "RAAA-1", 5_000)))
    window.post("/_bank/statement", {"iban": window.iban})
    window.post("/_bank/charges", {"iban": window.iban, "amount": "2.00"})
    window.advance(days=1)
    window.post("/_bank/statement", {"iban": window.iban})

    known: list[Known] = []
    for message in received(window, "camt.054") + received(window, "camt.053"):
        for statement in message.statements:
            for one in sift(statement.entries, statement.account, known, complete=statement.is_complete):
                if one.known is None:
                    known.append(Known(one.name, one.names, one.content, one.referenced))
    booked = window.get(f"/accounts/{window.iban}/entries")
    assert len(known) == len(booked)

    statements = [statement for message in received(window, "camt.053") for statement in message.statements]
    assert len(statements) >= 2
    assert all(statement.is_complete for statement in statements)
    assert all(breaks_between(one, two) == () for one, two in pairwise(statements))
    assert statements[-1].closing is not None
    assert statements[-1].closing.amount.text == window.balance()


def test_our_payment_file_is_taken_and_its_status_read(tmp_path: Path) -> None:
    """The bank debits what we ordered, and says so under our id; sent twice it is answered, not debited."""
    window = Window(tmp_path)
    raw = write_pain001(payout(window, "RAAA-1", 5_000))
    window.post("/payments", raw)
    assert window.balance() == "950.00"
    window.ask("POST", "/payments", raw)
    assert window.balance() == "950.00"
    statuses = [one for message in received(window, "pain.002") for one in message.payment_statuses]
    assert {one.original_message_id for one in statuses} == {"PO-RAAA-1"}
    assert {"ACSC", "ACTC", "ACCP", "ACSP"} & {one.status for one in statuses}
    told = [entry for message in received(window, "camt.054") for _, entry in message.entries]
    assert [(entry.signed.text, entry.details[0].end_to_end_id) for entry in told] == [("-50.00", "RAAA-1")]


def test_a_rejection_and_a_return_are_read(tmp_path: Path) -> None:
    """A rejected payment moves nothing; a returned one comes back with its id and reason."""
    window = Window(tmp_path)
    window.misbehave("reject")
    window.ask("POST", "/payments", write_pain001(payout(window, "RBBB-1", 1_000)))
    statuses = [one for message in received(window, "pain.002") for one in message.payment_statuses]
    assert [one.reason is not None for one in statuses if one.status == "RJCT" and one.end_to_end_id == "RBBB-1"] == [
        True
    ]
    window.misbehave("return", after="P1D")
    window.post("/payments", write_pain001(payout(window, "RCCC-1", 2_000)))
    window.advance(days=3)
    window.post("/_bank/statement", {"iban": window.iban})
    (returned,) = [one for message in received(window, "pacs.004") for one in message.payment_returns]
    assert (returned.original_end_to_end_id, returned.amount.text) == ("RCCC-1", "20.00")
    assert returned.reason


def test_the_demos_statement_becomes_the_banks_book(tmp_path: Path) -> None:
    """What the node imports and what attestors read at the bank is the same."""
    window = Window(tmp_path, iban="NL69INGB0123456789")
    window.post("/_bank/load?set_clock", samples.read(samples.STATEMENT))
    (statement,) = read_bank_message(samples.read(samples.STATEMENT)).statements
    book = window.get(f"/accounts/{samples.RESERVE_IBAN}/entries")
    ours = {(entry.reference, entry.amount.text, entry.credit) for entry in statement.booked}
    assert ours == {(line["reference"], line["amount"].lstrip("-"), line["credit"]) for line in book}
