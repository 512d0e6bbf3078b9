"""Every file of the corpus is read as a person reads it, and the same money has the same name in all of them."""

import contextlib
import io
from collections import Counter
from decimal import Decimal
from typing import Any

import mt940
import pytest

from tests.adapters.bank_files.samples import DATA, ZONE, read
from tradecoin.adapters.bank_files import read_bank_message
from tradecoin.domain.fingerprint import content_of, fingerprint
from tradecoin.domain.statement import BadBankMessage, Entry

# File, kind, then of each statement: account, booked entries, their sum in minor units, whether balances prove it.
EXPECTED = {
    "ch_camt054_04.xml": ("camt.054", [("CH9300762011623852957", 1, 394_975, False)]),
    "de_mt940.sta": ("mt940", [("37040044/0532013000", 3, 18_765, True)]),
    "de_savings_camt053_02.xml": ("camt.053", [("DE89370400440532013000", 3, 38_765, True)]),
    "envelope_camt052_06.xml": ("camt.052", [("GB82WEST12345698765432", 1, 750, True)]),
    "fr_camt053_13_two_pages_latin1.xml": ("camt.053", [("FR1420041010050500013M02606", 1, 1_000, True)] * 2),
    "nl_mt940_swift.txt": ("mt940", [("NL69INGB0123456789", 3, 999, True)]),
    "nordic_camt053_08_two_accounts.xml": (
        "camt.053",
        [("FI2112345600000785", 1, 88_132, True), ("12345600009991", 1, 150_000, True)],
    ),
    "pacs004_09.xml": ("pacs.004", []),
    "pain002_accepted_10.xml": ("pain.002", []),
    "pain002_rejected_03.xml": ("pain.002", []),
    "plain_mt940_two_statements.txt": (
        "mt940",
        [("FR1420041010050500013M02606", 1, 7_525, True), ("FR1420041010050500013M02606", 1, -25, True)],
    ),
}


def test_the_corpus_has_an_expectation_for_every_file() -> None:
    """A file nobody looks at proves nothing."""
    assert sorted(EXPECTED) == sorted(path.name for path in DATA.iterdir())


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_file_of_the_corpus_says_what_it_says(name: str) -> None:
    """Kind, accounts, number and sum of booked entries, and whether the balances prove them."""
    message = read((DATA / name).read_bytes())
    told = [
        (one.account, len(one.booked), sum(entry.signed.minor for entry in one.booked), one.is_complete)
        for one in message.statements
    ]
    assert (message.kind, told) == EXPECTED[name]
    assert message.created_at.tzinfo is not None


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_no_cut_or_flipped_byte_gets_in_by_an_unexpected_error(name: str) -> None:
    """A damaged file is read or refused as a bad message; no other error comes out of the reader."""
    raw = (DATA / name).read_bytes()
    step = max(1, len(raw) // 150)
    for at in range(0, len(raw), step):
        for damaged in (raw[:at], raw[:at] + bytes([raw[at] ^ 0x15]) + raw[at + 1 :], raw[:at] + raw[at + 7 :]):
            with contextlib.suppress(BadBankMessage):
                read(damaged)


def entries_of(name: str) -> tuple[Entry, ...]:
    """Read the entries of the first statement, German accounts under their IBAN."""
    accounts = {"37040044/0532013000": "DE89370400440532013000"}
    return read_bank_message((DATA / name).read_bytes(), zone=ZONE, accounts=accounts).statements[0].entries


def test_a_credit_has_one_name_in_camt_and_mt940() -> None:
    """By the bank's reference; without one by equal content, though the texts are cut elsewhere."""
    camt, swift = entries_of("de_savings_camt053_02.xml"), entries_of("de_mt940.sta")
    account = "DE89370400440532013000"
    assert fingerprint(camt[2], account, 0) == fingerprint(swift[1], account, 0)
    assert content_of(camt[0], account) == content_of(swift[0], account)
    assert fingerprint(camt[0], account, 0) == fingerprint(swift[0], account, 0)


@pytest.mark.parametrize("name", [name for name, (kind, _) in sorted(EXPECTED.items()) if kind == "mt940"])
def test_an_independent_reader_finds_the_same_entries_in_mt940(name: str) -> None:
    """Amounts, directions and days of every line, and the closing balances, as the mt-940 library has them."""
    raw = (DATA / name).read_bytes()
    text = raw.decode("latin-1").replace("\r\n", "\n")
    options = mt940.options.Options(reversal_sign=True)
    theirs = mt940.parse_statements(io.StringIO(text), options=options)
    ours = read(raw).statements
    assert len(theirs) == len(ours)
    for their, our in zip(theirs, ours, strict=True):
        lines = Counter((one.data["amount"].amount, one.data["date"]) for one in their.transactions)
        assert lines == Counter((Decimal(entry.signed.text), entry.value) for entry in our.entries)
        closing: Any = their.data.get("final_closing_balance") or their.data.get("intermediate_closing_balance")
        assert our.closing is not None
        assert closing.amount.amount == Decimal(our.closing.amount.text)
