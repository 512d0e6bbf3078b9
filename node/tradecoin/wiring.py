"""The one place that knows every adapter: settings in, a node out."""

import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from tradecoin.adapters.bank_files import BankFiles
from tradecoin.adapters.bank_folder import FolderBank
from tradecoin.adapters.bank_http import HttpBank
from tradecoin.adapters.chain.deployment import Deployment
from tradecoin.adapters.chain.keys import NodeKeys, read_key
from tradecoin.adapters.chain.reader import open_chain
from tradecoin.adapters.chain.rpc import HttpEndpoint
from tradecoin.adapters.clock import DevnetClock, SystemClock
from tradecoin.adapters.devnet_controls import HttpDevnetControls
from tradecoin.adapters.parties_http import HttpAttestor, HttpBankSigner
from tradecoin.adapters.store import open_store
from tradecoin.api.services import Services
from tradecoin.config import Profile, Settings
from tradecoin.domain.errors import WrongChain
from tradecoin.domain.money import CoinScale, Currency, Money
from tradecoin.domain.payment import Account, Address
from tradecoin.domain.terms import Terms
from tradecoin.flow import (
    attestation,
    attestation_record,
    bank_message,
    batch,
    mint,
    outcome,
    payout,
    redemption,
    settlement,
)
from tradecoin.flow.chain_event import EventHandlers
from tradecoin.flow.fees import SendLimits
from tradecoin.flow.forks import stopped_facts
from tradecoin.flow.indexing import index_chain
from tradecoin.flow.sending import send_intents
from tradecoin.flow.tracking import track_intents
from tradecoin.ports.bank import Bank, MessageFormat
from tradecoin.ports.chain import Chain, Keys
from tradecoin.ports.clock import Clock
from tradecoin.ports.parties import Attestor, BankSigner
from tradecoin.ports.store import Store, Tx
from tradecoin.signing.typed import Domain
from tradecoin.worker import Step, Worker

_GWEI = 10**9
_LEAD_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Node:
    """Everything a node is made of; the API, the worker and the commands take what they need from it."""

    settings: Settings
    store: Store
    chain: Chain
    bank: Bank
    format: MessageFormat
    keys: Keys
    clock: Clock
    terms: Terms
    token_name: str
    deployment: Deployment
    bank_signers: tuple[BankSigner, ...]
    attestors: tuple[Attestor, ...]

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()


def open_node(settings: Settings) -> Node:
    """Build a node; raises BadConfig, WrongChain, UnmigratedDatabase, ChainUnreachable, each naming what is wrong."""
    clock = clock_for(settings)
    deployment = Deployment.load(settings.chain.deployment)
    store = open_store(settings.database, clock=clock, currency=Currency(settings.bank.currency))
    store.write(partial(_bind_to_chain, deployment=deployment))
    chain = open_chain(HttpEndpoint(settings.chain.rpc), deployment, finality=settings.chain.finality)
    bank_signers, attestors = parties_for(settings, deployment)
    return Node(
        settings=settings,
        store=store,
        chain=chain,
        bank=bank_for(settings),
        format=format_for(settings),
        keys=keys_for(settings),
        clock=clock,
        terms=terms_for(settings, deployment, decimals=chain.read("Token", "decimals")),
        token_name=chain.read("Token", "name"),
        deployment=deployment,
        bank_signers=bank_signers,
        attestors=attestors,
    )


def parties_for(settings: Settings, deployment: Deployment) -> tuple[tuple[BankSigner, ...], tuple[Attestor, ...]]:
    """Return the parties that sign, named by their addresses; each signs for one contract of ours."""
    told, chain_id = settings.parties, deployment.chain_id
    bank_side = Domain("NarrowBank", chain_id, deployment.address("NarrowBank"))
    audit_side = Domain("Reserves", chain_id, deployment.address("Reserves"))
    seconds = told.time_limit_seconds
    return (
        tuple(HttpBankSigner(url, url, domain=bank_side, timeout_seconds=seconds) for url in told.bank_signers),
        tuple(HttpAttestor(url, url, domain=audit_side, timeout_seconds=seconds) for url in told.attestors),
    )


def _bind_to_chain(tx: Tx, *, deployment: Deployment) -> None:
    """A database belongs to one chain and one set of contracts for ever."""
    name = f"{deployment.chain_id}:{deployment.address('NarrowBank')}"
    kept = tx.get_value("chain.binding")
    if kept is not None and kept != name:
        raise WrongChain("this database belongs to another chain or deployment", database=kept, deployment=name)
    tx.set_value("chain.binding", name)


def clock_for(settings: Settings) -> Clock:
    """Return the system's clock, or the devnet's."""
    return SystemClock() if settings.clock_file is None else DevnetClock(settings.clock_file)


def bank_for(settings: Settings) -> Bank:
    """Return the channel to the bank."""
    told = settings.bank
    if told.url:
        return HttpBank(told.url, told.account)
    return FolderBank(told.inbox, told.outbox or settings.home / "outbox")


def format_for(settings: Settings) -> MessageFormat:
    """Return reader and writer of the bank's messages."""
    told = settings.bank
    address = Address(town=told.town, country=told.country)
    debtor = Account(name=told.account_name, iban=told.account, address=address, bic=told.bic or None)
    return BankFiles(debtor, zone=ZoneInfo(told.zone))


def keys_for(settings: Settings) -> Keys:
    """Read the node's keys."""
    password = settings.keys.password_file.read_text().strip() if settings.keys.password_file else ""
    plain = settings.profile is Profile.DEVNET
    files: Mapping[str, Path] = {"relay": settings.keys.relay, "payer": settings.keys.payer}
    return NodeKeys({name: read_key(path, password=password, plain_allowed=plain) for name, path in files.items()})


def terms_for(settings: Settings, deployment: Deployment, *, decimals: int) -> Terms:
    """Return the terms of the token."""
    currency = Currency(settings.bank.currency)
    limits = settings.limits
    return Terms(
        bank=settings.bank.name,
        account=settings.bank.account,
        account_name=settings.bank.account_name,
        bic=settings.bank.bic,
        currency=currency,
        scale=CoinScale(decimals),
        zone=settings.bank.zone,
        chain_id=deployment.chain_id,
        token=deployment.address("Token"),
        narrow_bank=deployment.address("NarrowBank"),
        reserves=deployment.address("Reserves"),
        review_above=_money(limits.review_above, currency),
        minimum_equity=_money(limits.minimum_equity, currency),
        order_lifetime=timedelta(days=limits.order_days),
        voucher_lifetime=timedelta(hours=limits.voucher_hours),
        attestation_interval=limits.attestation_interval,
        destination_cooling_off=timedelta(hours=limits.cooling_off_hours),
    )


def _money(amount: Decimal, currency: Currency) -> Money:
    """Convert a setting."""
    return Money.parse(f"{amount:f}", currency)


# ----------------------------------------------------------------------------------------------------------- the worker

RECURRING: Mapping[str, timedelta] = {
    "bank.poll": timedelta(seconds=1),
    "inbox.poll": timedelta(seconds=2),
    "chain.index": timedelta(milliseconds=400),
    "chain.send": timedelta(milliseconds=400),
    "mint.plan": timedelta(seconds=5),
    "mint.expire": timedelta(minutes=1),
    "redeem.expire": timedelta(minutes=1),
    "attest.clock": timedelta(seconds=10),
}
"""Work that is done again and again, each after its interval."""


def steps_of(node: Node) -> dict[str, Step]:
    """Return every step of the node by the kind of work."""
    return {**_deposit_steps(node), **_mint_steps(node), **_redemption_steps(node), **_chain_steps(node)}


def _deposit_steps(node: Node) -> dict[str, Step]:
    """Messages in."""
    told = node.settings.bank
    inbox = FolderBank(told.inbox, told.outbox or node.settings.home / "outbox")
    poll_channel = partial(bank_message.poll_bank, store=node.store, format_=node.format, terms=node.terms)

    def poll(subject: str) -> None:
        poll_channel(bank=node.bank)

    def poll_inbox(subject: str) -> None:
        if told.url:
            poll_channel(bank=inbox, channel="inbox")

    return {"bank.poll": poll, "inbox.poll": poll_inbox}


def _mint_steps(node: Node) -> dict[str, Step]:
    """Orders, batches and attestations."""
    store, chain, terms = node.store, node.chain, node.terms

    def plan(subject: str) -> None:
        batch.plan(store=store, chain=chain, terms=terms)

    def advance(subject: str) -> timedelta | None:
        return batch.advance(store=store, chain=chain, signers=node.bank_signers, terms=terms, batch_id=subject)

    def start(subject: str) -> None:
        store.write(lambda tx: attestation_record.start(tx=tx, cause=subject))

    def attest(subject: str) -> timedelta | None:
        return attestation.advance(
            store=store,
            chain=chain,
            bank=node.bank,
            format_=node.format,
            attestors=node.attestors,
            terms=terms,
            attestation_id=subject,
        )

    return {
        "mint.plan": plan,
        "mint.expire": lambda subject: _nothing(mint.expire_orders(store=store)),
        "batch.advance": advance,
        "attest.start": start,
        "attest.clock": lambda subject: attestation.start_when_due(store=store, chain=chain, terms=terms),
        "attest.advance": attest,
    }


def _redemption_steps(node: Node) -> dict[str, Step]:
    """Escrow and payments."""
    store, chain, terms, bank = node.store, node.chain, node.terms, node.bank

    return {
        "redeem.accept": lambda subject: _nothing(settlement.accept(store=store, chain=chain)),
        "redeem.pay": lambda subject: settlement.pay(store=store, chain=chain, terms=terms, redemption_id=subject),
        "redeem.settle": lambda subject: _nothing(settlement.settle(store=store, chain=chain)),
        "redeem.give_back": lambda subject: _nothing(settlement.return_coins(store=store, chain=chain)),
        "redeem.watch": lambda subject: settlement.watch(store=store, redemption_id=subject),
        "redeem.expire": lambda subject: _nothing(redemption.expire_intents(store=store)),
        "payout.file": lambda subject: _nothing(payout.write_file(store=store, format_=node.format)),
        "payout.send": lambda subject: payout.send_file(store=store, bank=bank, file_id=subject),
    }


def _chain_steps(node: Node) -> dict[str, Step]:
    """Indexing and sending; one process at a time holds the lease that sending needs."""
    owner = f"{socket.gethostname()}:{id(node)}:{datetime.now(UTC).timestamp()}"
    limits = SendLimits(max_fee=node.settings.chain.max_fee_gwei * _GWEI)
    handlers = EventHandlers(node.terms)

    def index(subject: str) -> None:
        index_chain(store=node.store, chain=node.chain, handlers=handlers, first_block=node.deployment.block)

    def send(subject: str) -> None:
        fence = node.store.lead("sender", owner, lease_seconds=_LEAD_SECONDS)
        if fence is None:
            return
        send_intents(store=node.store, chain=node.chain, keys=node.keys, clock=node.clock, limits=limits, fence=fence)
        track_intents(store=node.store, chain=node.chain)

    return {
        "chain.index": index,
        "chain.send": send,
        "intent.outcome": lambda subject: outcome.note_outcome(store=node.store, intent_id=subject),
    }


def services_for(node: Node, *, worker_lives: Callable[[], bool], broken: threading.Event) -> Services:
    """Return what the API works with; the checks are those that /readyz lists."""
    settings = node.settings
    controls = None
    if settings.profile is Profile.DEVNET and settings.clock_file is not None and settings.bank.url:
        controls = HttpDevnetControls(settings.clock_file, HttpEndpoint(settings.chain.rpc), settings.bank.url)
    return Services(
        store=node.store,
        chain=node.chain,
        format=node.format,
        terms=node.terms,
        token_name=node.token_name,
        token_symbol=node.chain.read("Token", "symbol"),
        origin=f"http://{settings.api.host}:{settings.api.port}",
        key_addresses={name: node.keys.address(name) for name in ("relay", "payer")},
        deployment=asdict(node.deployment),
        devnet=controls,
        checks={
            "worker": worker_lives,
            "invariants": lambda: not broken.is_set(),
            "database": lambda: node.store.read(lambda tx: tx.now) is not None,
            "chain": lambda: node.chain.head().number >= 0,
            "chain_is_one": lambda: node.store.read(stopped_facts) is None,
        },
    )


def _nothing(result: object) -> None:
    """Drop a result that the worker has no use for."""


def worker_of(node: Node, *, stop: threading.Event, broken: threading.Event) -> Worker:
    """Return the worker of a node."""
    return Worker(
        store=node.store,
        clock=node.clock,
        steps=steps_of(node),
        recurring=RECURRING,
        stop=stop,
        broken=broken,
        threads=node.settings.workers,
    )
