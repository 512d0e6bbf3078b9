"""/v1/redemptions: intents, signatures, and who may see them."""

from typing import Any

import pytest

from tests.api.kit import HOLDER, PAYEE, TOKEN, Ground, key
from tradecoin.ports.chain import ContractRefused

PATH = "/v1/redemptions"


def _account(ground: Ground, name: str = "client") -> str:
    """Register an account to be paid out to."""
    client = ground.client("client", name=name)
    customer = client.post("/v1/customers", json={"name": "Ada"}).json()["id"]
    body = {"customer_id": customer, "iban": PAYEE, "town": "Berlin"}
    return str(client.post("/v1/bank-accounts", json=body).json()["id"])


def _wish(account: str, **changes: Any) -> dict[str, Any]:
    """Return the body of a redemption."""
    return {"holder": HOLDER.address, "amount": "25.00", "bank_account": account, "mode": "gasless", **changes}


@pytest.mark.parametrize(
    ("changes", "status", "code", "pointer"),
    [
        ({"amount": "0"}, 422, "refused", "/amount"),
        ({"amount": "0.50"}, 422, "refused", "/amount"),
        ({"amount": "10.001"}, 422, "amount_not_representable", "/amount"),
        ({"amount": "10.0000001"}, 422, "amount_too_many_decimals", "/amount"),
        ({"amount": "-1"}, 422, "amount_malformed", "/amount"),
        ({"amount": "9" * 40}, 422, "amount_out_of_range", "/amount"),
        ({"amount": 25}, 422, "request_invalid", "/amount"),
        ({"holder": TOKEN}, 422, "recipient_invalid", "/holder"),
        ({"bank_account": "ba_unknown"}, 404, "not_found", "/bank_account"),
        ({"mode": "fast"}, 422, "request_invalid", "/mode"),
        ({"iban": PAYEE}, 422, "request_invalid", "/iban"),
    ],
)
def test_a_wrong_redemption_is_refused_by_name(
    ground: Ground, changes: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    """Zero, dust, a fraction of a cent, an unknown account: each has its code and pointer, and nothing is stored."""
    client = ground.client("client")
    answer = client.post(PATH, json=_wish(_account(ground), **changes), headers=key())
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert client.get(PATH).json()["data"] == []


def test_another_clients_account_is_unknown(ground: Ground) -> None:
    """Nobody redeems to an account that they did not register."""
    answer = ground.client("client").post(PATH, json=_wish(_account(ground, "other")), headers=key())
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_silent_chain_is_worth_another_try(ground: Ground) -> None:
    """The least amount stands in the contract; 503, and the same key works later."""
    account, client = _account(ground), ground.client("client")
    ground.chain.unreachable = True
    answer = client.post(PATH, json=_wish(account), headers=key())
    assert (answer.status_code, answer.json()["code"]) == (503, "chain_unreachable")
    ground.chain.unreachable = False
    assert client.post(PATH, json=_wish(account), headers=key()).status_code == 201


def test_a_direct_redemption_comes_with_two_calls(ground: Ground) -> None:
    """The holder approves, then requests; a replay is the same bytes, salt included."""
    client, body = ground.client("client"), _wish(_account(ground), mode="direct")
    made = client.post(PATH, json=body, headers=key())
    told = made.json()
    assert set(told) >= {"id", "payout", "salt", "calldata", "typed_data"}
    assert set(told["calldata"]) == {"approve", "request"}
    assert told["calldata"]["request"]["data"].startswith("0x")
    assert told["typed_data"] is None
    assert client.post(PATH, json=body, headers=key()).content == made.content


def test_a_gasless_redemption_comes_with_what_to_sign(ground: Ground) -> None:
    """The typed data names holder, amount and token; nothing else is needed to sign it."""
    told = ground.client("client").post(PATH, json=_wish(_account(ground)), headers=key()).json()
    assert told["calldata"] is None
    assert told["typed_data"]["primaryType"] == "ReceiveWithAuthorization"
    assert told["typed_data"]["message"]["from"] == HOLDER.address
    assert told["typed_data"]["message"]["value"] == "25000000"
    assert told["typed_data"]["domain"]["verifyingContract"] == TOKEN
    assert (told["state"], told["amount"], told["request_id"]) == ("created", "25.000000", None)


def test_a_signature_that_the_contract_refuses_is_refused(ground: Ground) -> None:
    """The contract's own words come back, and the holder may sign again."""
    client = ground.client("client")
    made = client.post(PATH, json=_wish(_account(ground)), headers=key()).json()

    def refusing(*_: object) -> Any:
        raise ContractRefused("the call would revert: InvalidSignature", error="InvalidSignature", arguments={})

    honest, ground.chain.code = ground.chain.code, refusing
    body = {"signature": "0x" + "11" * 65}
    answer = client.post(f"{PATH}/{made['id']}/signature", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "contract_refused")
    assert answer.json()["facts"]["error"] == "InvalidSignature"
    ground.chain.code = honest
    signed = client.post(f"{PATH}/{made['id']}/signature", json=body, headers=key("s"))
    assert (signed.status_code, signed.json()["state"]) == (200, "requested")
    assert client.post(f"{PATH}/{made['id']}/signature", json=body, headers=key("s")).content == signed.content
    assert client.post(f"{PATH}/{made['id']}/signature", json=body).status_code == 409


def test_a_redemption_is_its_clients_own(ground: Ground) -> None:
    """Another client can neither see, sign nor cancel it; its client may cancel it before the holder acts."""
    client, other = ground.client("client"), ground.client("client", name="other")
    made = client.post(PATH, json=_wish(_account(ground)), headers=key()).json()
    path = f"{PATH}/{made['id']}"
    assert other.get(path).status_code == 404
    assert other.get(f"{path}/timeline").status_code == 404
    assert other.post(f"{path}/cancel").status_code == 404
    assert other.post(f"{path}/signature", json={"signature": "0x" + "11" * 65}).status_code == 404
    assert other.get(PATH).json()["data"] == []
    assert client.post(f"{path}/cancel").json()["state"] == "expired"
    steps = client.get(f"{path}/timeline").json()["data"]
    assert [(step["from_state"], step["to_state"]) for step in steps] == [("created", "expired")]
    assert ground.client("approver").post(f"{path}/approvals", json={"approve": True, "reason": "x"}).status_code == 409


@pytest.mark.parametrize("signature", ["", "0x", "0x1", "11" * 65, "0x" + "zz" * 65])
def test_a_signature_is_hexadecimal(ground: Ground, signature: str) -> None:
    """Anything else is refused before anybody is asked."""
    answer = ground.client("client").post(f"{PATH}/rd_1/signature", json={"signature": signature})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/signature")
