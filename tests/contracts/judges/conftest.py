"""Wallets of one owner and of two, each with coins."""

import pytest

from tests.contracts.judges.safe import Makers, Safe
from tests.contracts.kit import COIN, System, make_keys


@pytest.fixture
def makers(system: System) -> Makers:
    """Safe's contracts, deployed."""
    return Makers.deploy(system)


@pytest.fixture(params=[1, 2], ids=["one-of-one", "two-of-two"])
def safe(system: System, makers: Makers, request: pytest.FixtureRequest) -> Safe:
    """A wallet with 100 coins."""
    wallet = makers.wallet(make_keys("owner", request.param))
    system.mint(amount=100 * COIN, to=wallet.address)
    return wallet
