"""The accounts that the bank keeps, and how each wants to be treated."""

import sqlite3
from typing import Any

from tradecoin_devnet.bank import fields, times
from tradecoin_devnet.bank.desk import Desk
from tradecoin_devnet.bank.iban import BIC, checked_iban, is_ours, own_iban
from tradecoin_devnet.bank.money import checked_currency, decimal_text, minor_units
from tradecoin_devnet.bank.refusals import conflict, invalid, unknown

FIELDS = "iban name kind currency opening_balance zone version notify day_end debit magic payout_charge"


def open_account(desk: Desk, body: fields.Body) -> sqlite3.Row:
    """Open an account; Refused (409) when its IBAN is taken.

    `kind` is `reserve` (notified of each entry, a statement a day) or `customer` (neither, unless asked for).
    """
    fields.only_fields(body, FIELDS)
    iban = checked_iban(body["iban"]) if "iban" in body else _free_iban(desk)
    if find(desk, iban):
        raise conflict("account_exists", f"the bank already keeps {iban}")
    currency = checked_currency(body.get("currency", "EUR"))
    opening = minor_units(body.get("opening_balance", "0"), currency)
    row = {
        **_habits(desk, body, currency),
        "iban": iban,
        "name": fields.text(body, "name", 140),
        "currency": currency,
        "opening_minor": opening,
    }
    return insert(desk, row, opened_at=times.stamp(desk.now()))


def _habits(desk: Desk, body: fields.Body, currency: str) -> dict[str, Any]:
    """Read how the account is to be treated."""
    kind = fields.choice(body, "kind", "reserve customer", "customer")
    zone = body.get("zone", desk.zone)
    times.zone_named(zone)
    reserve = kind == "reserve"
    return {
        "kind": kind,
        "zone": zone,
        "version": fields.choice(body, "version", "02 04 08", "08"),
        "notify": fields.choice(body, "notify", "each none", "each" if reserve else "none"),
        "day_end": fields.choice(body, "day_end", "daily on_request", "daily" if reserve else "on_request"),
        "debit": fields.choice(body, "debit", "value_date acceptance", "value_date"),
        "magic": fields.flag(body, "magic", True),
        "charge_minor": minor_units(body.get("payout_charge", "0"), currency),
    }


def insert(desk: Desk, row: dict[str, Any], opened_at: str) -> sqlite3.Row:
    """Write an account's row and the journal entry of its opening balance; return the row."""
    moment = times.moment_of(opened_at)
    whole = {
        **row,
        "balance_minor": row["opening_minor"],
        "opened_at": opened_at,
        "cut_at": opened_at,
        "day_ends_at": times.stamp(times.day_end_after(moment, times.zone_named(row["zone"]))),
    }
    columns, marks = ", ".join(whole), ", ".join("?" * len(whole))
    desk.books.run(f"INSERT INTO accounts ({columns}) VALUES ({marks})", *whole.values())  # noqa: S608
    opening = row["opening_minor"]
    desk.books.post(opened_at, "opening balance", row["currency"], {row["iban"]: opening, "clearing": -opening})
    return named(desk, row["iban"])


def _free_iban(desk: Desk) -> str:
    """Return the next of the bank's own IBANs that is not taken."""
    while True:
        iban = own_iban(desk.books.next_number("account"))
        if not find(desk, iban):
            return iban


def find(desk: Desk, iban: str) -> sqlite3.Row | None:
    """Return the account's row, or None."""
    return desk.books.first("SELECT * FROM accounts WHERE iban = ?", iban)


def named(desk: Desk, iban: object) -> sqlite3.Row:
    """Return the account's row; Refused (404) when the bank does not keep it."""
    plain = iban.replace(" ", "") if isinstance(iban, str) else ""
    row = find(desk, plain)
    if row is None:
        raise unknown(f"the bank keeps no account {iban!r}")
    return row


def open_one(desk: Desk, iban: object) -> sqlite3.Row:
    """Return the row of an account that is not closed; Refused otherwise."""
    row = named(desk, iban)
    if row["closed"]:
        raise conflict("account_closed", f"{row['iban']} is closed")
    return row


def numbered(desk: Desk, account_id: int) -> sqlite3.Row:
    """Return the account with that row id."""
    row = desk.books.first("SELECT * FROM accounts WHERE id = ?", account_id)
    if row is None:
        raise unknown(f"the bank keeps no account number {account_id}")
    return row


def change(desk: Desk, iban: str, body: fields.Body) -> sqlite3.Row:
    """Change habits of an account, or close it (`closed`); the IBAN, name, currency and kind stay."""
    fields.only_fields(body, "version notify day_end debit magic payout_charge closed")
    account = named(desk, iban)
    currency = account["currency"]
    kept = {key: account[key] for key in ("kind", "zone", "version", "notify", "day_end", "debit")}
    kept |= {"magic": bool(account["magic"]), "payout_charge": decimal_text(account["charge_minor"], currency)}
    habits = _habits(desk, {**kept, **body}, currency)
    habits["closed"] = fields.flag(body, "closed", bool(account["closed"]))
    for column, value in habits.items():
        desk.books.run(f"UPDATE accounts SET {column} = ? WHERE id = ?", value, account["id"])  # noqa: S608
    return named(desk, iban)


def payee_problem(desk: Desk, iban: str) -> tuple[str, str] | None:
    """Return why money cannot go to that IBAN as an ISO 20022 reason code with a text, or None."""
    held = find(desk, iban)
    if held is None and is_ours(iban):
        return "AC01", f"{iban} has this bank's code, but the bank keeps no such account"
    if held is not None and held["closed"]:
        return "AC04", f"{iban} is closed"
    return None


def as_json(account: sqlite3.Row, balance_minor: int | None = None) -> dict[str, Any]:
    """Return what the bank tells about an account; `balance_minor` is what it says the balance is."""
    currency = account["currency"]
    return {
        "id": account["iban"],
        "iban": account["iban"],
        "bic": BIC,
        "name": account["name"],
        "kind": account["kind"],
        "currency": currency,
        "balance": decimal_text(account["balance_minor"] if balance_minor is None else balance_minor, currency),
        "opening_balance": decimal_text(account["opening_minor"], currency),
        "opened_at": account["opened_at"],
        "closed": bool(account["closed"]),
        "zone": account["zone"],
        "version": account["version"],
    }


def same_currency(account: sqlite3.Row, body: fields.Body) -> str:
    """Return the account's currency; Refused when the body names another."""
    currency: str = account["currency"]
    if body.get("currency", currency) != currency:
        raise invalid(f"{account['iban']} is kept in {currency}; convert {body['currency']!r} and name the `original`")
    return currency
