"""anvil is started, kept in time and kept on disk. Collected only where its binary is at hand."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.devnet.evm.conftest import ANVIL
from tests.devnet.evm.driver import ALICE, Driver
from tradecoin_devnet.anvil import AnvilOptions, start_anvil, sync_time
from tradecoin_devnet.clock import DevnetClock
from tradecoin_devnet.evm.process import ChainFailed

pytestmark = pytest.mark.npm


@pytest.fixture
def binary() -> Path:
    """Give anvil's binary."""
    assert ANVIL is not None
    return ANVIL


def test_an_anvil_that_does_not_start_says_why(binary: Path, tmp_path: Path) -> None:
    """Its own words are in the error."""
    with pytest.raises(ChainFailed, match="invalid value"):
        start_anvil(binary, tmp_path / "log", AnvilOptions(port=70_000))


def test_its_time_follows_the_clock(binary: Path, tmp_path: Path) -> None:
    """From the first block on, and after each move."""
    clock = DevnetClock(tmp_path / "clock.json")
    clock.advance(timedelta(days=400))
    with start_anvil(binary, tmp_path / "log", AnvilOptions(), clock) as process:
        chain = Driver(process.rpc)
        assert abs(int(chain.head()["timestamp"], 16) - clock.now().timestamp()) < 3
        clock.advance(timedelta(days=30))
        sync_time(process.url, clock)
        chain.call("evm_mine")
        assert abs(int(chain.head()["timestamp"], 16) - clock.now().timestamp()) < 3


def test_its_chain_is_kept(binary: Path, tmp_path: Path) -> None:
    """Stopped and started again it goes on where it was."""
    options = AnvilOptions(chain_id=5, state_path=tmp_path / "state.json")
    with start_anvil(binary, tmp_path / "log", options) as process:
        Driver(process.rpc).call("anvil_mine", "0x3")
        Driver(process.rpc).call("anvil_setBalance", ALICE.address, "0x7")
    with start_anvil(binary, tmp_path / "log", options) as process:
        chain = Driver(process.rpc)
        assert (chain.height(), chain.call("eth_chainId")) == (3, "0x5")
        assert chain.number("eth_getBalance", ALICE.address, "latest") == 7
