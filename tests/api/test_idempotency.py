"""The same key and the same body get the same answer, whoever asks how often and how fast."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest

from tests.api.kit import STRANGER, Ground, key, order
from tradecoin.api.idempotency import InFlight, Turns

PATH = "/v1/mint-orders"


def test_money_is_not_moved_without_a_key(ground: Ground) -> None:
    """Each route that moves money answers 400, whatever the body."""
    client = ground.client("client", "operator")
    for path in (
        PATH,
        "/v1/redemptions",
        "/v1/deposits/dp_1/assign",
        "/v1/deposits/dp_1/return",
        "/v1/payouts/po_1/repay",
    ):
        answer = client.post(path, json={})
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing"), path


def test_a_key_is_visible_text_of_a_bounded_length(ground: Ground) -> None:
    """Whatever could be cut, trimmed or misread on the way is refused."""
    client = ground.client("client")
    for bad in ("a b", "x" * 256, "\t"):
        answer = client.post(PATH, json=order(), headers=key(bad))
        assert answer.status_code == 400, bad
    assert client.post(PATH, json=order(), headers=key("x" * 255)).status_code == 201


def test_a_key_is_not_used_for_another_request(ground: Ground) -> None:
    """Another amount, another recipient, another thing acted on: 422, and nothing happens."""
    client = ground.client("client")
    client.post(PATH, json=order(), headers=key())
    for other in (order("100.01"), order(recipient=STRANGER.address)):
        answer = client.post(PATH, json=other, headers=key())
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    first, second = (client.post("/v1/customers", json={"name": name}).status_code for name in ("A", "B"))
    assert (first, second) == (201, 201)
    assert client.post("/v1/customers", json={"name": "A"}, headers=key("c")).status_code == 201
    assert client.post("/v1/customers", json={"name": "B"}, headers=key("c")).status_code == 422
    assert len(client.get(PATH).json()["data"]) == 1


def test_one_key_names_two_things_for_two_clients(ground: Ground) -> None:
    """A client cannot read or block another's answers by guessing keys."""
    first = ground.client("client").post(PATH, json=order(), headers=key())
    second = ground.client("client", name="other").post(PATH, json=order(), headers=key())
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


def test_a_replay_is_the_same_bytes(ground: Ground) -> None:
    """Also when the order has moved on, and when the JSON is written with other spaces and order of members."""
    client = ground.client("client")
    first = client.post(PATH, json=order(), headers=key())
    client.post(f"{PATH}/{first.json()['id']}/cancel")
    body = "{ " + ", ".join(f'"{name}": "{value}"' for name, value in reversed(order().items())) + " }"
    again = client.post(PATH, content=body, headers={**key(), "Content-Type": "application/json"})
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers


def test_a_refusal_is_not_kept(ground: Ground) -> None:
    """What was refused may be asked again with the same key once the reason is gone."""
    client = ground.client("client")
    ground.chain.facts = {"halted": ("paused",)}
    assert client.post(PATH, json=order(), headers=key()).status_code == 503
    ground.chain.facts = {}
    answer = client.post(PATH, json=order(), headers=key())
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers


def test_a_replay_needs_no_chain(ground: Ground) -> None:
    """A stored answer is given even while minting is off."""
    client = ground.client("client")
    first = client.post(PATH, json=order(), headers=key())
    ground.chain.facts = {"halted": ("paused",)}
    assert client.post(PATH, json=order(), headers=key()).content == first.content


def test_fifty_twins_make_one_order(ground: Ground) -> None:
    """All get 201 and the same bytes; one of them is the first."""
    clients = [ground.client("client") for _ in range(50)]
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda client: client.post(PATH, json=order(), headers=key()), clients))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert ground.store.read(lambda tx: tx.orders.count()) == 1


def test_a_twin_gives_up_after_its_wait() -> None:
    """It is told to ask again, and the next one finds the way free once the first is done."""
    turns, inside, leave = Turns(), Event(), Event()

    def first() -> None:
        with turns.take(("a",), wait_seconds=5):
            inside.set()
            leave.wait(5)

    thread = Thread(target=first)
    thread.start()
    inside.wait(5)
    with pytest.raises(InFlight), turns.take(("a",), wait_seconds=0):
        pass
    with turns.take(("b",), wait_seconds=0):
        leave.set()
    thread.join()
    with turns.take(("a",), wait_seconds=0):
        pass


def test_a_waiting_twin_is_answered_with_a_conflict(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """409 with Retry-After, while the first one is still at work."""
    monkeypatch.setattr("tradecoin.api.idempotency.WAIT_SECONDS", 0)
    client = ground.client("client")
    turns: Turns = ground.app.state.turns
    with turns.take(("client", f"POST {PATH}", "k1"), wait_seconds=0):
        answer = client.post(PATH, json=order(), headers=key())
    assert (answer.status_code, answer.json()["code"]) == (409, "request_in_flight")
    assert answer.json()["retryable"] is True
    assert answer.headers["retry-after"]
