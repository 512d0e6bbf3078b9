"""Payouts: money that leaves the reserve account, each under an id that can be rebuilt without our database."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from tradecoin.domain.money import Money
from tradecoin.domain.states import PayoutState


class PayoutCause(StrEnum):
    """What a payout is for."""

    REDEMPTION = "redemption"
    DEPOSIT_RETURN = "deposit_return"
    REPAYMENT = "repayment"


@dataclass(frozen=True, slots=True)
class Payout:
    """One credit transfer that we order; `subject_id` is the redemption or deposit it settles."""

    id: str
    version: int
    state: PayoutState
    cause: PayoutCause
    subject_id: str
    attempt: int
    end_to_end_id: str
    amount: Money
    creditor: str
    iban: str
    bic: str
    country: str
    town: str
    remittance: str
    file_id: str
    reason: str
    entry_id: str
    confirmations: tuple[str, ...]
    execute_on: date
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PayoutFile:
    """A pain.001 as it is sent: the exact bytes, stored before the bank hears of it."""

    id: str
    version: int
    message_id: str
    raw: bytes
    created_at: datetime
    sent_at: datetime | None
