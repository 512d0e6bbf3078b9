"""Who deals with the node: customers with bank accounts and wallets, and the clients that call it for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

SCOPES: Final = ("client", "operator", "approver", "attestor", "auditor", "admin")
"""What a key may be for; an approver never approves what the same key made."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A bearer key: who it speaks for and what it may do. Only the hash of its secret is kept."""

    id: str
    version: int
    client: str
    scopes: tuple[str, ...]
    secret_sha256: str
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody whose money and coins the node carries."""

    id: str
    version: int
    client: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account that may be paid out to. `payout` is the salted hash a holder names on the chain instead of the
    IBAN.
    """

    id: str
    version: int
    customer_id: str
    name: str
    iban: str
    bic: str
    country: str
    town: str
    salt: bytes
    payout: bytes
    usable_from: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Wallet:
    """An address that its owner proved to control, and the payment reference that sends money there.

    `nonce` opens the reference: together with `address` it is what the reference commits to.
    """

    id: str
    version: int
    customer_id: str
    address: str
    reference: str
    nonce: bytes
    proof: str
    created_at: datetime
