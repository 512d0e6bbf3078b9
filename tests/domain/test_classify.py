"""The rule that says what a booked entry is."""

from datetime import date

import pytest

from tradecoin.domain.classify import classify, is_our_id, undone
from tradecoin.domain.deposit import EntryKind
from tradecoin.domain.money import Currency, Money
from tradecoin.domain.references import end_to_end_id
from tradecoin.domain.statement import BankTransactionCode, Detail, Entry, EntryStatus, Position

OURS = end_to_end_id(b"\7" * 16, 1)
SENT_BACK = f"D{OURS[1:]}"


def entry(*, credit: bool, reversal: bool = False, code: str = "PMNT/RCDT/ESCT") -> Entry:
    """Return a booked entry of ten euros; a code without slashes is a proprietary one."""
    domain, family, subfamily = code.split("/") if "/" in code else (None, None, None)
    return Entry(
        amount=Money(1000, Currency("EUR")),
        credit=credit,
        status=EntryStatus.BOOK,
        booked=date(2026, 11, 2),
        position=Position(1, "/"),
        reversal=reversal,
        code=BankTransactionCode(domain, family, subfamily, None if domain else code),
    )


def test_a_payer_cannot_pass_a_credit_off_as_our_returned_payout() -> None:
    """The payer chooses the EndToEndId; only the bank says that a payment came back."""
    assert classify(entry(credit=True), Detail(end_to_end_id=OURS)) is EntryKind.DEPOSIT


def test_a_payer_cannot_pass_a_recalled_credit_off_as_our_payout() -> None:
    """A credit with a forged id, taken back, must not mark somebody's redemption as paid."""
    forged = Detail(end_to_end_id=OURS, return_reason="AC03")
    assert classify(entry(credit=False), forged) is EntryKind.DEPOSIT_REVERSED
    reversed_credit = entry(credit=False, reversal=True)
    assert classify(reversed_credit, Detail(end_to_end_id=OURS)) is EntryKind.DEPOSIT_REVERSED


def test_a_debit_without_our_id_is_unexplained() -> None:
    """Money that left without our order raises an alarm, whatever its remittance says."""
    for text in (None, "INVOICE", "R-1", OURS.lower(), OURS + "0" * 8, f"X{OURS[1:]}"):
        assert classify(entry(credit=False), Detail(end_to_end_id=text)) is EntryKind.UNEXPLAINED_DEBIT


@pytest.mark.parametrize(
    ("credit", "reversal", "code", "detail", "kind"),
    [
        (True, False, "PMNT/RCDT/ESCT", Detail(), EntryKind.DEPOSIT),
        (True, False, "PMNT/RCDT/ESCT", Detail(end_to_end_id="INVOICE"), EntryKind.DEPOSIT),
        (True, False, "NTRF", Detail(), EntryKind.DEPOSIT),
        (True, False, "PMNT/ICDT/RRTN", Detail(end_to_end_id=OURS), EntryKind.PAYOUT_RETURNED),
        (True, False, "NRTI", Detail(end_to_end_id=OURS), EntryKind.PAYOUT_RETURNED),
        (True, False, "PMNT/RCDT/ESCT", Detail(end_to_end_id=OURS, return_reason="AC04"), EntryKind.PAYOUT_RETURNED),
        (True, True, "PMNT/ICDT/ESCT", Detail(end_to_end_id=OURS), EntryKind.PAYOUT_RETURNED),
        (True, False, "PMNT/ICDT/RRTN", Detail(end_to_end_id=SENT_BACK), EntryKind.PAYOUT_RETURNED),
        (True, False, "PMNT/ICDT/RRTN", Detail(end_to_end_id="OTHER"), EntryKind.DEPOSIT),
        (True, False, "ACMT/MCOP/INTR", Detail(), EntryKind.OPERATOR_CREDIT),
        (True, False, "CAMT/CAPL/XBRD", Detail(), EntryKind.OPERATOR_CREDIT),
        (True, False, "PMNT/RCDT/CHRG", Detail(), EntryKind.OPERATOR_CREDIT),
        (True, True, "PMNT/ICDT/ESCT", Detail(), EntryKind.OPERATOR_CREDIT),
        (False, False, "ACMT/MDOP/CHRG", Detail(), EntryKind.CHARGE),
        (False, False, "PMNT/ICDT/FEES", Detail(), EntryKind.CHARGE),
        (False, False, "NCHG", Detail(), EntryKind.CHARGE),
        (False, False, "ACMT/MDOP/INTR", Detail(), EntryKind.CHARGE),
        (False, True, "ACMT/MCOP/INTR", Detail(), EntryKind.CHARGE),
        (False, True, "PMNT/RCDT/ESCT", Detail(), EntryKind.DEPOSIT_REVERSED),
        (False, False, "PMNT/RCDT/RRTN", Detail(), EntryKind.DEPOSIT_REVERSED),
        (False, False, "PMNT/ICDT/ESCT", Detail(end_to_end_id=OURS), EntryKind.PAYOUT_BOOKED),
        (False, False, "PMNT/ICDT/ESCT", Detail(end_to_end_id=SENT_BACK), EntryKind.DEPOSIT_RETURNED),
    ],
)
def test_each_kind_of_entry_has_its_line_in_the_books(
    credit: bool, reversal: bool, code: str, detail: Detail, kind: EntryKind
) -> None:
    """Row by row what the rule promises."""
    assert classify(entry(credit=credit, reversal=reversal, code=code), detail) is kind


def test_an_undone_entry_turns_into_its_opposite() -> None:
    """Undoing moves the balance the other way, for every kind."""
    credits = {EntryKind.DEPOSIT, EntryKind.OPERATOR_CREDIT, EntryKind.PAYOUT_RETURNED}
    for kind in EntryKind:
        assert (kind in credits) is (undone(kind) not in credits)


def test_ids_of_ours_have_one_form() -> None:
    """R or D, 26 characters of base32, the attempt without leading zero."""
    assert is_our_id(OURS)
    assert is_our_id(SENT_BACK)
    assert not any(map(is_our_id, [None, "", OURS[:-2], OURS.replace("-1", "-0"), f" {OURS}", OURS + "\n"]))
