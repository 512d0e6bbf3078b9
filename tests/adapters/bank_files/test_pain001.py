"""Payment files: nothing a bank would refuse leaves, and equal content is equal bytes."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from lxml import etree
from sepaxml.validation import try_valid_xml

from tradecoin.adapters.bank_files import BankFiles, write_pain001
from tradecoin.domain.money import Currency, Money
from tradecoin.domain.payment import Account, Address, BadPayment, Payment, PaymentFile
from tradecoin.domain.payout import Payout, PayoutCause
from tradecoin.domain.references import BadIban
from tradecoin.domain.statement import BadBankMessage
from tradecoin.domain.states import PayoutState
from tradecoin.ports.bank import MessageFormat

EUR = Currency("EUR")
TOWN = Address(town="Utrecht", country="NL", street="Kade", building="7", postcode="3511 AA")
PAYMENT = Payment(
    end_to_end_id="RAAAAAAAAAAAAAAAAAAAAAAAAAA-1",
    amount=Money(25_005, EUR),
    creditor=Account("Åsa <Öberg> & Co", "SE4550000000058398257466", Address("Göteborg", "SE")),
    execute_on=date(2026, 11, 4),
    remittance="redemption 12",
)
FILE = PaymentFile(
    message_id="PO-20261103-1",
    created_at=datetime(2026, 11, 3, 11, 0, 0, 999, tzinfo=ZoneInfo("Europe/Amsterdam")),
    debtor=Account("Tradecoin Issuer B.V.", "NL30NRWB0000000001", TOWN, "NRWBNL2A"),
    payments=(PAYMENT,),
)


def found(raw: bytes, path: str) -> list[str]:
    """Return the texts at a path of local names."""
    steps = "/".join(f"*[local-name()='{name}']" for name in path.split("/"))
    result = etree.fromstring(raw).xpath(f".//{steps}")
    assert isinstance(result, list)
    return [str(node.text) for node in result if isinstance(node, etree._Element)]


def with_payment(**changes: object) -> PaymentFile:
    """Return the file with a changed payment."""
    return replace(FILE, payments=(replace(PAYMENT, **changes),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (replace(FILE, payments=()), "without payments"),
        (replace(FILE, payments=(PAYMENT, PAYMENT)), "two payments with one EndToEndId"),
        (replace(FILE, message_id=""), "message id"),
        (replace(FILE, message_id="M" * 31), "message id"),
        (replace(FILE, message_id="/a"), "message id"),
        (with_payment(amount=Money(0, EUR)), "not above zero"),
        (with_payment(amount=Money(-1, EUR)), "not above zero"),
        (with_payment(amount=Money(10**11, EUR)), "above what a SEPA payment carries"),
        (with_payment(amount=Money(10**18 + 1, Currency("USD"))), "not a pain.001.001.09"),
        (with_payment(end_to_end_id="E" * 36), "EndToEndId"),
        (with_payment(end_to_end_id="a//b"), "EndToEndId"),
        (with_payment(end_to_end_id="é"), "EndToEndId"),
        (with_payment(remittance="x" * 141), "longer than 140"),
        (with_payment(remittance="bell \x07"), "XML cannot hold"),
        (with_payment(creditor=replace(PAYMENT.creditor, name=" ")), "name is not"),
        (with_payment(creditor=replace(PAYMENT.creditor, name="n" * 71)), "name is not"),
        (with_payment(creditor=replace(PAYMENT.creditor, address=Address("", "SE"))), "lacks town or country"),
        (with_payment(creditor=replace(PAYMENT.creditor, address=Address("X", "Sweden"))), "lacks town or country"),
        (with_payment(creditor=replace(PAYMENT.creditor, bic="NOBIC")), "not a pain.001.001.09"),
        (
            replace(FILE, payments=(PAYMENT, replace(PAYMENT, end_to_end_id="E2", amount=Money(1, Currency("USD"))))),
            "USD in a file of EUR",
        ),
    ],
)
def test_a_payment_that_no_bank_would_take_is_refused(file: PaymentFile, reason: str) -> None:
    """Before it is stored as something to be sent."""
    with pytest.raises(BadPayment, match=reason):
        write_pain001(file)


def test_a_wrong_iban_is_refused() -> None:
    """The creditor's and the debtor's."""
    with pytest.raises(BadIban):
        write_pain001(with_payment(creditor=replace(PAYMENT.creditor, iban="SE4550000000058398257467")))
    with pytest.raises(BadIban):
        write_pain001(replace(FILE, debtor=replace(FILE.debtor, iban="NL31NRWB0000000001")))


def test_a_time_without_a_zone_is_a_bug() -> None:
    """Naive times do not exist here."""
    with pytest.raises(ValueError, match="no zone"):
        write_pain001(replace(FILE, created_at=FILE.created_at.replace(tzinfo=None)))


def test_equal_files_are_equal_bytes() -> None:
    """The bytes are stored before they are sent, and built again after a crash: no clock, no random id."""
    again = replace(FILE, created_at=FILE.created_at.astimezone(UTC).replace(microsecond=0))
    assert write_pain001(FILE) == write_pain001(again)
    assert b"<CreDtTm>2026-11-03T10:00:00Z</CreDtTm>" in write_pain001(FILE)


def test_a_file_is_valid_for_an_independent_validator() -> None:
    """The library's own validation, with several days, currencies with and without decimals, and references."""
    others = [
        replace(PAYMENT, end_to_end_id="E2", execute_on=date(2026, 11, 5), remittance="RF18 5390 0754 7034"),
        replace(PAYMENT, end_to_end_id="E3", remittance=""),
    ]
    try_valid_xml(write_pain001(replace(FILE, payments=(PAYMENT, *others))), "pain.001.001.09")
    try_valid_xml(write_pain001(with_payment(amount=Money(1000, Currency("JPY")))), "pain.001.001.09")


def test_totals_are_exact_for_file_and_day() -> None:
    """Number and control sum, by day of execution."""
    later = replace(PAYMENT, end_to_end_id="E2", amount=Money(1, EUR), execute_on=date(2026, 11, 5))
    third = replace(PAYMENT, end_to_end_id="E3", amount=Money(2, EUR))
    raw = write_pain001(replace(FILE, payments=(PAYMENT, later, third)))
    assert found(raw, "GrpHdr/NbOfTxs") == ["3"]
    assert found(raw, "GrpHdr/CtrlSum") == ["250.08"]
    assert found(raw, "PmtInf/CtrlSum") == ["250.07", "0.01"]
    assert found(raw, "PmtInf/PmtInfId") == ["PO-20261103-1-1", "PO-20261103-1-2"]
    assert found(raw, "ReqdExctnDt/Dt") == ["2026-11-04", "2026-11-05"]


def test_a_payment_arrives_in_the_file_as_it_is() -> None:
    """Names unharmed, structured addresses, the amount with the currency's decimals."""
    raw = write_pain001(FILE)
    assert found(raw, "Cdtr/Nm") == ["Åsa <Öberg> & Co"]
    assert found(raw, "Cdtr/PstlAdr/TwnNm") == ["Göteborg"]
    assert found(raw, "Dbtr/PstlAdr/StrtNm") == ["Kade"]
    assert found(raw, "AdrLine") == []
    assert found(raw, "Amt/InstdAmt") == ["250.05"]
    assert found(raw, "PmtId/EndToEndId") == [PAYMENT.end_to_end_id]
    assert found(raw, "BtchBookg") == ["false"]
    assert found(raw, "RmtInf/Ustrd") == ["redemption 12"]
    yen = write_pain001(with_payment(amount=Money(1000, Currency("JPY"))))
    assert found(yen, "Amt/InstdAmt") == ["1000"]
    assert found(yen, "SvcLvl/Cd") == []


def test_the_port_writes_payouts_and_reads_what_comes_back() -> None:
    """Names longer than the scheme carries are cut, and the bytes depend on the arguments alone."""
    payout = Payout(
        id="po_1",
        version=1,
        state=PayoutState.PREPARED,
        cause=PayoutCause.REDEMPTION,
        subject_id="rd_1",
        attempt=1,
        end_to_end_id=PAYMENT.end_to_end_id,
        amount=PAYMENT.amount,
        creditor="n" * 71,
        iban=PAYMENT.creditor.iban,
        bic="",
        country="SE",
        town="Göteborg",
        remittance="redemption 12",
        file_id="",
        reason="",
        entry_id="",
        confirmations=(),
        execute_on=PAYMENT.execute_on,
        created_at=FILE.created_at,
        updated_at=FILE.created_at,
    )
    files: MessageFormat = BankFiles(FILE.debtor, zone=ZoneInfo("Europe/Amsterdam"))
    raw = files.write_payouts("PO-1", FILE.created_at, [payout])
    assert raw == files.write_payouts("PO-1", FILE.created_at, [payout])
    assert found(raw, "Cdtr/Nm") == ["n" * 70]
    assert found(raw, "EndToEndId") == [PAYMENT.end_to_end_id]
    with pytest.raises(BadBankMessage, match=r"pain\.001 is not a message that this node reads"):
        files.read(raw)


def test_an_rf_reference_goes_out_structured() -> None:
    """So that the payee's bank can match it."""
    raw = write_pain001(with_payment(remittance="RF18 5390 0754 7034"))
    assert found(raw, "CdtrRefInf/Ref") == ["RF18539007547034"]
    assert found(raw, "RmtInf/Ustrd") == []
