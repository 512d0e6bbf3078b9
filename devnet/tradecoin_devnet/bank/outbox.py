"""What the bank sends: messages wait here until they are due, and get their place in the feed when they are sent."""

import hashlib
import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tradecoin_devnet.bank import times
from tradecoin_devnet.bank.desk import Desk
from tradecoin_devnet.bank.iban import BANK_CODE
from tradecoin_devnet.bank.refusals import unknown


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a message goes out: how often, and after which wait; a wait of None means never."""

    copies: int = 1
    wait: timedelta | None = timedelta()


PROMPT = Delivery()


def new_id(desk: Desk, kind: str) -> str:
    """Return a message identification that the bank never used before."""
    return f"{BANK_CODE}-{kind}-{desk.books.next_number(kind):08d}"


def put(desk: Desk, account_id: int | None, message_type: str, msg_id: str, body: str, at: str, how: Delivery) -> int:
    """Queue a message; return the row id of its first copy."""
    due = None if how.wait is None else times.stamp(times.moment_of(at) + how.wait)
    first = 0
    for _ in range(how.copies):
        row = desk.books.run(
            "INSERT INTO messages (account_id, type, msg_id, queued_at, due_at, body) VALUES (?, ?, ?, ?, ?, ?)",
            account_id,
            message_type,
            msg_id,
            at,
            due,
            body,
        )
        first = first or row
    return first


def send_due(desk: Desk, at: str) -> None:
    """Give every message that is due its place in the feed, in the order in which they fell due."""
    waiting = desk.books.all("SELECT id FROM messages WHERE sent_at IS NULL AND due_at <= ? ORDER BY due_at, id", at)
    for row in waiting:
        seq = desk.books.next_number("feed")
        desk.books.run("UPDATE messages SET seq = ?, sent_at = ? WHERE id = ?", seq, at, row["id"])


_FEED = "SELECT m.*, a.iban FROM messages m LEFT JOIN accounts a ON a.id = m.account_id"


def feed(desk: Desk, after: int, kind: str, iban: str | None, limit: int) -> list[dict[str, Any]]:
    """Return what was sent after that place in the feed, oldest first; `kind` is the beginning of the type."""
    wanted = "m.seq > ? AND substr(m.type, 1, length(?)) = ? AND (? IS NULL OR a.iban = ?)"
    rows = desk.books.all(f"{_FEED} WHERE {wanted} ORDER BY m.seq LIMIT ?", after, kind, kind, iban, iban, limit)
    return [as_json(row) for row in rows]


def untaken(desk: Desk, kind: str) -> list[dict[str, Any]]:
    """Return what was sent and not yet collected."""
    sql = f"{_FEED} WHERE m.seq > 0 AND m.taken_at IS NULL AND substr(m.type, 1, length(?)) = ? ORDER BY m.seq"
    return [as_json(row) for row in desk.books.all(sql, kind, kind)]


def take(desk: Desk, seqs: list[int], at: str) -> None:
    """Mark messages as collected."""
    for seq in seqs:
        desk.books.run("UPDATE messages SET taken_at = ? WHERE seq = ?", at, seq)


def message(desk: Desk, identifier: str) -> sqlite3.Row:
    """Return a sent message by its place in the feed or by its own identification; Refused (404) otherwise."""
    column = "m.seq" if identifier.isdigit() else "m.msg_id"
    row = desk.books.first(f"{_FEED} WHERE m.seq > 0 AND {column} = ? ORDER BY m.seq LIMIT 1", identifier)
    if row is None:
        raise unknown(f"the bank has sent no message {identifier!r}")
    return row


def as_json(row: sqlite3.Row) -> dict[str, Any]:
    """Return a message as the feed shows it: `seq` is its place, `key` its MsgId."""
    raw = row["body"].encode()
    return {
        "seq": row["seq"],
        "id": row["seq"],
        "key": row["msg_id"],
        "type": row["type"],
        "kind": row["type"][:8],
        "account": row["iban"],
        "queuedAt": row["queued_at"],
        "dueAt": row["due_at"],
        "releasedAt": row["sent_at"],
        "takenAt": row["taken_at"],
        "fileId": None,
        "summary": f"{row['type']} for {row['iban'] or 'a sender without an account'}",
        "bytes": len(raw),
        "sha256": hashlib.sha256(raw).hexdigest(),
        "body": row["body"],
    }
