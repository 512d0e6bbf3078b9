"""Whether the bank takes a payment. Reasons are ISO 20022 external status reason codes."""

import sqlite3
from datetime import date

from tradecoin_devnet.bank import accounts
from tradecoin_devnet.bank.desk import Desk
from tradecoin_devnet.bank.iban import is_iban
from tradecoin_devnet.bank.money import positive_minor_units
from tradecoin_devnet.bank.payment_file import Batch, Order, PaymentFile
from tradecoin_devnet.bank.refusals import Refused

Problem = tuple[str, str]


def of_file(desk: Desk, file: PaymentFile) -> Problem | None:
    """Return why the whole file is rejected, or None."""
    if desk.books.value("SELECT 1 FROM files WHERE msg_id = ?", file.msg_id):
        return "DUPL", f"another file with MsgId {file.msg_id} was received before"
    return file.problem


def of_account(account: sqlite3.Row | None, batch: Batch) -> Problem | None:
    """Return why nothing can be paid from that account, or None."""
    if account is None:
        return "AC02", f"the bank keeps no account {batch.debtor_iban}"
    return ("AC04", f"{account['iban']} is closed") if account["closed"] else None


def of_order(desk: Desk, account: sqlite3.Row, order: Order, today: date) -> Problem | None:
    """Return why this payment is rejected, or None; the first reason in a fixed order."""
    if order.currency != account["currency"]:
        return "AM03", f"{account['iban']} is kept in {account['currency']}, not in {order.currency or 'no currency'}"
    try:
        minor = positive_minor_units(order.amount, order.currency)
    except Refused as refusal:
        return "AM12", refusal.message
    if order.iban is None or not is_iban(order.iban):
        return "AC01", f"{order.iban} is not an IBAN with right check digits"
    if _used(desk, account, order.end_to_end_id):
        return "DUPL", f"a payment with EndToEndId {order.end_to_end_id} was received before"
    return accounts.payee_problem(desk, order.iban) or _poor(desk, account, minor + account["charge_minor"])


def _used(desk: Desk, account: sqlite3.Row, end_to_end_id: str) -> bool:
    """Say whether that id belongs to a payment that was not rejected."""
    sql = "SELECT 1 FROM payments WHERE account_id = ? AND end_to_end_id = ? AND status <> 'rejected'"
    known = desk.books.value(sql, account["id"], end_to_end_id) is not None
    return known and end_to_end_id != "NOTPROVIDED"


def _poor(desk: Desk, account: sqlite3.Row, minor: int) -> Problem | None:
    """Return AM04 when the balance less what is already promised does not cover the amount."""
    promised = "SELECT coalesce(sum(minor), 0) FROM payments WHERE account_id = ? AND status = 'accepted'"
    balance = desk.books.value("SELECT balance_minor FROM accounts WHERE id = ?", account["id"])
    free = balance - desk.books.value(promised, account["id"])
    return ("AM04", f"{account['iban']} has not enough money") if minor > free else None
