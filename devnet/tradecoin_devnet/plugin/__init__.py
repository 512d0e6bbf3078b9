"""pytest fixtures: a whole devnet for tests of contracts, integrations and the node itself.

Installed as a plugin with the extra `testing`. Every worker of pytest-xdist gets a devnet of its own on free ports, in
pytest's temporary folder, when the first test asks for one; it is down when the tests are over. Nothing is imported
until then. A test that asks for `tc_isolated` gets a devnet that nobody else uses, and all other fixtures show it.

    def test_a_credit_becomes_coins(tc_minted, tc_accounts, tc_invariants):
        order = tc_minted("100.00", tc_accounts[0].address)
        assert order["state"] == "issued"
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tradecoin.client import Client
    from tradecoin_devnet.clock import DevnetClock
    from tradecoin_devnet.plugin.handles import BankHandle, ChainHandle, Holder, NodeHandle
    from tradecoin_devnet.plugin.harness import Harness

__all__ = [
    "tc_accounts",
    "tc_bank",
    "tc_chain",
    "tc_client",
    "tc_clock",
    "tc_contracts",
    "tc_db",
    "tc_devnet",
    "tc_invariants",
    "tc_isolated",
    "tc_minted",
    "tc_node",
    "tc_shared",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the user choose the chain's engine."""
    group = parser.getgroup("tradecoin")
    group.addoption("--tc-engine", choices=("embedded", "anvil"), default="embedded", help="the devnet's chain")


def _wish(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return how the devnet is to be; the option is missing where these fixtures were only imported."""
    return {"engine": request.config.getoption("--tc-engine", default="embedded")}


@pytest.fixture(scope="session")
def tc_shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Harness]":
    """The devnet that this worker's tests share."""
    from tradecoin_devnet.plugin.harness import running

    with running(tmp_path_factory.mktemp("devnet"), **_wish(request)) as harness:
        yield harness


@pytest.fixture
def tc_isolated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Harness]":
    """A devnet for one test alone."""
    from tradecoin_devnet.plugin.harness import running

    with running(tmp_path_factory.mktemp("devnet"), **_wish(request)) as harness:
        yield harness


@pytest.fixture
def tc_devnet(request: pytest.FixtureRequest) -> "Harness":
    """The devnet of this test, with everything running: its own if it asked for `tc_isolated`, else the shared one."""
    alone = "tc_isolated" in request.fixturenames
    harness: Harness = request.getfixturevalue("tc_isolated" if alone else "tc_shared")
    harness.heal()
    return harness


@pytest.fixture
def tc_chain(tc_devnet: "Harness") -> "ChainHandle":
    """The chain's endpoint: `call`, `mine`, `reorg`, `send`."""
    return tc_devnet.chain


@pytest.fixture
def tc_contracts(tc_devnet: "Harness") -> dict[str, str]:
    """Addresses of the deployed contracts by name."""
    return tc_devnet.contracts


@pytest.fixture
def tc_accounts(tc_devnet: "Harness") -> "tuple[Holder, ...]":
    """Funded accounts whose owners the node knows: name, address, key, IBAN, payment reference."""
    return tc_devnet.accounts


@pytest.fixture
def tc_bank(tc_devnet: "Harness") -> "BankHandle":
    """The simulated bank: credits, misbehaviour, statements, its own book."""
    return tc_devnet.bank


@pytest.fixture
def tc_clock(tc_devnet: "Harness") -> "DevnetClock":
    """The one clock of chain, bank and node."""
    return tc_devnet.clock


@pytest.fixture
def tc_node(tc_devnet: "Harness") -> "NodeHandle":
    """The node's process: `kill9`, `stop`, `restart`."""
    return tc_devnet.node


@pytest.fixture
def tc_client(tc_devnet: "Harness") -> "Client":
    """The typed client, with the operator's key."""
    return tc_devnet.client


@pytest.fixture
def tc_db(tc_devnet: "Harness") -> str:
    """The URL of the node's database."""
    return tc_devnet.database


@pytest.fixture
def tc_minted(tc_devnet: "Harness") -> Callable[[str, str], Any]:
    """A function of amount and address: a credit comes, its coins are minted; returns the order."""
    return tc_devnet.mint


@pytest.fixture
def tc_invariants(tc_devnet: "Harness") -> "Iterator[None]":
    """Whatever the test did, bank, ledger and chain agree to the cent when it is over."""
    yield
    tc_devnet.heal()
    tc_devnet.check_books()
