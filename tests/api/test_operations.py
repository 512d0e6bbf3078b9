"""Events, transactions, figures, devnet controls, and what every request goes through."""

import asyncio
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.api.kit import HOLDER, RESERVE, Ground, camt054, key, order
from tests.stores import row
from tradecoin.api.auth import Principal
from tradecoin.api.frame import BODY_BYTES_MOST
from tradecoin.api.metrics import difference
from tradecoin.api.routes.devnet import BadDuration, duration
from tradecoin.api.routes.events import follow
from tradecoin.domain.attestation import Attestation
from tradecoin.domain.chain import TxIntent
from tradecoin.domain.errors import BrokenInvariant
from tradecoin.domain.states import AttestationState, IntentState
from tradecoin.flow.audit import Check


def test_a_body_that_is_too_large_is_not_read(ground: Ground) -> None:
    """413 for a body that no order needs, told beforehand or not."""
    client = ground.client("client")
    large = json.dumps(order(amount="1" * BODY_BYTES_MOST)).encode()
    headers = {**key(), "Content-Type": "application/json"}
    for content in (large, iter([large])):
        answer = client.post("/v1/mint-orders", content=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"amount": NaN}'])
def test_a_body_that_is_no_order_is_refused(ground: Ground, body: bytes) -> None:
    """Neither rubbish nor the wrong shape is an internal error."""
    headers = {**key(), "Content-Type": "application/json"}
    answer = ground.client("client").post("/v1/mint-orders", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.json()["code"] in ("body_not_json", "request_invalid", "bad_request")


def test_every_answer_carries_the_requests_id(ground: Ground) -> None:
    """A sane one is taken over, another replaced, and problems repeat it."""
    client = ground.client()
    assert client.get("/livez", headers={"X-Request-Id": "abc-1"}).headers["x-request-id"] == "abc-1"
    answer = client.get("/nothing", headers={"X-Request-Id": 'a b"c'})
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    assert answer.headers["x-request-id"] != 'a b"c'


def test_another_method_and_another_path_are_told_apart(ground: Ground) -> None:
    """405 names what is allowed, 404 is a problem document as well."""
    wrong = ground.client().delete("/v1/reserves")
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["allow"]) == (405, "method_not_allowed", "GET")
    assert ground.client().get("/v2").json()["code"] == "not_found"


@pytest.mark.parametrize("error", [RuntimeError("secret detail"), BrokenInvariant("secret detail")])
def test_an_unexpected_error_tells_nothing_but_its_id(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, lines: StringIO, error: Exception
) -> None:
    """500 with the id under which the log has the rest."""

    def failing(**_: Any) -> None:
        raise error

    monkeypatch.setattr("tradecoin.api.routes.mint_orders.take_order", failing)
    answer = ground.client("client").post("/v1/mint-orders", json=order(), headers=key())
    assert answer.status_code == 500
    assert "secret" not in answer.text
    written = [json.loads(line) for line in lines.getvalue().splitlines()]
    told = [line for line in written if line["request_id"] == answer.json()["request_id"]]
    assert any("secret detail" in str(line) for line in told)


def test_a_request_leaves_one_line_without_secrets(ground: Ground, lines: StringIO) -> None:
    """Who asked for what and how it ended; neither the key nor an account number."""
    client = ground.client("client")
    customer = client.post("/v1/customers", json={"name": "Ada"}).json()["id"]
    client.post("/v1/bank-accounts", json={"customer_id": customer, "iban": "DE89370400440532013001"})
    last = json.loads(lines.getvalue().splitlines()[-1])
    wanted = {"event": "request", "path": "/v1/bank-accounts", "status": 422, "client": "client"}
    assert {name: last[name] for name in wanted} == wanted
    assert last["problem"] == "iban_invalid"
    text = lines.getvalue()
    assert ground.tokens["client:client"] not in text
    assert "0532013001" not in text


def test_the_feed_is_read_from_a_number_on(ground: Ground) -> None:
    """`next` goes on where the page ended; those who see all see no holes."""
    client = ground.client("client")
    for number in range(3):
        client.post("/v1/mint-orders", json=order(), headers=key(str(number)))
    auditor = ground.client("auditor")
    first = auditor.get("/v1/events", params={"limit": 2}).json()
    rest = auditor.get("/v1/events", params={"after": first["next"]}).json()
    assert [each["seq"] for each in first["data"] + rest["data"]] == [1, 2, 3]
    assert auditor.get("/v1/events", params={"after": rest["next"]}).json() == {"data": [], "next": "3"}


def test_a_client_reads_its_own_part_of_the_feed(ground: Ground) -> None:
    """Lines about other clients' orders are not there."""
    own, other = ground.client("client"), ground.client("client", name="other")
    made = [client.post("/v1/mint-orders", json=order(), headers=key()).json()["id"] for client in (other, own, other)]
    second = other.post("/v1/mint-orders", json=order(), headers=key("2")).json()["id"]
    assert [each["subject"] for each in own.get("/v1/events").json()["data"]] == [made[1]]
    page = other.get("/v1/events", params={"limit": 1}).json()
    assert [each["subject"] for each in page["data"]] == [made[0]]
    page = other.get("/v1/events", params={"after": page["next"]}).json()
    assert [each["subject"] for each in page["data"]] == [second]


class _Gone:
    """A caller who hangs up at the second look."""

    def __init__(self) -> None:
        self.looks = 0

    async def is_disconnected(self) -> bool:
        """Count the looks."""
        self.looks += 1
        return self.looks > 1


def test_the_stream_goes_on_from_the_last_line_seen(ground: Ground) -> None:
    """Each line has its number as id, so that a reconnecting reader misses and repeats nothing."""
    for number in range(3):
        ground.client("client").post("/v1/mint-orders", json=order(), headers=key(str(number)))
    who = Principal("ak_1", "auditor", frozenset({"auditor"}))

    async def read() -> str:
        return "".join([part async for part in follow(_Gone(), ground.services, who, 1)])  # type: ignore[arg-type]

    text = asyncio.run(read())
    assert [line for line in text.splitlines() if line.startswith("id:")] == ["id: 2", "id: 3"]
    assert "event: mint_order.awaiting_funds" in text


def test_a_transaction_is_taken_back_by_an_operator(ground: Ground) -> None:
    """It is listed with its attempts, and withdrawn before it was signed."""
    intent = row(TxIntent, id="tx_1", state=IntentState.QUEUED, purpose="mint", sender="relay", to=HOLDER.address)
    ground.store.write(lambda tx: tx.intents.add(intent))
    operator = ground.client("operator")
    assert operator.get("/v1/transactions").json()["data"][0]["id"] == "tx_1"
    taken = operator.post("/v1/transactions/tx_1/cancel", json={"reason": "not needed"})
    assert (taken.status_code, taken.json()["state"]) == (200, "withdrawn")
    assert operator.get("/v1/transactions/tx_1").json()["attempts"] == []
    assert operator.get("/v1/transactions/tx_2").status_code == 404


def _figures(ground: Ground) -> dict[str, str]:
    """Return the exposed figures by name and labels."""
    lines = ground.client().get("/metrics").text.splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_the_figures_follow_what_happens(ground: Ground) -> None:
    """Orders by state, the reserve booked, unmatched deposits, idempotency, and whole invariants."""
    client = ground.client("client")
    for _ in range(2):
        client.post("/v1/mint-orders", json=order(), headers=key())
    ground.client("operator").post("/v1/bank-messages", content=camt054(("100.00", "B1", "x")))
    figures = _figures(ground)
    assert figures['tradecoin_mint_orders{state="awaiting_funds"}'] == "1.0"
    assert figures["tradecoin_reserve_booked_minor"] == "10000.0"
    assert figures["tradecoin_deposits_unmatched"] == "1.0"
    assert figures['tradecoin_idempotency_results_total{result="replayed"}'] == "1.0"
    assert figures['tradecoin_pending_transactions{sender="relay"}'] == "0.0"
    wanted = 'tradecoin_http_requests_total{method="POST",route="/v1/mint-orders",status="201"}'
    assert figures[wanted] == "2.0"
    off = {name: value for name, value in figures.items() if name.startswith("tradecoin_invariant_diff")}
    assert off
    assert set(off.values()) == {"0.0"}


def test_the_figures_say_when_the_chain_is_away(ground: Ground) -> None:
    """What cannot be asked is left out, not zero."""
    ground.chain.unreachable = True
    figures = _figures(ground)
    assert figures['tradecoin_up{name="chain"}'] == "0.0"
    assert figures['tradecoin_up{name="database"}'] == "1.0"
    assert "tradecoin_supply_units" not in figures


def test_a_difference_is_never_rounded_to_nothing() -> None:
    """A cent is 1, words that differ are 1."""
    assert difference(Check("a", "1.00", "1.00")) == 0
    assert difference(Check("a", "1.00", "1.01")) == 1
    assert difference(Check("a", "5", "3")) == 2
    assert difference(Check("a", "intact", "broken")) == 1


def test_the_devnets_controls_are_reached(ground: Ground) -> None:
    """Clock, blocks, reorganisation, credits and misbehaviour, without a key."""
    client = ground.client()
    assert client.post("/v1/_devnet/clock", json={"advance": "P1D"}).json() == {"now": "2026-03-03T12:00:00.000Z"}
    assert client.post("/v1/_devnet/mine", json={"blocks": 3}).json() == {"head": 3}
    assert client.post("/v1/_devnet/reorg", json={"depth": 2}).status_code == 200
    credit = {"iban": RESERVE, "amount": "1.00", "currency": "EUR", "reference": "RF1", "debtor": "Ada"}
    assert client.post("/v1/_devnet/credit", json=credit).status_code == 201
    bad = {"iban": RESERVE, "behaviour": "reject", "after": "P3D"}
    assert client.post("/v1/_devnet/misbehave", json=bad).status_code == 201
    assert client.post("/v1/_devnet/misbehave", json={**bad, "behaviour": "explode"}).status_code == 422
    assert client.get("/v1/_devnet/invariants").json()["ok"] is True
    asked = [name for name, _ in ground.controls.asked]
    assert asked == ["mine", "reorg", "credit", "misbehave"]


@pytest.mark.parametrize("text", ["", "P", "PT", "1D", "P1", "-P1D", "P1.5D", "P1Y", "P1DT", "PT1S "])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """Years, months and fractions have no fixed length here."""
    with pytest.raises(BadDuration):
        duration(text)


def test_a_duration_is_read() -> None:
    """Weeks to seconds."""
    assert duration("P1DT2H3M4S").total_seconds() == 86_400 + 7_384
    assert duration("P2W").days == 14


def test_every_figure_is_explained(ground: Ground) -> None:
    """docs/metrics.md lists each name that is exposed, and none that is not."""
    ground.client("client").post("/v1/mint-orders", json=order(), headers=key())
    ground.store.write(lambda tx: tx.attestations.add(row(Attestation, id="at_1", state=AttestationState.FINAL)))
    text = (Path(__file__).parents[2] / "docs/metrics.md").read_text()
    listed = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    lines = ground.client().get("/metrics").text.splitlines()
    names = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert names == listed
