"""What a test holds of a devnet: chain, bank, node and account holders, each through its own public door."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tradecoin_devnet.demo.doors import Chain
from tradecoin_devnet.evm.accounts import DevAccount
from tradecoin_devnet.stack.http import get, post

if TYPE_CHECKING:
    from tradecoin_devnet.stack.devnet import Devnet


@dataclass(frozen=True, slots=True)
class Holder:
    """A customer of the node with a funded account: `reference` on a credit makes coins for `address`."""

    name: str
    address: str
    key: str
    iban: str
    reference: str
    customer_id: str
    bank_account: str

    @property
    def account(self) -> DevAccount:
        """The account as signing functions take it."""
        return DevAccount(self.address, self.key)


class ChainHandle(Chain):
    """The chain's endpoint, with what only a devnet's chain can."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return self._url

    def call(self, method: str, *params: Any) -> Any:
        """Ask anything; raises DemoFailed with the endpoint's error."""
        return self._call(method, *params)

    def mine(self, blocks: int = 1) -> None:
        """Make blocks at once."""
        self._call("anvil_mine", hex(blocks))

    def reorg(self, depth: int) -> None:
        """Replace the last blocks by empty ones; their transactions are gone."""
        self._call("anvil_reorg", depth, [])

    @property
    def head(self) -> int:
        """The number of the newest block."""
        return int(self._call("eth_blockNumber"), 16)


class BankHandle:
    """The simulated bank and the reserve account in it."""

    def __init__(self, url: str, iban: str) -> None:
        """Remember where."""
        self.url, self.iban = url, iban

    def credit(self, amount: str, *, reference: str = "", debtor: str = "Somebody", **more: Any) -> Any:
        """Book money that came in; return the line of the bank's book. `more` as the bank's README says."""
        body = {"iban": self.iban, "amount": amount, "debtor": {"name": debtor}, **more}
        return post(f"{self.url}/_bank/credits", {**body, **({"reference": reference} if reference else {})})

    def control(self, name: str, **body: Any) -> Any:
        """Make the bank do something: `misbehave`, `statement`, `reversals`, `charges`, …"""
        return post(f"{self.url}/_bank/{name}", body)

    def close_statement(self) -> Any:
        """Close the reserve account's statement now; the node fetches it by itself."""
        return self.control("statement", iban=self.iban)

    def entries(self) -> list[dict[str, Any]]:
        """Return the bank's own book of the reserve account."""
        found: list[dict[str, Any]] = get(f"{self.url}/accounts/{self.iban}/entries")
        return found


class NodeHandle:
    """The node's process."""

    def __init__(self, devnet: "Devnet", url: str, moved: Callable[[], None]) -> None:
        """Remember whose it is; `moved` is told when the process was replaced."""
        self._devnet, self.url, self._moved = devnet, url, moved

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._devnet.processes.is_running("node")

    def kill9(self) -> None:
        """End it as a power cut does."""
        self._devnet.processes.stop_one("node", kill=True)

    def stop(self) -> None:
        """End it as an operator does."""
        self._devnet.processes.stop_one("node")

    def restart(self) -> None:
        """Start it again, after ending it if it runs, and wait until it is ready."""
        self.stop()
        self._devnet.run_node()
        self._devnet.wait_node()
        self._moved()
