"""The deployment file: which contracts are ours on which chain, who holds which role, and who signs."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from tradecoin.adapters.chain.hexes import from_hex, to_hex
from tradecoin.adapters.chain.rpc import Endpoint, RpcError
from tradecoin.domain.errors import Refused, WrongChain
from tradecoin.ports.chain import ChainUnreachable
from tradecoin.signing.hashing import keccak


class BadDeploymentFile(Refused):
    """A deployment file that is missing or of another form."""

    code = "bad_deployment_file"


@dataclass(frozen=True, slots=True)
class Contract:
    """A deployed contract: checksummed address, keccak of its code on the chain (0x…), and the block it came with."""

    address: str
    code_hash: str
    block: int


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """A line of the role manifest; `delay` in seconds."""

    role: str
    account: str
    delay: int


@dataclass(frozen=True, slots=True)
class Deployment:
    """The whole file. `block` is the first that can hold an event of ours; `signers` are by side: bank, auditors."""

    chain_id: int
    block: int
    contracts: dict[str, Contract]
    roles: tuple[RoleHolder, ...]
    signers: dict[str, tuple[str, ...]]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read `deployments/<chainId>.json`; raises BadDeploymentFile."""
        try:
            return cls.of(json.loads(path.read_text()))
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise BadDeploymentFile(path=str(path), problem=f"{type(problem).__name__}: {problem}") from problem

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Self:
        """Return the deployment that parsed JSON describes; raises KeyError, TypeError for another form."""
        return cls(
            chain_id=plain["chain_id"],
            block=plain["block"],
            contracts={name: Contract(**contract) for name, contract in plain["contracts"].items()},
            roles=tuple(RoleHolder(**holder) for holder in plain["roles"]),
            signers={side: tuple(accounts) for side, accounts in plain["signers"].items()},
        )

    def save(self, path: Path) -> None:
        """Write the file in one step, so that nobody reads half of it."""
        write_whole(path, json.dumps(asdict(self), indent=2) + "\n")

    def address(self, contract: str) -> str:
        """Return a contract's address; raises KeyError."""
        return self.contracts[contract].address


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step and have it on the disk before returning."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".draft")
    with draft.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)


def check_deployment(endpoint: Endpoint, deployment: Deployment) -> None:
    """Raise WrongChain unless the endpoint is the deployment's chain and holds its code; ChainUnreachable otherwise."""
    try:
        found = int(endpoint.call("eth_chainId"), 16)
    except RpcError as problem:
        raise ChainUnreachable("the endpoint does not tell its chain id", problem=problem.said) from problem
    if found != deployment.chain_id:
        raise WrongChain("the endpoint is another chain", wanted=deployment.chain_id, found=found)
    names = list(deployment.contracts)
    codes = endpoint.batch([("eth_getCode", [deployment.address(name), "latest"]) for name in names])
    for name, code in zip(names, codes, strict=True):
        if isinstance(code, RpcError):
            raise ChainUnreachable("the endpoint does not tell a contract's code", problem=code.said)
        wanted, hash_ = deployment.contracts[name].code_hash, to_hex(keccak(from_hex(code)))
        if hash_ != wanted:
            where = deployment.address(name)
            raise WrongChain("other code than deployed", contract=name, address=where, wanted=wanted, found=hash_)
