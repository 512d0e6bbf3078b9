"""Contracts on a chain: deployed by a plan file, and their powers compared with what is written."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tradecoin.adapters.chain.deploy import deploy as carry_out
from tradecoin.adapters.chain.keys import NodeKeys, read_key
from tradecoin.adapters.chain.plan_file import read_plan
from tradecoin.adapters.chain.roles import check_roles
from tradecoin.adapters.chain.rpc import HttpEndpoint


@dataclass(frozen=True, slots=True)
class Deployed:
    """The deployment file with its path, and each role that the chain holds otherwise than the file says."""

    path: Path
    content: dict[str, Any]
    differences: tuple[dict[str, Any], ...]


def deploy(*, rpc: str, key: Path, password: str, plan: Path, folder: Path, devnet: bool) -> Deployed:
    """Deploy by a plan, go on with one that was cut off, or check one that is done.

    Raises BadPlanFile, BadKeyFile, WrongChain, DeploymentRefused, DeploymentStuck, ChainUnreachable.
    """
    secret = read_key(key, password=password, plain_allowed=devnet)
    parties, terms = read_plan(plan, deployer=NodeKeys({"deployer": secret}).address("deployer"))
    endpoint = HttpEndpoint(rpc)
    try:
        deployment = carry_out(endpoint=endpoint, key=secret, parties=parties, terms=terms, folder=folder)
        differences = tuple(asdict(difference) for difference in check_roles(endpoint, deployment))
    finally:
        endpoint.close()
    return Deployed(folder / f"{deployment.chain_id}.json", asdict(deployment), differences)
