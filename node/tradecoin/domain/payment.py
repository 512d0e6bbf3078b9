"""What we ask a bank to pay: the content of a pain.001, before anybody writes it down."""

from dataclasses import dataclass
from datetime import date, datetime

from tradecoin.domain.errors import Refused
from tradecoin.domain.money import Money


class BadPayment(Refused):
    """A payment that no bank would take: the reason is in the sentence, the facts name the payment."""

    code = "payment_invalid"


@dataclass(frozen=True, slots=True)
class Address:
    """A structured postal address; town and ISO 3166 country are the least that banks take since November 2026."""

    town: str
    country: str
    street: str | None = None
    building: str | None = None
    postcode: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account, and where; without a BIC the bank finds it by the IBAN."""

    name: str
    iban: str
    address: Address
    bic: str | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """One credit transfer. `end_to_end_id` comes back in every message about it.

    A `remittance` that is an RF reference goes out as a structured one, any other as text; blank is allowed.
    """

    end_to_end_id: str
    amount: Money
    creditor: Account
    execute_on: date
    remittance: str = ""


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """One file of payments from one account. Equal files are written as equal bytes.

    `message_id` has at most 30 characters, `created_at` is aware. The bank is asked to book each payment singly.
    """

    message_id: str
    created_at: datetime
    debtor: Account
    payments: tuple[Payment, ...]
