"""POST /v1/bank-messages, and what an operator does with what came of it."""

import pytest

from tests.api.kit import HOLDER, RESERVE, TOKEN, Ground, camt054, key, order
from tradecoin.api.frame import MESSAGE_BYTES_MOST

_BOMB = (
    b"<?xml version='1.0'?><!DOCTYPE d [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'>]>"
    b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.054.001.08'>&b;</Document>"
)


def _bad_messages() -> dict[str, bytes]:
    """Return what a file can be wrong in, by name."""
    good = camt054(("100.00", "B1", "hello"))
    return {
        "nothing": b"",
        "no bank message": b"\x00\x01\x02 hello",
        "malformed": good.replace(b"</Ntry>", b"</Ntr>", 1),
        "truncated": good[: len(good) // 2],
        "entity bomb": _BOMB,
        "wrong namespace": good.replace(b"camt.054.001.08", b"camt.999.001.08"),
        "wrong check digits": good.replace(RESERVE.encode(), b"NL03ABNA0123456789"),
        "too many decimals": good.replace(b">100.00<", b">100.001<"),
        "negative amount": good.replace(b">100.00<", b">-100.00<"),
        "amount above the type": good.replace(b">100.00<", b">" + b"9" * 19 + b".00<"),
    }


@pytest.mark.parametrize("name", list(_bad_messages()))
def test_a_bad_message_is_refused_whole(ground: Ground, name: str) -> None:
    """The answer names line, path and reason; nothing of the message is kept, and the audit stays at zero."""
    operator = ground.client("operator")
    answer = operator.post("/v1/bank-messages", content=_bad_messages()[name])
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "bank_message_invalid")
    assert problem["line"] >= 0
    assert problem["reason"]
    assert set(problem["facts"]) >= {"line", "path", "reason"}
    assert operator.get("/v1/bank-messages").json()["data"] == []
    assert operator.get("/v1/deposits").json()["data"] == []
    assert operator.get("/v1/audit").json()["ok"] is True


def test_a_message_of_another_account_is_refused(ground: Ground) -> None:
    """It says so without telling whose account it is."""
    other = "DE89370400440532013000"
    answer = ground.client("operator").post("/v1/bank-messages", content=camt054(("1.00", "B1", ""), account=other))
    assert (answer.status_code, answer.json()["code"]) == (422, "bank_message_of_other_account")
    assert other not in answer.text


def test_a_message_that_contradicts_an_earlier_one_is_refused(ground: Ground) -> None:
    """The bank cannot have booked two amounts under one reference."""
    operator = ground.client("operator")
    assert operator.post("/v1/bank-messages", content=camt054(("1.00", "B1", "x"))).status_code == 201
    answer = operator.post("/v1/bank-messages", content=camt054(("2.00", "B1", "x"), message="M2"))
    assert (answer.status_code, answer.json()["code"]) == (422, "bank_message_invalid")
    assert len(operator.get("/v1/deposits").json()["data"]) == 1


@pytest.mark.parametrize("chunked", [False, True])
def test_an_oversized_message_is_not_read_to_its_end(ground: Ground, chunked: bool) -> None:
    """413, whether its length was told beforehand or not."""
    operator = ground.client("operator")
    piece = b"x" * 1_000_000
    content = iter([piece] * (MESSAGE_BYTES_MOST // len(piece) + 1)) if chunked else b"x" * (MESSAGE_BYTES_MOST + 1)
    answer = operator.post("/v1/bank-messages", content=content)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_the_same_bytes_again_change_nothing(ground: Ground) -> None:
    """201 once, then 200 with the same entries, however the file is called."""
    operator = ground.client("operator")
    raw = camt054(("100.00", "B1", "hello"), ("100.00", "B2", "hello"))
    first = operator.post("/v1/bank-messages", content=raw, headers={"Content-Type": "application/xml"})
    again = operator.post("/v1/bank-messages", content=raw, headers={"Content-Type": "text/plain"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["duplicate"], again.json()["duplicate"]) == (False, True)
    assert first.json()["entries"] == again.json()["entries"]
    assert len(operator.get("/v1/deposits").json()["data"]) == 2
    kept = operator.get(f"/v1/bank-messages/{first.json()['id']}/raw")
    assert kept.content == raw


def test_an_import_tells_its_entries(ground: Ground) -> None:
    """The body is the one that scripts rely on."""
    raw = camt054(("100.00", "B1", "hello"))
    told = ground.client("operator").post("/v1/bank-messages", content=raw).json()
    assert set(told) >= {"id", "kind", "sha256", "duplicate", "entries"}
    entry = told["entries"][0]
    assert entry["id"].startswith("be_")
    assert {**entry, "id": ""} == {
        "id": "",
        "amount": "100.00",
        "currency": "EUR",
        "credit": True,
        "status": "BOOK",
        "reference": "",
        "state": "deposit",
    }


def _unmatched(ground: Ground) -> str:
    """Let an unmatched credit come; return its deposit."""
    ground.client("operator").post("/v1/bank-messages", content=camt054(("100.00", "B1", "hello")))
    found = ground.client("operator").get("/v1/deposits", params={"state": "unmatched"}).json()["data"]
    assert [(each["reason"], each["amount"]) for each in found] == [("no payment reference", "100.00")]
    return str(found[0]["id"])


def test_a_credit_is_not_assigned_to_what_loses_it(ground: Ground) -> None:
    """The token, the zero address and text are no recipients; afterwards the credit still waits."""
    deposit, operator = _unmatched(ground), ground.client("operator")
    for number, recipient in enumerate((TOKEN, "0x" + "00" * 20, "Ada")):
        body = {"recipient": recipient}
        answer = operator.post(f"/v1/deposits/{deposit}/assign", json=body, headers=key(str(number)))
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/recipient")
    assert operator.get(f"/v1/deposits/{deposit}").json()["state"] == "unmatched"


def test_a_credit_is_assigned_once(ground: Ground) -> None:
    """The answer is the order; a second assignment, and a return, are conflicts; a replay is the same order."""
    deposit, operator = _unmatched(ground), ground.client("operator")
    body = {"recipient": HOLDER.address}
    first = operator.post(f"/v1/deposits/{deposit}/assign", json=body, headers=key("a"))
    assert (first.status_code, first.json()["state"], first.json()["deposit"]) == (201, "approved", deposit)
    assert operator.post(f"/v1/deposits/{deposit}/assign", json=body, headers=key("a")).content == first.content
    assert operator.post(f"/v1/deposits/{deposit}/assign", json=body, headers=key("b")).status_code == 409
    refused = operator.post(f"/v1/deposits/{deposit}/return", json={"reason": "no"}, headers=key("c"))
    assert refused.status_code == 409


def test_a_credit_goes_back_to_a_named_account(ground: Ground) -> None:
    """When the bank named none, the operator does; a wrong one is refused."""
    deposit, operator = _unmatched(ground), ground.client("operator")
    path = f"/v1/deposits/{deposit}/return"
    assert operator.post(path, json={"reason": "unknown"}, headers=key("a")).json()["code"] == "refused"
    wrong = {"reason": "unknown", "iban": "DE89370400440532013001"}
    assert operator.post(path, json=wrong, headers=key("b")).json()["code"] == "iban_invalid"
    sent = operator.post(path, json={"reason": "unknown", "iban": "DE89370400440532013000"}, headers=key("c"))
    assert (sent.status_code, sent.json()["state"]) == (200, "return_pending")
    payout = operator.get("/v1/payouts").json()["data"][0]
    assert (payout["cause"], payout["subject"], payout["amount"]) == ("deposit_return", deposit, "100.00")
    assert "0532013000" not in payout["iban"]
    steps = operator.get(f"/v1/deposits/{deposit}/timeline").json()["data"]
    assert steps[-1]["actor"] == "operator"


def test_a_payment_with_an_orders_reference_funds_it(ground: Ground) -> None:
    """From the reference to an approved order with its reference on the chain."""
    client = ground.client("client")
    made = client.post("/v1/mint-orders", json=order(), headers=key()).json()
    ground.client("operator").post("/v1/bank-messages", content=camt054(("100.00", "B1", made["reference"])))
    funded = client.get(f"/v1/mint-orders/{made['id']}").json()
    assert funded["state"] == "approved"
    assert len(funded["issuance_ref"]) == 66
    assert ground.client("auditor").get("/v1/ledger/trial-balance").json()["difference"] == "0.00"
    lines = ground.client("auditor").get("/v1/ledger/journals").json()["data"][0]["lines"]
    assert [(each["account"], each["debit"], each["credit"]) for each in lines] == [
        ("bank_reserve", "100.00", None),
        ("deposits_unminted", None, "100.00"),
    ]
