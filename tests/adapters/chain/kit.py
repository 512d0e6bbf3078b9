"""What these tests share: the embedded chain as an endpoint in this process, a deployment on it, and blocks at will."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from tradecoin.adapters.chain.deploy import deploy
from tradecoin.adapters.chain.deployment import Deployment
from tradecoin.adapters.chain.hexes import from_hex
from tradecoin.adapters.chain.keys import NodeKeys
from tradecoin.adapters.chain.rpc import Endpoint, Request, RpcError
from tradecoin.artefacts import plan
from tradecoin_devnet.evm.accounts import dev_accounts
from tradecoin_devnet.evm.chain import EmbeddedChain
from tradecoin_devnet.evm.errors import RpcError as EmbeddedError

Answer = TypeVar("Answer")

ACCOUNTS = dev_accounts(16)
NAMES = (
    "deployer",
    "relay",
    "payer",
    "admin",
    "governor",
    "guardian",
    "compliance",
    "seizer",
    "bank 1",
    "bank 2",
    "bank 3",
    "auditor 1",
    "auditor 2",
    "auditor 3",
    "holder",
    "stranger",
)
KEYS = {name: from_hex(account.key) for name, account in zip(NAMES, ACCOUNTS, strict=True)}
ADDRESSES = {name: account.address for name, account in zip(NAMES, ACCOUNTS, strict=True)}


class InProcess:
    """An Endpoint over a chain in this process; `before` sees each call and may raise or answer in its place."""

    def __init__(self, chain: EmbeddedChain) -> None:
        self.chain = chain
        self.calls: list[str] = []
        self.before: Callable[[str, Sequence[Any]], Any] = lambda method, params: None

    def call(self, method: str, *params: Any) -> Any:
        """Answer one call."""
        self.calls.append(method)
        instead = self.before(method, params)
        if instead is not None:
            return instead
        try:
            return self.chain.rpc(method, list(params))
        except EmbeddedError as error:
            raise RpcError(error.code, error.message, error.data) from error

    def call_as(self, kind: type[Answer], method: str, *params: Any) -> Answer:
        """Answer one call as a type."""
        return msgspec.convert(self.call(method, *params), kind)

    def batch(self, requests: Sequence[Request]) -> list[Any]:
        """Answer several."""
        return [self._one(method, params) for method, params in requests]

    def _one(self, method: str, params: Sequence[Any]) -> Any:
        try:
            return self.call(method, *params)
        except RpcError as error:
            return error


def fresh_endpoint() -> InProcess:
    """Return an endpoint with a chain of its own; every party has money for gas."""
    chain = EmbeddedChain.in_memory()
    for address in ADDRESSES.values():
        chain.rpc("anvil_setBalance", [address, hex(10**22)])
    return InProcess(chain)


@cache
def parties() -> plan.Parties:
    """Return who holds which power in these tests."""
    return plan.Parties(
        deployer=ADDRESSES["deployer"],
        admin=ADDRESSES["admin"],
        governor=ADDRESSES["governor"],
        guardians=(ADDRESSES["guardian"],),
        compliance=ADDRESSES["compliance"],
        seizer=ADDRESSES["seizer"],
        payer=ADDRESSES["payer"],
        bank_signers=_ascending("bank 1", "bank 2", "bank 3"),
        auditors=_ascending("auditor 1", "auditor 2", "auditor 3"),
    )


def _ascending(*names: str) -> tuple[str, ...]:
    return tuple(sorted((ADDRESSES[name] for name in names), key=lambda address: int(address, 16)))


def deployed(endpoint: Endpoint, folder: Path) -> Deployment:
    """Deploy the whole plan."""
    return deploy(endpoint=endpoint, key=KEYS["deployer"], parties=parties(), terms=plan.Terms(), folder=folder)


def node_keys() -> NodeKeys:
    """Return the node's keys."""
    return NodeKeys({name: KEYS[name] for name in ("relay", "payer", "admin")})
