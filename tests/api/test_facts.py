"""/v1/reserves and its neighbours, /v1/attestations, /readyz: what anybody may read and check."""

from typing import Any

from tests.api.kit import HOLDER, TERMS, Ground, camt054
from tests.stores import NOON, row
from tradecoin.domain.attestation import Attestation, Claim, Figures
from tradecoin.domain.money import Coins
from tradecoin.domain.states import AttestationState
from tradecoin.flow.attestation_record import start
from tradecoin.flow.forks import stop_chain
from tradecoin.signing.refs import claim_account
from tradecoin.signing.tree import ClaimTree, verify_claim


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _attested(ground: Ground, **changes: Any) -> Attestation:
    """Store an attestation that is in the contract."""
    nothing = Coins(0)
    plain: dict[str, Any] = {
        "id": "at_1",
        "state": AttestationState.FINAL,
        "cut": NOON,
        "figures": Figures(Coins(100_000_000), nothing, nothing, Coins(5_000_000), Coins(95_000_000), -1),
        "digest": b"\x07" * 32,
        "signers": (HOLDER.address,),
    }
    made = row(Attestation, **{**plain, **changes})
    ground.store.write(lambda tx: tx.attestations.add(made))
    return made


def test_reserves_are_tagged(ground: Ground) -> None:
    """Whoever has the answer is told so with 304; another fact is another tag."""
    client = ground.client()
    first = client.get("/v1/reserves")
    tag = first.headers["etag"]
    same = client.get("/v1/reserves", headers={"If-None-Match": f'"other", W/{tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    ground.chain.facts = {"supply": 1}
    assert client.get("/v1/reserves", headers={"If-None-Match": tag}).json()["supply"] == "0.000001"


def test_reserves_say_what_scripts_rely_on(ground: Ground) -> None:
    """The members, amounts as text in whole tokens, and who signed."""
    _attested(ground)
    figures = {"supply": 95_000_000, "reserves": 100_000_000, "covered": True, "fresh": True, "halted": ()}
    ground.chain.facts = {**figures, "head": b"\x07" * 32, "cut": int(NOON.timestamp())}
    told = ground.client().get("/v1/reserves").json()
    named = {"token", "supply", "reserves", "encumbered", "settling", "claims", "covered", "fresh", "halted"}
    assert set(told) >= named | {"cut", "block", "signers"}
    assert (told["supply"], told["reserves"]) == ("95.000000", "100.000000")
    assert (told["cut"], told["signers"], told["halted"]) == ("2026-03-02T12:00:00.000Z", [HOLDER.address], [])


def test_a_silent_chain_is_said(ground: Ground) -> None:
    """Reserves are not made up: 503; the status says it in words, and readiness names the check."""
    ground.chain.unreachable = True
    answer = ground.client().get("/v1/reserves")
    assert (answer.status_code, answer.json()["code"]) == (503, "chain_unreachable")
    status = ground.client().get("/v1/status").json()
    assert (status["ok"], status["minting"], status["chain"]["head"]) == (False, ["chain unreachable"], None)
    ready = ground.client().get("/readyz")
    assert (ready.status_code, ready.json()) == (503, {"ok": False, "failing": ["chain"]})
    assert ground.client().get("/livez").status_code == 200


def test_a_changed_final_block_makes_the_node_unready(ground: Ground) -> None:
    """Money stands still until a person says which chain is ours."""
    ground.store.write(lambda tx: stop_chain(tx, block=7))
    ready = ground.client().get("/readyz")
    assert (ready.status_code, ready.json()["failing"]) == (503, ["chain_is_one"])
    assert ground.client().get("/v1/status").json()["chain"]["stopped"] is True


def test_the_latest_attestation_is_the_one_in_the_contract(ground: Ground) -> None:
    """404 before the first; a shortfall is told with its sign."""
    client = ground.client()
    assert client.get("/v1/attestations/latest").status_code == 404
    _attested(ground)
    told = client.get("/v1/attestations/latest").json()
    assert told["id"] == "at_1"
    assert told["figures"]["equity"] == "-0.000001"
    assert told["digest"] == "0x" + "07" * 32
    assert client.get("/v1/attestations/at_1").json() == told
    assert client.get("/v1/attestations").json()["data"] == [told]
    assert client.get("/v1/attestations/at_2").status_code == 404


def test_an_attestation_is_started_once(ground: Ground) -> None:
    """While one is under way, a second request is answered with it."""
    operator = ground.client("operator")
    first, second = (operator.post("/v1/attestations") for _ in range(2))
    assert (first.status_code, first.json()["state"]) == (202, "due")
    assert first.json()["id"] == second.json()["id"]
    assert ground.store.write(lambda tx: start(tx=tx, cause="x")).id == first.json()["id"]


def test_a_claim_is_proved_to_whoever_knows_it(ground: Ground) -> None:
    """By the deposit's id or its key; what comes back verifies against root and sum, and nothing else does."""
    ground.client("operator").post("/v1/bank-messages", content=camt054(("5.00", "B1", "x"), ("7.00", "B2", "y")))
    deposits = ground.client("operator").get("/v1/deposits").json()["data"]
    claims = tuple(
        Claim(claim_account(_bytes(each["key"])), bytes([n]) * 32, TERMS.scale.parse(each["amount"]))
        for n, each in enumerate(deposits)
    )
    tree = ClaimTree.of(claims)
    _attested(ground, claims=claims, claims_root=tree.root)
    for name in (deposits[1]["id"], deposits[1]["key"]):
        told = ground.client().get(f"/v1/attestations/latest/proofs/{name}").json()
        assert told["amount"] == "7.000000"
        shown: dict[str, Any] = {
            "account": _bytes(told["account"]),
            "salt": _bytes(told["salt"]),
            "amount": Coins(int(told["amount_units"])),
            "index": told["index"],
            "siblings": _bytes(told["siblings"]),
        }
        assert verify_claim(tree.root, tree.total, **shown)
        assert not verify_claim(tree.root, tree.total, **{**shown, "amount": Coins(1)})
    assert ground.client().get("/v1/attestations/at_1/proofs/0x00").status_code == 404
    assert ground.client().get("/v1/attestations/at_1/proofs/dp_unknown").status_code == 404


def test_contracts_and_card_describe_the_token(ground: Ground) -> None:
    """Addresses, roles, decimals: what an integrator asks first."""
    client = ground.client()
    assert client.get("/v1/contracts").json()["contracts"]["Token"]["address"] == TERMS.token
    card = client.get("/v1/token-card").json()
    assert (card["name"], card["symbol"], card["decimals"], card["chain_id"]) == ("Narrow Euro", "NRW", 6, 31337)
    assert client.get("/v1/supply").json()["supply"] == "0.000000"
