"""The bank's own book as a party reads it: every booked payment on the reserve account, classified by the shared rule.

Read over HTTP as `GET /accounts/{account}/entries?full=1` and `GET /accounts/{account}/balance?at=…`; neither the
node's database nor what the node imported plays a part.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

from tradecoin.domain.classify import classify
from tradecoin.domain.deposit import EntryKind
from tradecoin.domain.errors import TradecoinError
from tradecoin.domain.fingerprint import given, sift
from tradecoin.domain.money import Currency, Money
from tradecoin.domain.references import is_rf, normal_rf, rf_in_text
from tradecoin.domain.statement import BankTransactionCode, Detail, Entry, EntryStatus, Position
from tradecoin.parties.answers import NotYet, Unreachable
from tradecoin.parties.web import Web
from tradecoin.signing.refs import deposit_key

_OVERLAP = 64
_NO_DETAIL = Detail()


@dataclass(frozen=True, slots=True)
class Payment:
    """One booked payment: an entry, or one part of an entry that the bank itemised.

    `amount` is above zero for a credit. `reference` is the bank's own and makes `key`, the deposit key; `entry` is the
    whole booking's reference, `undoes` that of the booking which a reversal takes back. `payees` are the RF references
    inside.
    """

    key: bytes
    reference: str
    entry: str
    kind: EntryKind
    amount: Money
    booked_at: datetime
    end_to_end_id: str
    payees: frozenset[str]
    remittance: str
    undoes: str


class BankBook:
    """The book of one account, read on from where it was last read."""

    def __init__(self, web: Web, *, bank_id: str, account: str, currency: Currency) -> None:
        """Remember whom to ask."""
        self._web, self._bank_id, self._account, self._currency = web, bank_id, account, currency
        self._path = f"/accounts/{quote(account, safe='')}"
        self._raw: list[dict[str, Any]] = []
        self._payments: list[tuple[Payment, ...]] = []

    def payments(self) -> list[Payment]:
        """Return every booked payment, oldest first; raises Unreachable."""
        start = max(0, len(self._raw) - _OVERLAP)
        tail = self._read(start)
        kept = len(self._raw)
        if tail[: kept - start] != self._raw[start:]:
            start, tail, kept = 0, self._read(0), 0
        self._raw = self._raw[:start] + tail
        if not all(line.get("reference") for line in self._raw):
            kept = 0
        self._payments = self._payments[:kept]
        try:
            self._payments += self._understood(self._raw[kept:])
        except (TradecoinError, LookupError, TypeError, ValueError, AttributeError) as problem:
            raise Unreachable("the bank's book cannot be read", problem=str(problem)[:200]) from problem
        return [payment for group in self._payments for payment in group]

    def balance(self, at: datetime) -> Money:
        """Return the booked balance just before that time; raises NotYet when the bank has not come so far."""
        moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        status, answer = self._web.get(f"{self._path}/balance", at=moment)
        if status == 409:
            raise NotYet("the bank does not tell a balance of that time", at=moment)
        try:
            if status != 200 or answer["currency"] != self._currency.code:
                raise ValueError(f"status {status}")
            return self._signed(answer["balance"])
        except (TradecoinError, LookupError, TypeError, ValueError) as problem:
            raise Unreachable("the bank tells no balance", problem=str(problem)[:200]) from problem

    def _read(self, after: int) -> list[dict[str, Any]]:
        """Return the lines of the book behind the first `after` ones."""
        status, answer = self._web.get(f"{self._path}/entries", full="1", after=str(after))
        if status != 200 or not isinstance(answer, list):
            raise Unreachable("the bank shows no book", status=status)
        return answer

    def _signed(self, text: str) -> Money:
        """Read an amount with an optional minus."""
        amount = Money.parse(text.removeprefix("-"), self._currency)
        return -amount if text.startswith("-") else amount

    def _understood(self, lines: Sequence[dict[str, Any]]) -> Iterator[tuple[Payment, ...]]:
        """Turn lines into payments."""
        entries = [self._entry(line) for line in lines]
        names = self._names(entries)
        for line, entry, name in zip(lines, entries, names, strict=True):
            yield tuple(self._split(line, entry, name))

    def _names(self, entries: Sequence[Entry]) -> list[str]:
        """Return the fingerprints of lines without a reference, which stand in for it; blank for the others."""
        if all(entry.reference for entry in entries):
            return [""] * len(entries)
        return [sighting.name for sighting in sift(entries, self._account, (), complete=True)]

    def _entry(self, line: dict[str, Any]) -> Entry:
        """Read a line as the domain's entry; ValueError for one that is not of this account's currency."""
        if line["currency"] != self._currency.code:
            raise ValueError(f"a line in {line['currency']}")
        domain, family, subfamily = (*(line.get("code") or "").split("/"), None, None, None)[:3]
        parts = line.get("details") or [line]
        return Entry(
            amount=Money.parse(line["amount"], self._currency),
            credit=line["credit"] is True,
            status=EntryStatus(line["status"]),
            booked=date.fromisoformat(line["booking_date"]),
            position=Position(1, "/"),
            reversal=line["reversal"] is True,
            reference=given(line["reference"]),
            code=BankTransactionCode(domain or None, family, subfamily),
            details=tuple(self._detail(line, part) for part in parts),
        )

    def _detail(self, line: dict[str, Any], part: dict[str, Any]) -> Detail:
        """Read one payment of a line; the line itself when it has no parts."""
        remittance = part.get("remittance") or {}
        returned = part.get("returned") or line.get("returned") or {}
        amount = part["amount"] if part is not line else None
        return Detail(
            amount=Money.parse(amount, self._currency) if amount else None,
            credit=line["credit"] is True,
            servicer_reference=given(part.get("servicer_reference")),
            end_to_end_id=given(part.get("end_to_end_id")),
            structured_reference=remittance.get("reference"),
            remittance_text="\n".join(remittance.get("lines") or ()),
            return_reason=returned.get("reason"),
        )

    def _split(self, line: dict[str, Any], entry: Entry, name: str) -> Iterator[Payment]:
        """Return the payments of an entry: its parts when the bank gave each an amount, else the entry as one.

        One that is only announced holds none: it is not money.
        """
        if entry.status is not EntryStatus.BOOK:
            return
        details = entry.details
        itemised = len(details) > 1 and all(detail.amount is not None for detail in details)
        for number, detail in enumerate(details if itemised else (details[0] if len(details) == 1 else _NO_DETAIL,)):
            amount = detail.amount if itemised and detail.amount is not None else entry.amount
            reference = self._reference(entry, detail, name, number if itemised else None)
            yield Payment(
                key=deposit_key(self._bank_id, self._account, reference),
                reference=reference,
                entry=entry.reference or name,
                kind=classify(entry, detail),
                amount=amount if entry.credit else -amount,
                booked_at=datetime.fromisoformat(line["booked_at"]),
                end_to_end_id=detail.end_to_end_id or "",
                payees=references_in(detail),
                remittance=detail.remittance_text,
                undoes=line.get("reverses") or "",
            )

    @staticmethod
    def _reference(entry: Entry, detail: Detail, name: str, number: int | None) -> str:
        """Return the bank's own reference of a payment; parts have their own, or the booking's with their number."""
        if number is None:
            return entry.reference or name
        own = detail.servicer_reference if entry.reference or detail.servicer_reference else None
        return own or f"{entry.reference or name}#{number}"


def references_in(detail: Detail) -> frozenset[str]:
    """Return every RF reference with right check digits that the payer gave, structured or in the text."""
    structured = detail.structured_reference or ""
    found = [normal_rf(structured)] if is_rf(structured) else list(rf_in_text(structured))
    for text in (detail.remittance_text, detail.end_to_end_id or ""):
        found += rf_in_text(text)
    return frozenset(found)
