"""Bodies of /deposits."""

from typing import Self

from pydantic import Field

from tradecoin.api.schemas.base import Address, Ask, Bytes, Decimal, Iban, Stamp, Text, View, hexed
from tradecoin.domain.deposit import Deposit
from tradecoin.domain.references import masked_iban


class DepositView(View):
    """A credit on the reserve account. `reason` says why it is not matched; the payer's account is masked."""

    id: str = Field(examples=["dp_01jbpk4m8wq7v3c2x9n5t6r8ya"])
    state: str = Field(examples=["matched"])
    key: Bytes
    entry: str
    reference: str
    bank_reference: str
    amount: Decimal
    currency: str = Field(examples=["EUR"])
    allocated: Decimal
    minted: Decimal
    remittance: str
    debtor: str
    debtor_iban: str
    reason: str
    assigned_by: str
    booked_at: Stamp
    created_at: Stamp
    updated_at: Stamp

    @classmethod
    def of(cls, row: Deposit) -> Self:
        """Describe a deposit."""
        return cls(
            id=row.id,
            state=row.state,
            key=hexed(row.key),
            entry=row.entry_id,
            reference=row.reference,
            bank_reference=row.bank_reference,
            amount=row.amount.text,
            currency=row.amount.currency.code,
            allocated=row.allocated.text,
            minted=row.minted.text,
            remittance=row.remittance,
            debtor=row.debtor,
            debtor_iban=masked_iban(row.debtor_iban),
            reason=row.why_unmatched,
            assigned_by=row.assigned_by,
            booked_at=row.booked_at,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


class Assignment(Ask):
    """Who gets the coins for what is left of a credit."""

    recipient: Address


class Return(Ask):
    """Why a credit goes back, and to which account if the bank did not name the payer's."""

    reason: Text
    iban: Iban = ""
