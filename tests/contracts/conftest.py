"""One deployed system for all tests of a process; each test gets it as it was."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest

from tests.contracts.kit import System, deploy


@pytest.fixture(scope="session")
def deployed() -> System:
    """The system just after its deployment. Do not change it: use `system`."""
    return deploy()


@pytest.fixture
def system(deployed: System) -> Iterator[System]:
    """The system just after its deployment, to play with."""
    moment = deployed.evm.clock.moment
    snapshot = deployed.evm.chain.rpc("evm_snapshot", [])
    yield replace(deployed, numbers=count(1))
    deployed.evm.chain.rpc("evm_revert", [snapshot])
    deployed.evm.clock.moment = moment
