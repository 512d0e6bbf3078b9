"""A devnet under test: brought up on free ports, its people registered, its books compared, and taken down."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tradecoin.adapters.chain.deployment import Deployment
from tradecoin.client import ApiUnavailable, Client
from tradecoin_devnet import samples
from tradecoin_devnet.demo.doors import sign_text, wait_for
from tradecoin_devnet.evm.accounts import DevAccount
from tradecoin_devnet.plugin.handles import BankHandle, ChainHandle, Holder, NodeHandle
from tradecoin_devnet.stack.devnet import Devnet
from tradecoin_devnet.stack.layout import ATTESTORS, BANK_SIGNERS, Ports
from tradecoin_devnet.stack.wish import Wish

_OPENING: Final = "10000.00"
_UNDER_WAY: Final = ("funded", "approved", "batched")


class BooksDiffer(AssertionError):
    """Bank, ledger and chain do not agree; the message has the lines."""


class Harness:
    """One devnet that is up."""

    def __init__(self, devnet: Devnet, summary: dict[str, Any]) -> None:
        """Open the doors and register the account holders."""
        self.devnet, self.summary = devnet, summary
        self.clock, self.database = devnet.clock, devnet.database
        deployment = Deployment.load(Path(summary["deployment"]))
        self.contracts = {name: deployment.address(name) for name in ("Token", "Reserves", "NarrowBank")}
        self.chain = ChainHandle(summary["rpc"], summary["chain_id"])
        self.bank = BankHandle(summary["bank"], devnet.wish.reserve.iban)
        self.node = NodeHandle(devnet, summary["api"], self._connect)
        self.client = self.client_of("operator")
        self.accounts = tuple(self._register(row) for row in summary["accounts"])

    def client_of(self, role: str) -> Client:
        """Return a client with the key of a role: admin, operator, approver, auditor or client."""
        return Client(self.summary["api"], self.summary["api_keys"][role])

    def _connect(self) -> None:
        """Open new connections to a node that was started anew."""
        self.client.close()
        self.client = self.client_of("operator")

    def _register(self, row: dict[str, Any]) -> Holder:
        """Make a customer with a bank account and a wallet."""
        town = next(one.town for one in samples.CUSTOMERS if one.name == row["name"])
        customer = self.client.customers.create(name=row["name"])["id"]
        account = self.client.bank_accounts.create(customer_id=customer, iban=row["iban"], name=row["name"], town=town)
        owner = DevAccount(row["address"], row["key"])
        wallet = self.client.wallets.register(
            customer_id=customer, address=row["address"], sign=lambda text: sign_text(owner, text)
        )
        known = {name: row[name] for name in ("name", "address", "key", "iban")}
        return Holder(**known, reference=wallet["reference"], customer_id=customer, bank_account=account["id"])

    def mint(self, amount: str, to: str) -> Any:
        """Let a credit come for an order and wait until its coins are there; return the order."""
        order = self.client.mint_orders.create(amount=amount, currency=self.devnet.wish.reserve.currency, recipient=to)
        self.bank.credit(amount, reference=order["reference"])
        return self.wait_order(order["id"])

    def wait_order(self, order_id: str, state: str = "issued") -> Any:
        """Wait until an order is in a state; raises DemoFailed."""
        return wait_for(f"order {state}", lambda: self.client.mint_orders.get(order_id), lambda o: o["state"] == state)

    def stop_parties(self, *names: str) -> None:
        """End signing parties: attestor-1 … 3, bank-signer-1 … 3."""
        for name in names:
            self.devnet.processes.stop_one(name)

    def heal(self) -> None:
        """Start whatever of the devnet does not run."""
        missing = [name for name in (*BANK_SIGNERS, *ATTESTORS) if not self.devnet.processes.is_running(name)]
        for name in missing:
            self.devnet.start_party(name)
        for name in missing:
            self.devnet.wait_party(name)
        if not self.node.is_running:
            self.node.restart()

    def settle(self) -> None:
        """Wait until no order and no redemption is under way."""

        def busy() -> list[Any]:
            orders = [row for state in _UNDER_WAY for row in self.client.mint_orders.list(state=state)]
            over = ("settled", "given_back", "cancelled", "reclaimed", "created", "expired")
            return orders + [row for row in self.client.redemptions.list() if row["state"] not in over]

        wait_for("nothing under way", busy, lambda rows: not rows)

    def audit(self) -> Any:
        """Return the comparison of bank, ledger and chain."""
        return self.client.ledger.audit()

    def check_books(self) -> None:
        """Close the bank's statement and compare the books; raises BooksDiffer with the lines that differ."""
        self.settle()
        closing = self.bank.close_statement()["closing"]
        seen = "bank closing balance = ledger bank reserve"

        def clean(told: Any) -> bool:
            compared = [line["expected"] for line in told["checks"] if line["name"] == seen]
            return bool(told["ok"]) and compared == [closing]

        last: list[Any] = []

        def look() -> Any:
            last[:] = [self._audit_or_none()]
            return last[0]

        try:
            wait_for("books that agree", look, lambda told: told is not None and clean(told), seconds=20)
        except Exception as error:
            wrong = [line for line in last[0]["checks"] if not line["ok"]] if last and last[0] else last
            raise BooksDiffer(f"closing balance {closing}; lines that differ: {wrong}") from error

    def _audit_or_none(self) -> Any:
        """Return the audit, None while the node cannot make it."""
        try:
            return self.audit()
        except ApiUnavailable:
            return None


@contextmanager
def running(home: Path, **wish: Any) -> Iterator[Harness]:
    """Bring a devnet up in `home`; it is down and gone afterwards. `wish` as for Wish: engine, database, …"""
    devnet = Devnet(home, Ports.from_base(0), Wish(**wish))
    try:
        summary = devnet.up(before_node=lambda one: one.open_reserve_account(_OPENING))
        harness = Harness(devnet, summary)
        yield harness
        harness.client.close()
    finally:
        devnet.remove()
