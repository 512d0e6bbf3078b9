"""Taking in a payment file: the same bytes get the same answer, and each payment is decided once."""

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tradecoin_devnet.bank import accounts, execution, misbehave, payment_file, payment_rules, payment_status, times
from tradecoin_devnet.bank.desk import Desk
from tradecoin_devnet.bank.money import decimal_text, positive_minor_units
from tradecoin_devnet.bank.outbox import PROMPT
from tradecoin_devnet.bank.payment_file import Batch, Order, PaymentFile
from tradecoin_devnet.bank.payment_status import FileStanding
from tradecoin_devnet.bank.refusals import unknown

Answer = tuple[int, dict[str, Any]]


def receive(desk: Desk, raw: bytes) -> Answer:
    """Take in a pain.001; return the HTTP status and the answer, which a repeat of the same bytes gets again.

    Refused (413, 422) when it cannot be read; then nothing was taken in.
    """
    digest = hashlib.sha256(raw).hexdigest()
    seen = desk.books.first("SELECT status, answer FROM files WHERE sha256 = ?", digest)
    if seen:
        return seen["status"], json.loads(seen["answer"])
    file, at = payment_file.read(raw), times.stamp(desk.now())
    status, answer = _decide(desk, file, at)
    desk.books.run(
        "INSERT INTO files (sha256, msg_id, kind, received_at, status, answer) VALUES (?, ?, ?, ?, ?, ?)",
        *(digest, file.msg_id, file.kind, at, status, json.dumps(answer)),
    )
    return status, answer


def _decide(desk: Desk, file: PaymentFile, at: str) -> Answer:
    """Reject the file whole, or decide each payment, answer with pain.002 and pay what is due."""
    problem = payment_rules.of_file(desk, file)
    if problem:
        standing = FileStanding(file.msg_id, file.kind, "RJCT", *problem)
        account = accounts.find(desk, file.batches[0].debtor_iban or "")
        payment_status.send(desk, standing, (), account["id"] if account else None, at, PROMPT)
        return 422, _answer(standing, [])
    ids = [_record(desk, file, batch, order, at) for batch in file.batches for order in batch.orders]
    taken = [execution.payment(desk, payment_id) for payment_id in ids]
    execution.report(desk, [row for row in taken if row["status"] != "lost"], at)
    execution.pay_due(desk, at)
    rows = [execution.payment(desk, payment_id) for payment_id in ids]
    status = payment_status.group_status([_told(row) for row in rows])
    return 202, _answer(FileStanding(file.msg_id, file.kind, status), rows)


def _record(desk: Desk, file: PaymentFile, batch: Batch, order: Order, at: str) -> int:
    """Decide one payment and write it down; return its row id."""
    account = accounts.find(desk, batch.debtor_iban or "")
    problem = payment_rules.of_account(account, batch)
    today = times.moment_of(at).date()
    if account is not None and problem is None:
        problem = payment_rules.of_order(desk, account, order, today)
    minor = 0 if problem else positive_minor_units(order.amount, order.currency)
    fault = _fault(desk, account, order, minor, at) if account is not None and problem is None else None
    if fault and fault.behaviour == "reject":
        problem, fault = (fault.reason, "the receiving bank rejected it"), None
    return _insert(desk, file, batch, order, at, account, minor, problem, fault)


def _fault(desk: Desk, account: sqlite3.Row, order: Order, minor: int, at: str) -> misbehave.Fault | None:
    """Return what the bank does wrong with this payment: by rule, or by its amount."""
    ibans = (account["iban"], order.iban or "")
    rule = misbehave.take(desk, misbehave.OF_PAYMENTS, at, ibans, order.end_to_end_id)
    return rule or (misbehave.by_magic(minor) if account["magic"] else None)


def _insert(
    desk: Desk,
    file: PaymentFile,
    batch: Batch,
    order: Order,
    at: str,
    account: sqlite3.Row | None,
    minor: int,
    problem: tuple[str, str] | None,
    fault: misbehave.Fault | None,
) -> int:
    """Write the payment's row."""
    reason, text = problem or (None, None)
    status = "rejected" if problem else "lost" if fault and fault.behaviour == "lose" else "accepted"
    row = {
        "account_id": account and account["id"],
        "msg_id": file.msg_id,
        "msg_kind": file.kind,
        "pmt_inf_id": batch.pmt_inf_id,
        "end_to_end_id": order.end_to_end_id,
        "instr_id": order.instr_id,
        "minor": minor,
        "currency": order.currency,
        "creditor": json.dumps({"name": order.name, "iban": order.iban, "bic": order.bic}),
        "remittance": json.dumps({"lines": order.lines, "reference": order.reference}),
        "status": status,
        "reason": reason,
        "reason_text": text,
        "behaviour": fault and fault.behaviour,
        "wait_seconds": int(fault.wait.total_seconds()) if fault else 0,
        "received_at": at,
        "execute_at": _execute_at(account, batch, at),
        "return_reason": fault.reason if fault and fault.behaviour == "return" else None,
    }
    columns, marks = ", ".join(row), ", ".join("?" * len(row))
    return desk.books.run(f"INSERT INTO payments ({columns}) VALUES ({marks})", *row.values())  # noqa: S608


def _execute_at(account: sqlite3.Row | None, batch: Batch, at: str) -> str:
    """Return when the payment is booked: now, or with the first moment of a later execution day."""
    if account is None or account["debit"] == "acceptance":
        return at
    return max(at, times.stamp(times.day_start(batch.execution, times.zone_named(account["zone"]))))


def _told(row: sqlite3.Row) -> str:
    """Return the status that the sender is told at once; RCVD when the bank is silent or loses it."""
    return "RCVD" if row["behaviour"] in ("silence", "lose") else payment_status.standing(row).status


def _answer(standing: FileStanding, rows: Sequence[sqlite3.Row]) -> dict[str, Any]:
    """Return the answer to the sender in the shape that other bank simulators use."""
    told = [_told(row) for row in rows]
    return {
        "format": "iso20022",
        "msg_id": standing.msg_id,
        "status": standing.status,
        "reason": standing.reason,
        "reason_text": standing.text,
        "reported": any(status != "RCVD" for status in told) or not rows,
        "accepted": sum(status != "RJCT" for status in told),
        "rejected": told.count("RJCT"),
        "payments": [_line(row, status) for row, status in zip(rows, told, strict=True)],
        "collections": [],
        "findings": [],
        "queued": [],
    }


def _line(row: sqlite3.Row, told: str) -> dict[str, Any]:
    return {
        "end_to_end_id": row["end_to_end_id"],
        "pmt_inf_id": row["pmt_inf_id"],
        "outcome": {"RJCT": "rejected", "RCVD": "received"}.get(told, "accepted"),
        "status": told,
        "reason": row["reason"],
        "reason_text": row["reason_text"],
        "amount": decimal_text(row["minor"], row["currency"]),
        "currency": row["currency"],
        "settlement_date": row["execute_at"][:10],
        "booked": told == "ACSC",
    }


def inquire(desk: Desk, end_to_end_id: str) -> dict[str, Any]:
    """Return how the newest payment with that EndToEndId stands; Refused (404) when the bank knows none.

    A payment that the bank lost is unknown; of one it is silent about it says only that it was received.
    """
    sql = "SELECT * FROM payments WHERE end_to_end_id = ? AND status <> 'lost' ORDER BY status = 'rejected', id DESC"
    row = desk.books.first(sql, end_to_end_id)
    if row is None:
        raise unknown(f"the bank knows no payment {end_to_end_id!r}")
    silent = row["behaviour"] == "silence"
    entry = desk.books.first("SELECT reference, booked_at FROM entries WHERE id = ?", row["entry_id"])
    shown = entry if entry and not silent else {"reference": None, "booked_at": None}
    creditor = json.loads(row["creditor"])
    return {
        **_line(row, _told(row)),
        "status": "received" if silent else row["status"],
        "iso_status": _told(row),
        "msg_id": row["msg_id"],
        "instruction_id": row["instr_id"],
        "creditor_name": creditor["name"],
        "creditor_iban": creditor["iban"],
        "received_at": row["received_at"],
        "reference": shown["reference"],
        "booked_at": shown["booked_at"],
        "return_reason": row["return_reason"] if row["status"] == "returned" else None,
    }


def send_back(desk: Desk, end_to_end_id: str, wait: timedelta, reason: str) -> bool:
    """Let a payment that is already booked come back after `wait`; False when there is no such payment."""
    row = desk.books.first("SELECT id FROM payments WHERE end_to_end_id = ? AND status = 'booked'", end_to_end_id)
    if row is None:
        return False
    at = times.stamp(desk.now() + wait)
    desk.books.run("UPDATE payments SET return_at = ?, return_reason = ? WHERE id = ?", at, reason, row["id"])
    return True
