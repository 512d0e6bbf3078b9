"""The three chains that the Chain port's tests run on: the fake, the embedded EVM in process, and anvil over HTTP."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.adapters.chain.kit import ADDRESSES, deployed, fresh_endpoint, node_keys
from tests.fakes.chain import FakeChain, FakeKeys
from tradecoin.adapters.chain.reader import open_chain
from tradecoin.adapters.chain.rpc import Endpoint, HttpEndpoint
from tradecoin.ports.chain import Chain, Keys
from tradecoin_devnet.anvil import AnvilMissing, AnvilOptions, find_anvil, start_anvil

NODE_MODULES = Path(os.environ.get("TRADECOIN_TEST_NODE_MODULES", "node_modules"))


class Ground(Protocol):
    """A chain that mines when told."""

    chain: Chain
    keys: Keys

    def mine(self, blocks: int = 1) -> None:
        """Make blocks."""

    def reorg(self, depth: int) -> None:
        """Replace the last blocks by empty ones; their transactions are gone."""

    def drain(self, sender: str) -> None:
        """Leave a key without money."""


class FakeGround:
    """The fake."""

    def __init__(self) -> None:
        self.fake = FakeChain(automine=False)
        self.chain: Chain = self.fake
        self.keys: Keys = FakeKeys()

    def mine(self, blocks: int = 1) -> None:
        """See Ground."""
        self.fake.mine(blocks)

    def reorg(self, depth: int) -> None:
        """See Ground."""
        self.fake.reorg(depth, keep=False)

    def drain(self, sender: str) -> None:
        """See Ground."""
        self.fake.balances[self.keys.address(sender)] = 0


class RpcGround:
    """A real chain with our contracts behind an endpoint."""

    def __init__(self, endpoint: Endpoint, folder: Path) -> None:
        self._endpoint = endpoint
        deployment = deployed(endpoint, folder)
        endpoint.call("evm_setAutomine", False)
        self.deployment = deployment
        self.chain: Chain = open_chain(endpoint, deployment, finality="depth:2")
        self.keys: Keys = node_keys()
        self._clean: Any = None
        self.renew()

    def renew(self) -> None:
        """Go back to the state right after the deployment."""
        if self._clean is not None:
            self._endpoint.call("anvil_dropAllTransactions")
            self._endpoint.call("evm_revert", self._clean)
        self._clean = self._endpoint.call("evm_snapshot")

    def mine(self, blocks: int = 1) -> None:
        """See Ground."""
        for _ in range(blocks):
            self._endpoint.call("evm_mine")

    def reorg(self, depth: int) -> None:
        """See Ground."""
        self._endpoint.call("anvil_reorg", depth, [])

    def drain(self, sender: str) -> None:
        """See Ground."""
        self._endpoint.call("anvil_setBalance", self.keys.address(sender), "0x0")


def engines() -> list[Any]:
    """Return the grounds that exist on this machine."""
    try:
        find_anvil([NODE_MODULES])
    except AnvilMissing:
        return ["fake", "embedded"]
    return ["fake", "embedded", pytest.param("anvil", marks=pytest.mark.npm)]


@contextmanager
def ground_of(engine: str, folder: Path) -> Iterator[FakeGround | RpcGround]:
    """Open a ground by name."""
    if engine == "fake":
        yield FakeGround()
    elif engine == "embedded":
        yield RpcGround(fresh_endpoint(), folder)
    else:
        with start_anvil(find_anvil([NODE_MODULES]), folder / "anvil.log", AnvilOptions()) as process:
            endpoint = HttpEndpoint(process.url)
            for address in ADDRESSES.values():
                endpoint.call("anvil_setBalance", address, hex(10**22))
            yield RpcGround(endpoint, folder / "deployments")
            endpoint.close()
