"""POST and GET /v1/mint-orders."""

import time
from typing import Any

import pytest

from tests.api.kit import HOLDER, TOKEN, Ground, camt054, key, order


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"amount": "100.001"}, "amount_too_many_decimals", "/amount"),
        ({"amount": "-1.00"}, "amount_malformed", "/amount"),
        ({"amount": "1e3"}, "amount_malformed", "/amount"),
        ({"amount": "0.00"}, "refused", "/amount"),
        ({"amount": "9" * 30}, "amount_out_of_range", "/amount"),
        ({"amount": 100}, "request_invalid", "/amount"),
        ({"currency": "XXX"}, "currency_unknown", "/currency"),
        ({"currency": "USD"}, "refused", "/amount"),
        ({"recipient": "0x" + "00" * 20}, "recipient_invalid", "/recipient"),
        ({"recipient": TOKEN}, "recipient_invalid", "/recipient"),
        ({"recipient": "0x123"}, "recipient_invalid", "/recipient"),
        ({"recipient": HOLDER.address.swapcase().replace("0X", "0x")}, "recipient_invalid", "/recipient"),
        ({"colour": "red"}, "request_invalid", "/colour"),
    ],
)
def test_a_wrong_order_is_refused_by_name(ground: Ground, changes: dict[str, Any], code: str, pointer: str) -> None:
    """Each refusal is a 422 with its code and the member it is about, and nothing was ordered."""
    client = ground.client("client")
    answer = client.post("/v1/mint-orders", json=order(**changes), headers=key())
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert client.get("/v1/mint-orders").json() == {"data": [], "next": None}


@pytest.mark.parametrize("fact", ["paused", "overdue", "brake", "wound_down"])
def test_no_order_is_taken_while_minting_is_off_for_longer(ground: Ground, fact: str) -> None:
    """The answer is 503 with the facts, worth another try later."""
    ground.chain.facts = {"halted": ("stale", fact)}
    answer = ground.client("client").post("/v1/mint-orders", json=order(), headers=key())
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["retryable"]) == (503, "minting_halted", True)
    assert problem["facts"] == {"halted": [fact]}
    assert answer.headers["retry-after"]


def test_no_order_is_taken_while_the_books_differ(ground: Ground) -> None:
    """A mismatch found by an attestation is a fact like those of the contract, also while the chain is silent."""
    ground.chain.unreachable = True
    ground.store.write(lambda tx: tx.set_value("mint.stopped", "bank reserve: 1 outside, 2 in the books"))
    answer = ground.client("client").post("/v1/mint-orders", json=order(), headers=key())
    assert answer.status_code == 503
    assert "bank reserve" in answer.json()["facts"]["halted"][0]


def test_the_chain_is_not_asked_for_every_order(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """While all is well once a second is enough; a halt is seen as soon as the second is over."""
    moment = time.monotonic()
    monkeypatch.setattr("tradecoin.api.halts.time.monotonic", lambda: moment)
    client = ground.client("client")
    assert client.post("/v1/mint-orders", json=order(), headers=key("a")).status_code == 201
    ground.chain.facts = {"halted": ("paused",)}
    assert client.post("/v1/mint-orders", json=order(), headers=key("b")).status_code == 201
    moment += 2
    assert client.post("/v1/mint-orders", json=order(), headers=key("c")).status_code == 503


def test_an_order_is_taken_before_the_first_attestation(ground: Ground) -> None:
    """Staleness passes with the attestation that travels with the mint, and a silent chain is no reason either."""
    client = ground.client("client")
    first = client.post("/v1/mint-orders", json=order(), headers=key("a"))
    ground.chain.unreachable = True
    second = client.post("/v1/mint-orders", json=order(), headers=key("b"))
    assert (first.status_code, second.status_code) == (201, 201)


def test_an_order_names_the_reference_that_the_payment_must_carry(ground: Ground) -> None:
    """The body is the one that scripts rely on."""
    made = ground.client("client").post("/v1/mint-orders", json=order(), headers=key()).json()
    assert made["id"].startswith("mo_")
    assert made["reference"].startswith("RF")
    assert made["created_at"] == "2026-03-02T12:00:00.000Z"
    named = ("state", "issuance_ref", "amount", "currency", "recipient", "tx")
    assert [made[name] for name in named] == ["awaiting_funds", "", "100.00", "EUR", HOLDER.address, ""]


def test_another_clients_order_is_not_there(ground: Ground) -> None:
    """Neither by id, nor in the list, nor to cancel; an operator sees it."""
    made = ground.client("client").post("/v1/mint-orders", json=order(), headers=key()).json()
    other = ground.client("client", name="other")
    path = f"/v1/mint-orders/{made['id']}"
    assert [other.get(path).status_code, other.post(f"{path}/cancel").status_code] == [404, 404]
    assert other.get(f"{path}/timeline").status_code == 404
    assert other.get("/v1/mint-orders").json()["data"] == []
    assert ground.client("operator").get(path).json() == made


def test_an_order_is_cancelled_once(ground: Ground) -> None:
    """A second time it is a conflict, and the timeline has one step."""
    client = ground.client("client")
    made = client.post("/v1/mint-orders", json=order(), headers=key()).json()
    path = f"/v1/mint-orders/{made['id']}"
    assert client.post(f"{path}/cancel").json()["state"] == "cancelled"
    again = client.post(f"{path}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "illegal_transition")
    steps = client.get(f"{path}/timeline").json()["data"]
    assert [(step["from_state"], step["to_state"], step["actor"]) for step in steps] == [
        ("awaiting_funds", "cancelled", "client")
    ]


def test_nobody_approves_an_order_of_their_own(ground: Ground) -> None:
    """A large order waits for a second person, and the maker is not one, whatever the key allows."""
    maker = ground.client("client", "operator", "approver", name="maker")
    made = maker.post("/v1/mint-orders", json=order("200000.00"), headers=key()).json()
    maker.post("/v1/bank-messages", content=camt054(("200000.00", "B1", made["reference"])))
    path = f"/v1/mint-orders/{made['id']}"
    assert maker.get(path).json()["state"] == "in_review"
    own = maker.post(f"{path}/approvals", json={"approve": True, "reason": "mine"})
    assert (own.status_code, own.json()["code"]) == (403, "forbidden")
    second = ground.client("approver").post(f"{path}/approvals", json={"approve": True, "reason": "checked"})
    assert (second.status_code, second.json()["state"]) == (200, "approved")


def test_a_caller_may_wait_for_the_end_of_an_order(ground: Ground) -> None:
    """`Prefer: wait` holds the answer back until the time is up, or until nothing can follow."""
    client = ground.client("client")
    begin = time.monotonic()
    made = client.post("/v1/mint-orders", json=order(), headers={**key(), "Prefer": "wait=1"})
    assert made.status_code == 201
    assert made.headers["preference-applied"] == "wait=1"
    assert 1 <= time.monotonic() - begin < 5
    path = f"/v1/mint-orders/{made.json()['id']}"
    client.post(f"{path}/cancel")
    begin = time.monotonic()
    assert client.get(path, headers={"Prefer": "wait=30"}).json()["state"] == "cancelled"
    assert time.monotonic() - begin < 5


def test_pages_stay_right_while_orders_are_added(ground: Ground) -> None:
    """Following `next` shows every order once, in the order in which they were made."""
    client = ground.client("client")
    made = [client.post("/v1/mint-orders", json=order(), headers=key(f"{n}")).json()["id"] for n in range(5)]
    seen: list[str] = []
    after = ""
    while True:
        got = client.get("/v1/mint-orders", params={"limit": 2, "after": after}).json()
        seen += [each["id"] for each in got["data"]]
        if len(seen) == 2:
            made.append(client.post("/v1/mint-orders", json=order(), headers=key("late")).json()["id"])
        if got["next"] is None:
            break
        after = got["next"]
    assert seen == made
    assert client.get("/v1/mint-orders", params={"after": "é"}).json()["code"] == "cursor_invalid"


def test_a_payment_with_a_wallets_reference_is_the_clients_order(ground: Ground) -> None:
    """What the bank started for a customer belongs to the client whose customer it is."""
    client = ground.client("client")
    operator = ground.client("operator")
    customer = client.post("/v1/customers", json={"name": "Ada"}).json()["id"]
    reference = _wallet(ground, customer)
    operator.post("/v1/bank-messages", content=camt054(("50.00", "B1", reference)))
    orders = client.get("/v1/mint-orders").json()["data"]
    assert [(each["amount"], each["state"]) for each in orders] == [("50.00", "approved")]
    assert client.get(f"/v1/mint-orders/{orders[0]['id']}").status_code == 200
    assert ground.client("client", name="other").get("/v1/mint-orders").json()["data"] == []


def _wallet(ground: Ground, customer: str) -> str:
    """Register the holder's wallet and return its reference."""
    from tests.api.test_parties import signed_challenge

    body = signed_challenge(ground.client("client"), customer)
    answer = ground.client("client").post("/v1/wallets", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["reference"])
