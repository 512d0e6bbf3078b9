"""Mint orders, the vouchers that the bank side signs for them, and the batches that carry vouchers to the chain."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tradecoin.domain.money import Coins, Money
from tradecoin.domain.states import BatchState, OrderState

MAX_VOUCHERS: Final = 250
"""Most vouchers in one batch: a public chain caps a transaction near 16.7 million gas."""


@dataclass(frozen=True, slots=True)
class MintOrder:
    """A wish to have `amount` minted to `recipient`.

    `reference` is the payment reference that commits to the recipient (opened by `nonce`). `issuance_ref` is fixed
    once the order has its deposit; the contract's `Issued` event carries it back. `parked_from` remembers where a
    parked order stood. An order with no amount of its own (`open_amount`) takes the whole booked credit.
    """

    id: str
    version: int
    state: OrderState
    client: str
    wallet_id: str
    recipient: str
    amount: Money
    open_amount: bool
    reference: str
    nonce: bytes
    deposit_id: str
    batch_id: str
    issuance_ref: bytes
    tx_hash: str
    parked_from: str
    parked_reason: str
    approved_by: str
    expires_at: datetime
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Voucher:
    """One line of what the bank signers sign: `amount` of the credit `deposit`, from `offset` on, becomes coins of
    `to`.

    Amounts in the token's base units; `value` is the whole credit.
    """

    deposit: bytes
    value: Coins
    offset: Coins
    amount: Coins
    to: str
    order: bytes


@dataclass(frozen=True, slots=True)
class MintBatch:
    """Vouchers that go to the chain together. `signatures` are packed, 64 bytes a signer, signers ascending."""

    id: str
    version: int
    state: BatchState
    signer_set: int
    expires_at: datetime
    vouchers: tuple[Voucher, ...]
    total: Coins
    signatures: bytes
    signers: tuple[str, ...]
    attestation_id: str
    intent_id: str
    problem: str
    created_at: datetime
    updated_at: datetime
