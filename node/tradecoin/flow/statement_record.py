"""The record of what the bank says the account holds: each balance once, and whether it goes on from the one before.

Pages of one statement count as one: it opens with the first and closes with the last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tradecoin.domain.deposit import BankMessageRecord, StatementRecord
from tradecoin.domain.errors import Conflict
from tradecoin.domain.ledger import Event, posting
from tradecoin.domain.money import Money
from tradecoin.domain.statement import BankMessage, Statement, in_order
from tradecoin.domain.terms import Terms
from tradecoin.ports.store import Tx

_FINAL_KINDS: Final = ("camt.053", "mt940")
_BALANCE_KINDS: Final = (*_FINAL_KINDS, "camt.052")
_INTERIM: Final = "ITBD"
_NEAR: Final = 50
_OPENED: Final = "books.opened"
_ALL: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class _Span:
    """From one balance to the next; `opening` is None where the bank does not say it, or an earlier page has it."""

    statement: Statement
    opening: Money | None
    closing: Money
    closed_at: datetime
    complete: bool

    @property
    def number(self) -> int | None:
        """The number that counts statements."""
        electronic = self.statement.electronic_sequence
        return self.statement.sequence if electronic is None else electronic


def record_statements(
    *, tx: Tx, terms: Terms, message: BankMessage, statements: Sequence[Statement], record: BankMessageRecord
) -> None:
    """Keep the balances that a message states, and open the books with the first of them.

    Raises Conflict when the account was overdrawn before the books begin.
    """
    if message.kind not in _BALANCE_KINDS:
        return
    for span in _spans(statements, ZoneInfo(terms.zone), kind=message.kind):
        if tx.statements.find(account=terms.account, statement_id=span.statement.id, kind=message.kind) is None:
            _add(tx, terms, message, span, record)


def _spans(statements: Sequence[Statement], zone: ZoneInfo, *, kind: str) -> list[_Span]:
    """Join pages: an interim balance at the end of a statement is where its next page goes on."""
    spans: list[_Span] = []
    page: Statement | None = None
    opening: Money | None = None
    for statement in in_order(statements):
        if statement.closing is None:
            continue
        goes_on = page is not None and _goes_on(page, statement)
        if not goes_on:
            first = statement.opening
            opening = None if first is None or (first.kind == _INTERIM and kind in _FINAL_KINDS) else first.amount
        page = None
        if kind in _FINAL_KINDS and statement.closing.kind == _INTERIM:
            page = statement
            continue
        closed_at = statement.closing.end(zone)
        spans.append(_Span(statement, opening, statement.closing.amount, closed_at, statement.is_complete))
    return spans


def _goes_on(page: Statement, later: Statement) -> bool:
    """Whether a statement begins with the balance that the page before it ended with."""
    return page.closing is not None and later.opening is not None and later.opening.amount == page.closing.amount


def _add(tx: Tx, terms: Terms, message: BankMessage, span: _Span, record: BankMessageRecord) -> None:
    """Keep one balance, and say so."""
    row = StatementRecord(
        id=tx.new_id("st"),
        version=1,
        message_id=record.id,
        kind=message.kind,
        account=terms.account,
        statement_id=span.statement.id,
        sequence="" if span.number is None else str(span.number),
        opening=span.opening,
        closing=span.closing,
        closed_at=span.closed_at,
        gap="",
        received_at=tx.now,
    )
    if message.kind in _FINAL_KINDS:
        row = _between_neighbours(tx, row, is_later_page=(span.statement.page or 1) > 1)
    tx.statements.add(row)
    _open_books(tx, terms, row, span)
    if row.gap:
        tx.publish("statement.gap", row.id, {"problem": row.gap})
    tx.publish("statement.received", row.id, {"closing": row.closing.text, "closed_at": row.closed_at.isoformat()})


def _between_neighbours(tx: Tx, row: StatementRecord, *, is_later_page: bool) -> StatementRecord:
    """Return the record with its gap to the one before; the one behind it, if that came first, is judged anew."""
    near = tx.statements.list(account=row.account, kind=row.kind, newest_first=True, limit=_NEAR)
    before = max((one for one in near if one.closed_at <= row.closed_at), key=_by_time, default=None)
    behind = min((one for one in near if one.closed_at > row.closed_at), key=_by_time, default=None)
    if behind is not None:
        gap = _gap(row, behind, is_later_page=False)
        if gap != behind.gap:
            tx.statements.save(replace(behind, gap=gap))
            tx.publish("statement.gap" if gap else "statement.gap_closed", behind.id, {"problem": gap})
    return row if before is None else replace(row, gap=_gap(before, row, is_later_page=is_later_page))


def _by_time(row: StatementRecord) -> tuple[datetime, str]:
    """Sort by closing time."""
    return row.closed_at, row.id


def _gap(before: StatementRecord, row: StatementRecord, *, is_later_page: bool) -> str:
    """Return what is wrong between two successive statements, empty when nothing is."""
    found = []
    if row.opening is not None and row.opening != before.closing:
        found.append(f"opens with {row.opening.text} after a closing balance of {before.closing.text}")
    if row.sequence and before.sequence and int(row.sequence) not in _may_follow(before, row, is_later_page):
        found.append(f"number {row.sequence} follows number {before.sequence}")
    return "; ".join(found)


def _may_follow(before: StatementRecord, row: StatementRecord, is_later_page: bool) -> set[int]:
    """Return the numbers that may come after another: the next, the same on a later page, a new start in a new year."""
    number = int(before.sequence)
    allowed = {number + 1}
    if is_later_page:
        allowed.add(number)
    if row.closed_at.year > before.closed_at.year or row.closed_at - before.closed_at > timedelta(days=360):
        allowed |= {0, 1}
    return allowed


def latest_statement(
    tx: Tx, terms: Terms, *, kinds: tuple[str, ...] = ("camt.053", "mt940", "camt.052")
) -> StatementRecord | None:
    """Return the statement of the reserve account with the latest closing time."""
    rows = tx.statements.list(account=terms.account, kind=kinds, newest_first=True, limit=_NEAR)
    return max(rows, key=_by_time, default=None)


def _open_books(tx: Tx, terms: Terms, row: StatementRecord, span: _Span) -> None:
    """With the first complete statement ever, put the money that was there before into the operator's equity.

    What the statement closes with, less all that we booked up to then, was there before: an opening balance can hold
    credits that were notified, and booked, before any statement came.
    """
    if not span.complete or tx.get_value(_OPENED) is not None:
        return
    tx.set_value(_OPENED, row.id)
    amount = row.closing - tx.books.balances(as_of=row.closed_at).bank_reserve
    if row.opening is not None and row.opening.minor < 0:
        raise Conflict("the reserve account was overdrawn before the first statement", opening=row.opening.text)
    if amount.minor > 0:
        first = min((entry.booked_at for entry in tx.entries.list(account=terms.account, limit=_ALL)), default=tx.now)
        at = min(first, row.closed_at) - timedelta(days=1)
        key = f"opening:{terms.account}"
        tx.books.post(posting(Event.OPERATOR_CREDIT, amount, key=key, subject=row.id, at=at, memo="opening balance"))
