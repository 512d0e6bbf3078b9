"""Blocks, receipts, logs, fees and finality, as JSON-RPC shows them."""

from typing import Any

import pytest

from tests.devnet.evm.box import call_data
from tests.devnet.evm.driver import ALICE, BOB, GWEI, Driver, signed
from tradecoin_devnet.evm.chain import EmbeddedChain

HOLDER, OTHER = 0xB0B, 0xCA201


def topic(value: int) -> str:
    """Return a number as a topic."""
    return f"0x{value:064x}"


def test_an_unknown_method_is_refused(chain: Driver) -> None:
    """A caller learns that it does not exist."""
    assert chain.refused("eth_mine_me").code == -32601


@pytest.mark.parametrize("params", [[], ["0x12"], [12], ["0x" + "zz" * 32]])
def test_a_hash_that_is_none_is_refused(embedded: Driver, params: list[Any]) -> None:
    """Missing, short, of another type, or not hex."""
    assert embedded.refused("eth_getTransactionReceipt", *params).code == -32602


@pytest.mark.parametrize("tag", ["newest", "0xzz", -1, True])
def test_a_block_that_is_none_is_refused(embedded: Driver, tag: object) -> None:
    """Neither a tag nor a quantity."""
    assert embedded.refused("eth_getBlockByNumber", tag, False).code == -32602


def test_what_does_not_exist_is_null(chain: Driver) -> None:
    """Not an error: it may exist later."""
    nothing = "0x" + "11" * 32
    assert chain.call("eth_getBlockByNumber", "0x99", False) is None
    assert chain.call("eth_getBlockByHash", nothing, False) is None
    assert chain.call("eth_getTransactionByHash", nothing) is None
    assert chain.call("eth_getTransactionReceipt", nothing) is None
    assert chain.call("eth_getBlockReceipts", "0x99") is None
    assert chain.call("eth_getTransactionByBlockNumberAndIndex", "0x0", "0x0") is None


def test_the_chain_says_what_it_is(chain: Driver) -> None:
    """Chain id, network, sync state and accounts."""
    assert chain.call("eth_chainId") == "0x7a69"
    assert chain.call("net_version") == "31337"
    assert chain.call("eth_syncing") is False
    assert chain.call("eth_accounts")[:2] == [ALICE.address.lower(), BOB.address.lower()]
    assert chain.number("eth_getBalance", ALICE.address, "latest") == 10_000 * 10**18
    assert chain.call("web3_clientVersion")


def test_a_block_is_the_same_by_number_and_by_hash(chain: Driver) -> None:
    """With hashes or with whole transactions, and its transactions know their place."""
    sent = chain.pay(0)
    chain.receipt(sent)
    block = chain.head()
    assert chain.call("eth_getBlockByHash", block["hash"], False) == block
    (whole,) = chain.call("eth_getBlockByNumber", block["number"], True)["transactions"]
    assert whole == chain.call("eth_getTransactionByHash", sent)
    assert whole == chain.call("eth_getTransactionByBlockHashAndIndex", block["hash"], "0x0")
    assert whole == chain.call("eth_getTransactionByBlockNumberAndIndex", block["number"], "0x0")
    assert (whole["blockHash"], whole["transactionIndex"], whole["value"]) == (block["hash"], "0x0", "0x1")
    assert chain.call("eth_getBlockTransactionCountByHash", block["hash"]) == "0x1"
    assert chain.call("eth_getBlockTransactionCountByNumber", "latest") == "0x1"


def test_both_chains_agree_on_a_block_of_transactions(chain: Driver) -> None:
    """The same transactions make the same roots of transactions and receipts everywhere."""
    box = chain.deploy()
    chain.call("evm_setAutomine", False)
    for order in range(3):
        chain.mint(box, HOLDER + order, order, 5)
    chain.mint(box, HOLDER, 4, 0)
    chain.call("evm_mine")
    block = chain.head()
    assert len(block["transactions"]) == 4
    assert block["receiptsRoot"] == "0x5f8aa9df1dc0799ca9da2d34cb52c17d100d929194be2595e4625961bdc0ce12"
    assert block["transactionsRoot"] == "0xfb55ce9d309f497ce75d19595f1f825b5a00d2af66c9652dd9104fb498b4c17b"


def test_receipts_of_a_block_count_on(chain: Driver) -> None:
    """Cumulative gas and log indexes run through the block; together or one by one, receipts are the same."""
    box = chain.deploy()
    chain.call("evm_setAutomine", False)
    sent = [chain.mint(box, HOLDER, order, 5) for order in range(3)]
    chain.call("evm_mine")
    receipts = chain.call("eth_getBlockReceipts", "latest")
    assert receipts == [chain.receipt(one) for one in sent]
    assert chain.call("eth_getBlockReceipts", receipts[0]["blockHash"]) == receipts
    used = [int(one["gasUsed"], 16) for one in receipts]
    assert [int(one["cumulativeGasUsed"], 16) for one in receipts] == [sum(used[: n + 1]) for n in range(3)]
    assert [one["logs"][0]["logIndex"] for one in receipts] == ["0x0", "0x1", "0x2"]
    assert int(receipts[0]["effectiveGasPrice"], 16) == GWEI + int(chain.head()["baseFeePerGas"], 16)


def test_the_pending_block_shows_what_waits(embedded: Driver) -> None:
    """It has a number and no hash yet."""
    embedded.call("evm_setAutomine", False)
    sent = embedded.pay(0)
    pending = embedded.head("pending")
    assert (pending["number"], pending["hash"], pending["transactions"]) == ("0x1", None, [sent])


def test_logs_are_found_by_range_address_and_topics(chain: Driver) -> None:
    """A list at one place means any of them, null means all."""
    box = chain.deploy()
    for to, order in ((HOLDER, 1), (OTHER, 2), (HOLDER, 3)):
        chain.receipt(chain.mint(box, to, order, 5))
    event = chain.call("eth_getLogs", {"fromBlock": "0x0"})[0]["topics"][0]

    def orders(**wanted: Any) -> list[int]:
        found = chain.call("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest", **wanted})
        return [int(log["topics"][2], 16) for log in found]

    assert orders() == [1, 2, 3]
    assert orders(address=box, topics=[event, topic(HOLDER)]) == [1, 3]
    assert orders(address=[box, BOB.address], topics=[None, [topic(OTHER), topic(0)]]) == [2]
    assert orders(topics=[[event], None, [topic(1), topic(2)]]) == [1, 2]
    assert orders(address=BOB.address) == []
    assert orders(fromBlock="0x3", toBlock="0x3") == [2]
    assert orders(topics=[]) == [1, 2, 3]


def test_logs_are_found_by_block_hash(chain: Driver) -> None:
    """One block's, filtered like any."""
    box = chain.deploy()
    chain.receipt(chain.mint(box, HOLDER, 1, 5))
    block = chain.head()["hash"]
    (log,) = chain.call("eth_getLogs", {"blockHash": block, "topics": [None, topic(HOLDER)]})
    assert log["blockHash"] == block
    assert chain.call("eth_getLogs", {"blockHash": block, "topics": [None, topic(OTHER)]}) == []


@pytest.mark.parametrize(
    "wanted",
    [
        {"blockHash": "0x" + "11" * 32},
        {"blockHash": "0x" + "11" * 32, "fromBlock": "0x0"},
        {"fromBlock": "0x2", "toBlock": "0x1"},
        {"address": "0x12"},
        {"topics": ["0x12"]},
        {"topics": [None] * 5},
        "all",
    ],
)
def test_a_filter_that_means_nothing_is_refused(embedded: Driver, wanted: object) -> None:
    """An unknown block, two ways at once, a range backwards, bytes of a wrong length."""
    embedded.call("anvil_mine", "0x3")
    assert embedded.refused("eth_getLogs", wanted).code in (-32000, -32602)


def test_more_logs_than_the_limit_are_refused() -> None:
    """The caller must ask for less at once; nothing is cut off in silence."""
    limited = EmbeddedChain.in_memory(log_limit=2)
    chain = Driver(limited.rpc)
    box = chain.deploy()
    for order in range(3):
        chain.mint(box, HOLDER, order, 5)
    error = chain.refused("eth_getLogs", {"fromBlock": "0x0"})
    assert (error.code, error.message) == (-32005, "query returned more than 2 results")
    assert len(chain.call("eth_getLogs", {"fromBlock": "0x0", "toBlock": "0x3"})) == 2
    limited.close()


def test_safe_and_finalized_keep_their_distance(chain: Driver) -> None:
    """They follow the head, one and two blocks behind, and never go below the first block."""
    assert [chain.head(tag)["number"] for tag in ("safe", "finalized", "earliest")] == ["0x0", "0x0", "0x0"]
    chain.call("anvil_mine", "0x5")
    assert [chain.head(tag)["number"] for tag in ("latest", "safe", "finalized")] == ["0x5", "0x4", "0x3"]


@pytest.mark.parametrize(("finality", "safe", "finalized"), [(0, 9, 9), (1, 8, 8), (6, 8, 3)])
def test_the_distance_can_be_chosen(finality: int, safe: int, finalized: int) -> None:
    """From a chain that is final at once to one like a real network."""
    made = EmbeddedChain.in_memory(finality=finality)
    chain = Driver(made.rpc)
    chain.call("anvil_mine", "0x9")
    assert [int(chain.head(tag)["number"], 16) for tag in ("safe", "finalized")] == [safe, finalized]
    made.close()


def test_the_base_fee_follows_the_blocks(chain: Driver) -> None:
    """Empty blocks make gas an eighth cheaper, and the history says so with the next one's fee."""
    chain.receipt(chain.pay(0, maxPriorityFeePerGas=3 * GWEI))
    chain.call("anvil_mine", "0x2")
    history = chain.call("eth_feeHistory", "0x3", "latest", [10, 90])
    fees = [int(fee, 16) for fee in history["baseFeePerGas"]]
    assert (history["oldestBlock"], len(fees), len(history["gasUsedRatio"])) == ("0x1", 4, 3)
    assert fees[1] == fees[0] - fees[0] * (30_000_000 - 21_000) // 30_000_000 // 8
    assert fees[2] == fees[1] - fees[1] // 8
    assert [int(reward, 16) for reward in history["reward"][0]] == [3 * GWEI, 3 * GWEI]
    assert fees[0] == int(chain.call("eth_getBlockByNumber", "0x1", False)["baseFeePerGas"], 16)


def test_a_full_block_makes_gas_dearer(embedded: Driver) -> None:
    """Above half full the base fee rises."""
    box = embedded.deploy()
    embedded.send(signed(1, to=box, data=call_data("write", 2_000), gas=59_000_000, value=0))
    now, after = (int(fee, 16) for fee in embedded.call("eth_feeHistory", "0x1", "latest")["baseFeePerGas"])
    used = int(embedded.head()["gasUsed"], 16)
    assert after == now + now * (used - 30_000_000) // 30_000_000 // 8 > now


@pytest.mark.parametrize("percentiles", [[-1], [101], [50, 10], "50"])
def test_percentiles_out_of_order_are_refused(embedded: Driver, percentiles: object) -> None:
    """From 0 to 100, ascending."""
    assert embedded.refused("eth_feeHistory", "0x1", "latest", percentiles).code == -32602


def test_the_suggested_price_is_enough(chain: Driver) -> None:
    """A legacy transaction at the suggested price is mined at once."""
    price = chain.number("eth_gasPrice")
    assert chain.number("eth_maxPriorityFeePerGas") <= price
    assert chain.receipt(chain.pay(0, gasPrice=price))["status"] == "0x1"
