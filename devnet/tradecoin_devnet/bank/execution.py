"""Carrying payments out: the debit when it is due, the credit at a payee of this bank, and the way back."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby

from tradecoin_devnet.bank import accounts, entries, misbehave, notices, outbox, payment_status, return_message, times
from tradecoin_devnet.bank.desk import Desk
from tradecoin_devnet.bank.outbox import Delivery
from tradecoin_devnet.bank.payment_status import FileStanding
from tradecoin_devnet.bank.refusals import unknown


def payment(desk: Desk, payment_id: int) -> sqlite3.Row:
    """Return a payment's row."""
    row = desk.books.first("SELECT * FROM payments WHERE id = ?", payment_id)
    if row is None:
        raise unknown(f"there is no payment number {payment_id}")
    return row


def delivery(row: sqlite3.Row) -> Delivery:
    """Return how messages about this payment go out."""
    return misbehave.delivery(row["behaviour"], timedelta(seconds=row["wait_seconds"]))


def report(desk: Desk, rows: Sequence[sqlite3.Row], at: str) -> None:
    """Send pain.002 about payments, one report for each file, account and way of going out."""

    def key(row: sqlite3.Row) -> tuple[str, int, str, int]:
        return row["msg_id"], row["account_id"] or 0, row["behaviour"] or "", row["wait_seconds"]

    for _, same in groupby(sorted(rows, key=key), key=key):
        group = list(same)
        standings = [payment_status.standing(row) for row in group]
        status = payment_status.group_status([standing.status for standing in standings])
        file = FileStanding(group[0]["msg_id"], group[0]["msg_kind"], status)
        payment_status.send(desk, file, standings, group[0]["account_id"], at, delivery(group[0]))


def pay_due(desk: Desk, at: str) -> None:
    """Book every accepted payment whose time has come, and tell about it."""
    sql = "SELECT id FROM payments WHERE status = 'accepted' AND execute_at <= ? ORDER BY execute_at, id"
    paid = [_pay(desk, row["id"], at) for row in desk.books.all(sql, at)]
    report(desk, paid, at)

    def key(row: sqlite3.Row) -> tuple[int, str, int]:
        return row["account_id"], row["behaviour"] or "", row["wait_seconds"]

    booked = sorted((row for row in paid if row["status"] == "booked"), key=key)
    for (account_id, _, _), same in groupby(booked, key=key):
        group = list(same)
        notices.notify(desk, account_id, [row["entry_id"] for row in group], at, delivery(group[0]))


def _pay(desk: Desk, payment_id: int, at: str) -> sqlite3.Row:
    """Book one payment, or reject it when the money has gone meanwhile; return its row afterwards."""
    row = payment(desk, payment_id)
    account = accounts.numbered(desk, row["account_id"])
    whole = row["minor"] + account["charge_minor"]
    if whole > account["balance_minor"]:
        sql = "UPDATE payments SET status = 'rejected', reason = 'AM04', reason_text = ? WHERE id = ?"
        desk.books.run(sql, f"{account['iban']} has not enough money", payment_id)
        return payment(desk, payment_id)
    against = {"clearing": row["minor"], "charges": account["charge_minor"]}
    entry = entries.book(desk, account, _debit(row, account["charge_minor"]), at, against)
    returning = row["behaviour"] == "return"
    return_at = times.stamp(times.moment_of(at) + timedelta(seconds=row["wait_seconds"])) if returning else None
    sql = "UPDATE payments SET status = 'booked', entry_id = ?, return_at = ? WHERE id = ?"
    desk.books.run(sql, entry, return_at, payment_id)
    if not returning:
        _pay_in(desk, row, account, at)
    return payment(desk, payment_id)


def _debit(row: sqlite3.Row, charge: int) -> entries.Draft:
    """Return the debit entry of a payment; a charge is netted into it."""
    facts = {
        "code": entries.CREDIT_SENT,
        "party": json.loads(row["creditor"]),
        "remittance": json.loads(row["remittance"]),
        "msg_id": row["msg_id"],
        "pmt_inf_id": row["pmt_inf_id"],
        "instr_id": row["instr_id"],
        **({"charges": charge} if charge else {}),
    }
    return entries.Draft(row["minor"] + charge, False, facts, row["end_to_end_id"])


def _held_payee(desk: Desk, row: sqlite3.Row) -> sqlite3.Row | None:
    """Return the payee's account when this bank keeps it in the payment's currency, else None."""
    held = accounts.find(desk, json.loads(row["creditor"])["iban"])
    return held if held and held["currency"] == row["currency"] and not held["closed"] else None


def _pay_in(desk: Desk, row: sqlite3.Row, payer: sqlite3.Row, at: str) -> None:
    """Credit a payee of this bank; another bank's customer is paid through clearing, and that is all we see."""
    payee = _held_payee(desk, row)
    if payee is None:
        return
    facts = {
        "code": entries.CREDIT_RECEIVED,
        "party": {"name": payer["name"], "iban": payer["iban"]},
        "remittance": json.loads(row["remittance"]),
    }
    draft = entries.Draft(row["minor"], True, facts, row["end_to_end_id"])
    entry = entries.book(desk, payee, draft, at, {"clearing": -row["minor"]})
    notices.notify(desk, payee["id"], [entry], at)


def return_due(desk: Desk, at: str) -> None:
    """Bring back every payment whose return has fallen due."""
    sql = "SELECT id FROM payments WHERE status = 'booked' AND return_at <= ? ORDER BY return_at, id"
    for due in desk.books.all(sql, at):
        _bring_back(desk, payment(desk, due["id"]), at)


def _bring_back(desk: Desk, row: sqlite3.Row, at: str) -> None:
    """Credit the payer again, take the money from a payee that had it, and send pacs.004 and camt.054."""
    account = accounts.numbered(desk, row["account_id"])
    facts = {
        "code": entries.SENT_RETURNED,
        "party": json.loads(row["creditor"]),
        "remittance": json.loads(row["remittance"]),
        "msg_id": row["msg_id"],
        "pmt_inf_id": row["pmt_inf_id"],
        "instr_id": row["instr_id"],
        "returned": {"reason": row["return_reason"], "code": entries.CREDIT_SENT},
    }
    draft = entries.Draft(row["minor"], True, facts, row["end_to_end_id"])
    entry = entries.book(desk, account, draft, at, {"clearing": -row["minor"]})
    if row["behaviour"] != "return":
        _take_back(desk, row, account, at)
    desk.books.run("UPDATE payments SET status = 'returned' WHERE id = ?", row["id"])
    msg_id = outbox.new_id(desk, "P004")
    body = return_message.write(msg_id, at, row, account)
    outbox.put(desk, account["id"], return_message.TYPE, msg_id, body, at, outbox.PROMPT)
    notices.notify(desk, account["id"], [entry], at)


def _take_back(desk: Desk, row: sqlite3.Row, payer: sqlite3.Row, at: str) -> None:
    """Debit a payee of this bank for a payment that it gives back."""
    payee = _held_payee(desk, row)
    if payee is None:
        return
    facts = {
        "code": entries.RECEIVED_RETURNED,
        "party": {"name": payer["name"], "iban": payer["iban"]},
        "returned": {"reason": row["return_reason"], "code": entries.CREDIT_RECEIVED},
    }
    draft = entries.Draft(row["minor"], False, facts, row["end_to_end_id"])
    entry = entries.book(desk, payee, draft, at, {"clearing": row["minor"]})
    notices.notify(desk, payee["id"], [entry], at)
