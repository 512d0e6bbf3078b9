"""Bodies of /redemptions."""

from typing import Any, Literal, Self

from pydantic import Field

from tradecoin.api.schemas.base import Address, Amount, Ask, Bytes, Decimal, Id, Stamp, View, hexed
from tradecoin.domain.redemption import Redemption
from tradecoin.domain.terms import Terms
from tradecoin.flow.redemption import Prepared


class NewRedemption(Ask):
    """A wish to have coins paid out. `direct`: the holder sends the transactions; `gasless`: the holder only signs."""

    holder: Address
    amount: Amount
    bank_account: Id
    mode: Literal["direct", "gasless"]


class CallView(View):
    """A transaction that the holder sends."""

    to: Address
    data: Bytes


class Calldata(View):
    """The two transactions of a direct redemption, in their order."""

    approve: CallView
    request: CallView


class RedemptionView(View):
    """A redemption. `request_id` is the contract's number, null before that is final; `pays` is what the bank pays."""

    id: str = Field(examples=["rd_01jbpk4m8wq7v3c2x9n5t6r8ya"])
    state: str = Field(examples=["created"])
    mode: str = Field(examples=["gasless"])
    holder: Address
    amount: Decimal
    bank_account: str
    payout: Bytes
    request_id: int | None
    request_tx: str
    payout_id: str
    pays: Decimal
    due_at: Stamp | None
    overdue: bool
    protested: bool
    reason: str
    valid_before: Stamp | None
    created_at: Stamp
    updated_at: Stamp

    @classmethod
    def of(cls, row: Redemption, terms: Terms) -> Self:
        """Describe a redemption; amounts in whole tokens."""
        return cls(**_members(row, terms))


class PreparedView(RedemptionView):
    """A redemption with what the holder does next: `calldata` when direct, `typed_data` (EIP-712) when gasless."""

    salt: Bytes
    calldata: Calldata | None
    typed_data: dict[str, Any] | None

    @classmethod
    def of_prepared(cls, ready: Prepared, terms: Terms) -> Self:
        """Describe an announced redemption."""
        calls = [CallView(to=to, data=hexed(data)) for to, data in ready.calls]
        return cls(
            **_members(ready.redemption, terms),
            salt=hexed(ready.redemption.salt),
            calldata=Calldata(approve=calls[0], request=calls[1]) if calls else None,
            typed_data=None if ready.typed_data is None else ready.typed_data.as_dict(),
        )


class HolderSignature(Ask):
    """The holder's signature over `typed_data`: 65 bytes, or whatever the holder's contract takes."""

    signature: str = Field(pattern=r"^0x([0-9a-fA-F]{2}){1,4096}$", examples=["0x" + "5c" * 64 + "1b"])


def _members(row: Redemption, terms: Terms) -> dict[str, Any]:
    """Return what both views share."""
    return {
        "id": row.id,
        "state": row.state,
        "mode": row.mode,
        "holder": row.holder,
        "amount": terms.scale.text(row.amount),
        "bank_account": row.bank_account_id,
        "payout": hexed(row.payout),
        "request_id": None if row.request_id < 0 else row.request_id,
        "request_tx": row.request_tx,
        "payout_id": row.payout_id,
        "pays": terms.scale.text(row.pays),
        "due_at": row.due_at,
        "overdue": row.overdue,
        "protested": row.protested,
        "reason": row.give_back_reason,
        "valid_before": row.valid_before,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
