"""What we ask a bank to pay: the content of a pain.001, before anybody writes it down."""

from dataclasses import dataclass
from datetime import date, datetime

from tradecoin.domain.money import Money


@dataclass(frozen=True, slots=True)
class Address:
    """A structured postal address; town and ISO 3166 country are the least that banks take since November 2026."""

    town: str
    country: str
    street: str | None = None
    building: str | None = None
    postcode: str | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """One credit transfer.

    `end_to_end_id` comes back in every message about it. Remittance is either structured (an RF reference) or text.
    """

    end_to_end_id: str
    amount: Money
    creditor_name: str
    creditor_iban: str
    creditor_address: Address
    structured_reference: str | None = None
    remittance_text: str | None = None
    creditor_bic: str | None = None
    instruction_id: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """One file of payments from one account on one day. Equal files are written as equal bytes.

    `message_id` is at most 35 characters, `created_at` aware. Each payment is booked singly, so that each gets its
    own entry.
    """

    message_id: str
    created_at: datetime
    execute_on: date
    debtor_name: str
    debtor_iban: str
    debtor_address: Address
    payments: tuple[Payment, ...]
    debtor_bic: str | None = None
