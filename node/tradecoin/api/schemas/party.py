"""Bodies of /customers, /bank-accounts and /wallets."""

from typing import Self

from pydantic import Field

from tradecoin.api.schemas.base import Address, Ask, Bytes, Iban, Id, OptionalText, Stamp, Text, View, hexed
from tradecoin.domain.party import BankAccount, Customer, Wallet


class NewCustomer(Ask):
    """Somebody whose money and coins the node carries, under the name that their bank uses."""

    name: Text


class CustomerView(View):
    """A customer of a client."""

    id: str = Field(examples=["cu_01jbpk4m8wq7v3c2x9n5t6r8ya"])
    client: str
    name: str
    created_at: Stamp

    @classmethod
    def of(cls, row: Customer) -> Self:
        """Describe a customer."""
        return cls(id=row.id, client=row.client, name=row.name, created_at=row.created_at)


class NewBankAccount(Ask):
    """An account to be paid out to; the name is the customer's unless given."""

    customer_id: Id
    iban: Iban
    name: OptionalText = ""
    bic: str = Field(default="", pattern=r"^([A-Z0-9]{8}([A-Z0-9]{3})?)?$")
    country: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    town: OptionalText = ""


class BankAccountView(View):
    """An account to be paid out to. `payout` is what a holder names on the chain in its place; `salt` opens it."""

    id: str = Field(examples=["ba_01jbpk4m8wq7v3c2x9n5t6r8ya"])
    customer_id: str
    name: str
    iban: str
    bic: str
    country: str
    town: str
    payout: Bytes
    salt: Bytes
    usable_from: Stamp
    created_at: Stamp

    @classmethod
    def of(cls, row: BankAccount) -> Self:
        """Describe an account to its owner."""
        return cls(
            id=row.id,
            customer_id=row.customer_id,
            name=row.name,
            iban=row.iban,
            bic=row.bic,
            country=row.country,
            town=row.town,
            payout=hexed(row.payout),
            salt=hexed(row.salt),
            usable_from=row.usable_from,
            created_at=row.created_at,
        )


class NewChallenge(Ask):
    """An address whose owner is to show control."""

    address: Address


class ChallengeView(View):
    """The message (ERC-4361) that the owner signs as a personal message (ERC-191); good once, until it expires."""

    message: str
    nonce: str
    expires_at: Stamp


class NewWallet(Ask):
    """The challenge's message and the owner's signature over it: 65 bytes, or 64 (ERC-2098).

    `nonce` (16 bytes) opens the payment reference; the node draws one unless the owner brings that of a reference which
    is printed already.
    """

    customer_id: Id
    message: str = Field(max_length=2000)
    signature: str = Field(pattern=r"^0x([0-9a-fA-F]{2}){64,65}$", examples=["0x" + "5c" * 64 + "1b"])
    nonce: str | None = Field(default=None, pattern=r"^0x[0-9a-fA-F]{32}$", examples=["0x" + "1f" * 16])


class WalletView(View):
    """An address under its owner's control; a payment that carries `reference` becomes coins there."""

    id: str = Field(examples=["wa_01jbpk4m8wq7v3c2x9n5t6r8ya"])
    customer_id: str
    address: Address
    reference: str = Field(examples=["RF18000K2Q9X7W4M1T5Z8A3C"])
    created_at: Stamp

    @classmethod
    def of(cls, row: Wallet) -> Self:
        """Describe a wallet."""
        return cls(
            id=row.id,
            customer_id=row.customer_id,
            address=row.address,
            reference=row.reference,
            created_at=row.created_at,
        )
