"""Pages of one statement, and accounts that close at different times, in a file that becomes the bank's book."""

from datetime import timedelta

from tests.devnet.bank.kit import Window
from tests.devnet.bank.test_load import IBAN, document, entry, statement

OTHER = "NL91ABNA0417164300"


def test_two_pages_of_one_statement_are_one_number(window: Window) -> None:
    """The statement that the bank sends next follows the file's, so that nobody sees a gap."""
    first = statement("100.00", "110.00", entry("10.00", "CRDT", ""), number=7)
    second = statement("110.00", "120.00", entry("10.00", "CRDT", ""), number=7)
    told = window.post("/_bank/load?set_clock", document(first, second))
    assert [(one["number"], one["opening"], one["closing"]) for one in told["accounts"]] == [(7, "100.00", "120.00")]
    assert window.post("/_bank/statement", {"iban": IBAN})["number"] == 8


def test_the_bank_sends_nothing_for_the_time_that_the_file_covers(window: Window) -> None:
    """An account that closes a day before another in the file gets its next statement after both."""
    early = statement("100.00", "110.00", entry("10.00", "CRDT", "R1"))
    late = statement("5.00", "5.00", day="2019-05-03", iban=OTHER)
    window.post("/_bank/load?set_clock", document(early, late))
    assert window.get("/messages?after=0&kind=camt.053") == []
    window.clock.advance(timedelta(days=1))
    assert len(window.get("/messages?after=0&kind=camt.053")) == 2
