"""Statements and interim reports: each opens with the last closing balance, and its entries explain the rest."""

import sqlite3
from datetime import datetime, timedelta
from typing import Any

from tradecoin_devnet.bank import camt, misbehave, outbox, times
from tradecoin_devnet.bank.desk import Desk
from tradecoin_devnet.bank.money import decimal_text
from tradecoin_devnet.bank.refusals import BrokenBooks, unknown

_BETWEEN = "FROM entries WHERE account_id = ? AND status = 'BOOK' AND booked_at >= ? AND booked_at < ?"
_QUIET = timedelta(days=31)


def last(desk: Desk, account: sqlite3.Row) -> sqlite3.Row | None:
    """Return the account's last statement, or None."""
    return desk.books.first("SELECT * FROM statements WHERE account_id = ? ORDER BY number DESC LIMIT 1", account["id"])


def cut(desk: Desk, account: sqlite3.Row) -> str:
    """Choose a time that is later than every entry and promise to book nothing before it; return its stamp."""
    newest = desk.books.value("SELECT max(booked_at) FROM entries WHERE account_id = ?", account["id"])
    after = times.stamp(times.moment_of(newest) + times.MILLISECOND) if newest else ""
    chosen: str = max(times.stamp(desk.now()), account["cut_at"], after)
    promise(desk, account, chosen)
    return chosen


def promise(desk: Desk, account: sqlite3.Row, at: str) -> None:
    """Book nothing before `at` from now on."""
    desk.books.run("UPDATE accounts SET cut_at = max(cut_at, ?) WHERE id = ?", at, account["id"])


def close_now(desk: Desk, account: sqlite3.Row) -> dict[str, Any]:
    """Issue a statement up to this moment; its closing balance carries a time, not a date alone."""
    to_at = cut(desk, account)
    return _issue(desk, account, to_at, date_only=False)


def close_day(desk: Desk, account: sqlite3.Row, now: datetime) -> None:
    """End the account's open day; a month and more without any entry is told in one statement at its end."""
    end, zone = times.moment_of(account["day_ends_at"]), times.zone_named(account["zone"])
    daily = account["day_end"] == "daily" and not account["closed"]
    following = times.day_end_after(end if daily else now, zone)
    desk.books.run("UPDATE accounts SET day_ends_at = ? WHERE id = ?", times.stamp(following), account["id"])
    if not daily or end <= times.moment_of(account["cut_at"]):
        return
    period = _period(desk, account, times.stamp(end))
    if now - end > _QUIET and not desk.books.value(f"SELECT count(*) {_BETWEEN}", *period):
        return
    promise(desk, account, times.stamp(end))
    _issue(desk, account, times.stamp(end), date_only=True)


def _period(desk: Desk, account: sqlite3.Row, to_at: str) -> tuple[int, str, str]:
    before = last(desk, account)
    return account["id"], before["to_at"] if before else account["opened_at"], to_at


def _issue(desk: Desk, account: sqlite3.Row, to_at: str, *, date_only: bool) -> dict[str, Any]:
    """Write the statement down and send it, unless the bank is told to forget it."""
    before, period = last(desk, account), _period(desk, account, to_at)
    rows = desk.books.all(f"SELECT * {_BETWEEN} ORDER BY booked_at, id", *period)
    opening = before["closing_minor"] if before else account["opening_minor"]
    closing = opening + sum(row["minor"] if row["credit"] else -row["minor"] for row in rows)
    _prove(desk, account, to_at, closing)
    number = before["number"] + 1 if before else 1
    balances = (
        camt.Balance("OPBD", opening, _dated(account, period[1], before is None or bool(before["date_only"]))),
        camt.Balance("CLBD", closing, _closing_date(account, to_at) if date_only else to_at),
    )
    end = times.stamp(times.moment_of(to_at) - times.MILLISECOND) if date_only else to_at
    report = camt.Report("053", outbox.new_id(desk, "C053"), to_at, rows, balances, number, (period[1], end))
    message = _send(desk, account, report, _delivery(desk, account, to_at))
    row = desk.books.run(
        "INSERT INTO statements (account_id, number, from_at, to_at, date_only, opening_minor, closing_minor,"
        " message_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(*period[:1], number, *period[1:], date_only, opening, closing, message),
    )
    return as_json(account, desk.books.all("SELECT * FROM statements WHERE id = ?", row)[0])


def _prove(desk: Desk, account: sqlite3.Row, to_at: str, closing: int) -> None:
    """Raise BrokenBooks when the chain of statements and the balance of the books disagree."""
    later = "FROM entries WHERE account_id = ? AND status = 'BOOK' AND booked_at >= ?"
    signed = "coalesce(sum(CASE WHEN credit THEN minor ELSE -minor END), 0)"
    since = desk.books.value(f"SELECT {signed} {later}", account["id"], to_at)
    balance = desk.books.value("SELECT balance_minor FROM accounts WHERE id = ?", account["id"])
    if balance - since != closing:
        raise BrokenBooks(f"{account['iban']}: the statement closes with {closing}, the books say {balance - since}")


def _dated(account: sqlite3.Row, at: str, date_only: bool) -> str:
    """Return the date of an opening balance: the first day of the period, or the time at which the last one closed."""
    return times.local_day(times.moment_of(at), times.zone_named(account["zone"])).isoformat() if date_only else at


def _closing_date(account: sqlite3.Row, to_at: str) -> str:
    """Return the local day that ends at `to_at`."""
    last_moment = times.moment_of(to_at) - times.MILLISECOND
    return times.local_day(last_moment, times.zone_named(account["zone"])).isoformat()


def _delivery(desk: Desk, account: sqlite3.Row, at: str) -> outbox.Delivery:
    """Return how a statement goes out: as it should, unless the bank is told to misbehave."""
    fault = misbehave.take(desk, misbehave.OF_STATEMENTS, at, (account["iban"],))
    return misbehave.delivery(fault.behaviour, fault.wait) if fault else outbox.PROMPT


def _send(desk: Desk, account: sqlite3.Row, report: camt.Report, how: outbox.Delivery) -> int:
    """Queue the document; return its message's row id."""
    at = min(report.created_at, times.stamp(desk.now()))
    body = camt.write(account, report)
    return outbox.put(desk, account["id"], camt.message_type(account, report.kind), report.msg_id, body, at, how)


def report_now(desk: Desk, account: sqlite3.Row) -> dict[str, Any]:
    """Send a camt.052: entries since the last statement, pending ones too, and the booked balance at this moment."""
    to_at = cut(desk, account)
    before, period = last(desk, account), _period(desk, account, to_at)
    rows = desk.books.all(f"SELECT * {_BETWEEN} ORDER BY booked_at, id", *period)
    announced = "SELECT * FROM entries WHERE account_id = ? AND status = 'PDNG' ORDER BY id"
    pending = desk.books.all(announced, account["id"])
    opening = before["closing_minor"] if before else account["opening_minor"]
    closing = opening + sum(row["minor"] if row["credit"] else -row["minor"] for row in rows)
    _prove(desk, account, to_at, closing)
    desk.books.run("UPDATE accounts SET report_number = report_number + 1 WHERE id = ?", account["id"])
    balances = (
        camt.Balance("OPBD", opening, _dated(account, period[1], before is None or bool(before["date_only"]))),
        camt.Balance("ITBD", closing, to_at),
    )
    number = account["report_number"] + 1
    report = camt.Report("052", outbox.new_id(desk, "C052"), to_at, [*rows, *pending], balances, number, period[1:])
    _send(desk, account, report, outbox.PROMPT)
    currency = account["currency"]
    return {
        "iban": account["iban"],
        "number": number,
        "id": report.msg_id,
        "at": to_at,
        "balance": decimal_text(closing, currency),
    }


def as_json(account: sqlite3.Row, row: sqlite3.Row) -> dict[str, Any]:
    """Return a statement's figures; `date_only` says that it closed with the local day."""
    currency = account["currency"]
    return {
        "iban": account["iban"],
        "number": row["number"],
        "from": row["from_at"],
        "to": row["to_at"],
        "date_only": bool(row["date_only"]),
        "opening": decimal_text(row["opening_minor"], currency),
        "closing": decimal_text(row["closing_minor"], currency),
        "currency": currency,
    }


def listing(desk: Desk, account: sqlite3.Row) -> list[dict[str, Any]]:
    """Return every statement of the account, oldest first, those too that were never sent."""
    rows = desk.books.all("SELECT * FROM statements WHERE account_id = ? ORDER BY number", account["id"])
    return [as_json(account, row) for row in rows]


def document(desk: Desk, account: sqlite3.Row, asked: str) -> str:
    """Return a statement again, by number or by the local day (YYYY-MM-DD) in which it closed; Refused if none."""
    rows = desk.books.all("SELECT * FROM statements WHERE account_id = ? ORDER BY number DESC", account["id"])
    for row in rows:
        if asked in (str(row["number"]), _closing_date(account, row["to_at"])) and row["message_id"]:
            return str(desk.books.value("SELECT body FROM messages WHERE id = ?", row["message_id"]))
    raise unknown(f"{account['iban']} has no statement {asked!r}")
