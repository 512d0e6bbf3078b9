"""Bank messages: recorded as they came, then booked whole or refused whole."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from tradecoin.domain.deposit import BankEntry, BankMessageRecord
from tradecoin.domain.errors import Refused
from tradecoin.domain.statement import BadBankMessage, BankMessage, EntryStatus, Statement
from tradecoin.domain.terms import Terms
from tradecoin.flow.booking import Seen, book_entries
from tradecoin.flow.payout import note_status
from tradecoin.flow.statement_record import latest_statement as latest_statement
from tradecoin.flow.statement_record import record_statements
from tradecoin.ports.bank import Bank, MessageFormat
from tradecoin.ports.store import Store, Tx

REFUSED_KIND = "refused"


class NotOurAccount(Refused):
    """No statement in the message is of the reserve account."""

    code = "bank_message_of_other_account"


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a message: its record, whether it was here before, and its entries as far as they are ours."""

    record: BankMessageRecord
    duplicate: bool
    entries: Sequence[Seen]
    skipped_accounts: Sequence[str]


def import_bank_message(
    *, store: Store, format_: MessageFormat, terms: Terms, raw: bytes, source: str, actor: str = "bank"
) -> Imported:
    """Book a message of the bank; the same bytes again change nothing.

    Raises BadBankMessage (line, path, reason), NotOurAccount, or Conflict when it contradicts what the bank said
    before; then nothing of it is kept.
    """
    digest = hashlib.sha256(raw).hexdigest()
    earlier = store.read(lambda tx: tx.messages.find(sha256=digest))
    if earlier is not None and earlier.kind != REFUSED_KIND:
        return Imported(earlier, True, store.read(lambda tx: _entries_of(tx, earlier)), ())
    message = format_.read(raw)

    def change(tx: Tx) -> Imported:
        again = tx.messages.find(sha256=digest)
        if again is not None and again.kind != REFUSED_KIND:
            return Imported(again, True, _entries_of(tx, again), ())
        record = _record(tx, message, again, digest, raw, source)
        tx.audit(actor, "bank_message.import", record.id, {"kind": message.kind, "sha256": digest})
        return _book(tx, terms, message, record)

    return store.write(change)


def _record(
    tx: Tx, message: BankMessage, refused: BankMessageRecord | None, digest: str, raw: bytes, source: str
) -> BankMessageRecord:
    """Keep the raw bytes; a message that was refused before and reads now is recorded under a name of its own."""
    key = digest if refused is None else f"{digest}:again"
    record = BankMessageRecord(tx.new_id("bm"), 1, message.kind, message.message_id, key, source, raw, tx.now)
    tx.messages.add(record)
    return record


def _entries_of(tx: Tx, record: BankMessageRecord) -> Sequence[Seen]:
    """Return the entries that this message was the first to bring."""
    return [Seen.of(entry) for entry in tx.entries.list(message_id=record.id, limit=100_000)]


def _book(tx: Tx, terms: Terms, message: BankMessage, record: BankMessageRecord) -> Imported:
    """Book every statement of our account and every payment status."""
    ours = [statement for statement in message.statements if statement.account == terms.account]
    others = sorted({s.account for s in message.statements if s.account != terms.account})
    if message.statements and not ours:
        raise NotOurAccount("the message has no statement of the reserve account", accounts=[a[-4:] for a in others])
    for statement in ours:
        _check_currency(terms, statement)
    seen = book_entries(tx=tx, terms=terms, statements=ours, message=message, record=record)
    record_statements(tx=tx, terms=terms, message=message, statements=ours, record=record)
    for status in message.payment_statuses:
        note_status(tx=tx, status=status)
    if seen or ours:
        tx.put_work("mint.plan", "all")
    return Imported(record, False, seen, others)


def _check_currency(terms: Terms, statement: Statement) -> None:
    """Refuse a statement of our account in another currency: its amounts would be booked as something they are not."""
    if statement.currency != terms.currency:
        place = statement.position
        reason = f"the reserve account is kept in {terms.currency}, this statement is in {statement.currency}"
        raise BadBankMessage(place.line, place.path, reason)


def poll_bank(*, store: Store, bank: Bank, format_: MessageFormat, terms: Terms, channel: str = "bank") -> int:
    """Import what the bank's channel has for us; return how many messages came.

    A message that cannot be read must not stop those behind it: it is kept as refused, with an alarm in the feed.
    """
    after = store.read(lambda tx: tx.get_value(f"{channel}.cursor")) or ""
    incoming = bank.new_messages(after)
    for item in incoming:
        try:
            import_bank_message(store=store, format_=format_, terms=terms, raw=item.raw, source=channel)
        except Refused as problem:
            refuse_message(store=store, raw=item.raw, problem=problem)
        cursor = item.cursor
        store.write(lambda tx, cursor=cursor: tx.set_value(f"{channel}.cursor", cursor))  # type: ignore[misc]
    return len(incoming)


def refuse_message(*, store: Store, raw: bytes, problem: Refused) -> None:
    """Keep a message that could not be booked, and say so."""
    digest = hashlib.sha256(raw).hexdigest()

    def change(tx: Tx) -> None:
        if tx.messages.find(sha256=digest) is not None:
            return
        record = BankMessageRecord(tx.new_id("bm"), 1, REFUSED_KIND, problem.code, digest, "bank", raw, tx.now)
        tx.messages.add(record)
        tx.publish("bank_message.refused", record.id, {"code": problem.code, "problem": problem.message})

    store.write(change)


def pending_entries(message: BankMessage, terms: Terms) -> Sequence[Seen]:
    """Return the entries that the bank announces and has not booked: shown, never counted."""
    return [
        Seen.pending(entry)
        for statement in message.statements
        if statement.account == terms.account
        for entry in statement.entries
        if entry.status is not EntryStatus.BOOK
    ]


def entry_ids(imported: Imported) -> Sequence[str]:
    """Return the ids of the entries that were booked."""
    return [seen.id for seen in imported.entries if seen.id]


def entry_rows(tx: Tx, ids: Sequence[str]) -> Sequence[BankEntry]:
    """Return entries by id."""
    return tx.entries.list(id=tuple(ids), limit=len(ids)) if ids else []
