"""Redemptions: coins a holder hands back for money at par."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tradecoin.domain.money import Coins
from tradecoin.domain.states import RedemptionState


class RedemptionMode(StrEnum):
    """How the coins come into escrow: by the holder's own transaction, or by a signed authorization that we relay."""

    DIRECT = "direct"
    GASLESS = "gasless"


class GiveBackReason(StrEnum):
    """Why coins are returned instead of paid; the order is that of the contract's enum `Reason`."""

    UNKNOWN_ACCOUNT = "unknown_account"
    REJECTED_BY_BANK = "rejected_by_bank"
    RETURNED_BY_BANK = "returned_by_bank"
    HOLDER_BLOCKED = "holder_blocked"
    REFUSED = "refused"
    OPERATOR = "operator"

    @property
    def number(self) -> int:
        """Its value in the contract."""
        return list(GiveBackReason).index(self)


@dataclass(frozen=True, slots=True)
class Redemption:
    """`request_id` is the contract's number, -1 before the request is seen; `payout` the hash of the account to be
    paid.

    `pays` is what the bank is to pay, less than the coins' worth only after a wind-down. An intent that a client
    announced and a request that a holder made without telling us end in the same row.
    """

    id: str
    version: int
    state: RedemptionState
    client: str
    mode: RedemptionMode
    holder: str
    amount: Coins
    bank_account_id: str
    payout: bytes
    salt: bytes
    request_id: int
    request_tx: str
    valid_before: datetime | None
    signature: bytes
    due_at: datetime | None
    overdue: bool
    protested: bool
    give_back_reason: str
    pays: Coins
    payout_id: str
    intent_id: str
    created_at: datetime
    updated_at: datetime
