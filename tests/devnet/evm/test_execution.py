"""Running contracts: results, refusals with their data, gas estimates, and the block's context. On both chains."""

from unittest.mock import Mock

import pytest

from tests.devnet.evm.box import CODE, SELECTORS, call_data
from tests.devnet.evm.driver import ALICE, BOB, CAROL, Driver, signed
from tradecoin_devnet.evm import calls
from tradecoin_devnet.evm.chain import EmbeddedChain

HOLDER = 0xB0B
MOST = 10**24


def test_a_custom_error_comes_with_its_data(chain: Driver) -> None:
    """A caller can decode why it was refused."""
    box = chain.deploy()
    error = chain.refused("eth_call", {"to": box, "data": call_data("mint", HOLDER, 1, MOST + 1)}, "latest")
    assert error.code == 3
    assert error.message.startswith("execution reverted")
    assert error.data[10:] == f"{MOST + 1:064x}{MOST:064x}"


def test_a_reason_in_words_is_in_the_message(chain: Driver) -> None:
    """Error(string) is read for the caller."""
    box = chain.deploy()
    error = chain.refused("eth_call", {"to": box, "data": call_data("mint", HOLDER, 1, 0)}, "latest")
    assert error.message == "execution reverted: nothing to mint"
    assert error.data.startswith("0x08c379a0")


def test_a_panic_is_named(chain: Driver) -> None:
    """Panic(uint256) is read for the caller."""
    error = chain.refused("eth_call", {"to": chain.deploy(), "data": call_data("overflow", 1)}, "latest")
    assert error.code == 3
    assert "0x11" in error.message


def test_an_estimate_of_what_reverts_is_refused_with_its_data(chain: Driver) -> None:
    """There is no gas with which it would work."""
    box = chain.deploy()
    error = chain.refused("eth_estimateGas", {"to": box, "data": call_data("mint", HOLDER, 1, 0)})
    assert (error.code, error.data[:10]) == (3, "0x08c379a0")


def test_an_estimate_without_the_money_is_refused(embedded: Driver) -> None:
    """The value must be there."""
    error = embedded.refused("eth_estimateGas", {"from": ALICE.address, "to": BOB.address, "value": hex(10**23)})
    assert "insufficient funds" in error.message.lower()


def test_an_estimate_within_too_little_gas_is_refused(embedded: Driver) -> None:
    """The caller's own limit is respected."""
    call = {"to": embedded.deploy(), "data": call_data("mint", HOLDER, 1, 5), "gas": hex(40_000)}
    assert embedded.refused("eth_estimateGas", call).message == "gas required exceeds allowance (40000)"
    assert "intrinsic gas too low" in embedded.refused("eth_call", {**call, "gas": "0x1"}, "latest").message
    assert embedded.refused("eth_call", call, "latest").message == "out of gas"


def test_a_call_at_an_unknown_block_is_refused(chain: Driver) -> None:
    """There is no state to run on."""
    call = {"to": BOB.address}
    assert chain.refused("eth_call", call, "0x99").code in (-32000, -32602)
    assert chain.refused("eth_call", call, {"blockHash": "0x" + "11" * 32}).code in (-32000, -32602, -32001)


@pytest.mark.parametrize("call", ["0x", {"to": "0x12"}, {"data": "0x1"}, {"to": BOB.address, "value": "x"}])
def test_a_call_that_cannot_be_read_is_refused(chain: Driver, call: object) -> None:
    """Nothing is guessed."""
    assert chain.refused("eth_call", call, "latest").code in (-32000, -32602)


def test_a_failed_transaction_leaves_a_receipt_and_no_log(chain: Driver) -> None:
    """It used gas, and changed nothing else."""
    box = chain.deploy()
    failed = chain.receipt(chain.mint(box, HOLDER, 1, 0))
    assert (failed["status"], failed["logs"]) == ("0x0", [])
    assert chain.number("eth_call", {"to": box, "data": call_data("totalSupply")}, "latest") == 0


def test_a_mint_changes_state_and_leaves_a_log(chain: Driver) -> None:
    """State, receipt and log agree."""
    box = chain.deploy()
    minted = chain.minted(box, HOLDER, 7, 500)
    assert chain.number("eth_call", {"to": box, "data": call_data("balanceOf", HOLDER)}, "latest") == 500
    assert chain.number("eth_getStorageAt", box, "0x1", "latest") == 500
    (log,) = chain.receipt(minted)["logs"]
    assert log["address"] == box
    assert [int(topic, 16) for topic in log["topics"][1:]] == [HOLDER, 7]
    assert (int(log["data"], 16), log["transactionHash"], log["removed"]) == (500, minted, False)


def test_a_call_at_an_earlier_block_sees_that_state(chain: Driver) -> None:
    """By number and by hash."""
    box = chain.deploy()
    before = chain.head()
    chain.minted(box, HOLDER, 1, 500)
    call = {"to": box, "data": call_data("totalSupply")}
    assert chain.number("eth_call", call, before["number"]) == 0
    assert chain.number("eth_call", call, {"blockHash": before["hash"]}) == 0
    assert chain.number("eth_call", call, "latest") == 500
    assert chain.number("eth_getBalance", "0x" + "00" * 18 + "0b0b", "earliest") == 0


def test_a_call_sees_the_block_that_it_runs_at(embedded: Driver) -> None:
    """Number and time are the block's; at `pending` they are the next one's."""
    box = embedded.deploy()
    embedded.call("evm_setNextBlockTimestamp", int(embedded.head()["timestamp"], 16) + 1000)
    latest = embedded.call("eth_call", {"to": box, "data": call_data("time")}, "latest")
    pending = embedded.call("eth_call", {"to": box, "data": call_data("time")}, "pending")
    head = embedded.head()
    assert latest == f"0x{int(head['number'], 16):064x}{int(head['timestamp'], 16):064x}"
    assert pending == f"0x{int(head['number'], 16) + 1:064x}{int(head['timestamp'], 16) + 1000:064x}"


def test_a_contract_sees_the_hashes_of_earlier_blocks(chain: Driver) -> None:
    """BLOCKHASH works, more than once in a row."""
    box = chain.deploy()
    chain.call("anvil_mine", "0x3")
    for number in (0, 1, 2):
        wanted = chain.call("eth_getBlockByNumber", hex(number), False)["hash"]
        assert chain.call("eth_call", {"to": box, "data": call_data("hashOf", number)}, "latest") == wanted


@pytest.mark.parametrize("name", ["mint", "forward", "write", "erase"])
def test_an_estimate_is_enough_and_not_much_more(chain: Driver, name: str) -> None:
    """Sent with exactly that gas the transaction works: with sub-calls, and with refunds, which come at the end."""
    box = chain.deploy()
    chain.receipt(chain.send(signed(1, to=box, data=call_data("write", 20), gas=2_000_000, value=0)))
    data = call_data(name, *((HOLDER, 1, 5) if name in ("mint", "forward") else (3,) if name == "write" else ()))
    estimate = chain.number("eth_estimateGas", {"from": ALICE.address, "to": box, "data": data})
    receipt = chain.receipt(chain.send(signed(2, to=box, data=data, gas=estimate, value=0)))
    assert receipt["status"] == "0x1"
    before_refund = int(receipt["gasUsed"], 16) * 5 / 4
    assert estimate <= before_refund * 1.06


def test_a_long_run_is_estimated_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proving the figure by a second run would take as long again; what sub-calls keep back is reckoned instead."""
    monkeypatch.setattr(calls, "_LONG_RUN_GAS", 0)
    made, runs = EmbeddedChain.in_memory(), Mock(wraps=calls.run)
    chain = Driver(made.rpc)
    box, data = chain.deploy(), call_data("forward", HOLDER, 1, 5)
    monkeypatch.setattr(calls, "run", runs)
    estimate = chain.number("eth_estimateGas", {"from": ALICE.address, "to": box, "data": data})
    assert runs.call_count == 1
    receipt = chain.receipt(chain.send(signed(1, to=box, data=data, gas=estimate, value=0)))
    assert receipt["status"] == "0x1"
    assert estimate <= int(receipt["gasUsed"], 16) * 1.04
    made.close()


def test_a_creation_and_a_payment_are_estimated(chain: Driver) -> None:
    """Without a contract to call, too."""
    made = chain.number("eth_estimateGas", {"from": ALICE.address, "data": "0x" + CODE})
    receipt = chain.receipt(chain.send(signed(0, to=None, data="0x" + CODE, gas=made, value=0)))
    assert receipt["status"] == "0x1"
    assert chain.number("eth_estimateGas", {"from": ALICE.address, "to": CAROL.address, "value": "0x1"}) == 21_000


def test_gas_is_what_the_other_chain_counts(chain: Driver) -> None:
    """Creation, new and old storage, logs, sub-calls, refunds and the calldata floor cost the same on both chains."""
    box = chain.deploy()
    inputs = [
        call_data("mint", HOLDER, 1, 5),
        call_data("mint", HOLDER, 2, 5),
        call_data("forward", HOLDER, 3, 5),
        call_data("write", 20),
        call_data("erase"),
        "0x" + SELECTORS["totalSupply"] + "ff" * 2_000,
    ]
    sent = [chain.send(signed(n, to=box, data=data, gas=2_000_000, value=0)) for n, data in enumerate(inputs, 1)]
    used = [int(chain.receipt(one)["gasUsed"], 16) for one in sent]
    assert used == [68_240, 34_040, 34_815, 493_256, 101_936, 101_160]
