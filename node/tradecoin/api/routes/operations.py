"""/transactions, /clients, /api-keys: what operators and administrators see to."""

from collections import defaultdict

from fastapi import APIRouter, Response
from pydantic import BaseModel

from tradecoin.api.auth import Admin, Operator, Reader
from tradecoin.api.documents import errors
from tradecoin.api.idempotency import MaybeKeyed
from tradecoin.api.paging import Page, Pages, page
from tradecoin.api.problems import at
from tradecoin.api.schemas.mint_order import Reason
from tradecoin.api.schemas.system import (
    ApiKeyView,
    AttemptView,
    ClientsView,
    ClientView,
    MadeApiKey,
    NewApiKey,
    TransactionView,
)
from tradecoin.api.services import Use
from tradecoin.domain.party import ApiKey
from tradecoin.domain.states import IntentState
from tradecoin.flow.api_key import make_key, revoke_key
from tradecoin.flow.intents import withdraw
from tradecoin.ports.store import Tx

router = APIRouter(prefix="/v1", tags=["operations"])


@router.get("/transactions", responses=errors("cursor_invalid"))
def transactions(
    who: Reader, services: Use, paging: Pages, state: IntentState | None = None, purpose: str | None = None
) -> Page[TransactionView]:
    """List the transactions that the node wanted on the chain, oldest first."""
    return services.store.read(lambda tx: page(tx.intents, TransactionView.of, paging, state=state, purpose=purpose))


@router.get("/transactions/{transaction_id}", responses=errors("not_found"))
def transaction(transaction_id: str, who: Reader, services: Use) -> TransactionView:
    """Show a transaction with every form of it that was signed."""
    return services.store.read(lambda tx: _transaction(tx, transaction_id))


def _transaction(tx: Tx, transaction_id: str) -> TransactionView:
    """Describe a transaction with its attempts."""
    row = tx.intents.get(transaction_id)
    return TransactionView.of(row, [AttemptView.of(each) for each in tx.attempts.list(intent_id=row.id)])


@router.post(
    "/transactions/{transaction_id}/cancel",
    response_model=TransactionView,
    responses=errors("not_found", "illegal_transition", "body_not_json"),
)
def cancel(transaction_id: str, who: Operator, services: Use, once: MaybeKeyed, body: Reason) -> Response:
    """Take a transaction back; one that was signed is replaced by a self-transfer, and may still be the one mined."""

    def effect(tx: Tx) -> BaseModel:
        withdraw(tx=tx, intent_id=transaction_id, reason=body.reason, actor=who.client)
        return _transaction(tx, transaction_id)

    return once.write(who.client, effect, status=200)


@router.get("/clients", responses=errors())
def clients(who: Admin, services: Use) -> ClientsView:
    """List the clients by name, with what their valid keys allow."""
    found: dict[str, list[ApiKey]] = defaultdict(list)
    for row in services.store.read(lambda tx: tx.api_keys.list(limit=1_000_000)):
        found[row.client].append(row)
    return ClientsView(data=[_client(name, keys) for name, keys in sorted(found.items())])


def _client(name: str, keys: list[ApiKey]) -> ClientView:
    """Describe a client by its keys."""
    valid = [key for key in keys if key.revoked_at is None]
    scopes = sorted({scope for key in valid for scope in key.scopes})
    return ClientView(client=name, scopes=scopes, keys=len(valid), revoked=len(keys) - len(valid))


@router.get("/api-keys", responses=errors("cursor_invalid"))
def api_keys(who: Admin, services: Use, paging: Pages, client: str | None = None) -> Page[ApiKeyView]:
    """List keys, oldest first; never a secret."""
    return services.store.read(lambda tx: page(tx.api_keys, ApiKeyView.of, paging, client=client))


@router.post("/api-keys", status_code=201, responses=errors("api_key_invalid", "body_not_json"))
def add_api_key(who: Admin, services: Use, body: NewApiKey) -> MadeApiKey:
    """Make a key. Its token is in this answer and nowhere else, so this answer is never replayed."""

    def change(tx: Tx) -> MadeApiKey:
        with at("/client"):
            row, token = make_key(tx, body.client, body.scopes, actor=who.client)
        return MadeApiKey.with_token(row, token)

    return services.store.write(change)


@router.post("/api-keys/{key_id}/revoke", response_model=ApiKeyView, responses=errors("not_found", "conflict"))
def end_api_key(key_id: str, who: Admin, services: Use, once: MaybeKeyed) -> Response:
    """End a key at once."""

    def effect(tx: Tx) -> BaseModel:
        return ApiKeyView.of(revoke_key(tx, key_id, actor=who.client))

    return once.write(who.client, effect, status=200)
