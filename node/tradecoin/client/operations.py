"""Transactions and keys: for operators and administrators."""

from collections.abc import Iterator, Sequence
from typing import cast

from tradecoin.client.bodies import ApiKey, ApiKeyWithToken, ClientOfNode, Transaction
from tradecoin.client.session import Session


class Transactions:
    """/v1/transactions."""

    def __init__(self, session: Session) -> None:
        """Use the session."""
        self._session = session

    def get(self, transaction_id: str) -> Transaction:
        """Read a transaction with its attempts."""
        return cast(Transaction, self._session.get(f"/v1/transactions/{transaction_id}"))

    def list(self, *, state: str | None = None, purpose: str | None = None) -> Iterator[Transaction]:
        """Read every transaction that fits, oldest first."""
        return cast(Iterator[Transaction], self._session.pages("/v1/transactions", state=state, purpose=purpose))

    def cancel(self, transaction_id: str, *, reason: str) -> Transaction:
        """Take a transaction back."""
        path = f"/v1/transactions/{transaction_id}/cancel"
        return cast(Transaction, self._session.post(path, {"reason": reason}))


class ApiKeys:
    """/v1/api-keys and /v1/clients."""

    def __init__(self, session: Session) -> None:
        """Use the session."""
        self._session = session

    def create(self, *, client: str, scopes: Sequence[str]) -> ApiKeyWithToken:
        """Make a key; its token is in this answer and nowhere else."""
        body = {"client": client, "scopes": list(scopes)}
        return cast(ApiKeyWithToken, self._session.post_once("/v1/api-keys", body))

    def list(self, *, client: str | None = None) -> Iterator[ApiKey]:
        """Read every key that fits, oldest first."""
        return cast(Iterator[ApiKey], self._session.pages("/v1/api-keys", client=client))

    def revoke(self, key_id: str) -> ApiKey:
        """End a key."""
        return cast(ApiKey, self._session.post(f"/v1/api-keys/{key_id}/revoke"))

    def clients(self) -> Sequence[ClientOfNode]:
        """Read who has keys."""
        return cast(Sequence[ClientOfNode], self._session.get("/v1/clients")["data"])
