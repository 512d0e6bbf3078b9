"""The bank's own book, which auditors read beside the messages: balances as of a time and the entries behind them."""

import sqlite3
from typing import Any

from tradecoin_devnet.bank import accounts, entries, fields, misbehave, times
from tradecoin_devnet.bank.desk import Desk
from tradecoin_devnet.bank.money import decimal_text
from tradecoin_devnet.bank.refusals import conflict

_SIGNED = "coalesce(sum(CASE WHEN credit THEN minor ELSE -minor END), 0)"


def asked_moment(desk: Desk, account: sqlite3.Row, asked: str | None) -> str:
    """Return the stamp of the time asked for, or of now.

    Refused (409) for a time that lies ahead, where more may be booked, or before the account was opened.
    """
    latest: str = max(times.stamp(desk.now()), account["cut_at"])
    if asked is None:
        return latest
    at = times.stamp(times.given_moment(asked))
    if at > latest:
        raise conflict("in_the_future", f"{at} has not come yet: more may be booked before it")
    if at < account["opened_at"]:
        raise conflict("before_opening", f"{account['iban']} begins at {account['opened_at']}")
    return at


def balance(desk: Desk, account: sqlite3.Row, asked: str | None) -> dict[str, Any]:
    """Return the booked balance just before that time: entries booked at that very time are not in it.

    Nothing is booked before a time once it was told here.
    """
    at = asked_moment(desk, account, asked)
    if asked is not None:
        desk.books.run("UPDATE accounts SET cut_at = max(cut_at, ?) WHERE id = ?", at, account["id"])
    before = "booked_at < ?" if asked is not None else "booked_at <= ?"
    sql = f"SELECT {_SIGNED} FROM entries WHERE account_id = ? AND status = 'BOOK' AND {before}"  # noqa: S608
    minor = account["opening_minor"] + desk.books.value(sql, account["id"], at) - misbehave.shortfall(desk, account)
    currency = account["currency"]
    return {"iban": account["iban"], "at": at, "balance": decimal_text(minor, currency), "currency": currency}


def lines(desk: Desk, account: sqlite3.Row, query: fields.Body) -> list[dict[str, Any]]:
    """Return the booked entries, oldest first.

    `before` cuts off at a time, `full` tells all of each, `pending` adds the announced ones, `limit` and `after` (how
    many lines to skip) let a reader go on where it stopped.
    """
    asked = query.get("before")
    until = asked_moment(desk, account, asked) if asked is not None else "9999"
    rows = desk.books.all(
        "SELECT * FROM entries WHERE account_id = ? AND (status = 'BOOK' AND booked_at < ? OR ? AND status = 'PDNG')"
        " ORDER BY status, booked_at, id LIMIT ? OFFSET ?",
        account["id"],
        until,
        "pending" in query,
        fields.whole_number(query.get("limit", 1_000_000), "limit", 1),
        fields.whole_number(query.get("after", 0), "after"),
    )
    shape = entries.in_full if "full" in query else entries.in_the_book
    return [shape(row, account["currency"]) for row in rows]


def account_list(desk: Desk) -> list[dict[str, Any]]:
    """Return every account with its booked balance."""
    return [account_line(desk, row) for row in desk.books.all("SELECT * FROM accounts ORDER BY id")]


def account_line(desk: Desk, account: sqlite3.Row) -> dict[str, Any]:
    """Return one account with its booked balance as the bank tells it."""
    return accounts.as_json(account, account["balance_minor"] - misbehave.shortfall(desk, account))


def contradictions(desk: Desk) -> list[str]:
    """Return where the bank's books contradict themselves; an empty list is the only good answer."""
    found = [f"the postings in {row[0]} sum to {row[1]}" for row in desk.books.all(_UNBALANCED)]
    for row in desk.books.all(_ASTRAY):
        figures = f"balance {row['balance_minor']}, entries {row['by_entries']}, postings {row['by_postings']}"
        found.append(f"{row['iban']}: {figures}")
    return found


_UNBALANCED = "SELECT currency, sum(minor) FROM postings GROUP BY currency HAVING sum(minor) <> 0"
_ASTRAY = f"""
    SELECT * FROM (
        SELECT a.iban, a.balance_minor,
            a.opening_minor + (SELECT {_SIGNED} FROM entries WHERE account_id = a.id AND status = 'BOOK') AS by_entries,
            (SELECT coalesce(sum(minor), 0) FROM postings WHERE ledger = a.iban) AS by_postings
        FROM accounts a)
    WHERE balance_minor <> by_entries OR balance_minor <> by_postings"""  # noqa: S608
