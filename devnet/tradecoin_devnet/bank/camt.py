"""Whole camt documents: 052 interim report, 053 statement, 054 notification."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from tradecoin_devnet.bank import camt_entry
from tradecoin_devnet.bank.iban import BIC
from tradecoin_devnet.bank.money import decimal_text
from tradecoin_devnet.bank.xml_write import document, nested, optional, tag

_BODIES = {
    "052": ("BkToCstmrAcctRpt", "Rpt"),
    "053": ("BkToCstmrStmt", "Stmt"),
    "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance: its code (OPBD, CLBD, ITBD), minor units with sign, and a local date or a UTC time."""

    code: str
    minor: int
    dated: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a document says beside its entries; `number` is the electronic sequence number."""

    kind: str
    msg_id: str
    created_at: str
    entries: Sequence[sqlite3.Row]
    balances: Sequence[Balance] = ()
    number: int | None = None
    period: tuple[str, str] | None = None


def message_type(account: sqlite3.Row, kind: str) -> str:
    """Return the type in the account's dialect, such as camt.053.001.08."""
    return f"camt.{kind}.001.{account['version']}"


def write(account: sqlite3.Row, report: Report) -> str:
    """Return the document in the account's dialect."""
    outer, inner = _BODIES[report.kind]
    currency, version = account["currency"], account["version"]
    header = tag("GrpHdr", tag("MsgId", report.msg_id), tag("CreDtTm", report.created_at))
    body = tag(
        inner,
        tag("Id", report.msg_id),
        optional("ElctrncSeqNb", str(report.number or "")),
        tag("CreDtTm", report.created_at),
        _period(report.period),
        _account(account),
        *(_balance(balance, currency) for balance in report.balances),
        _summary(report.entries, currency, version) if report.kind == "053" else None,
        *(camt_entry.entry(row, currency, version) for row in report.entries),
    )
    return document(message_type(account, report.kind), tag(outer, header, body))


def _period(period: tuple[str, str] | None) -> Element | None:
    return period and tag("FrToDt", tag("FrDtTm", period[0]), tag("ToDtTm", period[1]))


def _account(account: sqlite3.Row) -> Element:
    return tag(
        "Acct",
        camt_entry.account_id(account["iban"]),
        tag("Ccy", account["currency"]),
        nested("Ownr/Nm", account["name"]),
        camt_entry.bank("Svcr", BIC, account["version"]),
    )


def _balance(balance: Balance, currency: str) -> Element:
    return tag(
        "Bal",
        nested("Tp/CdOrPrtry/Cd", balance.code),
        camt_entry.amount("Amt", balance.minor, currency),
        tag("CdtDbtInd", "DBIT" if balance.minor < 0 else "CRDT"),
        nested("Dt/DtTm" if "T" in balance.dated else "Dt/Dt", balance.dated),
    )


def _summary(rows: Sequence[sqlite3.Row], currency: str, version: str) -> Element:
    """Return how many entries there are and what they sum to, in total and for each side."""
    sides = {side: [row["minor"] for row in rows if bool(row["credit"]) == side] for side in (True, False)}
    net = sum(sides[True]) - sum(sides[False])
    sign, text = tag("CdtDbtInd", "DBIT" if net < 0 else "CRDT"), decimal_text(abs(net), currency)
    total = _side("TtlNtries", sides[True] + sides[False], currency)
    if version == "02":
        total.extend((tag("TtlNetNtryAmt", text), sign))
    else:
        total.append(tag("TtlNetNtry", tag("Amt", text), sign))
    return tag("TxsSummry", total, *(_side(name, sides[credit], currency) for name, credit in _SIDES))


_SIDES = (("TtlCdtNtries", True), ("TtlDbtNtries", False))


def _side(name: str, minors: list[int], currency: str) -> Element:
    return tag(name, tag("NbOfNtries", str(len(minors))), tag("Sum", decimal_text(sum(minors), currency)))
