"""Bodies of /transactions, /events, /clients, /api-keys, /audit and the probes."""

from typing import Any, Literal, Self

from pydantic import Field

from tradecoin.api.schemas.base import Address, Ask, Bytes, Stamp, Text, View, hexed
from tradecoin.domain.chain import TxAttempt, TxIntent
from tradecoin.domain.party import ApiKey
from tradecoin.ports.store import FeedItem


class AttemptView(View):
    """One signed form of a transaction; fees in wei a unit of gas."""

    hash: str
    nonce: int
    max_fee: str
    priority_fee: str
    live: bool
    result: str
    created_at: Stamp

    @classmethod
    def of(cls, row: TxAttempt) -> Self:
        """Describe an attempt."""
        return cls(
            hash=row.hash,
            nonce=row.nonce,
            max_fee=str(row.max_fee),
            priority_fee=str(row.priority_fee),
            live=row.live,
            result=row.result,
            created_at=row.created_at,
        )


class TransactionView(View):
    """A transaction that the node wants on the chain once."""

    id: str = Field(examples=["tx_01jbpk4m8wq7v3c2x9n5t6r8ya"])
    state: str = Field(examples=["final"])
    purpose: str = Field(examples=["mint"])
    subject: str
    sender: str = Field(examples=["relay"])
    to: Address
    data: Bytes
    deadline: Stamp | None
    tx: str
    block: int | None
    problem: str
    created_at: Stamp
    updated_at: Stamp
    attempts: list[AttemptView] = Field(default_factory=list)

    @classmethod
    def of(cls, row: TxIntent, attempts: list[AttemptView] | None = None) -> Self:
        """Describe a transaction."""
        return cls(
            id=row.id,
            state=row.state,
            purpose=row.purpose,
            subject=row.subject,
            sender=row.sender,
            to=row.to,
            data=hexed(row.data),
            deadline=row.deadline,
            tx=row.tx_hash,
            block=None if row.block_number < 0 else row.block_number,
            problem=row.problem,
            created_at=row.created_at,
            updated_at=row.updated_at,
            attempts=attempts or [],
        )


class EventView(View):
    """A line of the feed; `seq` has no holes for whoever sees all."""

    seq: int
    type: str = Field(examples=["mint_order.issued"])
    subject: str
    data: dict[str, Any]
    at: Stamp

    @classmethod
    def of(cls, item: FeedItem) -> Self:
        """Describe a line."""
        return cls(seq=item.seq, type=item.type, subject=item.subject, data=item.data, at=item.at)


class EventsView(View):
    """Lines in their sequence; `next` is the `after` that goes on from here, also on the last page."""

    data: list[EventView]
    next: str


class NewApiKey(Ask):
    """A key for a client; the client exists from its first key on."""

    client: Text = Field(examples=["shop"])
    scopes: list[Literal["client", "operator", "approver", "attestor", "auditor", "admin"]] = Field(min_length=1)


class ApiKeyView(View):
    """A key without its secret."""

    id: str = Field(examples=["ak_01jbpk4m8wq7v3c2x9n5t6r8ya"])
    client: str
    scopes: list[str]
    created_at: Stamp
    revoked_at: Stamp | None

    @classmethod
    def of(cls, row: ApiKey) -> Self:
        """Describe a key."""
        return cls(**_key(row))


class MadeApiKey(ApiKeyView):
    """A key with its token, shown this once."""

    token: str = Field(examples=["tck_<id>_<secret>"])

    @classmethod
    def with_token(cls, row: ApiKey, token: str) -> Self:
        """Describe a new key."""
        return cls(**_key(row), token=token)


def _key(row: ApiKey) -> dict[str, Any]:
    """Return what both views share."""
    return {
        "id": row.id,
        "client": row.client,
        "scopes": list(row.scopes),
        "created_at": row.created_at,
        "revoked_at": row.revoked_at,
    }


class ClientView(View):
    """A client: whoever has keys."""

    client: str
    scopes: list[str]
    keys: int
    revoked: int


class ClientsView(View):
    """All clients by name."""

    data: list[ClientView]


class CheckView(View):
    """One line of the audit."""

    name: str
    ok: bool
    expected: str
    actual: str


class AuditView(View):
    """Bank, ledger and chain side by side; `ok` when every line is."""

    ok: bool
    at_block: int
    at_statement: str
    checks: list[CheckView]


class HealthView(View):
    """Whether the node can work, and what fails if not."""

    ok: bool
    failing: list[str]
