"""What a bank says of our payments: statuses and returns."""

from datetime import date

import pytest

from tests.adapters.bank_files.samples import DATA, broken, read, refusal
from tradecoin.domain.money import Currency, Money
from tradecoin.domain.statement import PaymentReturn, PaymentStatus

STATUS = (DATA / "pain002_rejected_03.xml").read_text()
RETURN = (DATA / "pacs004_09.xml").read_text()


@pytest.mark.parametrize(
    ("text", "old", "new", "reason"),
    [
        (STATUS, "<TxSts>ACSC<", "<TxSts>FINE<", "payment status FINE is unknown"),
        (STATUS, "<TxSts>ACSC</TxSts>", "", "mandatory element is missing"),
        (STATUS, "<OrgnlMsgId>PO-1</OrgnlMsgId>", "", "mandatory element is missing"),
        (STATUS, "pain.002.001.03", "pain.002.001.02", "older than 03"),
        (RETURN, '<RtrdIntrBkSttlmAmt Ccy="EUR">250.00', '<RtrdIntrBkSttlmAmt Ccy="EUR">0.00', "zero"),
        (
            RETURN,
            '<RtrdIntrBkSttlmAmt Ccy="EUR">250.00',
            '<RtrdIntrBkSttlmAmt Ccy="EUR">250.001',
            "more than 2 decimals",
        ),
        (RETURN, "<RtrId>RET-1-1</RtrId>", "", "mandatory element is missing"),
        (RETURN, "<IntrBkSttlmDt>2026-11-05<", "<IntrBkSttlmDt>soon<", "not a date"),
    ],
)
def test_a_report_that_cannot_be_trusted_is_refused(text: str, old: str, new: str, reason: str) -> None:
    """Unknown states and missing identities are not guessed at: a coin is burned by what these say."""
    refusal(broken(text, old, new), reason)


def test_a_report_without_any_status_or_return_is_refused() -> None:
    """It would be taken for an answer."""
    start, end = RETURN.index("<TxInf>"), RETURN.index("</TxInf>") + len("</TxInf>")
    refusal(RETURN[:start] + RETURN[end:], "TxInf is missing")
    start, end = STATUS.index("<OrgnlPmtInfAndSts>"), STATUS.index("</OrgnlPmtInfAndSts>") + len("</OrgnlPmtInfAndSts>")
    refusal(broken(STATUS[:start] + STATUS[end:], "<GrpSts>PART</GrpSts>", ""), "no status at all")


def test_statuses_of_file_and_payments_are_read() -> None:
    """The file's first, then each payment's with its reason."""
    assert read(STATUS).payment_statuses == (
        PaymentStatus("PO-1", "PART"),
        PaymentStatus("PO-1", "ACSC", "PO-1-1", "RAAAA-1"),
        PaymentStatus("PO-1", "RJCT", "PO-1-1", "RBBBB-1", "AC04", "account closed"),
    )
    accepted = read((DATA / "pain002_accepted_10.xml").read_bytes())
    assert accepted.payment_statuses == (PaymentStatus("PO-2", "ACTC"),)


def test_a_return_is_read() -> None:
    """Amount, original ids, reason and the group's settlement day."""
    (returned,) = read(RETURN).payment_returns
    assert returned == PaymentReturn(
        return_id="RET-1-1",
        amount=Money(25_000, Currency("EUR")),
        original_end_to_end_id="RAAAA-1",
        original_message_id="PO-1",
        original_transaction_id="T-1",
        original_uetr="f3a1c2d4-5b6e-4f70-8a91-b2c3d4e5f602",
        reason="AC04",
        settles_on=date(2026, 11, 5),
        info="closed account",
    )
