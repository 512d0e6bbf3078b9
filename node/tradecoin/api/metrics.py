"""Figures for Prometheus: what passed through the API, and how the node stands when it is asked.

Amounts are whole numbers of minor units (bank) or base units (token); docs/metrics.md lists every name.
"""

import time
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tradecoin.api.services import Services
from tradecoin.domain.errors import Unavailable
from tradecoin.domain.states import AttestationState, DepositState, IntentState, OrderState, RedemptionState
from tradecoin.flow.audit import Check, run_audit
from tradecoin.ports.chain import ChainUnreachable
from tradecoin.ports.store import Tx

_BUCKETS_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_AUDIT_SECONDS: Final = 30
_WAITING: Final = (IntentState.QUEUED, IntentState.PREPARED, IntentState.SENT, IntentState.INCLUDED)


class Metrics:
    """The figures of one app."""

    def __init__(self, services: Services) -> None:
        """Make a registry of its own, so that two apps in a process do not meet."""
        # When a series began is of no use here, and would double their number.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "tradecoin_http_requests", "Requests answered", ["method", "route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "tradecoin_http_request_seconds",
            "Time to answer",
            ["method", "route"],
            registry=self._registry,
            buckets=_BUCKETS_SECONDS,
        )
        self._results = Counter(
            "tradecoin_idempotency_results", "What became of requests by key", ["result"], registry=self._registry
        )
        self._registry.register(_Figures(services))

    def http(self, method: str, route: str, status: int, *, seconds: float) -> None:
        """Count an answered request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def idempotency(self, result: str) -> None:
        """Count a request by key: first, replayed, reused, or without_key."""
        self._results.labels(result).inc()

    def expose(self) -> tuple[bytes, str]:
        """Return the text of all figures and its media type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST


def _gauge(name: str, text: str, value: int) -> Metric:
    """Make a figure without labels."""
    return GaugeMetricFamily(f"tradecoin_{name}", text, value=value)


def _by(name: str, text: str, label: str, values: Iterable[tuple[str, int]]) -> Metric:
    """Make a figure with one label."""
    family = GaugeMetricFamily(f"tradecoin_{name}", text, labels=[label])
    for key, value in values:
        family.add_metric([key], value)
    return family


class _Figures(Collector):
    """Asks database and chain when Prometheus asks; what is away is left out, and `up` says so."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._audited: tuple[int, tuple[Check, ...]] | None = None

    def describe(self) -> Iterable[Metric]:
        """Say nothing beforehand: registering asks nobody."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield every figure that can be had now."""
        head, of_chain = self._chain()
        up = [("chain", 1 if of_chain else 0)]
        try:
            of_store = list(self._services.store.read(lambda tx: list(self._store(tx, head))))
            of_store.append(self._invariants())
            up.append(("database", 1))
        except Unavailable:
            of_store = []
            up.append(("database", 0))
        yield _by("up", "Whether the outside answers", "name", up)
        yield from of_chain
        yield from of_store

    def _chain(self) -> tuple[int, list[Metric]]:
        """Return the head's number and the chain's figures; -1 alone when it does not answer."""
        try:
            view = self._services.chain.reserve_view()
        except ChainUnreachable:
            return -1, []
        halts = [(name, 1) for name in view.halted]
        return view.block.number, [
            _gauge("supply_units", "Coins in existence", view.supply),
            _gauge("headroom_units", "Coins that may still be minted under the last attestation", view.headroom),
            _gauge("chain_head", "Number of the latest block", view.block.number),
            _by("minting_halted", "1 for each fact that keeps minting off", "fact", halts),
        ]

    def _store(self, tx: Tx, head: int) -> Iterator[Metric]:
        """Yield the database's figures."""
        orders = [(state.value, tx.orders.count(state=state)) for state in OrderState]
        redemptions = [(state.value, tx.redemptions.count(state=state)) for state in RedemptionState]
        unmatched = tx.deposits.count(state=DepositState.UNMATCHED)
        senders = self._services.key_addresses
        pending = [(name, tx.intents.count(sender=name, state=_WAITING)) for name in senders]
        yield _by("mint_orders", "Mint orders by state", "state", orders)
        yield _by("redemptions", "Redemptions by state", "state", redemptions)
        yield _gauge("deposits_unmatched", "Deposits that wait for an operator", unmatched)
        yield _gauge("reserve_booked_minor", "Bank reserve in the books", tx.books.balances().bank_reserve.minor)
        yield _by("pending_transactions", "Transactions not final, by key", "sender", pending)
        indexed = tx.chain.head()
        yield _gauge("chain_indexed", "Number of the latest indexed block", -1 if indexed is None else indexed.number)
        yield _gauge("chain_final", "Number up to which blocks are final", tx.chain.final_number())
        if head >= 0:
            yield _gauge("chain_lag", "Blocks that the index is behind", head - (indexed.number if indexed else -1))
        latest = tx.attestations.list(state=AttestationState.FINAL, newest_first=True, limit=1)
        if latest:
            age = tx.now - latest[0].cut
            yield _gauge(
                "attestation_age_seconds", "Age of the last attestation's cut", age.days * 86_400 + age.seconds
            )

    def _invariants(self) -> Metric:
        """Return how far each line of the audit is off; the audit itself runs at most every half minute."""
        now = int(time.monotonic())
        if self._audited is None or now - self._audited[0] >= _AUDIT_SECONDS:
            services = self._services
            try:
                found = run_audit(store=services.store, chain=services.chain, terms=services.terms)
            except ChainUnreachable:
                return _by("invariant_diff", "Not asked: the chain is away", "name", [])
            self._audited = now, found.checks
        text = "0 when the line of the audit is whole"
        return _by("invariant_diff", text, "name", [(check.name, difference(check)) for check in self._audited[1]])


def difference(check: Check) -> int:
    """Return 0 for a whole line, else how far it is off in its last decimal, at least 1."""
    if check.ok:
        return 0
    try:
        off = abs(Decimal(check.actual) - Decimal(check.expected))
    except InvalidOperation:
        return 1
    return max(1, int(off.scaleb(-int(off.as_tuple().exponent))))
