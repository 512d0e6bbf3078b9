"""The bank's database: nothing unbalanced gets in, and what contradicts itself is found."""

import pytest

from tests.devnet.bank.kit import Window
from tradecoin_devnet.bank.refusals import BrokenBooks


def test_an_entry_whose_legs_do_not_sum_to_zero_is_not_written(window: Window) -> None:
    """Money has two sides, or it is a defect of the bank."""
    with pytest.raises(BrokenBooks, match="do not sum to zero"):
        window.bank.ask(lambda desk: desk.books.post("2026-09-30T09:00:00.000Z", "slip", "EUR", {window.iban: 1}))
    window.sound()


def test_a_statement_that_the_books_do_not_explain_is_not_issued(window: Window) -> None:
    """A balance that was tampered with stops the bank with a 500 instead of going out."""
    window.bank.ask(lambda desk: desk.books.run("UPDATE accounts SET balance_minor = balance_minor + 1"))
    assert window.refused("POST", "/_bank/statement", {"iban": window.iban}) == (500, "broken_books")
    assert window.messages() == []


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE accounts SET balance_minor = balance_minor + 1",
        "UPDATE entries SET minor = minor + 1",
        "UPDATE postings SET minor = minor + 1 WHERE ledger = 'clearing'",
        "DELETE FROM entries",
    ],
)
def test_tampering_shows_in_the_status(window: Window, tampering: str) -> None:
    """Accounts, entries and postings watch each other."""
    window.credit("5.00")
    window.sound()
    window.bank.ask(lambda desk: desk.books.run(tampering))
    status = window.get("/status")
    assert (status["status"], len(status["contradictions"])) == ("broken", 1)
