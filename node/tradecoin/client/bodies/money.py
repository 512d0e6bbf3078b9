"""Orders, deposits, bank messages, redemptions and payouts."""

from typing import Any, TypedDict


class MintOrder(TypedDict):
    """An order; `reference` is what the payment must carry."""

    id: str
    state: str
    reference: str
    issuance_ref: str
    amount: str
    currency: str
    recipient: str
    created_at: str
    tx: str
    deposit: str
    batch: str
    parked_reason: str
    approved_by: str
    expires_at: str
    updated_at: str


class Step(TypedDict):
    """One arrow that was walked."""

    from_state: str
    to_state: str
    cause: str
    actor: str
    at: str


class Deposit(TypedDict):
    """A credit on the reserve account."""

    id: str
    state: str
    key: str
    entry: str
    reference: str
    bank_reference: str
    amount: str
    currency: str
    allocated: str
    minted: str
    remittance: str
    debtor: str
    debtor_iban: str
    reason: str
    assigned_by: str
    booked_at: str
    created_at: str
    updated_at: str


class Entry(TypedDict):
    """A booking that a message brought."""

    id: str
    amount: str
    currency: str
    credit: bool
    status: str
    reference: str
    state: str


class Imported(TypedDict):
    """What came of a message."""

    id: str
    kind: str
    sha256: str
    duplicate: bool
    entries: list[Entry]
    skipped_accounts: int


class BankMessage(TypedDict):
    """A message as it was recorded."""

    id: str
    kind: str
    message_id: str
    sha256: str
    source: str
    bytes: int
    received_at: str


class TransactionCall(TypedDict):
    """A transaction that the holder sends."""

    to: str
    data: str


class Calldata(TypedDict):
    """The two transactions of a direct redemption, in their order."""

    approve: TransactionCall
    request: TransactionCall


class Redemption(TypedDict):
    """Coins on their way back."""

    id: str
    state: str
    mode: str
    holder: str
    amount: str
    bank_account: str
    payout: str
    request_id: int | None
    request_tx: str
    payout_id: str
    pays: str
    due_at: str | None
    overdue: bool
    protested: bool
    reason: str
    valid_before: str | None
    created_at: str
    updated_at: str


class PreparedRedemption(TypedDict):
    """A redemption with what the holder does next."""

    id: str
    state: str
    mode: str
    holder: str
    amount: str
    bank_account: str
    payout: str
    request_id: int | None
    request_tx: str
    payout_id: str
    pays: str
    due_at: str | None
    overdue: bool
    protested: bool
    reason: str
    valid_before: str | None
    created_at: str
    updated_at: str
    salt: str
    calldata: Calldata | None
    typed_data: dict[str, Any] | None


class Payout(TypedDict):
    """Money on its way out."""

    id: str
    state: str
    cause: str
    subject: str
    attempt: int
    end_to_end_id: str
    amount: str
    currency: str
    creditor: str
    iban: str
    file: str
    entry: str
    reason: str
    confirmations: list[str]
    execute_on: str
    created_at: str
    updated_at: str
