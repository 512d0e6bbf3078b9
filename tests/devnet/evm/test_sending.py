"""Raw transactions: what a chain refuses, what waits, what is replaced. The same on the embedded chain and on anvil."""

import re
from typing import Any

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from tests.devnet.evm.box import CODE, call_data
from tests.devnet.evm.driver import ALICE, BOB, GWEI, Driver, signed
from tradecoin_devnet.evm.errors import RpcError
from tradecoin_devnet.evm.submit import read_raw


def assert_says(error: Exception, pattern: str) -> None:
    """Check a refusal's text without regard to case."""
    assert re.search(pattern, str(error), re.IGNORECASE), str(error)


@given(raw=st.binary(max_size=200))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    """Whatever is sent, the answer is a refusal, not a crash."""
    with pytest.raises(RpcError):
        read_raw(raw, 31337)


@given(place=st.integers(min_value=0, max_value=109), value=st.integers(min_value=0, max_value=255))
def test_no_damaged_transaction_breaks_the_reader(place: int, value: int) -> None:
    """One wrong byte makes a refusal, or another sender."""
    raw = bytearray.fromhex(signed(0)[2:])
    sender = read_raw(bytes(raw), 31337).sender
    changed = raw[place] != value
    raw[place] = value
    try:
        assert (read_raw(bytes(raw), 31337).sender != sender) == changed
    except RpcError:
        assert changed


@pytest.mark.parametrize("raw", ["0x", "0x1234", "0xf8", "0x02c0", "0x7f00", "not hex", "0x02" + "f8" * 40])
def test_bytes_that_are_no_transaction_are_refused(chain: Driver, raw: str) -> None:
    """Garbage never reaches the pool."""
    assert chain.refused("eth_sendRawTransaction", raw).code in (-32000, -32602)


def test_a_transaction_for_another_chain_is_refused(chain: Driver) -> None:
    """A signature for chain 1 is worth nothing here."""
    assert_says(chain.refused("eth_sendRawTransaction", signed(0, chainId=1)), "chain.?id")


def test_a_transaction_without_a_chain_is_refused(embedded: Driver) -> None:
    """What could be replayed anywhere is not taken."""
    fields: dict[str, Any] = {"nonce": 0, "to": BOB.address, "value": 1, "gas": 21_000, "gasPrice": 2 * GWEI}
    raw = Account.sign_transaction(fields, ALICE.key).raw_transaction.hex()
    assert_says(embedded.refused("eth_sendRawTransaction", "0x" + raw), "replay-protected")


def test_a_signature_with_a_high_s_is_refused(embedded: Driver) -> None:
    """Of the two signatures that mathematics allows only one counts."""
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    raw = signed(0)
    low = int(raw[-64:], 16)
    assert_says(embedded.refused("eth_sendRawTransaction", f"{raw[:-64]}{order - low:064x}"), "invalid sender")


def test_a_used_nonce_is_refused(chain: Driver) -> None:
    """The text is the one that clients look for."""
    chain.receipt(chain.pay(0))
    assert_says(chain.refused("eth_sendRawTransaction", signed(0, value=2)), "nonce too low")


def test_a_poor_sender_is_refused(chain: Driver) -> None:
    """Nobody sends what they do not have."""
    error = chain.refused("eth_sendRawTransaction", signed(0, value=10**23))
    assert_says(error, "insufficient funds for gas \\* price \\+ value")


def test_gas_below_the_intrinsic_cost_is_refused(chain: Driver) -> None:
    """A transaction must at least pay for itself."""
    assert_says(chain.refused("eth_sendRawTransaction", signed(0, gas=20_999)), "intrinsic gas too low")


def test_gas_below_the_calldata_floor_is_refused(embedded: Driver) -> None:
    """Much data has a price of its own since Prague."""
    raw = signed(0, data="0x" + "ff" * 1000, gas=21_000 + 16_000)
    assert_says(embedded.refused("eth_sendRawTransaction", raw), "floor data gas cost: gas 37000, minimum needed 61000")


def test_gas_above_the_block_limit_is_refused(chain: Driver) -> None:
    """A transaction that fits no block would wait for ever."""
    assert_says(chain.refused("eth_sendRawTransaction", signed(0, gas=60_000_001)), "gas limit|gas too high")


def test_a_tip_above_the_fee_is_refused(chain: Driver) -> None:
    """The tip is a part of the fee."""
    raw = signed(0, maxFeePerGas=GWEI, maxPriorityFeePerGas=2 * GWEI)
    assert_says(chain.refused("eth_sendRawTransaction", raw), "max priority fee per gas higher than max fee per gas")


def test_too_much_initcode_is_refused(embedded: Driver) -> None:
    """A contract has its size."""
    raw = signed(0, to=None, data="0x" + "00" * 49_153, gas=5_000_000)
    assert_says(embedded.refused("eth_sendRawTransaction", raw), "max initcode size exceeded")


def test_a_blob_transaction_is_refused(embedded: Driver) -> None:
    """This chain carries no blobs."""
    raw = "0x03" + signed(0)[4:]
    assert embedded.refused("eth_sendRawTransaction", raw).code == -32000


def test_a_waiting_transaction_sent_again_is_refused(chain: Driver) -> None:
    """The refusal tells the sender that the first one arrived."""
    chain.call("evm_setAutomine", False)
    chain.pay(0)
    assert_says(chain.refused("eth_sendRawTransaction", signed(0)), "already (known|imported)")


def test_a_replacement_that_pays_no_more_is_refused(chain: Driver) -> None:
    """Who wants another transaction under the same nonce must bid for it."""
    chain.call("evm_setAutomine", False)
    chain.pay(0)
    assert_says(chain.refused("eth_sendRawTransaction", signed(0, value=2)), "replacement transaction underpriced")


@pytest.mark.parametrize(("fee", "tip"), [(22 * GWEI - 1, 3 * GWEI), (30 * GWEI, 22 * GWEI // 10 - 1)])
def test_a_replacement_that_pays_less_than_a_tenth_more_is_refused(embedded: Driver, fee: int, tip: int) -> None:
    """Both fees must rise by a tenth."""
    embedded.call("evm_setAutomine", False)
    embedded.pay(0, maxFeePerGas=20 * GWEI, maxPriorityFeePerGas=2 * GWEI)
    raw = signed(0, value=2, maxFeePerGas=fee, maxPriorityFeePerGas=tip)
    assert_says(embedded.refused("eth_sendRawTransaction", raw), "replacement transaction underpriced")


def test_a_replacement_by_a_tenth_takes_the_place(chain: Driver) -> None:
    """Of two transactions with one nonce only the better paid one is mined."""
    chain.call("evm_setAutomine", False)
    first = chain.pay(0, maxFeePerGas=20 * GWEI, maxPriorityFeePerGas=2 * GWEI)
    second = chain.pay(0, value=2, maxFeePerGas=22 * GWEI, maxPriorityFeePerGas=22 * GWEI // 10)
    chain.call("evm_mine")
    assert chain.call("eth_getTransactionReceipt", first) is None
    assert chain.receipt(second)["status"] == "0x1"


def test_a_transaction_behind_a_gap_waits_until_the_gap_is_filled(chain: Driver) -> None:
    """A future nonce is kept, counted as queued, and mined with the one before it."""
    later = chain.pay(1)
    assert chain.call("txpool_status") == {"pending": "0x0", "queued": "0x1"}
    assert chain.nonce(ALICE, "pending") == 0
    chain.call("evm_setAutomine", False)
    chain.pay(0)
    assert chain.call("txpool_status") == {"pending": "0x2", "queued": "0x0"}
    assert chain.nonce(ALICE, "pending") == 2
    chain.call("evm_mine")
    assert chain.receipt(later)["status"] == "0x1"
    assert chain.nonce(ALICE) == 2


def test_a_waiting_transaction_can_be_seen_and_dropped(chain: Driver) -> None:
    """The pool shows what it holds, by sender and nonce, and forgets on demand."""
    chain.call("evm_setAutomine", False)
    first, second = chain.pay(0), chain.pay(1)
    pending = {sender.lower(): by_nonce for sender, by_nonce in chain.call("txpool_content")["pending"].items()}
    assert pending[ALICE.address.lower()]["0"]["hash"] == first
    assert chain.call("eth_getTransactionByHash", second)["blockHash"] is None
    assert chain.call("anvil_dropTransaction", second) == second
    chain.call("anvil_dropAllTransactions")
    assert chain.call("txpool_status") == {"pending": "0x0", "queued": "0x0"}
    assert chain.call("eth_getTransactionByHash", first) is None


def test_transactions_of_three_types_are_mined(chain: Driver) -> None:
    """Legacy, with access list, and with two fees."""
    slots = [{"address": BOB.address, "storageKeys": ["0x" + "00" * 32]}]
    hashes = [
        chain.pay(0, gasPrice=2 * GWEI),
        chain.pay(1, gasPrice=2 * GWEI, accessList=slots, gas=30_000),
        chain.pay(2),
    ]
    assert [chain.receipt(one)["type"] for one in hashes] == ["0x0", "0x1", "0x2"]
    assert [chain.receipt(one)["gasUsed"] for one in hashes] == [hex(21_000), hex(25_300), hex(21_000)]
    assert chain.call("eth_getTransactionByHash", hashes[1])["accessList"] == [
        {"address": BOB.address.lower(), "storageKeys": ["0x" + "00" * 32]}
    ]


def test_an_account_can_borrow_code(embedded: Driver) -> None:
    """A transaction of type 4 (EIP-7702) is mined and shown with its authorizations."""
    box = embedded.deploy()
    authorization = {"chainId": 31337, "address": bytes.fromhex(box[2:]), "nonce": 0}
    signed_by_bob = Account.sign_authorization(authorization, BOB.key)
    sent = embedded.send(signed(1, value=0, gas=100_000, authorizationList=[signed_by_bob]))
    assert embedded.receipt(sent)["type"] == "0x4"
    assert embedded.call("eth_getCode", BOB.address, "latest") == "0xef0100" + box[2:]
    (shown,) = embedded.call("eth_getTransactionByHash", sent)["authorizationList"]
    assert (shown["address"], shown["nonce"], shown["chainId"]) == (box, "0x0", "0x7a69")
    assert embedded.number("eth_call", {"to": BOB.address, "data": call_data("totalSupply")}, "latest") == 0


def test_the_better_tip_goes_first(embedded: Driver) -> None:
    """Within a block the order is by tip, not by arrival; one sender's nonces stay in order."""
    embedded.call("evm_setAutomine", False)
    hashes = [embedded.pay(0), embedded.pay(1, maxPriorityFeePerGas=9 * GWEI)]
    better = embedded.send(signed(0, BOB, maxPriorityFeePerGas=3 * GWEI))
    embedded.call("evm_mine")
    assert embedded.head()["transactions"] == [better, *hashes]


def test_a_full_block_leaves_the_rest_for_the_next(chain: Driver) -> None:
    """What does not fit waits."""
    chain.call("evm_setAutomine", False)
    first, second = chain.pay(0), chain.pay(1, gas=59_980_000)
    chain.call("evm_mine")
    assert chain.head()["transactions"] == [first]
    chain.call("evm_mine")
    assert chain.head()["transactions"] == [second]


def test_a_fee_below_the_base_fee_waits(embedded: Driver) -> None:
    """A transaction that bids too little is mined once the base fee has come down."""
    cheap = embedded.pay(0, maxFeePerGas=8 * GWEI // 10, maxPriorityFeePerGas=0)
    assert embedded.call("eth_getTransactionReceipt", cheap) is None
    embedded.call("anvil_mine", "0x2")
    assert embedded.receipt(cheap)["status"] == "0x1"


def test_a_transaction_that_cannot_pay_any_more_does_not_stop_others(embedded: Driver) -> None:
    """The pool checked it alone; when its turn comes the money may be gone."""
    embedded.call("evm_setAutomine", False)
    embedded.pay(0, value=6_000 * 10**18)
    lost = embedded.pay(1, value=6_000 * 10**18)
    behind = embedded.pay(2)
    other = embedded.send(signed(0, BOB, to=ALICE.address))
    embedded.call("evm_mine")
    assert embedded.receipt(other)["status"] == "0x1"
    assert embedded.call("eth_getTransactionByHash", lost) is None
    assert embedded.call("txpool_status") == {"pending": "0x0", "queued": "0x1"}
    assert embedded.call("eth_getTransactionByHash", behind)["blockHash"] is None


def test_a_failed_creation_keeps_no_contract(embedded: Driver) -> None:
    """A constructor that runs out of gas leaves a receipt of failure."""
    failed = embedded.send(signed(0, to=None, data="0x" + CODE, gas=120_000, value=0))
    receipt = embedded.receipt(failed)
    assert (receipt["status"], receipt["contractAddress"], receipt["gasUsed"]) == ("0x0", None, hex(120_000))
