"""/v1/customers, /v1/bank-accounts and /v1/wallets."""

from typing import Any

import httpx
import pytest

from tests.api.kit import HOLDER, PAYEE, RESERVE, STRANGER, Ground
from tradecoin.signing.siwe import personal_digest


def signed_challenge(client: httpx.Client, customer: str, signer: Any = HOLDER) -> dict[str, Any]:
    """Ask for a challenge for the holder's address and sign it."""
    told = client.post("/v1/wallets/challenge", json={"address": HOLDER.address}).json()
    signature = signer.sign(personal_digest(told["message"])).hex()
    return {"customer_id": customer, "message": told["message"], "signature": f"0x{signature}"}


def _customer(client: httpx.Client) -> str:
    return str(client.post("/v1/customers", json={"name": "Ada Lovelace"}).json()["id"])


def test_a_proof_is_refused_when_somebody_else_signed(ground: Ground) -> None:
    """Whoever cannot sign for an address cannot register it."""
    client = ground.client("client")
    answer = client.post("/v1/wallets", json=signed_challenge(client, _customer(client), STRANGER))
    assert (answer.status_code, answer.json()["code"]) == (422, "sign_in_invalid")


def test_a_proof_works_once_and_for_its_own_client(ground: Ground) -> None:
    """A stolen or repeated proof registers nothing."""
    client, other = ground.client("client"), ground.client("client", name="other")
    body = signed_challenge(client, _customer(client))
    stolen = other.post("/v1/wallets", json={**body, "customer_id": _customer(other)})
    assert (stolen.status_code, stolen.json()["code"]) == (422, "sign_in_invalid")
    assert client.post("/v1/wallets", json=body).status_code == 201
    again = client.post("/v1/wallets", json=body)
    assert (again.status_code, again.json()["code"]) == (422, "sign_in_invalid")


def test_a_proof_grows_old(ground: Ground) -> None:
    """Ten minutes are enough to sign."""
    client = ground.client("client")
    body = signed_challenge(client, _customer(client))
    ground.clock.advance(minutes=11)
    assert client.post("/v1/wallets", json=body).json()["code"] == "sign_in_invalid"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("http://node", "http://evil"),
        ("node wants", "evil wants"),
        ("Chain ID: 31337", "Chain ID: 1"),
        ("Version: 1", "Version: 2"),
        ("Nonce: ", "Nonce: 0"),
        ("\n", "\r\n"),
    ],
)
def test_a_message_is_taken_only_as_it_was_given(ground: Ground, old: str, new: str) -> None:
    """Whatever differs by a character was made for another place or purpose."""
    client = ground.client("client")
    told = client.post("/v1/wallets/challenge", json={"address": HOLDER.address}).json()["message"]
    changed = told.replace(old, new)
    signature = HOLDER.sign(personal_digest(changed)).hex()
    body = {"customer_id": _customer(client), "message": changed, "signature": f"0x{signature}"}
    answer = client.post("/v1/wallets", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "sign_in_invalid")


def test_a_refused_proof_leaves_the_challenge_for_its_owner(ground: Ground) -> None:
    """Somebody else's wrong signature does not use the challenge up."""
    client = ground.client("client")
    body = signed_challenge(client, _customer(client))
    wrong = {**body, "signature": "0x" + STRANGER.sign(personal_digest(body["message"])).hex()}
    assert client.post("/v1/wallets", json=wrong).status_code == 422
    assert client.post("/v1/wallets", json=body).status_code == 201


def test_a_wallet_gets_the_reference_that_sends_money_there(ground: Ground) -> None:
    """The reference is an RF creditor reference; the same address is registered once."""
    client = ground.client("client")
    customer = _customer(client)
    made = client.post("/v1/wallets", json=signed_challenge(client, customer)).json()
    assert made["address"] == HOLDER.address
    assert made["reference"].startswith("RF")
    again = client.post("/v1/wallets", json=signed_challenge(client, customer))
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert client.get("/v1/wallets").json()["data"] == [made]
    assert ground.client("client", name="other").get("/v1/wallets").json()["data"] == []
    assert ground.client("client", name="other").get(f"/v1/wallets/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    ("iban", "code", "pointers"),
    [
        ("DE89370400440532013001", "iban_invalid", ["/iban"]),
        ("DE8937040044053201300", "iban_invalid", ["/iban"]),
        ("hello", "iban_invalid", ["/iban"]),
        (RESERVE, "refused", []),
    ],
)
def test_a_wrong_account_is_refused_without_telling_it(
    ground: Ground, iban: str, code: str, pointers: list[str]
) -> None:
    """Check digits and lengths are checked, and the answer does not repeat the number."""
    client = ground.client("client")
    answer = client.post("/v1/bank-accounts", json={"customer_id": _customer(client), "iban": iban, "town": "Delft"})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert [each["pointer"] for each in answer.json()["errors"]] == pointers
    assert iban not in answer.text or iban == "hello"
    assert client.get("/v1/bank-accounts").json()["data"] == []


def test_an_account_belongs_to_a_customer_of_the_caller(ground: Ground) -> None:
    """Another client's customer does not exist."""
    customer = _customer(ground.client("client"))
    other = ground.client("client", name="other")
    assert (
        other.post("/v1/bank-accounts", json={"customer_id": customer, "iban": PAYEE, "town": "Berlin"}).status_code
        == 404
    )
    assert other.get(f"/v1/customers/{customer}").status_code == 404
    assert other.get("/v1/bank-accounts", params={"customer_id": customer}).status_code == 404


def test_an_account_gets_a_salted_hash_for_the_chain(ground: Ground) -> None:
    """Two registrations of one account cannot be told to be the same by what stands on the chain."""
    client = ground.client("client")
    body = {"customer_id": _customer(client), "iban": "DE89 3704 0044 0532 0130 00", "town": "Berlin"}
    first, second = (client.post("/v1/bank-accounts", json=body).json() for _ in range(2))
    assert first["iban"] == PAYEE
    assert first["payout"] != second["payout"]
    assert client.get(f"/v1/bank-accounts/{first['id']}").json() == first


def test_a_name_is_a_line_of_text(ground: Ground) -> None:
    """Blank names, control characters and novels are refused."""
    client = ground.client("client")
    for name in ("", " ", "a\x00b", "a\nb", "x" * 141):
        assert client.post("/v1/customers", json={"name": name}).status_code == 422
    assert client.get("/v1/customers").json()["data"] == []
