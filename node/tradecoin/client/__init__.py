"""A typed client of the REST API: `with Client("http://127.0.0.1:8400", key) as node: node.mint_orders.create(...)`."""

from types import TracebackType
from typing import Self

import httpx

from tradecoin.client.devnet import Devnet
from tradecoin.client.facts import Attestations, Events, Facts, Ledger
from tradecoin.client.money import BankMessages, Deposits, MintOrders, Payouts, Redemptions
from tradecoin.client.operations import ApiKeys, Transactions
from tradecoin.client.parties import BankAccounts, Customers, Wallets
from tradecoin.client.session import ApiRefused, ApiUnavailable, Session

__all__ = ["ApiRefused", "ApiUnavailable", "Client"]


class Client:
    """The API of one node, a group of methods for each resource. One thread at a time.

    Every refusal is raised as ApiRefused or ApiUnavailable with the problem document's code and facts. A request that
    moves money carries a fresh Idempotency-Key and is repeated under it when the line breaks or the node is busy.
    """

    def __init__(
        self,
        base_url: str,
        key: str = "",
        *,
        timeout_seconds: int = 60,
        retries: int = 3,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Remember where; nothing is asked yet. `transport` stands in for the network in tests."""
        session = Session(base_url, key, timeout_seconds=timeout_seconds, retries=retries, transport=transport)
        self._session = session
        self.mint_orders = MintOrders(session)
        self.deposits = Deposits(session)
        self.bank_messages = BankMessages(session)
        self.redemptions = Redemptions(session)
        self.payouts = Payouts(session)
        self.customers = Customers(session)
        self.bank_accounts = BankAccounts(session)
        self.wallets = Wallets(session)
        self.attestations = Attestations(session)
        self.facts = Facts(session)
        self.ledger = Ledger(session)
        self.events = Events(session)
        self.transactions = Transactions(session)
        self.api_keys = ApiKeys(session)
        self.devnet = Devnet(session)

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def __enter__(self) -> Self:
        """Return the client; leaving closes it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()
