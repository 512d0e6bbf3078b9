"""A bank with one account: its own book, the messages it sends about it, and the payments it makes or does not make."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

from tests.stores import HandClock
from tradecoin.domain.money import Currency, Money
from tradecoin.domain.payout import Payout
from tradecoin.domain.statement import (
    BadBankMessage,
    Balance,
    BankMessage,
    BankTransactionCode,
    Charge,
    Detail,
    Entry,
    EntryStatus,
    Party,
    PaymentStatus,
    Position,
    Statement,
)
from tradecoin.ports.bank import BankUnreachable, Handover, Incoming

ACCOUNT: Final = "DE89370400440532013000"
EUR: Final = Currency("EUR")
PAYER: Final = Party("Alice Payer", "NL91ABNA0417164300")
_codes: Final = {
    "credit": ("PMNT", "RCDT", "ESCT"),
    "debit": ("PMNT", "ICDT", "ESCT"),
    "return": ("PMNT", "ICDT", "RRTN"),
}


def euros(text: str) -> Money:
    """Return an amount, which may start with a minus."""
    amount = Money.parse(text.removeprefix("-"), EUR)
    return -amount if text.startswith("-") else amount


@dataclass
class FakeBank:
    """The Bank and the MessageFormat port. `behaviour` says what becomes of payments: book, reject, keep, silence."""

    clock: HandClock
    book: list[Entry] = field(default_factory=list)
    behaviour: str = "book"
    handover: Handover = Handover.TAKEN
    unreachable: bool = False
    gives_reports: bool = True
    opening: Money = field(default_factory=lambda: Money(0, EUR))
    withheld: Money = field(default_factory=lambda: Money(0, EUR))
    outgoing: list[bytes] = field(default_factory=list)
    payments: dict[str, Payout] = field(default_factory=dict)
    handed_over: list[bytes] = field(default_factory=list)
    statuses: dict[str, str] = field(default_factory=dict)
    messages: dict[bytes, BankMessage | BadBankMessage] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: count(1))
    stated: int = 0
    statements: int = 0

    # ------------------------------------------------------------------------------------------------- its book

    def line(self, amount: str, **facts: Any) -> Entry:
        """Describe a line of the book without booking it."""
        money = euros(amount)
        credit = money.minor > 0
        reference = facts.pop("reference", f"FB{next(self.numbers):06d}")
        rf, text, own_id = facts.pop("rf", None), facts.pop("text", ""), facts.pop("end_to_end_id", None)
        kind = facts.pop("kind", "credit" if credit else "debit")
        absolute = money if credit else -money
        detail = Detail(
            amount=absolute,
            credit=credit,
            structured_reference=rf,
            remittance_text=text,
            end_to_end_id=own_id,
            debtor=facts.pop("payer", PAYER),
            creditor=PAYER,
            instructed=facts.pop("instructed", None),
            return_reason=facts.pop("return_reason", None),
        )
        return Entry(
            amount=absolute,
            credit=credit,
            status=facts.pop("status", EntryStatus.BOOK),
            booked=self.clock.now(),
            position=Position(len(self.book) + 1, f"/Ntry[{len(self.book) + 1}]"),
            reference=reference,
            code=BankTransactionCode(*facts.pop("code", _codes.get(kind, _codes["credit"]))),
            details=facts.pop("details", (detail,)),
            **facts,
        )

    def post(self, amount: str, *, notify: bool = True, **facts: Any) -> Entry:
        """Book a line, and send a camt.054 about it. Time goes on by a second."""
        entry = self.line(amount, **facts)
        self.book.append(entry)
        if notify:
            self.send(self.notice(entry))
        self.clock.advance(seconds=1)
        return entry

    def reverse(self, entry: Entry, *, notify: bool = True) -> Entry:
        """Take a booked entry back under its own reference."""
        sign = "-" if entry.credit else ""
        detail = replace(entry.details[0], credit=not entry.credit)
        return self.post(
            f"{sign}{entry.amount.text}", notify=notify, reversal=True, reference=entry.reference, details=(detail,)
        )

    def balance(self, at: datetime) -> Money:
        """Return what the bank says the account held just before a moment; it may be lying by `withheld`."""
        booked = (entry.signed for entry in self.book if _when(entry) < at)
        return Money.total(booked, EUR) + self.opening - self.withheld

    # --------------------------------------------------------------------------------------------- its messages

    def message(self, kind: str, *statements: Statement, statuses: Sequence[PaymentStatus] = ()) -> bytes:
        """Return the bytes of a message; nobody else can make them."""
        raw = f"{kind} {next(self.numbers)}".encode()
        self.messages[raw] = BankMessage(kind, "08", raw.decode(), self.clock.now(), tuple(statements), tuple(statuses))
        return raw

    def send(self, raw: bytes) -> bytes:
        """Put a message where the node will find it."""
        self.outgoing.append(raw)
        return raw

    def part(self, *entries: Entry, **facts: Any) -> Statement:
        """Return a statement, report or notification with these entries."""
        stated: dict[str, Any] = {
            "account": ACCOUNT,
            "currency": EUR,
            "id": f"S{next(self.numbers)}",
            "created_at": self.clock.now(),
            "position": Position(1, "/Stmt[1]"),
        }
        return Statement(**stated | {"entries": entries} | facts)

    def notice(self, *entries: Entry) -> bytes:
        """Return a camt.054 about entries."""
        return self.message("camt.054", self.part(*entries))

    def day(self, **facts: Any) -> Statement:
        """Return a statement of all that was booked since the last one, closing now."""
        self.clock.advance(seconds=1)
        now = self.clock.now()
        fresh = [entry for entry in self.book if _when(entry) < now]
        before = Money.total((entry.signed for entry in fresh[: self.stated]), EUR) + self.opening
        closing = self.balance(now) + self.withheld
        entries = tuple(fresh[self.stated :])
        self.stated, self.statements = len(fresh), self.statements + 1
        told: dict[str, Any] = {
            "sequence": self.statements,
            "opening": Balance("OPBD", before, now),
            "closing": Balance("CLBD", closing, now),
        }
        return self.part(*entries, **told | facts)

    def statement(self, **facts: Any) -> bytes:
        """Send the camt.053 of all since the last one."""
        return self.send(self.message("camt.053", self.day(**facts)))

    def interim_report(self) -> bytes:
        """See Bank."""
        self._answer()
        if not self.gives_reports:
            return b""
        now = self.clock.now().replace(microsecond=0)
        entries = tuple(entry for entry in self.book[self.stated :] if _when(entry) < now)
        balance = Balance("ITBD", self.balance(now), now)
        return self.message("camt.052", self.part(*entries, closing=balance, balances=(balance,)))

    def read(self, raw: bytes) -> BankMessage:
        """See MessageFormat."""
        found = self.messages.get(raw, BadBankMessage(1, "/", "not a message of this bank"))
        if isinstance(found, BadBankMessage):
            raise found
        return found

    # --------------------------------------------------------------------------------------------- its channel

    def new_messages(self, after: str) -> Sequence[Incoming]:
        """See Bank."""
        self._answer()
        start = int(after or 0)
        return [Incoming(str(start + at + 1), raw) for at, raw in enumerate(self.outgoing[start:])]

    def write_payouts(self, message_id: str, created_at: datetime, payouts: Sequence[Payout]) -> bytes:
        """See MessageFormat."""
        for one in payouts:
            self.payments[one.end_to_end_id] = one
        return json.dumps([message_id, [one.end_to_end_id for one in payouts]]).encode()

    def hand_over(self, raw: bytes) -> tuple[Handover, str]:
        """See Bank."""
        self.handed_over.append(raw)
        message_id, names = json.loads(raw)
        if self.handover is Handover.REFUSED:
            return self.handover, "NARR"
        for name in names:
            if self.behaviour != "silence":
                self.answer(name, message_id)
        return self.handover, ""

    def answer(self, name: str, message_id: str = "") -> None:
        """Do with a payment what the behaviour says, and tell by pain.002."""
        rejects = self.behaviour == "reject"
        self.tell(name, "RJCT" if rejects else "ACSP", "AC04" if rejects else None, message_id=message_id)
        if self.behaviour == "book":
            self.pay(name)

    def tell(self, name: str, status: str, reason: str | None = None, *, message_id: str = "") -> bytes:
        """Send the status of a payment."""
        self.statuses[name] = status
        told = PaymentStatus(message_id, status, end_to_end_id=name, reason=reason)
        return self.send(self.message("pain.002", statuses=[told]))

    def pay(self, name: str, *, charge: str = "0.00", notify: bool = True) -> Entry:
        """Book the debit of a payment, with a charge on top."""
        amount = self.payments[name].amount + euros(charge)
        charges = (Charge(euros(charge)),) if euros(charge).minor else ()
        return self.post(f"-{amount.text}", end_to_end_id=name, charges=charges, notify=notify)

    def give_back(self, name: str, *, kept: str = "0.00", notify: bool = True) -> Entry:
        """Book the return of a payment, less what somebody kept."""
        amount = self.payments[name].amount - euros(kept)
        return self.post(amount.text, end_to_end_id=name, kind="return", return_reason="AC04", notify=notify, rf=None)

    def payment_status(self, end_to_end_id: str) -> PaymentStatus | None:
        """See Bank."""
        self._answer()
        status = self.statuses.get(end_to_end_id)
        return None if status is None else PaymentStatus("", status, end_to_end_id=end_to_end_id)

    def _answer(self) -> None:
        if self.unreachable:
            raise BankUnreachable

    # ---------------------------------------------------------------------------------- what the parties read

    def get(self, path: str, **query: str) -> tuple[int, Any]:
        """Answer as the bank's own book does over HTTP."""
        if path.endswith("/entries"):
            return 200, [_json(entry) for entry in self.book[int(query.get("after", "0")) :]]
        at = datetime.fromisoformat(query["at"])
        if at > self.clock.now() + timedelta(seconds=1):
            return 409, {}
        return 200, {"balance": self.balance(at).text, "currency": "EUR"}


def _when(entry: Entry) -> datetime:
    assert isinstance(entry.booked, datetime)
    return entry.booked


def _json(entry: Entry) -> dict[str, Any]:
    """Write a line of the book as the bank's HTTP interface does."""
    detail = entry.details[0] if entry.details else Detail()
    line: dict[str, Any] = {
        "reference": entry.reference,
        "end_to_end_id": detail.end_to_end_id,
        "amount": entry.amount.text,
        "currency": "EUR",
        "credit": entry.credit,
        "booked_at": _when(entry).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "booking_date": entry.booked_on.isoformat(),
        "status": str(entry.status),
        "reversal": entry.reversal,
        "code": "/".join(filter(None, (entry.code.domain, entry.code.family, entry.code.subfamily))),
        "remittance": {"reference": detail.structured_reference, "lines": [detail.remittance_text]},
        "details": [],
    }
    return line | ({"returned": {"reason": detail.return_reason}} if detail.return_reason else {})
