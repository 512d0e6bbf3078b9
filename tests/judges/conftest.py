"""The deployed system of the contract tests, on a chain that outsiders reach by HTTP."""

from collections.abc import Iterator
from threading import Thread

import pytest
import time_machine

from tests.contracts.kit import ALICE, COIN, System, deploy
from tests.judges.paywall import Shop
from tradecoin_devnet.evm.server import RpcServer


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[System, str]]:
    """A system with 100 coins of ALICE's, and its chain's URL. Do not change it: use `shop`."""
    system = deploy()
    system.mint(amount=100 * COIN, to=ALICE)
    server = RpcServer(0)
    server.rpc = system.evm.chain.rpc
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield system, f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def shop(served: tuple[System, str]) -> Iterator[Shop]:
    """A shop on the system as it was, at the chain's time, which the SDK takes from the machine."""
    system, url = served
    snapshot = system.evm.chain.rpc("evm_snapshot", [])
    with time_machine.travel(system.now):
        yield Shop(system, url)
    system.evm.chain.rpc("evm_revert", [snapshot])
