"""MT940 in the ways of several banks."""

from datetime import UTC, date, datetime

import pytest

from tests.adapters.bank_files.samples import DATA, MT940, broken, read
from tradecoin.domain.statement import Party, breaks_between


def test_reversals_turn_the_direction() -> None:
    """RC takes back a credit and is a debit; RD takes back a debit and is a credit."""
    back = broken(MT940, "C100,00N", "RD100,00N")
    entry = read(back).statements[0].entries[0]
    assert (entry.signed.minor, entry.reversal) == (10_000, True)
    taken = broken(broken(MT940, "C100,00N", "RC100,00N"), ":62F:C261102EUR100,00", ":62F:D261102EUR100,00")
    entry = read(taken).statements[0].entries[0]
    assert (entry.signed.minor, entry.reversal) == (-10_000, True)


@pytest.mark.parametrize(
    ("dates", "booked", "value"),
    [
        ("2611021102", date(2026, 11, 2), date(2026, 11, 2)),
        ("261102", date(2026, 11, 2), date(2026, 11, 2)),
        ("261102    ", date(2026, 11, 2), date(2026, 11, 2)),
        ("2701010102", date(2027, 1, 2), date(2027, 1, 1)),
        ("2701011231", date(2026, 12, 31), date(2027, 1, 1)),
        ("2612310102", date(2027, 1, 2), date(2026, 12, 31)),
        ("2403010229", date(2024, 2, 29), date(2024, 3, 1)),
    ],
)
def test_the_entry_date_gets_the_nearest_year(dates: str, booked: date, value: date) -> None:
    """The field has no year; around New Year it is not the value date's."""
    entry = read(broken(MT940, ":61:2611021102", f":61:{dates}")).statements[0].entries[0]
    assert (entry.booked, entry.value) == (booked, value)


@pytest.mark.parametrize(
    "account",
    [
        "NL30NRWB0000000001",
        "NL30 NRWB 0000 0000 01",
        "NL30NRWB0000000001EUR",
        "NRWBNL2A/NL30NRWB0000000001",
        "nl30nrwb0000000001",
    ],
)
def test_an_iban_is_found_in_the_forms_of_several_banks(account: str) -> None:
    """Alone, spaced, with the currency behind or a BIC before it."""
    assert read(broken(MT940, "NL30NRWB0000000001", account)).statements[0].account == "NL30NRWB0000000001"


@pytest.mark.parametrize("reference", ["NONREF", "EREF", "PREF", "KREF+"])
def test_a_customer_reference_that_only_points_elsewhere_is_none(reference: str) -> None:
    """Some banks write where the reference is to be found."""
    entry = read(broken(MT940, "NONREF", reference)).statements[0].entries[0]
    assert (entry.reference, entry.details[0].end_to_end_id) == ("A1", None)


def test_a_line_without_information_is_read() -> None:
    """Field :86: is optional."""
    entry = read(broken(MT940, ":86:RF18539007547034\n", "")).statements[0].entries[0]
    assert entry.details[0].remittance_text == ""


def test_german_structured_information_is_read() -> None:
    """Subfields after question marks, words such as EREF+ inside, lines cut anywhere, letters in Latin-1."""
    transfer, debit, _ = read((DATA / "de_mt940.sta").read_bytes()).statements[0].entries
    detail = transfer.details[0]
    assert detail.debtor == Party("Jörg Müller", "DE02120300000000202051")
    assert detail.remittance_text == "Rechnung 4711 vom 01.03.2026 Kundennummer 12 RF18 5390 0754 7034"
    assert detail.end_to_end_id is None
    assert (debit.details[0].end_to_end_id, debit.details[0].creditor.name) == ("M-0", "Dritte AG")


def test_swift_code_words_are_read() -> None:
    """Between slashes: the other side in CNTP, remittance as text or a structured reference. CRLF and block headers."""
    first, second, third = read((DATA / "nl_mt940_swift.txt").read_bytes()).statements[0].entries
    assert first.details[0].end_to_end_id == "EV12341REP1231456T1234"
    assert first.details[0].debtor == Party("ING BANK NV INZAKE WEB", "NL32INGB0000012345")
    assert second.details[0].remittance_text == "TOTAAL 1 VZ"
    assert third.details[0].structured_reference == "RF18539007547034"
    assert first.code.proprietary == "NTRF"


def test_pages_of_one_statement_go_on_from_each_other() -> None:
    """Intermediate balances tie them; the number is the statement's, the page its own."""
    first, second = read((DATA / "plain_mt940_two_statements.txt").read_bytes()).statements
    assert breaks_between(first, second) == ()
    assert (first.sequence, first.page, second.page) == (5, 1, 2)
    assert first.entries[0].info == "Extra details"


def test_a_statement_was_made_at_the_end_of_its_day() -> None:
    """The format has no time; 24:00 of the closing day in the account's zone is the latest it speaks of."""
    assert read(MT940).created_at == datetime(2026, 11, 2, 23, tzinfo=UTC)
