"""Entries on an account, each with its journal entry in the bank's double-entry books."""

import json
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from tradecoin_devnet.bank import times
from tradecoin_devnet.bank.desk import Desk
from tradecoin_devnet.bank.iban import BANK_CODE
from tradecoin_devnet.bank.money import decimal_text
from tradecoin_devnet.bank.refusals import unknown

CREDIT_RECEIVED, CREDIT_SENT, SENT_RETURNED = "PMNT/RCDT/ESCT", "PMNT/ICDT/ESCT", "PMNT/ICDT/RRTN"
RECEIVED_RETURNED = "PMNT/RCDT/RRTN"
INTEREST, CHARGE = "ACMT/MCOP/INTR", "ACMT/MDOP/CHRG"


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to be made. `facts` are the JSON facts that messages show.

    `code`: ISO 20022 bank transaction code as domain/family/subfamily. `party`: the other side (name, iban, bic).
    `remittance`: lines, reference. `charges`: minor units netted in. `original`: amount, currency, rate.
    `returned`: reason, code of the original, text. `reverses`: a reference. `note`: free text.
    `details`: the facts of each payment in a batch, with `minor`.
    """

    minor: int
    credit: bool
    facts: dict[str, Any] = field(default_factory=dict)
    end_to_end_id: str | None = None
    value_date: str | None = None
    reversal: bool = False


def book(desk: Desk, account: sqlite3.Row, draft: Draft, at: str, against: dict[str, int]) -> int:
    """Book an entry now; `against` are the other legs, which must sum to the entry with the opposite sign.

    The booking time is never before a balance that the bank has already reported. Returns the entry's id.
    """
    entry = _insert(desk, account, draft, at, "PDNG")
    return confirm(desk, account, entry, at, against)


def pend(desk: Desk, account: sqlite3.Row, draft: Draft, at: str) -> int:
    """Write down an entry that is announced but not booked; no balance changes. Returns the entry's id."""
    return _insert(desk, account, draft, at, "PDNG")


def confirm(desk: Desk, account: sqlite3.Row, entry_id: int, at: str, against: dict[str, int]) -> int:
    """Turn a pending entry into a booked one and move the balance."""
    entry = numbered(desk, entry_id)
    booked_at = max(at, desk.books.value("SELECT cut_at FROM accounts WHERE id = ?", account["id"]))
    signed = entry["minor"] if entry["credit"] else -entry["minor"]
    legs = {account["iban"]: signed, **against}
    journal = desk.books.post(booked_at, f"entry {entry['reference']}", account["currency"], legs)
    day = times.local_day(times.moment_of(booked_at), times.zone_named(account["zone"]))
    desk.books.run(
        "UPDATE entries SET status = 'BOOK', booked_at = ?, booking_date = ?, journal_id = ? WHERE id = ?",
        booked_at,
        day.isoformat(),
        journal,
        entry_id,
    )
    desk.books.run("UPDATE accounts SET balance_minor = balance_minor + ? WHERE id = ?", signed, account["id"])
    return entry_id


def _insert(desk: Desk, account: sqlite3.Row, draft: Draft, at: str, status: str) -> int:
    """Write the row with the next reference; the reference is the bank's own and never used again."""
    reference = f"{BANK_CODE}{desk.books.next_number('entry'):012d}"
    day = times.local_day(times.moment_of(at), times.zone_named(account["zone"])).isoformat()
    return desk.books.run(
        "INSERT INTO entries (account_id, reference, end_to_end_id, minor, credit, status, reversal, booking_date,"
        " value_date, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        account["id"],
        reference,
        draft.end_to_end_id,
        draft.minor,
        draft.credit,
        status,
        draft.reversal,
        day,
        draft.value_date or day,
        json.dumps(draft.facts),
    )


def numbered(desk: Desk, entry_id: int) -> sqlite3.Row:
    """Return the entry with that row id."""
    row = desk.books.first("SELECT * FROM entries WHERE id = ?", entry_id)
    if row is None:
        raise unknown(f"there is no entry number {entry_id}")
    return row


def referenced(desk: Desk, reference: object) -> sqlite3.Row:
    """Return the entry with that reference; Refused (404) when there is none."""
    row = desk.books.first("SELECT * FROM entries WHERE reference = ? ORDER BY id LIMIT 1", reference)
    if row is None:
        raise unknown(f"there is no entry with the reference {reference!r}")
    return row


def in_the_book(entry: sqlite3.Row, currency: str) -> dict[str, Any]:
    """Return the line of the bank's own book that others rely on."""
    return {
        "reference": entry["reference"],
        "end_to_end_id": entry["end_to_end_id"],
        "amount": decimal_text(entry["minor"], currency),
        "currency": currency,
        "credit": bool(entry["credit"]),
        "booked_at": entry["booked_at"],
    }


def in_full(entry: sqlite3.Row, currency: str) -> dict[str, Any]:
    """Return everything the bank knows about an entry."""
    facts = json.loads(entry["facts"])
    charges = facts.pop("charges", None)
    details = facts.pop("details", [])
    return {
        **in_the_book(entry, currency),
        "status": entry["status"],
        "reversal": bool(entry["reversal"]),
        "booking_date": entry["booking_date"],
        "value_date": entry["value_date"],
        **facts,
        "charges": None if charges is None else decimal_text(charges, currency),
        "details": [_detail(detail, currency) for detail in details],
    }


def _detail(detail: dict[str, Any], currency: str) -> dict[str, Any]:
    """Return one payment of a batch with its amount as text."""
    minor = detail.get("minor")
    rest = {key: value for key, value in detail.items() if key != "minor"}
    return {**rest, "amount": None if minor is None else decimal_text(minor, currency)}
