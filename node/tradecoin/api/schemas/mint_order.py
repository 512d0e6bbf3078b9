"""Bodies of /mint-orders."""

from typing import Self

from pydantic import Field

from tradecoin.api.schemas.base import Address, Amount, Ask, Currency, Decimal, Stamp, Text, View, hexed
from tradecoin.domain.mint import MintOrder
from tradecoin.ports.store import Step


class NewMintOrder(Ask):
    """A wish to have coins for a payment that is still to come."""

    amount: Amount
    currency: Currency
    recipient: Address


class MintOrderView(View):
    """An order; `reference` is what the payment must carry.

    `issuance_ref` is empty until the money is there, `tx` until the coins are.
    """

    id: str = Field(examples=["mo_01jbpk4m8wq7v3c2x9n5t6r8ya"])
    state: str = Field(examples=["awaiting_funds"])
    reference: str = Field(examples=["RF18000K2Q9X7W4M1T5Z8A3C"])
    issuance_ref: str
    amount: Decimal
    currency: str = Field(examples=["EUR"])
    recipient: Address
    created_at: Stamp
    tx: str
    deposit: str
    batch: str
    parked_reason: str
    approved_by: str
    expires_at: Stamp
    updated_at: Stamp

    @classmethod
    def of(cls, row: MintOrder) -> Self:
        """Describe an order."""
        return cls(
            id=row.id,
            state=row.state,
            reference=row.reference,
            issuance_ref=hexed(row.issuance_ref) if row.issuance_ref else "",
            amount=row.amount.text,
            currency=row.amount.currency.code,
            recipient=row.recipient,
            created_at=row.created_at,
            tx=row.tx_hash,
            deposit=row.deposit_id,
            batch=row.batch_id,
            parked_reason=row.parked_reason,
            approved_by=row.approved_by,
            expires_at=row.expires_at,
            updated_at=row.updated_at,
        )


class Decision(Ask):
    """A second person's word."""

    approve: bool
    reason: Text


class Reason(Ask):
    """Why."""

    reason: Text


class StepView(View):
    """One arrow that was walked."""

    from_state: str = Field(examples=["awaiting_funds"])
    to_state: str = Field(examples=["approved"])
    cause: str
    actor: str
    at: Stamp

    @classmethod
    def of(cls, step: Step) -> Self:
        """Describe a step."""
        return cls(from_state=step.from_state, to_state=step.to_state, cause=step.cause, actor=step.actor, at=step.at)


class Timeline(View):
    """How something came to its state, oldest first."""

    data: list[StepView]
