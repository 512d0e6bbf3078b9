"""What the bank booked on the reserve account becomes entries, each once, and each is handed to the word it belongs
to.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tradecoin.domain.classify import classify
from tradecoin.domain.deposit import BankEntry, BankMessageRecord, Booking, BookingName, EntryKind
from tradecoin.domain.fingerprint import Known, Sighting, candidates, sift
from tradecoin.domain.ledger import Event, posting
from tradecoin.domain.money import Money
from tradecoin.domain.references import is_rf, normal_rf, rf_in_text
from tradecoin.domain.statement import BadBankMessage, BankMessage, Detail, Entry, Statement
from tradecoin.domain.terms import Terms
from tradecoin.flow import deposit, payout_booking
from tradecoin.ports.store import Tx

_CHUNK = 5_000
_NO_DETAIL = Detail()


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry as it is answered to whoever brought the message; `id` is empty for one that is not booked."""

    id: str
    amount: Money
    status: str
    reference: str
    state: str

    @classmethod
    def of(cls, entry: BankEntry) -> "Seen":
        """Describe a booked entry."""
        return cls(entry.id, entry.amount, entry.status, entry.reference, entry.kind)

    @classmethod
    def pending(cls, entry: Entry) -> "Seen":
        """Describe an entry that the bank announces only."""
        detail = entry.details[0] if entry.details else _NO_DETAIL
        return cls("", entry.signed, entry.status, payment_reference_in(detail), "not_booked")


def book_entries(
    *, tx: Tx, terms: Terms, statements: Sequence[Statement], message: BankMessage, record: BankMessageRecord
) -> list[Seen]:
    """Book the new entries of our account in one message; return them.

    Raises BadBankMessage when an entry contradicts what the bank said under the same reference before, and for a batch
    of which some payments were booked before and some were not.
    """
    booked = [entry for statement in _once(statements) for entry in statement.booked]
    complete = all(statement.is_complete for statement in statements)
    present = _known(tx, booked, terms.account, complete=complete)
    known = [Known(row.id, frozenset(row.names), row.content, row.referenced) for row in present.values()]
    fresh: dict[str, Sighting] = {}
    for sighting in sift(booked, terms.account, known, complete=complete):
        if sighting.known is None:
            fresh[sighting.name] = sighting
        elif sighting.known.id in fresh:
            fresh[sighting.known.id] = _repeated_inside(fresh[sighting.known.id], sighting)
        else:
            present[sighting.known.id] = _remember(tx, sighting, present[sighting.known.id])
    bookings = [_booking(tx, terms, sighting, record) for sighting in fresh.values()]
    tx.bookings.add(*bookings)
    tx.booking_names.add(*(BookingName(name, 1, row.id) for row in bookings for name in row.names))
    entries = [
        row
        for sighting, booking in zip(fresh.values(), bookings, strict=True)
        for row in _payments(tx, terms, sighting.entry, booking, record, message)
    ]
    tx.entries.add(*entries)
    _hand_over(tx, terms, entries)
    return [Seen.of(entry) for entry in entries]


def _once(statements: Sequence[Statement]) -> list[Statement]:
    """Leave out a statement that the same file holds twice: a copy of proven lines is no second booking of them."""
    found: dict[object, Statement] = {}
    for number, statement in enumerate(statements):
        amounts = tuple(entry.signed.minor for entry in statement.entries)
        proven = (statement.id, statement.sequence, statement.electronic_sequence, statement.page, amounts)
        found.setdefault(proven if statement.is_complete else number, statement)
    return list(found.values())


def _known(tx: Tx, entries: Sequence[Entry], account: str, *, complete: bool) -> dict[str, Booking]:
    """Return the bookings, by id, that share a name or a content with the entries of a message."""
    names, contents = candidates(entries, account, complete=complete)
    ids = {
        row.booking_id
        for chunk in _chunks(sorted(names))
        for row in tx.booking_names.list(id=tuple(chunk), limit=_CHUNK)
    }
    rows = {row.id: row for chunk in _chunks(sorted(ids)) for row in tx.bookings.list(id=tuple(chunk), limit=_CHUNK)}
    for chunk in _chunks(sorted(contents)):
        for row in tx.bookings.list(content=tuple(chunk), account=account, limit=100_000):
            rows[row.id] = row
    return dict(sorted(rows.items()))


def _chunks(items: Sequence[str]) -> Iterator[Sequence[str]]:
    """Split what goes into one IN list, since databases bound it."""
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]


def _repeated_inside(first: Sighting, again: Sighting) -> Sighting:
    """Return what is to be remembered of a new entry that its own message tells twice."""
    _refuse_contradiction(again, first.entry.signed)
    return replace(first, names=first.names | again.names, referenced=first.referenced or again.referenced)


def _remember(tx: Tx, sighting: Sighting, booking: Booking) -> Booking:
    """Add the names that a repeated booking was seen under; return it as it is kept now."""
    _refuse_contradiction(sighting, booking.amount)
    new_names = sorted(sighting.names - set(booking.names))
    if not new_names and booking.referenced >= sighting.referenced:
        return booking
    tx.booking_names.add(*(BookingName(name, 1, booking.id) for name in new_names))
    names = (*booking.names, *new_names)
    tx.bookings.save(replace(booking, names=names, referenced=booking.referenced or sighting.referenced))
    return tx.bookings.get(booking.id)


def _refuse_contradiction(sighting: Sighting, before: Money) -> None:
    """Refuse a file that reports another amount under a name that the bank used before.

    A batch and a payment inside it have different amounts and do not contradict each other.
    """
    now, place = sighting.entry.signed, sighting.entry.position
    if sighting.whole and now != before:
        reason = f"the bank booked {before} under this reference before, and now reports {now}"
        raise BadBankMessage(place.line, place.path, reason)


def _booking(tx: Tx, terms: Terms, sighting: Sighting, record: BankMessageRecord) -> Booking:
    """Describe a booking seen for the first time."""
    return Booking(
        id=tx.new_id("bk"),
        version=1,
        message_id=record.id,
        account=terms.account,
        fingerprint=sighting.name,
        names=tuple(sorted(sighting.names)),
        content=sighting.content,
        referenced=sighting.referenced,
        amount=sighting.entry.signed,
        created_at=tx.now,
    )


def _payments(
    tx: Tx, terms: Terms, entry: Entry, booking: Booking, record: BankMessageRecord, message: BankMessage
) -> Iterator[BankEntry]:
    """Split a booking into its payments when the bank itemised it in amounts; otherwise it is one payment."""
    details = entry.details
    itemised = len(details) > 1 and all(detail.amount is not None for detail in details)
    parts: Sequence[Detail] = details if itemised else (details[0] if len(details) == 1 else _NO_DETAIL,)
    booked_at = _booked_at(terms, entry, message)
    for number, detail in enumerate(parts):
        amount = booking.amount
        if itemised and detail.amount is not None:
            amount = detail.amount if detail.credit else -detail.amount
        other = detail.debtor if entry.credit != entry.reversal else detail.creditor
        yield BankEntry(
            id=tx.new_id("be"),
            version=1,
            message_id=record.id,
            booking_id=booking.id,
            account=terms.account,
            fingerprint=f"{booking.fingerprint}#{number}" if itemised else booking.fingerprint,
            kind=classify(entry, detail),
            status=entry.status,
            amount=amount,
            booked_on=entry.booked_on,
            booked_at=booked_at,
            servicer_reference=_servicer_reference(entry, detail, number if itemised else None),
            end_to_end_id=detail.end_to_end_id or "",
            reference=payment_reference_in(detail),
            remittance=detail.remittance_text or entry.info,
            counterparty=other.name or "",
            counterparty_iban=other.account or "",
            code=_code(entry),
            reason=_reason(entry, detail, terms),
            created_at=tx.now,
        )


def _servicer_reference(entry: Entry, detail: Detail, number: int | None) -> str:
    """Return the bank's own reference; a part of an itemised booking has its own, or the booking's with its number."""
    if number is None:
        return entry.reference or ""
    return detail.servicer_reference or (f"{entry.reference}#{number}" if entry.reference else "")


def _reason(entry: Entry, detail: Detail, terms: Terms) -> str:
    """Return what stands out: a return reason, or the currency in which the payer ordered."""
    if detail.return_reason:
        return detail.return_reason
    ordered = detail.instructed
    return f"ordered in {ordered.currency}" if ordered is not None and ordered.currency != terms.currency else ""


def _booked_at(terms: Terms, entry: Entry, message: BankMessage) -> datetime:
    """Return the instant of a booking; a date alone means when it was reported, or the last instant of that day."""
    if isinstance(entry.booked, datetime):
        return entry.booked.astimezone(UTC)
    zone = ZoneInfo(terms.zone)
    begin = datetime.combine(entry.booked, time(), tzinfo=zone)
    end = datetime.combine(entry.booked + timedelta(days=1), time(), tzinfo=zone) - timedelta(milliseconds=1)
    return max(begin, min(end, message.created_at - timedelta(milliseconds=1))).astimezone(UTC)


def _code(entry: Entry) -> str:
    """Write the bank transaction code in one line."""
    code = entry.code
    parts = [code.domain, code.family, code.subfamily]
    return "/".join(part for part in parts if part) or (code.proprietary or "")


def payment_reference_in(detail: Detail) -> str:
    """Return the RF reference of a payment: the structured one, else the first in the text; empty when there is
    none.
    """
    structured = detail.structured_reference or ""
    if is_rf(structured):
        return normal_rf(structured)
    for text in (structured, detail.remittance_text, detail.end_to_end_id or ""):
        found = rf_in_text(text)
        if found:
            return found[0]
    return ""


def _hand_over(tx: Tx, terms: Terms, entries: Sequence[BankEntry]) -> None:
    """Give every entry to the word it belongs to; credits go together, since there can be thousands."""
    deposit.book_credits(tx=tx, terms=terms, entries=_of_kind(entries, EntryKind.DEPOSIT))
    takers: dict[EntryKind, Callable[[Tx, Terms, BankEntry], None]] = {
        EntryKind.DEPOSIT_REVERSED: deposit.take_back,
        EntryKind.DEPOSIT_RETURNED: payout_booking.note_debit,
        EntryKind.PAYOUT_BOOKED: payout_booking.note_debit,
        EntryKind.PAYOUT_RETURNED: payout_booking.note_return,
        EntryKind.OPERATOR_CREDIT: _operator_credit,
        EntryKind.CHARGE: _charge,
        EntryKind.UNEXPLAINED_DEBIT: _unexplained,
    }
    for entry in entries:
        if entry.kind in takers:
            takers[entry.kind](tx, terms, entry)


def _of_kind(entries: Iterable[BankEntry], kind: EntryKind) -> list[BankEntry]:
    """Select by kind."""
    return [entry for entry in entries if entry.kind is kind]


def _post(tx: Tx, event: Event, entry: BankEntry, memo: str) -> None:
    """Post an entry that concerns nobody but the operator."""
    amount = entry.amount if entry.amount.minor > 0 else -entry.amount
    tx.books.post(posting(event, amount, key=entry.fingerprint, subject=entry.id, at=entry.booked_at, memo=memo))


def _operator_credit(tx: Tx, terms: Terms, entry: BankEntry) -> None:
    """Interest, capital: the operator's own money."""
    _post(tx, Event.OPERATOR_CREDIT, entry, entry.code)


def _charge(tx: Tx, terms: Terms, entry: BankEntry) -> None:
    """A charge of the bank, or one given back."""
    _post(tx, Event.CHARGE if entry.amount.minor < 0 else Event.OPERATOR_CREDIT, entry, entry.code)


def _unexplained(tx: Tx, terms: Terms, entry: BankEntry) -> None:
    """A debit that we did not order is the operator's loss until somebody explains it."""
    _post(tx, Event.LOSS, entry, "unexplained debit")
    tx.publish("entry.unexplained_debit", entry.id, {"amount": entry.amount.text, "remittance": entry.remittance})
