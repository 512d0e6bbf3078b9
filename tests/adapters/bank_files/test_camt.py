"""camt messages as banks send them: what they say arrives, whatever the dialect."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.adapters.bank_files.samples import BALANCE, DATA, ENTRY, STATEMENT, ZONE, broken, read
from tradecoin.adapters.bank_files import read_bank_message
from tradecoin.domain.money import Currency, Money
from tradecoin.domain.statement import Charge, Entry, EntryStatus, Exchange, Party

EUR = Currency("EUR")


def only_entry(text: str) -> Entry:
    """Read a message of one entry."""
    return read(text).statements[0].entries[0]


def with_details(details: str, amount: str = "100.00", extra: str = "") -> str:
    """Build a statement of one credit of `amount` with these details."""
    start, end = STATEMENT.index("<TxDtls>"), STATEMENT.index("</NtryDtls>")
    text = STATEMENT[:start] + details + STATEMENT[end:]
    text = text.replace(BALANCE.format(kind="CLBD", amount="100.00"), BALANCE.format(kind="CLBD", amount=amount))
    return broken(text, '<Ntry>\n<Amt Ccy="EUR">100.00</Amt>', f'<Ntry>\n<Amt Ccy="EUR">{amount}</Amt>{extra}')


@pytest.mark.parametrize("version", ["02", "04", "06", "08", "10", "12", "14"])
@pytest.mark.parametrize("status", ["<Sts>BOOK</Sts>", "<Sts><Cd>BOOK</Cd></Sts>"])
def test_every_version_with_the_structure_is_read(version: str, status: str) -> None:
    """The status is a text in old ones, a code in an element in newer ones."""
    text = STATEMENT.replace("camt.053.001.08", f"camt.053.001.{version}").replace("<Sts><Cd>BOOK</Cd></Sts>", status)
    message = read(text)
    assert (message.kind, message.version) == ("camt.053", version)
    assert message.statements[0].booked[0].amount == Money(10_000, EUR)


@pytest.mark.parametrize("name", ["Dbtr><Nm>Anna</Nm></Dbtr", "Dbtr><Pty><Nm>Anna</Nm></Pty></Dbtr"])
def test_a_partys_name_is_found_in_both_shapes(name: str) -> None:
    """Direct up to version .04, inside a Pty from .08 on."""
    entry = only_entry(broken(STATEMENT, "<RltdPties>", f"<RltdPties><{name}>"))
    assert entry.details[0].debtor == Party("Anna", "DE89370400440532013000")


def test_a_reversal_keeps_the_direction_of_its_own_booking() -> None:
    """DBIT with RvslInd takes back a credit: the balance falls."""
    text = broken(
        STATEMENT, ENTRY, ENTRY + ENTRY.replace(">CRDT<", ">DBIT<").replace("<Sts>", "<RvslInd>true</RvslInd><Sts>")
    )
    text = text.replace(BALANCE.format(kind="CLBD", amount="100.00"), BALANCE.format(kind="CLBD", amount="0.00"))
    entry = read(text).statements[0].entries[1]
    assert (entry.signed.minor, entry.reversal, entry.details[0].credit) == (-10_000, True, False)
    original_direction = text.replace(
        '<Amt Ccy="EUR">100.00</Amt><CdtDbtInd>DBIT', '<Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT'
    )
    assert read(original_direction).statements[0].entries[1].details == entry.details


@pytest.mark.parametrize(
    ("booked", "expected"),
    [
        ("<Dt>2026-11-02</Dt>", date(2026, 11, 2)),
        ("<Dt>2026-11-02+01:00</Dt>", date(2026, 11, 2)),
        ("<Dt>2026-11-02T09:30:00</Dt>", datetime(2026, 11, 2, 9, 30, tzinfo=ZONE)),
        ("<DtTm>2026-11-02T09:30:00</DtTm>", datetime(2026, 11, 2, 9, 30, tzinfo=ZONE)),
        ("<DtTm>2026-11-02T09:30:00.123456789Z</DtTm>", datetime(2026, 11, 2, 9, 30, 0, 123456, tzinfo=UTC)),
        ("<DtTm>2026-11-02T24:00:00</DtTm>", datetime(2026, 11, 3, tzinfo=ZONE)),
        ("<DtTm>2026-11-02T23:30:00Z</DtTm>", datetime(2026, 11, 3, 0, 30, tzinfo=ZONE)),
    ],
)
def test_dates_and_times_are_the_accounts(booked: str, expected: date | datetime) -> None:
    """A time without a zone is in the account's, one with a zone is turned into it, and the day is the day there."""
    entry = only_entry(broken(STATEMENT, "<Dt>2026-11-02</Dt></BookgDt>", f"{booked}</BookgDt>"))
    assert entry.booked == expected
    day = expected.astimezone(ZONE).date() if isinstance(expected, datetime) else expected
    assert entry.booked_on == day


def test_an_entry_without_a_booking_date_has_its_value_date_or_the_statements_day() -> None:
    """Every entry belongs to a day."""
    undated = broken(STATEMENT, "<BookgDt><Dt>2026-11-02</Dt></BookgDt>", "")
    assert only_entry(undated).booked == date(2026, 11, 2)
    valued = broken(undated, "<AcctSvcrRef>", "<ValDt><Dt>2026-10-30</Dt></ValDt><AcctSvcrRef>")
    assert only_entry(valued).booked == date(2026, 10, 30)


def test_interim_balances_open_and_close_pages() -> None:
    """OPBD to ITBD, ITBD to ITBD, ITBD to CLBD; one ITBD alone closes."""
    for opens, closes in (("OPBD", "ITBD"), ("ITBD", "ITBD"), ("ITBD", "CLBD"), ("PRCD", "CLBD")):
        page = STATEMENT.replace("<Cd>OPBD<", f"<Cd>{opens}<").replace("<Cd>CLBD<", f"<Cd>{closes}<")
        statement = read(page).statements[0]
        assert statement.opening is not None
        assert statement.closing is not None
        assert (statement.opening.amount.minor, statement.closing.amount.minor) == (0, 10_000)


def test_remittance_in_several_parts_is_one_text() -> None:
    """Banks cut it at 35 or 140 characters; a structured reference stands apart."""
    info = "<RmtInf><Ustrd>one</Ustrd><Ustrd> two </Ustrd><Strd><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf>"
    info += "<AddtlRmtInf>three</AddtlRmtInf></Strd><Strd><CdtrRefInf><Ref>SECOND</Ref></CdtrRefInf></Strd></RmtInf>"
    detail = only_entry(with_details(f"<TxDtls>{info}</TxDtls>")).details[0]
    assert detail.structured_reference == "RF18539007547034"
    assert detail.remittance_text == "one two three SECOND"


DEBIT_OF_20 = '<TxDtls><Amt Ccy="EUR">20.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></TxDtls>'


@pytest.mark.parametrize(
    ("details", "shares"),
    [
        ("<TxDtls/>", [10_000]),
        ("<TxDtls/><TxDtls/>", [None, None]),
        ('<TxDtls><Amt Ccy="EUR">60.00</Amt></TxDtls><TxDtls/>', [None, None]),
        ('<TxDtls><Amt Ccy="EUR">60.00</Amt></TxDtls><TxDtls><Amt Ccy="EUR">40.00</Amt></TxDtls>', [6_000, 4_000]),
        ('<TxDtls><AmtDtls><TxAmt><Amt Ccy="EUR">100.00</Amt></TxAmt></AmtDtls></TxDtls>', [10_000]),
        ('<TxDtls><AmtDtls><TxAmt><Amt Ccy="USD">108.00</Amt></TxAmt></AmtDtls></TxDtls>', [10_000]),
        (f'<TxDtls><Amt Ccy="EUR">120.00</Amt></TxDtls>{DEBIT_OF_20}', [12_000, 2_000]),
    ],
)
def test_shares_of_payments_sum_to_the_entry(details: str, shares: list[int | None]) -> None:
    """As the bank states them; None when it does not say how the sum is divided."""
    entry = only_entry(with_details(details))
    assert [detail.amount and detail.amount.minor for detail in entry.details] == shares
    if None not in shares:
        signed = [d.amount.minor * (1 if d.credit else -1) for d in entry.details if d.amount]
        assert sum(signed) == entry.signed.minor


CHARGE = (
    '<Chrgs><Rcrd><Amt Ccy="EUR">1.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>'
)


@pytest.mark.parametrize(
    ("details", "extra", "shares"),
    [
        (f'<TxDtls><Amt Ccy="EUR">100.00</Amt>{CHARGE}</TxDtls>', "", [9_850]),
        ('<TxDtls><Amt Ccy="EUR">100.00</Amt></TxDtls>', CHARGE, [9_850]),
        (
            f'<TxDtls><Amt Ccy="EUR">60.00</Amt>{CHARGE}</TxDtls><TxDtls><Amt Ccy="EUR">40.00</Amt></TxDtls>',
            "",
            [5_850, 4_000],
        ),
        (
            '<TxDtls><Amt Ccy="EUR">60.00</Amt></TxDtls><TxDtls><Amt Ccy="EUR">40.00</Amt></TxDtls>',
            CHARGE,
            [None, None],
        ),
    ],
)
def test_charges_taken_off_a_credit_explain_the_difference(details: str, extra: str, shares: list[int | None]) -> None:
    """The booked amount is net; a share is what was booked of a payment, and the charge is kept beside it."""
    entry = only_entry(with_details(details, amount="98.50", extra=extra))
    assert [detail.amount and detail.amount.minor for detail in entry.details] == shares
    charges = entry.charges + tuple(charge for detail in entry.details for charge in detail.charges)
    assert charges == (Charge(Money(150, EUR), credit=False, included=True),)


@pytest.mark.parametrize("details", ["", "<TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs></TxDtls>"])
def test_the_currency_that_a_payer_ordered_in_is_seen_at_the_entry_too(details: str) -> None:
    """Some banks give it there and list no payment, or list it without amounts."""
    ordered = '<AmtDtls><InstdAmt><Amt Ccy="USD">108.00</Amt></InstdAmt></AmtDtls>'
    entry = only_entry(with_details(details).replace("<NtryDtls>", f"{ordered}<NtryDtls>"))
    assert [detail.instructed for detail in entry.details] == [Money(10_800, Currency("USD"))]
    assert [detail.amount for detail in entry.details] == [Money(10_000, EUR)]


def test_a_savings_banks_file_is_read() -> None:
    """Version .02: charges without records, a batch of direct debits, a return with its reason, no usable reference."""
    statement = read((DATA / "de_savings_camt053_02.xml").read_bytes()).statements[0]
    transfer, batch, returned = statement.entries
    assert (transfer.reference, transfer.details[0].end_to_end_id) == (None, None)
    assert transfer.details[0].debtor == Party("Jörg Müller", "DE02120300000000202051")
    assert [detail.mandate for detail in batch.details] == ["MAND-1", "MAND-2"]
    assert batch.batch is not None
    assert (batch.batch.count, batch.batch.payment_information_id) == (2, "LASTSCHRIFT-03")
    detail = returned.details[0]
    assert (returned.reference, returned.reversal, detail.return_reason) == ("RL-2026-77", True, "AC04")
    assert detail.charges == (Charge(Money(300, EUR)),)
    assert detail.instructed == Money(5_935, EUR)


def test_two_accounts_and_currencies_in_one_file_are_read() -> None:
    """Prefixes, times without a zone, a credit line in a balance, a conversion with charges, an overdrawn opening."""
    euro, yen = read((DATA / "nordic_camt053_08_two_accounts.xml").read_bytes()).statements
    assert [balance.kind for balance in euro.balances] == ["OPBD", "CLBD", "CLAV"]
    assert euro.opening is not None
    assert euro.opening.amount == Money(-2_000, EUR)
    assert (yen.account, yen.currency.code) == ("12345600009991", "JPY")
    detail = euro.entries[0].details[0]
    assert (detail.instructed, detail.amount) == (Money(1_000_000, Currency("SEK")), Money(88_132, EUR))
    assert detail.exchange == Exchange("SEK", "EUR", "EUR", Decimal("11.2826"))
    assert detail.uetr == "f3a1c2d4-5b6e-4f70-8a91-b2c3d4e5f601"
    assert [entry.status for entry in euro.entries] == [EntryStatus.BOOK, EntryStatus.PDNG]


def test_a_number_that_is_no_iban_can_be_given_one() -> None:
    """The caller knows under which IBAN it keeps the account."""
    raw = (DATA / "nordic_camt053_08_two_accounts.xml").read_bytes()
    message = read_bank_message(raw, zone=ZONE, accounts={"12345600009991": "FI2112345600000785"})
    assert [statement.account for statement in message.statements] == ["FI2112345600000785"] * 2


def test_an_entry_without_payments_inside_is_read() -> None:
    """Charges and interest often have none."""
    start, end = STATEMENT.index("<NtryDtls>"), STATEMENT.index("</NtryDtls>") + len("</NtryDtls>")
    entry = only_entry(STATEMENT[:start] + STATEMENT[end:])
    assert entry.details == ()
