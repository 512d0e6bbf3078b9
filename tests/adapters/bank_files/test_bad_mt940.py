"""MT940 that a strict reader must refuse, though a lenient one would take it."""

import pytest

from tests.adapters.bank_files.samples import MT940, broken, read, refusal


def test_the_statement_that_the_tests_break_is_right() -> None:
    """Each refusal below is for the one thing changed."""
    assert read(MT940).statements[0].is_complete


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("C100,00N", "C100,001N", "more than 2 decimals"),
        ("C100,00N", "C100.00N", "not a statement line"),
        ("C100,00N", "C100N", "not a statement line"),
        ("C100,00N", "C-100,00N", "not a statement line"),
        ("C100,00N", "C0,00N", "zero"),
        ("C100,00N", "X100,00N", "not a statement line"),
        ("C100,00N", "D100,00N", "balances do not add up"),
        ("C100,00N", "RC100,00N", "balances do not add up"),
        (":61:2611021102", ":61:2613021102", "is no date"),
        (":61:2611021102", ":61:2611021302", "is no day of a year"),
        (":61:2611021102", ":61:261102110", "not a statement line"),
    ],
)
def test_a_malformed_line_is_refused(old: str, new: str, reason: str) -> None:
    """Amounts, marks and dates; the refusal names the line of the file."""
    said = refusal(broken(MT940, old, new), reason)
    assert said.path in {":61:", ":62F:"}
    assert said.line == (5 if said.path == ":61:" else 7)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("EUR100,00\n-", "EUR100,01\n-", "balances do not add up"),
        (":62F:C261102EUR100,00\n", "", "mandatory field is missing"),
        (":60F:C261102EUR0,00\n", "", "mandatory field is missing"),
        (":25:NL30NRWB0000000001\n", "", "mandatory field is missing"),
        (":28C:7/1\n", "", "mandatory field is missing"),
        (":28C:7/1", ":28C:seven", "not a statement number"),
        (":62F:C261102EUR", ":62F:C261102USD", "closes in USD"),
        (":60F:C261102EUR0,00", ":60F:C261102XXX0,00", "no ISO 4217 currency"),
        (":60F:C261102EUR0,00", ":60F:261102EUR0,00", "not a balance"),
        (":62F:C261102EUR100,00\n", ":62F:C261102EUR100,00\n:62F:C261102EUR100,00\n", "twice"),
        (":25:NL30NRWB0000000001", ":25:NL31NRWB0000000001", "wrong check digits"),
        (":25:NL30NRWB0000000001", ":25:NRWBNL2A/NL31NRWB0000000001", "wrong check digits"),
        (":86:", ":99:", "unknown field"),
        (":20:REF1\n", ":21:REF1\n:20:REF1\n", "before the first :20:"),
    ],
)
def test_a_malformed_statement_is_refused(old: str, new: str, reason: str) -> None:
    """Missing, doubled, unknown and contradicting fields."""
    refusal(broken(MT940, old, new), reason)


@pytest.mark.parametrize("lines", range(1, 7))
def test_a_truncated_statement_is_refused(lines: int) -> None:
    """Whatever line it ends after, the closing balance is missing."""
    refusal("\n".join(MT940.splitlines()[:lines]), "mandatory field is missing")


def test_a_refusal_shows_no_full_account_number() -> None:
    """Errors go to logs."""
    said = refusal(broken(MT940, "NL30NRWB0000000001", "NL31NRWB0000000001"), "NL31…0001")
    assert "NL31NRWB0000000001" not in str(said)
