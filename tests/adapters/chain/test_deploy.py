"""Deploying, being killed in between, and finding other code."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.chain.kit import ADDRESSES, KEYS, InProcess, deployed, fresh_endpoint, parties
from tradecoin.adapters.chain.deploy import DeploymentRefused, deploy
from tradecoin.adapters.chain.deployment import BadDeploymentFile, Deployment, check_deployment
from tradecoin.adapters.chain.reader import Finality, JsonRpcChain
from tradecoin.adapters.chain.roles import check_roles
from tradecoin.artefacts import plan
from tradecoin.domain.errors import WrongChain


class Killed(Exception):
    """The process ends here."""


def _kill_after(endpoint: InProcess, sent: int, *, before: bool) -> None:
    """Let the process die at the nth transaction: before the chain hears of it, or right after."""
    left = [sent]

    def count(method: str, params: Sequence[Any]) -> Any:
        if method == "eth_sendRawTransaction":
            left[0] -= 1
            if left[0] == 0:
                if not before:
                    endpoint.chain.rpc(method, list(params))
                raise Killed
        return None

    endpoint.before = count


def test_a_key_that_is_not_the_deployers_is_refused(tmp_path: Path) -> None:
    """The plan names who deploys; nobody else starts it."""
    with pytest.raises(DeploymentRefused):
        deploy(endpoint=fresh_endpoint(), key=KEYS["stranger"], parties=parties(), terms=plan.Terms(), folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_deployment_file_of_another_chain_is_refused(tmp_path: Path) -> None:
    """The file says which chain it is about."""
    endpoint = fresh_endpoint()
    deployment = dataclasses.replace(deployed(endpoint, tmp_path), chain_id=1)
    with pytest.raises(WrongChain):
        check_deployment(endpoint, deployment)


def test_other_code_than_deployed_is_refused(tmp_path: Path) -> None:
    """A chain that was reset, or another one with the same id, holds nothing at our addresses."""
    deployment = deployed(fresh_endpoint(), tmp_path)
    with pytest.raises(WrongChain, match="other code"):
        check_deployment(fresh_endpoint(), deployment)
    with pytest.raises(WrongChain, match="other code"):
        deployed(fresh_endpoint(), tmp_path)


def test_a_journal_that_names_foreign_code_is_refused(tmp_path: Path) -> None:
    """Where our contract should be there is another one: nothing is built on it."""
    endpoint = fresh_endpoint()
    first = deployed(endpoint, tmp_path / "a")
    swapped = {"AccessManager": first.address("Token")}
    (tmp_path / "31337.journal").write_text(json.dumps({"chain_id": 31337, "addresses": swapped}))
    with pytest.raises(WrongChain):
        deployed(endpoint, tmp_path)


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    """Half a file is no file."""
    path = tmp_path / "31337.json"
    for text in ("", "[]", '{"chain_id": 1}', '{"chain_id": 1, "block": 0, "contracts": {"A": {}}, "roles": []}'):
        path.write_text(text)
        with pytest.raises(BadDeploymentFile):
            Deployment.load(path)


def test_what_is_deployed_is_written_down_whole(tmp_path: Path) -> None:
    """The file reads back to what was returned, and its check passes."""
    endpoint = fresh_endpoint()
    deployment = deployed(endpoint, tmp_path)
    assert Deployment.load(tmp_path / "31337.json") == deployment
    assert set(deployment.contracts) == {"AccessManager", "Token", "Reserves", "NarrowBank"}
    assert not (tmp_path / "31337.journal").exists()
    check_deployment(endpoint, deployment)


def test_a_second_run_sends_nothing(tmp_path: Path) -> None:
    """Deploying is idempotent."""
    endpoint = fresh_endpoint()
    first = deployed(endpoint, tmp_path)
    endpoint.calls.clear()
    assert deployed(endpoint, tmp_path) == first
    assert "eth_sendRawTransaction" not in endpoint.calls


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("sent", [1, 4, 9])
def test_a_deployment_that_was_killed_is_continued(tmp_path: Path, sent: int, before: bool) -> None:
    """At whichever transaction it dies, before or after the chain took it, the next run ends with one deployment."""
    endpoint = fresh_endpoint()
    _kill_after(endpoint, sent, before=before)
    with pytest.raises(Killed):
        deployed(endpoint, tmp_path)
    endpoint.before = lambda method, params: None
    deployment = deployed(endpoint, tmp_path)
    count = int(endpoint.call("eth_getTransactionCount", ADDRESSES["deployer"], "latest"), 16)
    assert count == len(plan.steps(parties(), plan.Terms()))
    assert check_roles(endpoint, deployment) == ()


def test_the_deployer_ends_without_any_power(tmp_path: Path) -> None:
    """After the farewell no role is left with the key that deployed, and the manifest holds to the second."""
    endpoint = fresh_endpoint()
    deployment = deployed(endpoint, tmp_path)
    chain = JsonRpcChain(endpoint, deployment, finality=Finality.of("instant"))
    for role in plan.Role:
        assert chain.read("AccessManager", "hasRole", int(role), ADDRESSES["deployer"]) == (False, 0)
    assert check_roles(endpoint, deployment) == ()
    assert chain.read("Token", "issuer") == deployment.address("NarrowBank")


def test_a_power_that_is_not_in_the_manifest_is_found(tmp_path: Path) -> None:
    """Somebody more, somebody less, another delay: each is a difference."""
    endpoint = fresh_endpoint()
    deployment = deployed(endpoint, tmp_path)
    guardian, governor, *rest = sorted(deployment.roles, key=lambda holder: holder.role != "guardian")
    assert guardian.role == "guardian"
    without = dataclasses.replace(deployment, roles=(governor, *rest))
    (more,) = check_roles(endpoint, without)
    assert (more.account, more.wanted, more.found) == (ADDRESSES["guardian"], None, 0)
    other = dataclasses.replace(deployment, roles=(*deployment.roles[1:], dataclasses.replace(guardian, delay=5)))
    assert {difference.role for difference in check_roles(endpoint, other)} >= {"guardian"}
