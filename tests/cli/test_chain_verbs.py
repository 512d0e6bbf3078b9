"""What asks the chain itself: deploy, doctor, chain verify, attest verify."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.chain.kit import ADDRESSES, KEYS, fresh_endpoint
from tests.cli.kit import Shell, edited
from tests.cli.onchain import CLAIMS, SALT, Chained
from tradecoin.signing.tree import ClaimTree, account_hash
from tradecoin_devnet.evm.server import RpcServer

PLAN = f"""
[parties]
admin = "{ADDRESSES["admin"]}"
governor = "{ADDRESSES["governor"]}"
guardians = ["{ADDRESSES["guardian"]}"]
compliance = "{ADDRESSES["compliance"]}"
seizer = "{ADDRESSES["seizer"]}"
payer = "{ADDRESSES["payer"]}"
bank_signers = ["{ADDRESSES["bank 1"]}", "{ADDRESSES["bank 2"]}", "{ADDRESSES["bank 3"]}"]
auditors = ["{ADDRESSES["auditor 1"]}", "{ADDRESSES["auditor 2"]}", "{ADDRESSES["auditor 3"]}"]
"""


def _words(tmp_path: Path, url: str, folder: Path, plan: str = PLAN) -> tuple[object, ...]:
    path, secret = tmp_path / "plan.toml", tmp_path / "deployer.key"
    path.write_text(plan)
    secret.write_text(KEYS["deployer"].hex())
    secret.chmod(0o600)
    return ("deploy", "--rpc", url, "--key", secret, "--plan", path, "--folder", folder, "--devnet", "-o", "json")


def test_deploy_refuses_a_bad_plan_and_a_chain_with_other_code(shell: Shell, tmp_path: Path, chained: Chained) -> None:
    """Nothing is sent; the sentence names the setting, or the contract that is not ours."""
    told = shell(*_words(tmp_path, chained.url, tmp_path / "d", PLAN.replace("seizer", "siezer")))
    assert (told.code, told.out) == (4, "")
    assert "parties.siezer" in told.err
    (tmp_path / "d").mkdir()
    content = json.loads(chained.path.read_text())
    content["contracts"]["Token"]["code_hash"] = "0x" + "11" * 32
    (tmp_path / "d" / "31337.json").write_text(json.dumps(content))
    told = shell(*_words(tmp_path, chained.url, tmp_path / "d"))
    assert told.code == 4
    assert "wrong_chain" in told.err
    assert shell(*_words(tmp_path, "http://127.0.0.1:9", tmp_path / "e")).code == 3


def test_deploy_prints_the_manifest_and_only_checks_when_done(shell: Shell, tmp_path: Path, chained: Chained) -> None:
    """Contracts, roles with their delays, signers, and no difference to what the chain holds."""
    told = shell(*_words(tmp_path, chained.url, chained.path.parent))
    assert told.code == 0, told.err
    assert told.json["contracts"].keys() == {"AccessManager", "Token", "Reserves", "NarrowBank"}
    assert {role["role"]: role["delay"] for role in told.json["roles"]}["governor"] == 172_800
    assert told.json["role_differences"] == []
    shown = shell(*_words(tmp_path, chained.url, chained.path.parent)[:-2])
    assert ADDRESSES["seizer"] in shown.out


def test_doctor_names_each_thing_that_is_not_well(shell: Shell, tmp_path: Path, chained: Chained) -> None:
    """No party answers, the bank is away, the relay has nothing: each on its line, the others still asked."""
    config = chained.node(shell, tmp_path / "n", "--bank-url", "http://127.0.0.1:9")
    edited(config, "attestors = []", 'attestors = ["http://127.0.0.1:9"]')
    (tmp_path / "n" / "keys" / "relay.key").write_text("77" * 32)
    told = shell("doctor", "--config", config, "-o", "json")
    wrong = {check["name"] for check in told.json["checks"] if not check["ok"]}
    assert told.code == 1
    assert wrong == {"bank", "gas of relay", "parties.bank_signers", "parties.attestors"}
    shell("migrate", "down", "base", "--yes", "--config", config)
    edited(config, chained.url, "http://127.0.0.1:9")
    told = shell("doctor", "--config", config, "-o", "json")
    assert {"database schema", "chain"} <= {check["name"] for check in told.json["checks"] if not check["ok"]}


def test_doctor_sees_another_payer(shell: Shell, tmp_path: Path, chained: Chained) -> None:
    """A payer that the contract does not know could not settle anything."""
    config = chained.node(shell, tmp_path / "n")
    (tmp_path / "n" / "keys" / "payer.key").write_text(KEYS["relay"].hex())
    told = shell("doctor", "--config", config, "-o", "json")
    assert "payer's power" in {check["name"] for check in told.json["checks"] if not check["ok"]}


def test_an_index_that_was_never_made_agrees_with_nothing_final(shell: Shell, tmp_path: Path, chained: Chained) -> None:
    """The command reads the chain anew; a database of another schema is refused first."""
    config = chained.node(shell, tmp_path / "n")
    told = shell("chain", "verify", "--config", config, "-o", "json")
    assert told.code == 0
    assert told.json["live_digest"] == told.json["reindexed_digest"]
    assert shell("chain", "resume", "--actor", "op", "--config", config, "-o", "json").json["was_stopped"] is False
    shell("migrate", "down", "base", "--yes", "--config", config)
    assert shell("chain", "verify", "--config", config).code == 4


@pytest.fixture(scope="module")
def published(chained: Chained) -> dict[str, Any]:
    """An attestation that is the contract's head."""
    told = chained.statement()
    chained.publish(told)
    return told


def _verify(shell: Shell, chained: Chained, tmp_path: Path, told: Any, *more: object) -> tuple[int, set[str]]:
    """Check a document; return the exit code and what does not hold."""
    path = tmp_path / "attestation.json"
    path.write_text(json.dumps(told))
    words = ("attest", "verify", path, "--deployment", chained.path, "--rpc", chained.url, "-o", "json", *more)
    done = shell(*words)
    if not done.out:
        return done.code, set()
    return done.code, {check["name"] for check in done.json["checks"] if not check["ok"]}


def test_a_true_attestation_verifies_with_its_claims(
    shell: Shell, tmp_path: Path, chained: Chained, published: dict[str, Any]
) -> None:
    """Digest, signers, figures, head and claims root, without asking the node."""
    claims = tmp_path / "claims.json"
    rows = [{"account": c.account, "salt": f"0x{SALT.hex()}", "amount": f"{c.amount.units // 10**6}.0"} for c in CLAIMS]
    claims.write_text(json.dumps(rows))
    assert _verify(shell, chained, tmp_path, published, "--claims", claims) == (0, set())
    assert _verify(shell, chained, tmp_path, published, "--offline", "--claims", claims) == (0, set())
    claims.write_text(json.dumps(rows[:1]))
    code, wrong = _verify(shell, chained, tmp_path, published, "--claims", claims)
    assert (code, wrong) == (1, {"claims root of the claims", "sum of the claims"})


def test_one_claim_verifies_by_its_proof(
    shell: Shell, tmp_path: Path, chained: Chained, published: dict[str, Any]
) -> None:
    """The same proof for a larger amount does not."""
    proof = {
        "account": f"0x{account_hash(CLAIMS[0].account).hex()}",
        "account_text": CLAIMS[0].account,
        "salt": f"0x{SALT.hex()}",
        "amount": "40.000000",
        "index": 0,
        "siblings": f"0x{ClaimTree.of(CLAIMS).proof(0).hex()}",
    }
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(proof))
    assert _verify(shell, chained, tmp_path, published, "--proof", path) == (0, set())
    path.write_text(json.dumps({**proof, "amount": "41.000000"}))
    assert _verify(shell, chained, tmp_path, published, "--proof", path) == (1, {"claim is in the tree"})


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({"figures": {"reserves": "999.0", "encumbered": "0", "settling": "0", "claims": "42.0"}}, "digest of what"),
        ({"cut": "2030-01-01T00:00:00.000Z"}, "digest of what"),
        ({"claims_root": "0x" + "01" * 32}, "digest of what"),
        ({"signers": [ADDRESSES["auditor 3"], ADDRESSES["auditor 1"]]}, "signatures are those"),
    ],
)
def test_a_changed_attestation_does_not_verify(
    shell: Shell, tmp_path: Path, chained: Chained, published: dict[str, Any], change: dict[str, Any], broken: str
) -> None:
    """Whatever was changed, the signatures are of something else."""
    code, wrong = _verify(shell, chained, tmp_path, {**published, **change})
    assert code == 1
    assert [name for name in wrong if name.startswith(broken)]


def test_signatures_of_strangers_and_too_few_do_not_verify(
    shell: Shell, tmp_path: Path, chained: Chained, published: dict[str, Any]
) -> None:
    """Whoever signed must be of the contract's set, and enough of it; and only the head is in force."""
    code, wrong = _verify(shell, chained, tmp_path, chained.statement(signers=("auditor 1", "stranger")))
    assert code == 1
    assert {"signers that are not of the set (chain)", "enough signers", "head of the contract"} <= wrong
    offline = _verify(shell, chained, tmp_path, chained.statement(signers=("stranger",)), "--offline")
    assert offline == (1, {"signers that are not of the set (deployment file)", "enough signers"})
    nobody = _verify(shell, chained, tmp_path, {**published, "signatures": "0x", "signers": []}, "--offline")
    assert nobody == (1, {"enough signers"})
    assert "reserves on the chain" in _verify(shell, chained, tmp_path, chained.statement(reserves=1))[1]


def test_what_is_no_attestation_is_refused(shell: Shell, tmp_path: Path, chained: Chained) -> None:
    """Of another form, without a deployment file to trust, or on another chain."""
    assert _verify(shell, chained, tmp_path, {"id": "at_1"}) == (4, set())
    assert _verify(shell, chained, tmp_path, [1]) == (4, set())
    path = tmp_path / "attestation.json"
    assert shell("attest", "verify", path).code == 2
    server = RpcServer(0)
    server.rpc = fresh_endpoint().chain.rpc
    server.server_close()
    words = ("attest", "verify", path, "--deployment", chained.path, "--rpc", f"http://127.0.0.1:{server.port}")
    assert shell(*words).code == 3
