"""What the bank does wrong on request. A rule waits for its account or payment, works so many times, and is used up."""

import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tradecoin_devnet.bank import accounts, fields, times
from tradecoin_devnet.bank.desk import Desk
from tradecoin_devnet.bank.money import decimal_text, positive_minor_units
from tradecoin_devnet.bank.outbox import PROMPT, Delivery
from tradecoin_devnet.bank.refusals import invalid

BEHAVIOURS = "reject return silence lose duplicate late gap short"
OF_PAYMENTS = ("reject", "return", "silence", "lose", "duplicate", "late")
OF_NOTICES = ("silence", "duplicate", "late")
OF_STATEMENTS = ("gap", "duplicate", "late")
DEFAULT_REASON = "AC04"
_WAITS = {"return": "P3D", "late": "P1D"}
# Amounts, in minor units, that make a payment go wrong without any rule.
MAGIC = {6601: "reject", 6602: "return", 6603: "silence", 6604: "duplicate", 6605: "late", 6606: "lose"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to do wrong now."""

    behaviour: str
    wait: timedelta
    reason: str


def put(desk: Desk, body: fields.Body) -> dict[str, Any]:
    """Take in a rule for an `iban` or an `end_to_end_id`; `behaviour` "none" clears the rules of that one.

    `after`: of return and late how long they take (3 days, 1 day), of the others when they begin. `times`: how often, 1
    unless given; `short` lasts until it is cleared, and `amount` says by how much.
    """
    fields.only_fields(body, "iban end_to_end_id behaviour after times reason amount")
    iban, end_to_end_id = body.get("iban"), fields.optional_text(body, "end_to_end_id", 35)
    if (iban is None) == (end_to_end_id is None):
        raise invalid("name either iban or end_to_end_id")
    if iban is not None:
        iban = accounts.named(desk, iban)["iban"] if body.get("behaviour") == "short" else str(iban).replace(" ", "")
    behaviour = fields.choice(body, "behaviour", f"{BEHAVIOURS} none")
    if behaviour == "none":
        desk.books.run("DELETE FROM misbehaviour WHERE iban IS ? AND end_to_end_id IS ?", iban, end_to_end_id)
    else:
        _add(desk, body, behaviour, iban, end_to_end_id)
    return {"rules": listing(desk)}


def _add(desk: Desk, body: fields.Body, behaviour: str, iban: str | None, end_to_end_id: str | None) -> None:
    """Write the rule down."""
    wait = times.given_duration(body.get("after", _WAITS.get(behaviour, 0)))
    starts = desk.now() if behaviour in _WAITS else desk.now() + wait
    short = behaviour == "short"
    if short and iban is None:
        raise invalid("short is about an account: name its iban")
    desk.books.run(
        "INSERT INTO misbehaviour (iban, end_to_end_id, behaviour, starts_at, wait_seconds, times_left, reason, minor)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        iban,
        end_to_end_id,
        behaviour,
        times.stamp(starts),
        int(wait.total_seconds()) if behaviour in _WAITS else 0,
        None if short else fields.whole_number(body.get("times", 1), "times", 1),
        fields.text(body, "reason", 4, DEFAULT_REASON),
        positive_minor_units(body.get("amount"), accounts.named(desk, iban)["currency"]) if short else 0,
    )


def listing(desk: Desk) -> list[dict[str, Any]]:
    """Return the rules that still wait."""
    return [dict(row) for row in desk.books.all("SELECT * FROM misbehaviour ORDER BY id")]


def take(desk: Desk, among: tuple[str, ...], at: str, ibans: tuple[str, ...], end_to_end_id: str = "") -> Fault | None:
    """Use up one turn of the first rule that fits, a payment's own before its account's; None when none fits."""
    marks = ", ".join("?" * len(among))
    accounts_marks = ", ".join("?" * len(ibans))
    row = desk.books.first(
        f"SELECT * FROM misbehaviour WHERE behaviour IN ({marks}) AND starts_at <= ?"  # noqa: S608
        f" AND (end_to_end_id = ? OR iban IN ({accounts_marks})) ORDER BY end_to_end_id IS NULL, id LIMIT 1",
        *among,
        at,
        end_to_end_id,
        *ibans,
    )
    if row is None:
        return None
    _use_up(desk, row)
    return Fault(row["behaviour"], timedelta(seconds=row["wait_seconds"]), row["reason"])


def _use_up(desk: Desk, row: sqlite3.Row) -> None:
    if row["times_left"] == 1:
        desk.books.run("DELETE FROM misbehaviour WHERE id = ?", row["id"])
    else:
        desk.books.run("UPDATE misbehaviour SET times_left = times_left - 1 WHERE id = ?", row["id"])


def by_magic(minor: int) -> Fault | None:
    """Return what the amount of a payment triggers, or None."""
    behaviour = MAGIC.get(minor)
    wait = times.given_duration(_WAITS.get(behaviour or "", 0))
    return None if behaviour is None else Fault(behaviour, wait, DEFAULT_REASON)


def delivery(behaviour: str | None, wait: timedelta) -> Delivery:
    """Return how the messages about something go out under that behaviour."""
    if behaviour in ("silence", "gap", "lose"):
        return Delivery(wait=None)
    if behaviour == "duplicate":
        return Delivery(copies=2)
    return Delivery(wait=wait) if behaviour == "late" else PROMPT


def shortfall(desk: Desk, account: sqlite3.Row) -> int:
    """Return by how many minor units the bank's own book now understates the account."""
    now = times.stamp(desk.now())
    sql = "SELECT sum(minor) FROM misbehaviour WHERE behaviour = 'short' AND iban = ? AND starts_at <= ?"
    return int(desk.books.value(sql, account["iban"], now) or 0)


def magic_table() -> list[dict[str, str]]:
    """Return the amounts that trigger something, written with two decimals."""
    return [{"amount": decimal_text(minor, "EUR"), "behaviour": behaviour} for minor, behaviour in MAGIC.items()]
