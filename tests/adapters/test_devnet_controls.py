"""What a devnet's controls do to clock, chain, bank and node, against the real ones."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tradecoin.adapters.devnet_controls import DevnetRefused, HttpDevnetControls
from tradecoin.ports.bank import BankUnreachable
from tradecoin_devnet.stack.devnet import Devnet
from tradecoin_devnet.stack.layout import Ports
from tradecoin_devnet.stack.wish import Wish


class FakeChain:
    """A chain that writes down what it is asked."""

    def __init__(self, version: str = "tradecoin-devnet") -> None:
        self.asked: list[tuple[Any, ...]] = []
        self._answers = {"web3_clientVersion": version, "eth_blockNumber": "0x7"}

    def call(self, method: str, *params: Any) -> Any:
        """Answer."""
        self.asked.append((method, *params))
        return self._answers.get(method)


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Devnet]:
    """A bank that runs, with a reserve account of 100.00."""
    devnet = Devnet(tmp_path / "home", Ports.from_base(0), Wish())
    try:
        devnet.start_bank()
        devnet.open_reserve_account("100.00")
        yield devnet
    finally:
        devnet.remove()


def controls(devnet: Devnet, chain: FakeChain) -> HttpDevnetControls:
    """Return the controls."""
    return HttpDevnetControls(devnet.layout.clock, chain, devnet.ports.url("bank"))  # type: ignore[arg-type]


def alone(folder: Path, chain: FakeChain) -> HttpDevnetControls:
    """Return controls without a bank behind them."""
    return HttpDevnetControls(folder / "clock.json", chain, "http://127.0.0.1:9")  # type: ignore[arg-type]


def test_the_clock_never_goes_back(tmp_path: Path) -> None:
    """Time that was told is not taken back."""
    with pytest.raises(DevnetRefused):
        alone(tmp_path, FakeChain()).advance(timedelta(-1))


def test_moving_the_clock_moves_every_reader_and_tells_anvil(tmp_path: Path) -> None:
    """The embedded chain reads the file; anvil keeps time by itself and is told."""
    for version, told in (("tradecoin-devnet", False), ("anvil/v1.7.1", True)):
        chain = FakeChain(version)
        moved = alone(tmp_path, chain).advance(timedelta(days=1))
        assert moved > datetime.now(UTC) + timedelta(hours=23)
        assert any(asked[0] == "anvil_setTime" for asked in chain.asked) is told
    assert json.loads((tmp_path / "clock.json").read_text())["offset_seconds"] == 2 * 86400


def test_a_bank_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    """A caller may try again."""
    with pytest.raises(BankUnreachable):
        alone(tmp_path, FakeChain()).credit(
            iban="NL30NRWB0000000001", amount="1.00", currency="EUR", reference="", debtor="Bob"
        )


def test_what_the_bank_refuses_is_said_in_its_words(bank: Devnet) -> None:
    """The bank's own sentence reaches the tester."""
    with closing(controls(bank, FakeChain())) as made, pytest.raises(DevnetRefused, match="behaviour"):
        made.misbehave(iban=bank.wish.reserve.iban, behaviour="sulk", after="")
