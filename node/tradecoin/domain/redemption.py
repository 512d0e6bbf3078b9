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
    """Why coins are returned instead of paid; the order is the contract's enum."""

    UNKNOWN_ACCOUNT = "unknown_account"
    BANK_REFUSED = "bank_refused"
    COMPLIANCE = "compliance"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Redemption:
    """`request_id` is the contract's number, -1 before the request is seen; `payout` the hash of the account to be paid.

    An intent that a client announced and a request that a holder made without telling us end in the same row.
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
    payout_id: str
    intent_id: str
    created_at: datetime
    updated_at: datetime
