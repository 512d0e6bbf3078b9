"""What only a devnet can do: mine on demand, move the time, go back, and lose blocks."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from tests.devnet.evm.box import call_data
from tests.devnet.evm.driver import ALICE, BOB, Driver, signed
from tradecoin_devnet.clock import DevnetClock
from tradecoin_devnet.evm.assemble import Draft
from tradecoin_devnet.evm.chain import EmbeddedChain
from tradecoin_devnet.evm.pool import Pooled

HOLDER = 0xB0B


def test_a_reorganisation_beyond_the_chain_is_refused(chain: Driver) -> None:
    """The first block stays."""
    chain.call("anvil_mine", "0x2")
    assert "depth" in chain.refused("anvil_reorg", 3, []).message.lower()
    assert chain.height() == 2


@pytest.mark.parametrize("pairs", [[["0x12", 0]], [[signed(0), 1]], [[signed(0, chainId=1), 0]], [[signed(0)]], ["x"]])
def test_a_reorganisation_with_bad_transactions_is_refused(embedded: Driver, pairs: list[object]) -> None:
    """And nothing has changed."""
    embedded.call("anvil_mine", "0x2")
    before = embedded.head()
    embedded.refused("anvil_reorg", 1, pairs)
    assert embedded.head() == before


def test_a_reorganisation_loses_blocks_and_their_transactions(chain: Driver) -> None:
    """Same height, other hashes, no receipt; the nonce is free again and the transaction can be sent again."""
    box = chain.deploy()
    raw = signed(1, to=box, data=call_data("mint", HOLDER, 1, 5), gas=150_000, value=0)
    minted = chain.send(raw)
    lost = chain.receipt(minted)["blockHash"]
    chain.call("anvil_mine", "0x1")
    parent = chain.call("eth_getBlockByNumber", "0x1", False)["hash"]
    old = chain.head()["hash"]
    chain.call("anvil_reorg", 2, [])
    assert chain.height() == 3
    assert chain.call("eth_getBlockByNumber", "0x1", False)["hash"] == parent
    assert chain.call("eth_getBlockByNumber", "0x2", False)["hash"] != lost
    assert chain.head()["hash"] != old
    assert chain.call("eth_getTransactionReceipt", minted) is None
    assert chain.nonce(ALICE) == 1
    assert chain.call("eth_getLogs", {"fromBlock": "0x0"}) == []
    assert chain.number("eth_call", {"to": box, "data": call_data("totalSupply")}, "latest") == 0
    assert chain.send(raw) == minted
    assert chain.receipt(minted)["blockHash"] != lost


def test_a_reorganisation_puts_transactions_where_it_is_told(chain: Driver) -> None:
    """Other transactions, in the blocks that were named."""
    chain.receipt(chain.pay(0))
    chain.call("anvil_mine", "0x2")
    chain.call("anvil_reorg", 3, [[signed(0, value=2), 1]])
    assert chain.call("eth_getBlockByNumber", "0x1", False)["transactions"] == []
    (sent,) = chain.call("eth_getBlockByNumber", "0x2", True)["transactions"]
    assert sent["value"] == "0x2"


def test_a_reorganisation_can_keep_the_transactions(embedded: Driver) -> None:
    """They wait in the pool, those that came in since behind them, and are mined with the next block."""
    first, second = embedded.pay(0), embedded.pay(1)
    embedded.call("evm_setAutomine", False)
    third = embedded.pay(2)
    embedded.call("anvil_reorg", {"depth": 2, "txs": [], "keep": True})
    assert (embedded.height(), embedded.nonce(ALICE), embedded.nonce(ALICE, "pending")) == (2, 0, 3)
    embedded.call("evm_mine")
    assert embedded.head()["transactions"] == [first, second, third]


def test_orphaned_blocks_answer_by_hash(embedded: Driver) -> None:
    """Whoever saw them can still ask what they held; they are not on the chain."""
    box = embedded.deploy()
    minted = embedded.mint(box, HOLDER, 1, 5)
    orphan = embedded.receipt(minted)["blockHash"]
    embedded.call("anvil_reorg", 1, [])
    (log,) = embedded.call("eth_getLogs", {"blockHash": orphan})
    assert (log["blockHash"], log["transactionHash"]) == (orphan, minted)
    assert embedded.call("eth_getBlockByHash", orphan, False)["transactions"] == [minted]
    supply = {"to": box, "data": call_data("totalSupply")}
    assert embedded.number("eth_call", supply, {"blockHash": orphan}) == 5
    strict = {"blockHash": orphan, "requireCanonical": True}
    assert embedded.refused("eth_call", supply, strict).message == "hash is not currently canonical"


def test_two_reorganisations_make_two_branches(embedded: Driver) -> None:
    """Even with the same transactions at the same second no two blocks are one."""
    embedded.pay(0)
    seen = {embedded.head()["hash"]}
    for _ in range(3):
        embedded.call("anvil_reorg", 1, [[signed(0), 0]])
        seen.add(embedded.head()["hash"])
    assert len(seen) == 4


def test_an_unknown_snapshot_is_refused(chain: Driver) -> None:
    """Nothing happens."""
    chain.pay(0)
    assert chain.call("evm_revert", "0x99") is False
    assert chain.nonce(ALICE, "pending") == 1


def test_a_snapshot_serves_once(embedded: Driver) -> None:
    """It is used up, with all later ones."""
    first, second = embedded.call("evm_snapshot"), embedded.call("evm_snapshot")
    assert embedded.call("evm_revert", first) is True
    assert embedded.call("evm_revert", first) is False
    assert embedded.call("evm_revert", second) is False


def test_a_snapshot_brings_back_blocks_and_state(chain: Driver) -> None:
    """What came after it is gone, and the chain goes on from there."""
    chain.receipt(chain.pay(0))
    before, balance = chain.head(), chain.call("eth_getBalance", BOB.address, "latest")
    snapshot = chain.call("evm_snapshot")
    chain.receipt(chain.pay(1))
    assert chain.call("evm_revert", snapshot) is True
    assert chain.head() == before
    assert chain.call("eth_getBalance", BOB.address, "latest") == balance
    assert chain.receipt(chain.pay(1))["blockNumber"] == "0x2"


def test_a_snapshot_survives_a_reorganisation(embedded: Driver) -> None:
    """The way back leads through blocks that were orphaned in between, and brings what waited then."""
    for nonce in range(3):
        embedded.pay(nonce)
    embedded.call("evm_setAutomine", False)
    waiting = embedded.pay(3)
    before, snapshot = embedded.head(), embedded.call("evm_snapshot")
    embedded.call("anvil_reorg", 2, [])
    embedded.call("anvil_dropAllTransactions")
    embedded.call("anvil_mine", "0x3")
    assert embedded.call("evm_revert", snapshot) is True
    assert embedded.head() == before
    assert embedded.call("eth_getBlockByNumber", "0x2", False)["hash"] == before["parentHash"]
    assert embedded.call("eth_getBlockByNumber", "0x4", False) is None
    assert embedded.call("eth_getTransactionByHash", waiting)["nonce"] == "0x3"


def test_a_balance_can_be_set(chain: Driver) -> None:
    """It counts from now on, and a snapshot taken before forgets it."""
    snapshot = chain.call("evm_snapshot")
    chain.call("anvil_setBalance", BOB.address, hex(7))
    assert chain.number("eth_getBalance", BOB.address, "latest") == 7
    assert "insufficient" in chain.refused("eth_sendRawTransaction", signed(0, BOB)).message.lower()
    chain.call("evm_mine")
    assert chain.number("eth_getBalance", BOB.address, "latest") == 7
    chain.call("evm_revert", snapshot)
    assert chain.number("eth_getBalance", BOB.address, "latest") == 10_000 * 10**18
    chain.call("evm_mine")
    assert chain.number("eth_getBalance", BOB.address, "0x0") == 10_000 * 10**18


def test_a_time_in_the_past_is_refused(chain: Driver) -> None:
    """Blocks only go forward."""
    chain.call("evm_mine")
    assert chain.refused("evm_setNextBlockTimestamp", 1).code == -32602


def test_the_next_block_has_the_time_it_is_given(chain: Driver) -> None:
    """Once, to the second."""
    wanted = int(chain.head()["timestamp"], 16) + 100_000
    chain.call("evm_setNextBlockTimestamp", wanted)
    chain.call("evm_mine")
    assert int(chain.head()["timestamp"], 16) == wanted
    chain.call("evm_mine")
    assert int(chain.head()["timestamp"], 16) >= wanted


def test_blocks_can_be_mined_at_an_interval_of_time(embedded: Driver) -> None:
    """A day of blocks in one call."""
    start = int(embedded.head()["timestamp"], 16)
    embedded.call("anvil_mine", "0x3", hex(3600))
    assert int(embedded.head()["timestamp"], 16) - start >= 7200
    embedded.call("evm_mine", {"timestamp": start + 90_000})
    assert int(embedded.head()["timestamp"], 16) == start + 90_000


def test_mining_can_wait_and_go_on(chain: Driver) -> None:
    """What waited is mined when automatic mining comes back."""
    chain.call("evm_setAutomine", False)
    sent = chain.pay(0)
    assert chain.call("eth_getTransactionReceipt", sent) is None
    chain.call("evm_setAutomine", True)
    if chain.call("eth_getTransactionReceipt", sent) is None:
        chain.call("evm_mine")
    assert chain.receipt(sent)["status"] == "0x1"


def test_an_interval_replaces_automatic_mining() -> None:
    """A block is due when the interval has passed, and not before."""
    made = EmbeddedChain.in_memory()
    chain = Driver(made.rpc)
    chain.call("evm_setIntervalMining", 5)
    sent = chain.pay(0)
    assert not made.mine_if_due(4.9)
    assert chain.call("eth_getTransactionReceipt", sent) is None
    assert made.mine_if_due(5.0)
    assert chain.receipt(sent)["blockNumber"] == "0x1"
    chain.call("evm_setIntervalMining", 0)
    assert not made.mine_if_due(1000.0)
    made.close()


def test_reading_does_not_wait_while_a_block_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full block takes seconds; meanwhile the chain answers as it was, and takes transactions for the next one."""
    made = EmbeddedChain.in_memory()
    chain = Driver(made.rpc)
    chain.call("evm_setIntervalMining", 5)
    early, apply_all = chain.pay(0), Draft.apply_all
    heights: list[int] = []
    late: list[str] = []
    others = ThreadPoolExecutor(1)

    def ask_meanwhile(draft: Draft, ready: Iterable[Pooled]) -> None:
        heights.append(others.submit(chain.height).result(timeout=5))
        late.append(others.submit(chain.pay, 1).result(timeout=5))
        apply_all(draft, ready)

    monkeypatch.setattr(Draft, "apply_all", ask_meanwhile)
    assert made.mine_if_due(5.0)
    assert (heights, chain.receipt(early)["blockNumber"]) == ([0], "0x1")
    assert chain.call("eth_getTransactionReceipt", late[0]) is None
    monkeypatch.undo()
    assert made.mine_if_due(5.0)
    assert chain.receipt(late[0])["blockNumber"] == "0x2"
    others.shutdown()
    made.close()


def test_block_times_follow_the_clock(tmp_path: Path) -> None:
    """One clock for everyone: moved elsewhere it moves the chain, moved by the chain it moves everyone."""
    clock = DevnetClock(tmp_path / "clock.json")
    made = EmbeddedChain.in_memory(clock=clock)
    chain = Driver(made.rpc)
    clock.advance(timedelta(days=400))
    chain.call("evm_mine")
    assert abs(int(chain.head()["timestamp"], 16) - clock.now().timestamp()) < 2
    chain.call("evm_increaseTime", 3600)
    assert clock.offset() == timedelta(days=400, hours=1)
    chain.call("evm_mine")
    assert abs(int(chain.head()["timestamp"], 16) - clock.now().timestamp()) < 2
    made.close()


def test_each_block_is_later_than_the_last(embedded: Driver) -> None:
    """Also when many are made in one second."""
    embedded.call("anvil_mine", "0x5")
    times = [int(embedded.call("eth_getBlockByNumber", hex(n), False)["timestamp"], 16) for n in range(6)]
    assert times == sorted(set(times))
