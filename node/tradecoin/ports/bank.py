"""The bank: messages come, payment orders go, and nothing is believed before a message says it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from tradecoin.domain.errors import Unavailable
from tradecoin.domain.payout import Payout
from tradecoin.domain.statement import BankMessage, PaymentStatus


class BankUnreachable(Unavailable):
    """The bank did not answer a question; nothing was asked of it that moves money."""

    code = "bank_unreachable"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as the bank's channel hands it over; `cursor` is where to go on after it."""

    cursor: str
    raw: bytes


class Handover(StrEnum):
    """What came of handing a payment file to the bank."""

    TAKEN = "taken"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Bank(Protocol):
    """The channel to the bank that holds the reserve account."""

    def new_messages(self, after: str) -> Sequence[Incoming]:
        """Return messages that came after the cursor ("" for all), oldest first; raises BankUnreachable."""

    def hand_over(self, raw: bytes) -> tuple[Handover, str]:
        """Send a pain.001 once. REFUSED comes with the bank's reason: nothing of it will be paid. UNKNOWN when the
        line broke.

        What becomes of each payment, a pain.002 among the new messages says.
        """

    def payment_status(self, end_to_end_id: str) -> PaymentStatus | None:
        """Return how one payment stands, None when the bank does not know it; raises BankUnreachable."""

    def interim_report(self) -> bytes:
        """Return a camt.052 with the balance as of now, empty when the bank gives none; raises BankUnreachable."""


class MessageFormat(Protocol):
    """Reading and writing of bank messages."""

    def read(self, raw: bytes) -> BankMessage:
        """Return the message; raises BadBankMessage naming line, path and reason."""

    def write_payouts(self, message_id: str, created_at: datetime, payouts: Sequence[Payout]) -> bytes:
        """Return a pain.001.001.09 that orders `payouts`; the same arguments give the same bytes."""
