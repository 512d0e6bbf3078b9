"""What the API is given: ports and facts. Whoever builds a node makes one of these."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request

from tradecoin.domain.terms import Terms
from tradecoin.flow.wallet_proof import Place
from tradecoin.ports.bank import MessageFormat
from tradecoin.ports.chain import Chain
from tradecoin.ports.store import Store


class DevnetControls(Protocol):
    """What a devnet lets a test do to clock, chain and bank; refusals are raised as Refused."""

    def advance(self, by: timedelta) -> datetime:
        """Move the one clock; return its new time."""

    def mine(self, blocks: int) -> int:
        """Make blocks; return the head's number."""

    def reorg(self, depth: int) -> int:
        """Replace the last blocks; return the head's number."""

    def credit(self, *, iban: str, amount: str, currency: str, reference: str, debtor: str) -> dict[str, Any]:
        """Let the bank book a credit on an account; return what the bank answers."""

    def misbehave(self, *, iban: str, behaviour: str, after: str) -> dict[str, Any]:
        """Let the bank treat the next payment to an account badly; return what the bank answers."""


@dataclass(frozen=True, slots=True)
class Services:
    """Ports and facts that the routes work with.

    `origin` is where clients reach this API ("https://host[:port]"); sign-in messages name it. `key_addresses` are the
    node's own accounts by name, `deployment` the content of the deployment file. `devnet` is None outside the devnet
    profile, and then its routes do not exist. `checks` are asked by /readyz by name; each returns whether all is well.
    """

    store: Store
    chain: Chain
    format: MessageFormat
    terms: Terms
    token_name: str
    token_symbol: str
    origin: str
    key_addresses: Mapping[str, str]
    deployment: Mapping[str, Any]
    devnet: DevnetControls | None = None
    checks: Mapping[str, Callable[[], bool]] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Where proofs of control over an address count."""
        return Place(domain=self.origin.partition("://")[2].rstrip("/"), uri=self.origin.rstrip("/"))


def services_of(request: Request) -> Services:
    """Return what the app was built with."""
    services: Services = request.app.state.services
    return services


Use = Annotated[Services, Depends(services_of)]
"""A handler's argument that brings the services."""
