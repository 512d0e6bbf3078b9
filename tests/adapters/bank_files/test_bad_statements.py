"""Statements that say something impossible are refused whole, naming the place."""

import pytest

from tests.adapters.bank_files.samples import BALANCE, ENTRY, STATEMENT, broken, read, refusal

AMOUNT = '<Amt Ccy="EUR">100.00</Amt>\n<CdtDbtInd>'
DETAIL = '<TxDtls><Amt Ccy="EUR">100.00</Amt>'


def test_the_statement_that_the_tests_break_is_right() -> None:
    """Each refusal below is for the one thing changed."""
    assert read(STATEMENT).statements[0].is_complete


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ('<Amt Ccy="EUR">100.001</Amt>', "more than 2 decimals"),
        ('<Amt Ccy="EUR">100.000</Amt>', "more than 2 decimals"),
        ('<Amt Ccy="JPY">100.5</Amt>', "more than 0 decimals"),
        ('<Amt Ccy="EUR">-100.00</Amt>', "digits with at most one point"),
        ('<Amt Ccy="EUR">+100.00</Amt>', "digits with at most one point"),
        ('<Amt Ccy="EUR">1E2</Amt>', "digits with at most one point"),
        ('<Amt Ccy="EUR">100,00</Amt>', "digits with at most one point"),
        ('<Amt Ccy="EUR">0.00</Amt>', "zero"),
        ('<Amt Ccy="EUR">99999999999999999999.00</Amt>', "is not from"),
        ('<Amt Ccy="EUR"></Amt>', "empty"),
        ('<Amt Ccy="XXX">100.00</Amt>', "no ISO 4217 currency"),
        ("<Amt>100.00</Amt>", "no ISO 4217 currency"),
        ('<Amt Ccy="USD">100.00</Amt>', "the account in EUR"),
        ("", "mandatory element is missing"),
        ('<Amt Ccy="EUR">100.00</Amt><Amt Ccy="EUR">100.00</Amt>', "stands 2 times"),
    ],
)
def test_an_impossible_amount_is_refused(amount: str, reason: str) -> None:
    """Too many decimals, signs, zero, beyond the type, no or another currency, missing, twice."""
    said = refusal(broken(STATEMENT, AMOUNT, f"{amount}\n<CdtDbtInd>"), reason)
    assert said.path.startswith("/Document/BkToCstmrStmt/Stmt[1]/Ntry[1]/Amt")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("NL30NRWB0000000001", "NL31NRWB0000000001", "wrong check digits"),
        ("DE89370400440532013000", "DE88370400440532013000", "wrong check digits"),
        ("DE89370400440532013000", "DE8937040044053201300", "characters where DE has 22"),
        ("<IBAN>NL30NRWB0000000001</IBAN>", "", "neither IBAN nor another number"),
    ],
)
def test_a_wrong_account_number_is_refused_without_being_shown(old: str, new: str, reason: str) -> None:
    """The account's own and the other side's; the error holds no full number."""
    said = refusal(broken(STATEMENT, old, new), reason)
    assert "RltdPties" in said.path or "Acct/Id" in said.path
    assert not new or new not in str(said)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (BALANCE.format(kind="CLBD", amount="100.00"), BALANCE.format(kind="CLBD", amount="100.01")),
        (BALANCE.format(kind="OPBD", amount="0.00"), BALANCE.format(kind="OPBD", amount="0.01")),
        ("<Cd>BOOK</Cd>", "<Cd>PDNG</Cd>"),
        ("<CdtDbtInd>CRDT</CdtDbtInd>\n<Sts>", "<CdtDbtInd>DBIT</CdtDbtInd>\n<Sts>"),
        (ENTRY, ENTRY + ENTRY),
        (ENTRY, ""),
    ],
)
def test_balances_that_do_not_add_up_are_refused(old: str, new: str) -> None:
    """A cent off, an entry too many or too few, a wrong direction, a pending entry counted."""
    said = refusal(broken(STATEMENT, old, new), "balances do not add up")
    assert said.path == "/Document/BkToCstmrStmt/Stmt[1]"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (BALANCE.format(kind="OPBD", amount="0.00"), "", "no opening balance"),
        (BALANCE.format(kind="CLBD", amount="100.00"), "", "no closing balance"),
        ('<Amt Ccy="EUR">0.00</Amt>', '<Amt Ccy="USD">0.00</Amt>', "balance is in USD"),
        ("<Cd>OPBD</Cd>", "", "balance has no type"),
        (
            BALANCE.format(kind="CLBD", amount="100.00"),
            BALANCE.format(kind="CLBD", amount="100.00") + BALANCE.format(kind="CLBD", amount="1.00"),
            "two different balances",
        ),
    ],
)
def test_a_statement_without_sound_balances_is_refused(old: str, new: str, reason: str) -> None:
    """A camt.053 has an opening and a closing balance in the account's currency, each once."""
    refusal(broken(STATEMENT, old, new), reason)


@pytest.mark.parametrize(
    ("old", "path"),
    [
        ("<MsgId>M1</MsgId>", "GrpHdr/MsgId"),
        ("<CreDtTm>2026-11-03T01:00:00+01:00</CreDtTm>", "GrpHdr/CreDtTm"),
        ("<Id>S1</Id>", "Stmt[1]/Id"),
        ("<Sts><Cd>BOOK</Cd></Sts>", "Ntry[1]/Sts"),
        ("<CdtDbtInd>CRDT</CdtDbtInd>\n<Sts>", "Ntry[1]/CdtDbtInd"),
        ("<Acct><Id><IBAN>NL30NRWB0000000001</IBAN></Id><Ccy>EUR</Ccy></Acct>", "Stmt[1]/Acct/Id"),
    ],
)
def test_a_missing_mandatory_element_is_refused(old: str, path: str) -> None:
    """The path says what is missing, the line where it should be."""
    new = "<Sts>" if old.endswith("<Sts>") else ""
    said = refusal(broken(STATEMENT, old, new), "mandatory element is missing")
    assert said.path.endswith(path)
    assert said.line > 1


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("<CdtDbtInd>CRDT</CdtDbtInd>\n<Sts>", "<CdtDbtInd>CREDIT</CdtDbtInd>\n<Sts>", "neither CRDT nor DBIT"),
        ("<Sts><Cd>", "<RvslInd>maybe</RvslInd><Sts><Cd>", "neither true nor false"),
        ("<ElctrncSeqNb>7<", "<ElctrncSeqNb>seven<", "not a whole number"),
        ("<Dt>2026-11-02</Dt></BookgDt>", "<Dt>2026-02-30</Dt></BookgDt>", "not a date"),
        ("<Dt>2026-11-02</Dt></BookgDt>", "<Dt>02.11.2026</Dt></BookgDt>", "not a date"),
        ("<Dt>2026-11-02</Dt></BookgDt>", "<DtTm>2026-11-02T25:00:00</DtTm></BookgDt>", "no such date or time"),
        ("<Dt>2026-11-02</Dt></BookgDt>", "<DtTm>2026-11-02T10:00</DtTm></BookgDt>", "not a time"),
        ("2026-11-03T01:00:00+01:00", "yesterday", "not a time"),
    ],
)
def test_a_malformed_value_is_refused(old: str, new: str, reason: str) -> None:
    """Directions, indicators, numbers, dates and times."""
    refusal(broken(STATEMENT, old, new), reason)


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        ('<TxDtls><Amt Ccy="EUR">99.99</Amt></TxDtls>', "details sum to 99.99 EUR, the entry is 100.00 EUR"),
        ('<TxDtls><Amt Ccy="EUR">60.00</Amt></TxDtls><TxDtls><Amt Ccy="EUR">41.00</Amt></TxDtls>', "sum to 101.00 EUR"),
        ('<TxDtls><Amt Ccy="EUR">0.00</Amt></TxDtls>', "zero"),
        ("<Btch><NbOfTxs>3</NbOfTxs></Btch><TxDtls/><TxDtls/>", "batch counts 3 payments, 2 are listed"),
        ('<Btch><TtlAmt Ccy="USD">1.00</TtlAmt></Btch>', "batch is in USD"),
        ('<TxDtls><AmtDtls><InstdAmt><Amt Ccy="XXX">1</Amt></InstdAmt></AmtDtls></TxDtls>', "no ISO 4217 currency"),
    ],
)
def test_payments_that_do_not_make_up_their_entry_are_refused(details: str, reason: str) -> None:
    """The shares of a batch sum to what was booked, and its count fits."""
    start, end = STATEMENT.index("<TxDtls>"), STATEMENT.index("</NtryDtls>")
    refusal(STATEMENT[:start] + details + STATEMENT[end:], reason)


@pytest.mark.parametrize(
    ("summary", "reason"),
    [
        ("<TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries>", "summary counts 2 entries, 1 are listed"),
        ("<TtlCdtNtries><Sum>99.00</Sum></TtlCdtNtries>", "summary says 99.00 EUR"),
        ("<TtlDbtNtries><Sum>1.00</Sum></TtlDbtNtries>", "summary says 1.00 EUR"),
        ("<TtlNtries><Sum>1,00</Sum></TtlNtries>", "digits with at most one point"),
    ],
)
def test_a_summary_that_contradicts_the_entries_is_refused(summary: str, reason: str) -> None:
    """A notification has no balances; its summary is what shows a lost entry."""
    refusal(broken(STATEMENT, "<Ntry>", f"<TxsSummry>{summary}</TxsSummry><Ntry>"), reason)


def test_one_bad_statement_refuses_the_whole_file() -> None:
    """Nothing half read: the good statement before it is not returned."""
    inner = STATEMENT[STATEMENT.index("<Stmt>") : STATEMENT.index("</Stmt>") + len("</Stmt>")]
    said = refusal(broken(STATEMENT, inner, inner + inner.replace(">100.00<", ">90.00<", 1)), "balances do not add up")
    assert said.path.endswith("Stmt[2]")


def test_a_message_without_a_statement_is_refused() -> None:
    """An empty message says nothing that could be booked."""
    inner = STATEMENT[STATEMENT.index("<Stmt>") : STATEMENT.index("</Stmt>") + len("</Stmt>")]
    refusal(broken(STATEMENT, inner, ""), "Stmt is missing")
