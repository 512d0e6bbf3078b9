"""Bodies of /payouts."""

from typing import Self

from pydantic import Field

from tradecoin.api.schemas.base import Ask, Decimal, Id, Stamp, View
from tradecoin.domain.payout import Payout
from tradecoin.domain.references import masked_iban


class PayoutView(View):
    """Money on its way out. `subject` is the redemption or deposit it settles; the account is masked."""

    id: str = Field(examples=["po_01jbpk4m8wq7v3c2x9n5t6r8ya"])
    state: str = Field(examples=["booked"])
    cause: str = Field(examples=["redemption"])
    subject: str
    attempt: int
    end_to_end_id: str
    amount: Decimal
    currency: str = Field(examples=["EUR"])
    creditor: str
    iban: str
    file: str
    entry: str
    reason: str
    confirmations: list[str]
    execute_on: str = Field(examples=["2026-11-03"])
    created_at: Stamp
    updated_at: Stamp

    @classmethod
    def of(cls, row: Payout) -> Self:
        """Describe a payout."""
        return cls(
            id=row.id,
            state=row.state,
            cause=row.cause,
            subject=row.subject_id,
            attempt=row.attempt,
            end_to_end_id=row.end_to_end_id,
            amount=row.amount.text,
            currency=row.amount.currency.code,
            creditor=row.creditor,
            iban=masked_iban(row.iban),
            file=row.file_id,
            entry=row.entry_id,
            reason=row.reason,
            confirmations=list(row.confirmations),
            execute_on=row.execute_on.isoformat(),
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


class Repayment(Ask):
    """Where the money goes this time: an account of the same customer."""

    bank_account: Id
