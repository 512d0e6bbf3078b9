"""Money that arrives without our asking, and the bank's own charges and interest: what a test makes happen."""

import json
import re
import sqlite3
from typing import Any

from tradecoin_devnet.bank import accounts, entries, fields, notices, times
from tradecoin_devnet.bank.desk import Desk
from tradecoin_devnet.bank.iban import checked_iban
from tradecoin_devnet.bank.money import checked_currency, decimal_text, minor_units, positive_minor_units
from tradecoin_devnet.bank.refusals import conflict, invalid

_PAYER = "reference structured remittance debtor end_to_end_id"
_CREDIT = f"iban amount currency value_date pending code note original charges batch {_PAYER}"
_CODE = re.compile(r"[A-Z]{4}/[A-Z]{4}/[A-Z]{4}")
_RATE = re.compile(r"\d{1,10}(\.\d{1,10})?")


def credits(desk: Desk, body: fields.Body) -> dict[str, Any] | list[dict[str, Any]]:
    """Book one credit, or several as `credits`, which are told in one camt.054; return their lines.

    Refused (400, 404, 409) before anything is booked when any of them is wrong.
    """
    if "credits" not in body:
        return _arrive(desk, [body])[0]
    fields.only_fields(body, "credits")
    return _arrive(desk, fields.mappings(body, "credits"))


def _arrive(desk: Desk, bodies: list[dict[str, Any]] | list[fields.Body]) -> list[dict[str, Any]]:
    """Book or announce every credit, then notify each account once."""
    at = times.stamp(desk.now())
    told: dict[int, list[int]] = {}
    answer = []
    for body in bodies:
        fields.only_fields(body, _CREDIT)
        account = accounts.open_one(desk, body.get("iban"))
        draft = _draft(account, body)
        write = entries.pend if fields.flag(body, "pending", False) else _book
        entry = write(desk, account, draft, at)
        told.setdefault(account["id"], []).append(entry)
        answer.append(entries.in_full(entries.numbered(desk, entry), account["currency"]))
    for account_id, entry_ids in told.items():
        notices.notify(desk, account_id, entry_ids, at)
    return answer


def _book(desk: Desk, account: sqlite3.Row, draft: entries.Draft, at: str) -> int:
    return entries.book(desk, account, draft, at, _against(draft.minor, draft.credit, draft.facts))


def _against(minor: int, credit: bool, facts: dict[str, Any]) -> dict[str, int]:
    """Return the bank's side of an entry: what came through clearing, and what it keeps as a charge."""
    charges = int(facts.get("charges") or 0)
    return {"clearing": -(minor + charges), "charges": charges} if credit else {"clearing": minor}


def _draft(account: sqlite3.Row, body: fields.Body) -> entries.Draft:
    """Read a credit as it is to be booked: in the account's currency, charges already taken off."""
    currency = accounts.same_currency(account, body)
    parts = [_part(part, currency) for part in fields.mappings(body, "batch")]
    minor = sum(part["minor"] for part in parts) if parts else positive_minor_units(body.get("amount"), currency)
    if parts and "amount" in body and minor_units(body["amount"], currency) != minor:
        raise invalid(f"the batch sums to {decimal_text(minor, currency)}, not to {body['amount']}")
    code = _code(body, entries.CREDIT_RECEIVED)
    facts: dict[str, Any] = {"code": code, "note": fields.optional_text(body, "note", 500)}
    facts |= {"details": parts} if parts else _payer(body)
    facts |= {"charges": minor_units(body["charges"], currency)} if "charges" in body else {}
    facts |= {"original": _original(fields.mapping(body, "original"))} if "original" in body else {}
    day = times.given_date(body["value_date"]).isoformat() if "value_date" in body else None
    return entries.Draft(minor, True, facts, fields.optional_text(body, "end_to_end_id", 35), day)


def _part(body: dict[str, Any], currency: str) -> dict[str, Any]:
    """Read one payment of a batch."""
    fields.only_fields(body, f"amount {_PAYER}")
    end_to_end_id = fields.optional_text(body, "end_to_end_id", 35)
    minor = positive_minor_units(body.get("amount"), currency)
    return {**_payer(body), "minor": minor, "end_to_end_id": end_to_end_id, "batched": True}


def _payer(body: fields.Body) -> dict[str, Any]:
    """Read who pays, and what for; a reference that is not `structured` stands in the free text."""
    debtor = fields.mapping(body, "debtor")
    fields.only_fields(debtor, "name iban bic")
    party = {"name": fields.optional_text(debtor, "name", 140), "bic": fields.optional_text(debtor, "bic", 11)}
    party["iban"] = checked_iban(debtor["iban"]) if debtor.get("iban") else None
    lines, reference = fields.lines(body, "remittance"), fields.optional_text(body, "reference", 35)
    if reference and not fields.flag(body, "structured", True):
        lines, reference = [reference, *lines], None
    return {"party": party, "remittance": {"lines": lines, "reference": reference}}


def _original(body: dict[str, Any]) -> dict[str, str]:
    """Read what the payer named in another currency, and the rate at which the bank converted it."""
    fields.only_fields(body, "amount currency rate")
    currency, rate = checked_currency(body.get("currency")), body.get("rate")
    if not isinstance(rate, str) or not _RATE.fullmatch(rate):
        raise invalid(f"rate is an unsigned decimal string, not {rate!r}")
    amount = decimal_text(positive_minor_units(body.get("amount"), currency), currency)
    return {"amount": amount, "currency": currency, "rate": rate}


def _code(body: fields.Body, default: str) -> str:
    """Return a bank transaction code, domain/family/subfamily."""
    code = body.get("code", default)
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise invalid(f"code is an ISO 20022 bank transaction code such as PMNT/RCDT/ESCT, not {code!r}")
    return code


def own_entry(desk: Desk, body: fields.Body, kind: str) -> dict[str, Any]:
    """Book interest, a charge, or a debit that nobody explains; return its line."""
    fields.only_fields(body, "iban amount currency note code")
    account = accounts.open_one(desk, body.get("iban"))
    minor = positive_minor_units(body.get("amount"), accounts.same_currency(account, body))
    credit, code, ledger = _KINDS[kind]
    facts = {"code": _code(body, code), "note": fields.text(body, "note", 500, kind)}
    at = times.stamp(desk.now())
    entry = entries.book(desk, account, entries.Draft(minor, credit, facts), at, {ledger: -minor if credit else minor})
    notices.notify(desk, account["id"], [entry], at)
    return entries.in_full(entries.numbered(desk, entry), account["currency"])


_KINDS = {
    "interest": (True, entries.INTEREST, "interest"),
    "charge": (False, entries.CHARGE, "charges"),
    "debit": (False, entries.CREDIT_SENT, "clearing"),
}


def reverse(desk: Desk, body: fields.Body) -> dict[str, Any]:
    """Undo a booked entry by one on the other side that carries RvslInd; Refused when it is undone already."""
    fields.only_fields(body, "reference reason note")
    entry = entries.referenced(desk, body.get("reference"))
    account = accounts.numbered(desk, entry["account_id"])
    if entry["status"] != "BOOK":
        raise conflict("not_booked", f"{entry['reference']} is only announced; there is nothing to reverse")
    if desk.books.value("SELECT 1 FROM entries WHERE json_extract(facts, '$.reverses') = ?", entry["reference"]):
        raise conflict("already_reversed", f"{entry['reference']} was reversed before")
    at = times.stamp(desk.now())
    facts = json.loads(entry["facts"])
    posted = "SELECT ledger, minor FROM postings WHERE journal_id = ? AND ledger <> ?"
    against = {row["ledger"]: -row["minor"] for row in desk.books.all(posted, entry["journal_id"], account["iban"])}
    note = fields.text(body, "note", 500, f"reversal of {entry['reference']}")
    facts |= {"reverses": entry["reference"], "note": note}
    if "reason" in body:
        facts["returned"] = {"reason": fields.text(body, "reason", 4), "code": facts.get("code")}
    draft = entries.Draft(entry["minor"], not entry["credit"], facts, entry["end_to_end_id"], reversal=True)
    undone = entries.book(desk, account, draft, at, against)
    notices.notify(desk, account["id"], [undone], at)
    return entries.in_full(entries.numbered(desk, undone), account["currency"])


def confirm(desk: Desk, body: fields.Body) -> dict[str, Any]:
    """Book an announced entry, under the reference that it was announced with; Refused when it is booked already."""
    fields.only_fields(body, "reference")
    entry = entries.referenced(desk, body.get("reference"))
    account = accounts.open_one(desk, accounts.numbered(desk, entry["account_id"])["iban"])
    if entry["status"] != "PDNG":
        raise conflict("already_booked", f"{entry['reference']} is booked")
    at = times.stamp(desk.now())
    against = _against(entry["minor"], bool(entry["credit"]), json.loads(entry["facts"]))
    entries.confirm(desk, account, entry["id"], at, against)
    notices.notify(desk, account["id"], [entry["id"]], at)
    return entries.in_full(entries.numbered(desk, entry["id"]), account["currency"])
