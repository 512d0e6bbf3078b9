"""Customers, bank accounts and wallets."""

from typing import TypedDict


class Customer(TypedDict):
    """A customer of a client."""

    id: str
    client: str
    name: str
    created_at: str


class BankAccount(TypedDict):
    """An account that may be paid out to."""

    id: str
    customer_id: str
    name: str
    iban: str
    bic: str
    country: str
    town: str
    payout: str
    salt: str
    usable_from: str
    created_at: str


class Challenge(TypedDict):
    """The message that an address's owner signs."""

    message: str
    nonce: str
    expires_at: str


class Wallet(TypedDict):
    """An address under its owner's control."""

    id: str
    customer_id: str
    address: str
    reference: str
    created_at: str
