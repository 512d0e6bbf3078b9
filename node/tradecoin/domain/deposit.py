"""Deposits: what the bank booked on the reserve account, and the credits among it that coins may be minted for."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from tradecoin.domain.money import Money
from tradecoin.domain.states import DepositState


class EntryKind(StrEnum):
    """What a booking on the reserve account is to us; decides what is posted (the posting table of the books)."""

    DEPOSIT = "deposit"
    OPERATOR_CREDIT = "operator_credit"
    CHARGE = "charge"
    DEPOSIT_REVERSED = "deposit_reversed"
    DEPOSIT_RETURNED = "deposit_returned"
    PAYOUT_BOOKED = "payout_booked"
    PAYOUT_RETURNED = "payout_returned"
    UNEXPLAINED_DEBIT = "unexplained_debit"


@dataclass(frozen=True, slots=True)
class BankMessageRecord:
    """A file or message as it came, kept for ever; the same bytes come to the same record."""

    id: str
    version: int
    kind: str
    message_id: str
    sha256: str
    source: str
    raw: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class StatementRecord:
    """A statement or interim report with balances: what the bank says the account held at `closed_at`."""

    id: str
    version: int
    message_id: str
    kind: str
    account: str
    statement_id: str
    sequence: str
    opening: Money | None
    closing: Money
    closed_at: datetime
    gap: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking on the reserve account as the bank names it, however often and in whatever file it comes.

    `names`, `content` and `referenced` are what `domain.fingerprint` recognises a repetition by. `amount` is signed.
    """

    id: str
    version: int
    message_id: str
    account: str
    fingerprint: str
    names: tuple[str, ...]
    content: str
    referenced: bool
    amount: Money
    created_at: datetime


@dataclass(frozen=True, slots=True)
class BookingName:
    """One of a booking's names; `id` is the name itself, so that no two bookings can share it."""

    id: str
    version: int
    booking_id: str


@dataclass(frozen=True, slots=True)
class BankEntry:
    """One payment on the reserve account: a booking, or a part of one that the bank itemised.

    `amount` is signed from the account's view: credits above zero, debits below. The parts of a booking have `#n`
    behind its fingerprint.
    """

    id: str
    version: int
    message_id: str
    booking_id: str
    account: str
    fingerprint: str
    kind: EntryKind
    status: str
    amount: Money
    booked_on: date
    booked_at: datetime
    servicer_reference: str
    end_to_end_id: str
    reference: str
    remittance: str
    counterparty: str
    counterparty_iban: str
    code: str
    reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Deposit:
    """A credit that coins may be minted for.

    `key` is what the contract keeps: the hash of bank, account and the bank's own reference. `allocated` is the part
    that mint orders have taken; it never exceeds `amount`. `minted` is the part whose `Issued` is final. `gone_at` is
    when the bank booked that the money left again, by reversal or return.
    """

    id: str
    version: int
    state: DepositState
    entry_id: str
    key: bytes
    bank_reference: str
    amount: Money
    allocated: Money
    minted: Money
    reference: str
    remittance: str
    debtor: str
    debtor_iban: str
    why_unmatched: str
    assigned_by: str
    booked_at: datetime
    gone_at: datetime | None
    created_at: datetime
    updated_at: datetime
