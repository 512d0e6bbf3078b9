"""Keys, scopes, and what needs none."""

import httpx
import pytest

from tests.api.kit import Ground, ground_over, key, order
from tests.stores import HandClock
from tradecoin.flow.api_key import BadKeyRequest, make_key
from tradecoin.ports.store import Store

PUBLIC = [
    "/livez",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/v1/reserves",
    "/v1/supply",
    "/v1/status",
    "/v1/contracts",
    "/v1/token-card",
    "/v1/attestations",
]
CLOSED = [
    "/v1/mint-orders",
    "/v1/deposits",
    "/v1/redemptions",
    "/v1/payouts",
    "/v1/customers",
    "/v1/bank-accounts",
    "/v1/wallets",
    "/v1/bank-messages",
    "/v1/ledger/accounts",
    "/v1/ledger/journals",
    "/v1/ledger/trial-balance",
    "/v1/transactions",
    "/v1/events",
    "/v1/clients",
    "/v1/api-keys",
    "/v1/audit",
]


@pytest.mark.parametrize("path", CLOSED)
def test_what_is_not_public_needs_a_key(ground: Ground, path: str) -> None:
    """401 with the scheme to use; which part of a key is wrong is not told."""
    for header in ("", "Bearer x", "Bearer tck_" + "0" * 26 + "_" + "0" * 64, "Basic eDp5"):
        answer = ground.client().get(path, headers={"Authorization": header} if header else {})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", PUBLIC)
def test_what_is_public_needs_none(ground: Ground, path: str) -> None:
    """Anybody may check the reserves."""
    assert ground.client().get(path).status_code == 200


def test_a_wrong_secret_of_a_known_key_is_refused(ground: Ground) -> None:
    """The id alone opens nothing."""
    ground.client("client")
    token = ground.tokens["client:client"]
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert ground.client().get("/v1/mint-orders", headers={"Authorization": f"Bearer {wrong}"}).status_code == 401


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("client", "GET", "/v1/deposits"),
        ("client", "GET", "/v1/payouts"),
        ("client", "GET", "/v1/audit"),
        ("client", "GET", "/v1/ledger/journals"),
        ("client", "GET", "/v1/transactions"),
        ("client", "GET", "/v1/api-keys"),
        ("client", "POST", "/v1/bank-messages"),
        ("client", "POST", "/v1/attestations"),
        ("client", "POST", "/v1/mint-orders/mo_1/approvals"),
        ("operator", "POST", "/v1/mint-orders/mo_1/approvals"),
        ("operator", "POST", "/v1/redemptions/rd_1/approvals"),
        ("operator", "GET", "/v1/api-keys"),
        ("approver", "POST", "/v1/mint-orders"),
        ("auditor", "POST", "/v1/mint-orders"),
        ("auditor", "POST", "/v1/deposits/dp_1/return"),
        ("attestor", "GET", "/v1/mint-orders"),
        ("admin", "POST", "/v1/deposits/dp_1/assign"),
    ],
)
def test_a_key_does_only_what_its_scopes_say(ground: Ground, scope: str, method: str, path: str) -> None:
    """Nobody gets by with another role's key."""
    answer = ground.client(scope).request(method, path, headers=key(), json={} if method == "POST" else None)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_key_is_made_shown_once_and_ended(ground: Ground) -> None:
    """The token works at once, is in no list, and stops working when it is revoked."""
    admin = ground.client("admin")
    made = admin.post("/v1/api-keys", json={"client": "shop", "scopes": ["client"]})
    assert made.status_code == 201
    token = made.json()["token"]
    shop = httpx.Client(
        transport=ground.transport, base_url="http://node", headers={"Authorization": f"Bearer {token}"}
    )
    assert shop.post("/v1/mint-orders", json=order(), headers=key()).status_code == 201
    assert token.rpartition("_")[2] not in admin.get("/v1/api-keys").text
    clients = {each["client"]: each for each in admin.get("/v1/clients").json()["data"]}
    assert clients["shop"] == {"client": "shop", "scopes": ["client"], "keys": 1, "revoked": 0}
    path = f"/v1/api-keys/{made.json()['id']}/revoke"
    assert admin.post(path).json()["revoked_at"] == "2026-03-02T12:00:00.000Z"
    assert admin.post(path).status_code == 409
    assert shop.get("/v1/mint-orders").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"client": "node", "scopes": ["client"]},
        {"client": "Shop!", "scopes": ["client"]},
        {"client": "shop", "scopes": []},
        {"client": "shop", "scopes": ["root"]},
    ],
)
def test_a_key_that_cannot_be_is_not_made(ground: Ground, body: dict[str, object]) -> None:
    """A client that is called like the node itself could approve in its name."""
    assert ground.client("admin").post("/v1/api-keys", json=body).status_code == 422


def test_the_store_keeps_no_secret(store: Store) -> None:
    """What is kept of a key is a hash; unknown scopes make no key."""
    row, token = store.write(lambda tx: make_key(tx, "shop", ["client", "client"]))
    assert token.rpartition("_")[2] not in repr(row)
    assert row.scopes == ("client",)
    with pytest.raises(BadKeyRequest):
        store.write(lambda tx: make_key(tx, "shop", ["root"]))


def test_the_devnets_routes_exist_in_a_devnet_only(store: Store, clock: HandClock) -> None:
    """Elsewhere nobody moves the clock, and nothing says that anybody could."""
    with ground_over(store, clock, devnet=False) as ground:
        for path in ("clock", "mine", "reorg", "credit", "misbehave"):
            assert ground.client("admin").post(f"/v1/_devnet/{path}", json={}).status_code == 404
        assert ground.client().get("/v1/_devnet/invariants").status_code == 404
        assert "_devnet" not in ground.client().get("/openapi.json").text
