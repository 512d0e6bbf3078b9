"""A node out of its settings: store, chain, bank, keys and the parties that sign."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
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
from tradecoin.adapters.parties_http import HttpAttestor, HttpBankSigner
from tradecoin.adapters.store import open_store
from tradecoin.config import Profile, Settings
from tradecoin.domain.errors import BadConfig, WrongChain
from tradecoin.domain.money import CoinScale, Currency, Money
from tradecoin.domain.payment import Account, Address
from tradecoin.domain.terms import Terms
from tradecoin.ports.bank import Bank, MessageFormat
from tradecoin.ports.chain import Chain, Keys
from tradecoin.ports.clock import Clock
from tradecoin.ports.parties import Attestor, BankSigner
from tradecoin.ports.store import Store, Tx
from tradecoin.signing.typed import Domain


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
    deployment = Deployment.load(settings.chain.deployment)
    store = open_books(settings)
    try:
        store.write(partial(_bind_to_chain, deployment=deployment))
        return _built(settings, deployment, store)
    except BaseException:
        store.close()
        raise


def open_books(settings: Settings) -> Store:
    """Open the database alone; raises UnmigratedDatabase, DatabaseUnavailable."""
    return open_store(settings.database, clock=clock_for(settings), currency=Currency(settings.bank.currency))


def _built(settings: Settings, deployment: Deployment, store: Store) -> Node:
    """Put everything around the store."""
    chain = open_chain(HttpEndpoint(settings.chain.rpc), deployment, finality=settings.chain.finality)
    bank_signers, attestors = parties_for(settings, deployment)
    return Node(
        settings=settings,
        store=store,
        chain=chain,
        bank=bank_for(settings),
        format=format_for(settings),
        keys=keys_for(settings),
        clock=clock_for(settings),
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
    """Read the node's keys; raises BadKeyFile."""
    password = password_of(settings)
    plain = settings.profile is Profile.DEVNET
    files: Mapping[str, Path] = {"relay": settings.keys.relay, "payer": settings.keys.payer}
    return NodeKeys({name: read_key(path, password=password, plain_allowed=plain) for name, path in files.items()})


def password_of(settings: Settings) -> str:
    """Return the password of the node's keystores, empty when there is none; raises BadConfig."""
    path = settings.keys.password_file
    try:
        return path.read_text().strip() if path else ""
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(f"keys.password_file: {path}: {error}") from error


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
