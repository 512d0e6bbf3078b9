"""A statement file becomes the bank's book, whole or not at all."""

from pathlib import Path

import pytest

from tests.devnet.bank.kit import START, Window

IBAN = "DE89370400440532013000"


def entry(amount: str, side: str, reference: str, day: str = "2019-05-02", more: str = "", status: str = "BOOK") -> str:
    """Return an `Ntry` of camt.053.001.02."""
    named = f"<AcctSvcrRef>{reference}</AcctSvcrRef>" if reference else ""
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts>{status}</Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt>"
        f"<ValDt><Dt>{day}</Dt></ValDt>{named}<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly>"
        f"</Domn></BkTxCd>{more}</Ntry>"
    )


def statement(
    opening: str, closing: str, *entries: str, number: int = 7, day: str = "2019-05-02", iban: str = IBAN
) -> str:
    """Return a `Stmt` of camt.053.001.02."""

    def balance(code: str, amount: str) -> str:
        side = "DBIT" if amount.startswith("-") else "CRDT"
        return (
            f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount.lstrip("-")}</Amt>'
            f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
        )

    balances = balance("OPBD", opening) + balance("CLBD", closing)
    account = f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy><Ownr><Nm>Issuer</Nm></Ownr></Acct>"
    head = f"<Id>S{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>2019-05-03T06:00:00</CreDtTm>{account}"
    return f"<Stmt>{head}{balances}{''.join(entries)}</Stmt>"


def document(*statements: str, version: str = "02") -> bytes:
    """Return the whole file."""
    header = "<GrpHdr><MsgId>M1</MsgId><CreDtTm>2019-05-03T06:00:00</CreDtTm></GrpHdr>"
    namespace = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"
    body = f"<BkToCstmrStmt>{header}{''.join(statements)}</BkToCstmrStmt>"
    return f'<?xml version="1.0"?><Document xmlns="{namespace}">{body}</Document>'.encode()


GOOD = document(statement("100.00", "130.00", entry("50.00", "CRDT", "R1"), entry("20.00", "DBIT", "R2")))


def refused(window: Window, raw: bytes) -> tuple[int, str]:
    """Return how a file is refused, after looking that nothing of it is kept."""
    answer = window.refused("POST", "/_bank/load?set_clock", raw)
    assert len(window.get("/accounts")) == 1
    assert abs((window.clock.now() - START).total_seconds()) < 600
    return answer


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"<Document", "unreadable_file"),
        (GOOD.replace(b"camt.053.001.02", b"camt.054.001.02"), "unreadable_file"),
        (GOOD[: len(GOOD) // 2], "unreadable_file"),
        (
            GOOD.replace(b"<Document", b'<!DOCTYPE d [<!ENTITY a "a">]><Document').replace(
                b'<?xml version="1.0"?>', b""
            ),
            "unreadable_file",
        ),
        (GOOD.replace(b"DE89", b"DE88"), "unreadable_file"),
        (GOOD.replace(b"50.00", b"50.001"), "unreadable_file"),
        (GOOD.replace(b"50.00", b"-50.00"), "unreadable_file"),
        (GOOD.replace(b'Ccy="EUR">50', b'Ccy="USD">50'), "unreadable_file"),
        (GOOD.replace(b"CLBD", b"XPCD"), "unreadable_file"),
        (GOOD.replace(b"<Sts>BOOK", b"<Sts>DONE"), "unreadable_file"),
        (GOOD.replace(b"<Dt>2019-05-02", b"<Dt>2019-13-02"), "unreadable_file"),
        (document(), "unreadable_file"),
        (document(statement("100.00", "130.01", entry("30.00", "CRDT", "R1"))), "does_not_add_up"),
        (
            document(statement("0.00", "1.00", entry("1.00", "CRDT", "R1")), statement("2.00", "2.00", number=8)),
            "does_not_follow",
        ),
    ],
)
def test_a_file_that_is_not_whole_and_right_is_refused(window: Window, raw: bytes, code: str) -> None:
    """Nothing of it is kept, and the clock stays."""
    assert refused(window, raw) == (422, code)


def test_an_old_file_needs_the_clock_set_back_first(window: Window) -> None:
    """The bank will not account for years of empty days; on request it sets the clock itself."""
    assert window.refused("POST", "/_bank/load", GOOD) == (409, "clock_ahead")
    loaded = window.post("/_bank/load?set_clock", GOOD)
    assert loaded["closing_at"] == "2019-05-03T00:00:00.000Z"
    assert window.clock.now().isoformat().startswith("2019-05-03T00:00:0")


def test_an_account_that_the_bank_keeps_is_not_loaded_over(window: Window) -> None:
    """409, whatever else is in the file."""
    other = document(statement("0.00", "0.00"), statement("0.00", "0.00", iban=window.iban))
    assert refused(window, other) == (409, "account_exists")


def test_a_file_can_be_judged_without_keeping_it(window: Window) -> None:
    """`check` tells the figures and the closing time and changes nothing."""
    judged = window.ask("POST", "/_bank/load?check", GOOD)
    assert judged[0] == 200
    assert (judged[1]["accounts"][0]["closing"], judged[1]["closing_at"]) == ("130.00", "2019-05-03T00:00:00.000Z")
    assert len(window.get("/accounts")) == 1


def test_a_loaded_statement_is_the_book(window: Window) -> None:
    """Accounts, balances at the cut, entries under their own references and dates; a second load changes nothing."""
    assert window.post("/_bank/load?set_clock", GOOD)["already"] is False
    assert window.post("/_bank/load?set_clock", GOOD)["already"] is True
    assert window.get(f"/accounts/{IBAN}/balance?at=2019-05-03T00:00:00Z")["balance"] == "130.00"
    book = window.get(f"/accounts/{IBAN}/entries")
    assert [(line["reference"], line["amount"], line["credit"]) for line in book] == [
        ("R1", "50.00", True),
        ("R2", "20.00", False),
    ]
    assert {line["booked_at"] for line in book} == {"2019-05-02T00:00:00.000Z"}
    window.sound()


def test_the_next_statement_follows_the_loaded_one(window: Window) -> None:
    """Number and opening balance go on, in the dialect of the file."""
    window.post("/_bank/load?set_clock", GOOD)
    window.post("/_bank/credits", {"iban": IBAN, "amount": "5.00"})
    window.advance(days=1)
    (told,) = [message for message in window.messages("camt.053") if message.text("Acct/Id/IBAN") == IBAN]
    assert (told.kind, told.text("Stmt/ElctrncSeqNb")) == ("camt.053.001.02", "8")
    assert told.texts("Bal/Amt") == ["130.00", "135.00"]
    assert told.texts("Bal/Dt/Dt") == ["2019-05-03", "2019-05-03"]


def test_several_statements_and_accounts_come_in_one_file(window: Window) -> None:
    """Each account has its chain; the answer names every statement."""
    other = "NL91ABNA0417164300"
    raw = document(
        statement("0.00", "1.00", entry("1.00", "CRDT", "A1")),
        statement("-5.00", "-5.00", iban=other),
        statement("1.00", "3.00", entry("2.00", "CRDT", "A2", "2019-05-03"), number=8, day="2019-05-03"),
    )
    loaded = window.post("/_bank/load?set_clock", raw)
    assert [(line["iban"], line["closing"]) for line in loaded["accounts"]] == [
        (IBAN, "1.00"),
        (IBAN, "3.00"),
        (other, "-5.00"),
    ]
    assert window.get(f"/accounts/{IBAN}/balance?at=2019-05-03T00:00:00Z")["balance"] == "1.00"
    assert window.get(f"/accounts/{IBAN}/balance?at=2019-05-04T00:00:00Z")["balance"] == "3.00"
    window.sound()


def test_two_pages_of_one_day_are_one_day(window: Window) -> None:
    """Both pages are in the balance at the day's end, and neither is cut off by a second."""
    raw = document(
        statement("0.00", "1.00", entry("1.00", "CRDT", "A1"), number=7).replace("CLBD", "ITBD"),
        statement("1.00", "3.00", entry("2.00", "CRDT", "A2"), number=7).replace("OPBD", "ITBD"),
    )
    assert window.post("/_bank/load?set_clock", raw)["closing_at"] == "2019-05-03T00:00:00.000Z"
    assert window.get(f"/accounts/{IBAN}/balance?at=2019-05-03T00:00:00Z")["balance"] == "3.00"
    window.advance(days=1)
    told = [message for message in window.messages("camt.053") if message.text("Acct/Id/IBAN") == IBAN]
    assert told[0].texts("Bal/Amt") == ["3.00", "3.00"]


def test_odd_entries_are_taken_as_they_are(window: Window) -> None:
    """No reference, twenty alike, a pending one, a batch, a time inside `Dt`, a date outside the period."""
    back = "<NtryDtls><TxDtls><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls>"
    amount = "<AmtDtls><TxAmt><Amt Ccy='EUR'>1.00</Amt></TxAmt></AmtDtls>"
    parts = [f"<TxDtls><Refs><EndToEndId>B{n}</EndToEndId></Refs>{amount}</TxDtls>" for n in range(3)]
    details = f"<NtryDtls>{''.join(parts)}</NtryDtls>"
    entries = [
        *[entry("1.00", "CRDT", "") for _ in range(10)],
        *[entry("1.00", "CRDT", "NONREF") for _ in range(10)],
        entry("9.00", "CRDT", "P1", status="PDNG"),
        entry("3.00", "CRDT", "B", more=details),
        entry("2.00", "CRDT", "back", more=back),
        entry("6.00", "DBIT", "T", "2019-05-02T10:00:00+02:00"),
        entry("1.00", "CRDT", "late", "2019-06-01"),
    ]
    window.post("/_bank/load?set_clock", document(statement("0.00", "20.00", *entries)))
    book = window.get(f"/accounts/{IBAN}/entries?full")
    assert len([line for line in book if line["reference"] is None]) == 20
    by_reference = {line["reference"]: line for line in book}
    assert [part["end_to_end_id"] for part in by_reference["B"]["details"]] == ["B0", "B1", "B2"]
    assert by_reference["back"]["returned"]["reason"] == "AC04"
    assert by_reference["T"]["booked_at"] == "2019-05-02T08:00:00.000Z"
    assert (by_reference["late"]["booking_date"], by_reference["late"]["booked_at"]) == (
        "2019-06-01",
        "2019-05-02T23:59:59.999Z",
    )
    assert window.get(f"/accounts/{IBAN}/balance?at=2019-05-03T00:00:00Z")["balance"] == "20.00"
    assert window.post("/_bank/bookings", {"reference": "P1"})["status"] == "BOOK"
    window.sound()


def test_a_version_between_or_after_the_usual_ones_is_read_too(window: Window) -> None:
    """The bank goes on in the nearest dialect that it writes."""
    window.post("/_bank/load?set_clock", GOOD.replace(b"camt.053.001.02", b"camt.053.001.13"))
    assert window.get(f"/accounts/{IBAN}")["version"] == "08"


@pytest.mark.parametrize("version", ["02", "04", "08"])
def test_the_bank_reads_what_it_writes(window: Window, tmp_path: Path, version: str) -> None:
    """A statement of one bank becomes the book of another, entry by entry, in each dialect."""
    window.ask("PATCH", f"/accounts/{window.iban}", {"version": version})
    window.credit("97.50", original={"amount": "110.00", "currency": "USD", "rate": "0.9"}, charges="1.50")
    window.credit("3.00", batch=[{"amount": "1.00"}, {"amount": "2.00"}], debtor=None)
    window.post("/_bank/reversals", {"reference": window.credit("9.00", remittance="twice")["reference"]})
    window.pay(("E1", "10.00"))
    window.advance(days=1)
    (told,) = window.messages("camt.053")
    folder = tmp_path / "other"
    folder.mkdir()
    other = Window(folder, iban=IBAN)
    other.clock.start_at(window.clock.now())
    other.post("/_bank/load", told.body.encode())
    path = f"/accounts/{window.iban}/entries?full"
    kept = ("reference", "amount", "credit", "reversal", "end_to_end_id", "booking_date", "value_date", "code", "note")
    ours, theirs = ([{key: line.get(key) for key in kept} for line in bank.get(path)] for bank in (window, other))
    assert theirs == ours
    other.sound()
    other.bank.close()
