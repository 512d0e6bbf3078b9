"""The books: five accounts, double entry, and the posting table line by line.

After every entry, in each currency:
bank reserve = deposits unminted + coins outstanding + redemptions payable + operator equity.
An entry that does not balance cannot be built.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tradecoin.domain.errors import BrokenInvariant
from tradecoin.domain.money import Money


class Account(StrEnum):
    """The five accounts; the first is an asset, the others say whose it is."""

    BANK_RESERVE = "bank_reserve"
    DEPOSITS_UNMINTED = "deposits_unminted"
    COINS_OUTSTANDING = "coins_outstanding"
    REDEMPTIONS_PAYABLE = "redemptions_payable"
    OPERATOR_EQUITY = "operator_equity"


class Event(StrEnum):
    """What can be posted; the name of the row in the posting table."""

    OPERATOR_CREDIT = "operator_credit"
    CHARGE = "charge"
    CREDIT_BOOKED = "credit_booked"
    ISSUED = "issued"
    DEPOSIT_TAKEN_BACK = "deposit_taken_back"
    REVERSED_AFTER_MINT = "reversed_after_mint"
    REQUESTED = "requested"
    COINS_RETURNED = "coins_returned"
    PAYOUT_BOOKED = "payout_booked"
    PAYOUT_RETURNED = "payout_returned"
    REISSUED = "reissued"
    LOSS = "loss"
    ISSUED_UNBACKED = "issued_unbacked"
    HAIRCUT = "haircut"


POSTINGS: dict[Event, tuple[Account, Account]] = {
    Event.OPERATOR_CREDIT: (Account.BANK_RESERVE, Account.OPERATOR_EQUITY),
    Event.CHARGE: (Account.OPERATOR_EQUITY, Account.BANK_RESERVE),
    Event.CREDIT_BOOKED: (Account.BANK_RESERVE, Account.DEPOSITS_UNMINTED),
    Event.ISSUED: (Account.DEPOSITS_UNMINTED, Account.COINS_OUTSTANDING),
    Event.DEPOSIT_TAKEN_BACK: (Account.DEPOSITS_UNMINTED, Account.BANK_RESERVE),
    Event.REVERSED_AFTER_MINT: (Account.OPERATOR_EQUITY, Account.BANK_RESERVE),
    Event.REQUESTED: (Account.COINS_OUTSTANDING, Account.REDEMPTIONS_PAYABLE),
    Event.COINS_RETURNED: (Account.REDEMPTIONS_PAYABLE, Account.COINS_OUTSTANDING),
    Event.PAYOUT_BOOKED: (Account.REDEMPTIONS_PAYABLE, Account.BANK_RESERVE),
    Event.PAYOUT_RETURNED: (Account.BANK_RESERVE, Account.REDEMPTIONS_PAYABLE),
    Event.REISSUED: (Account.REDEMPTIONS_PAYABLE, Account.COINS_OUTSTANDING),
    Event.LOSS: (Account.OPERATOR_EQUITY, Account.BANK_RESERVE),
    Event.HAIRCUT: (Account.REDEMPTIONS_PAYABLE, Account.OPERATOR_EQUITY),
    Event.ISSUED_UNBACKED: (Account.OPERATOR_EQUITY, Account.COINS_OUTSTANDING),
}
"""For each event the account debited and the account credited."""


@dataclass(frozen=True, slots=True)
class Line:
    """One leg: `amount` above zero is a debit, below zero a credit."""

    account: Account
    amount: Money


@dataclass(frozen=True, slots=True)
class Journal:
    """One balanced entry. `key` makes it one for ever: the bank's fingerprint, or block hash, log index and kind.

    `effective_at` is when the bank or the chain says it happened; the attestation reads the books as of its cut by it.
    """

    event: Event
    key: str
    subject: str
    lines: tuple[Line, ...]
    effective_at: datetime
    memo: str = ""

    def __post_init__(self) -> None:
        """Refuse an entry of fewer than two legs, of two currencies, of nothing, or one that does not balance."""
        if len(self.lines) < 2 or len({line.amount.currency for line in self.lines}) != 1:
            raise BrokenInvariant("an entry has two legs or more, in one currency", key=self.key)
        total = sum(line.amount.minor for line in self.lines)
        if total != 0 or any(line.amount.minor == 0 for line in self.lines):
            raise BrokenInvariant("an entry balances and moves something", key=self.key)


def posting(event: Event, amount: Money, *, key: str, subject: str, at: datetime, memo: str = "") -> Journal:
    """Build the entry that the posting table has for `event`; `amount` is above zero."""
    if amount.minor <= 0:
        raise BrokenInvariant("a posting moves an amount above zero", key=key, amount=amount.text)
    debit, credit = POSTINGS[event]
    return Journal(event, key, subject, (Line(debit, amount), Line(credit, -amount)), at, memo)


@dataclass(frozen=True, slots=True)
class PostedJournal:
    """An entry as it stands in the books: its place in the sequence, and the hash that chains it to the one before."""

    seq: int
    journal: Journal
    posted_at: datetime
    previous_hash: str
    hash: str


def chain_hash(previous_hash: str, seq: int, journal: Journal) -> str:
    """Return the SHA-256 (hex) over the hash before, the sequence number and the entry's canonical JSON."""
    body = {
        "event": journal.event,
        "key": journal.key,
        "subject": journal.subject,
        "effective_at": journal.effective_at.isoformat(),
        "memo": journal.memo,
        "lines": [[line.account, str(line.amount.minor), line.amount.currency.code] for line in journal.lines],
    }
    text = json.dumps([previous_hash, seq, body], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Balances:
    """The five balances of one currency, each as the amount that its normal side holds (equity may be negative)."""

    bank_reserve: Money
    deposits_unminted: Money
    coins_outstanding: Money
    redemptions_payable: Money
    operator_equity: Money

    def check_identity(self) -> None:
        """Raise BrokenInvariant unless the reserve equals the sum of what it is owed to."""
        owed = self.deposits_unminted + self.coins_outstanding + self.redemptions_payable + self.operator_equity
        if self.bank_reserve != owed:
            raise BrokenInvariant("reserve and claims differ", reserve=self.bank_reserve.text, owed=owed.text)
