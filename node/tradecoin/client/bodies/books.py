"""The ledger, the audit, and what operators see to."""

from typing import Any, TypedDict


class LedgerAccount(TypedDict):
    """One of the five accounts."""

    account: str
    normal: str
    balance: str
    currency: str


class JournalLine(TypedDict):
    """One leg of an entry."""

    account: str
    debit: str | None
    credit: str | None


class Journal(TypedDict):
    """An entry of the books."""

    seq: int
    event: str
    key: str
    subject: str
    lines: list[JournalLine]
    currency: str
    memo: str
    effective_at: str
    posted_at: str
    previous_hash: str
    hash: str


class TrialBalance(TypedDict):
    """Debits against credits."""

    debits: str
    credits: str
    difference: str
    currency: str


class AuditCheck(TypedDict):
    """One line of the audit."""

    name: str
    ok: bool
    expected: str
    actual: str


class Audit(TypedDict):
    """Bank, ledger and chain side by side."""

    ok: bool
    at_block: int
    at_statement: str
    checks: list[AuditCheck]


class Attempt(TypedDict):
    """One signed form of a transaction."""

    hash: str
    nonce: int
    max_fee: str
    priority_fee: str
    live: bool
    result: str
    created_at: str


class Transaction(TypedDict):
    """A transaction that the node wants on the chain once."""

    id: str
    state: str
    purpose: str
    subject: str
    sender: str
    to: str
    data: str
    deadline: str | None
    tx: str
    block: int | None
    problem: str
    created_at: str
    updated_at: str
    attempts: list[Attempt]


class Event(TypedDict):
    """A line of the feed."""

    seq: int
    type: str
    subject: str
    data: dict[str, Any]
    at: str


class ApiKey(TypedDict):
    """A key without its secret."""

    id: str
    client: str
    scopes: list[str]
    created_at: str
    revoked_at: str | None


class ApiKeyWithToken(TypedDict):
    """A key with its token."""

    id: str
    client: str
    scopes: list[str]
    created_at: str
    revoked_at: str | None
    token: str


class ClientOfNode(TypedDict):
    """Whoever has keys."""

    client: str
    scopes: list[str]
    keys: int
    revoked: int
