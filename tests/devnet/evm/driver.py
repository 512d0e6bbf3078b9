"""A hand on a chain: signs with the devnet's accounts and reads what JSON-RPC answers."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

import pytest
from eth_account import Account

from tests.devnet.evm.box import CODE, call_data
from tradecoin_devnet.evm.accounts import DEV_ACCOUNTS, DevAccount
from tradecoin_devnet.evm.errors import RpcError

GWEI = 10**9
ALICE, BOB, CAROL = DEV_ACCOUNTS[:3]


class Driver:
    """Calls methods of one chain by any means."""

    def __init__(self, rpc: Callable[[str, list[Any]], Any]) -> None:
        self.rpc = rpc

    def call(self, method: str, *params: Any) -> Any:
        """Call a method."""
        return self.rpc(method, list(params))

    def refused(self, method: str, *params: Any) -> RpcError:
        """Call a method that must be refused, and return the refusal."""
        with pytest.raises(RpcError) as refusal:
            self.rpc(method, list(params))
        return refusal.value

    def number(self, method: str, *params: Any) -> int:
        """Call a method that returns a quantity."""
        return int(self.call(method, *params), 16)

    def head(self, tag: str = "latest") -> dict[str, Any]:
        """Return a block with the hashes of its transactions."""
        block: dict[str, Any] = self.call("eth_getBlockByNumber", tag, False)
        return block

    def height(self) -> int:
        """Return the number of the newest block."""
        return self.number("eth_blockNumber")

    def nonce(self, account: DevAccount, tag: str = "latest") -> int:
        """Return an account's nonce."""
        return self.number("eth_getTransactionCount", account.address, tag)

    def send(self, raw: str) -> str:
        """Send a raw transaction and return its hash."""
        return str(self.call("eth_sendRawTransaction", raw))

    def receipt(self, transaction_hash: str) -> dict[str, Any]:
        """Return the receipt of a mined transaction."""
        deadline = monotonic() + 5
        while (receipt := self.call("eth_getTransactionReceipt", transaction_hash)) is None:
            # anvil answers before it has mined; the embedded chain never gets here.
            assert monotonic() < deadline, f"{transaction_hash} is not mined"
            sleep(0.002)
        return dict(receipt)

    def pay(self, nonce: int, **fields: Any) -> str:
        """Send one wei from Alice to Bob."""
        return self.send(signed(nonce, **fields))

    def deploy(self) -> str:
        """Create the Box and return its address."""
        made = self.send(signed(self.nonce(ALICE), to=None, data="0x" + CODE, gas=1_000_000, value=0))
        return str(self.receipt(made)["contractAddress"])

    def mint(self, box: str, to: int, order: int, amount: int, **fields: Any) -> str:
        """Mint in the Box; `to` is an address as a number."""
        data = call_data("mint", to, order, amount)
        nonce = self.nonce(ALICE, "pending")
        return self.send(signed(nonce, **{"to": box, "data": data, "gas": 150_000, "value": 0, **fields}))

    def minted(self, box: str, to: int, order: int, amount: int, **fields: Any) -> str:
        """Mint in the Box, and wait until it is in a block."""
        sent = self.mint(box, to, order, amount, **fields)
        self.receipt(sent)
        return sent


def signed(nonce: int, sender: DevAccount = ALICE, **fields: Any) -> str:
    """Sign a transaction of type 2, or of the type that the fields say; fees in wei for one unit of gas."""
    transaction = {"chainId": 31337, "nonce": nonce, "to": BOB.address, "value": 1, "gas": 21_000, **fields}
    if "gasPrice" not in fields:
        transaction.setdefault("maxFeePerGas", 20 * GWEI)
        transaction.setdefault("maxPriorityFeePerGas", GWEI)
    to = transaction.pop("to")
    if to is not None:
        transaction["to"] = bytes.fromhex(str(to)[2:])
    raw: str = Account.sign_transaction(transaction, sender.key).raw_transaction.hex()
    return "0x" + raw
