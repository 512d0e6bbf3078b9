"""A new node: settings with comments, keys, a migrated database, and the first key of the API."""

import json
import os
import secrets
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tradecoin.config import Profile, Settings, load_settings
from tradecoin.domain.errors import Conflict, Refused
from tradecoin.domain.money import Currency
from tradecoin.domain.references import iban
from tradecoin.flow.api_key import make_key
from tradecoin.wiring.database import revisions, upgrade
from tradecoin.wiring.keyfiles import address_of, make_key_file
from tradecoin.wiring.node import open_books
from tradecoin.wiring.settings import shown

_SENDERS: Final = ("relay", "payer")


class Exists(Conflict):
    """A file that a new node would write is there already; nothing was changed."""

    code = "file_exists"


class BadChoice(Refused):
    """Two wishes that do not go together."""

    code = "choice_invalid"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a new node is to be; paths as given, the rest as in the settings. An empty `database` is SQLite."""

    folder: Path
    profile: str
    rpc: str
    chain_id: int
    finality: str
    database: str
    bank_name: str
    account: str
    account_name: str
    town: str
    country: str
    currency: str
    zone: str
    bank_url: str


@dataclass(frozen=True, slots=True)
class NewNode:
    """What was made; `token` is shown now and never again."""

    config: Path
    keys: dict[str, str]
    schema: str
    api_key: str
    token: str


def start(wish: Wish) -> NewNode:
    """Make everything, or, when anything is refused, nothing; raises Exists, BadChoice, BadIban, BadConfig."""
    folder = wish.folder.resolve()
    paths = _Paths(folder)
    settings = _checked(wish, paths)
    for path in (paths.config, *map(paths.key, _SENDERS)):
        if path.exists():
            raise Exists("it is there already and is not overwritten", path=str(path))
    if revisions(settings)[0] is not None:
        raise Exists("a new node takes an empty database", database=shown(settings)["database"])
    for made in (folder / "keys", folder / "deployments", folder / "inbox", folder / "outbox"):
        made.mkdir(parents=True, exist_ok=True)
    (folder / "keys").chmod(0o700)
    addresses = _make_keys(paths, plain=settings.profile is Profile.DEVNET)
    schema = upgrade(settings)
    key_id, token = _first_key(settings)
    _write_private(paths.config, _toml(wish, paths))
    return NewNode(paths.config, addresses, schema, key_id, token)


@dataclass(frozen=True, slots=True)
class _Paths:
    """Where a new node keeps its things, absolute, so that it can be started from anywhere."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "node.toml"

    @property
    def password(self) -> Path:
        return self.folder / "keys" / "password"

    def key(self, name: str) -> Path:
        return self.folder / "keys" / f"{name}.key"


def _checked(wish: Wish, paths: _Paths) -> Settings:
    """Read the settings as the node will, before any is written."""
    Currency(wish.currency)
    if wish.profile == Profile.PRODUCTION and not wish.database:
        raise BadChoice("production takes a PostgreSQL URL as its database")
    draft = paths.folder / f".node.toml.{secrets.token_hex(4)}"
    paths.folder.mkdir(parents=True, exist_ok=True)
    _write_private(draft, _toml(wish, paths))
    try:
        return load_settings(draft, {})
    finally:
        draft.unlink()


def _make_keys(paths: _Paths, *, plain: bool) -> dict[str, str]:
    """Make the keys that send transactions; return their addresses."""
    password = "" if plain else _password(paths)
    addresses = {}
    for name in _SENDERS:
        make_key_file(paths.key(name), password=password)
        addresses[name] = address_of(paths.key(name), password=password)
    return addresses


def _password(paths: _Paths) -> str:
    """Return the password of the keystores, made on the spot; whoever runs the node may move it elsewhere."""
    if not paths.password.exists():
        _write_private(paths.password, secrets.token_urlsafe(32) + "\n")
    return paths.password.read_text().strip()


def _first_key(settings: Settings) -> tuple[str, str]:
    """Make the administrator's key."""
    with closing(open_books(settings)) as store:
        row, token = store.write(lambda tx: make_key(tx, "admin", ("admin",)))
    return row.id, token


def _write_private(path: Path, text: str) -> None:
    """Write a new file that its owner alone can read; FileExistsError when it is there."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)


def _toml(wish: Wish, paths: _Paths) -> str:
    """Write the settings; strings and lists of TOML are those of JSON."""
    plain = wish.profile == Profile.DEVNET
    values: Mapping[str, Any] = {
        "profile": wish.profile,
        "database": wish.database or f"sqlite:///{paths.folder / 'node.db'}",
        "rpc": wish.rpc,
        "deployment": str(paths.folder / "deployments" / f"{wish.chain_id}.json"),
        "finality": wish.finality,
        "relay": str(paths.key("relay")),
        "payer": str(paths.key("payer")),
        "home": str(paths.folder),
        "name": wish.bank_name,
        "account": iban(wish.account),
        "account_name": wish.account_name,
        "town": wish.town,
        "country": wish.country or iban(wish.account)[:2],
        "currency": wish.currency,
        "zone": wish.zone,
        "inbox": str(paths.folder / "inbox"),
        "password_line": "" if plain else f"password_file = {json.dumps(str(paths.password))}\n",
        "channel": f"url = {json.dumps(wish.bank_url)}"
        if wish.bank_url
        else f"outbox = {json.dumps(str(paths.folder / 'outbox'))}",
    }
    written = {name: json.dumps(value, ensure_ascii=False) for name, value in values.items()}
    return _TEMPLATE.format(**{**written, "channel": values["channel"], "password_line": values["password_line"]})


_TEMPLATE: Final = """\
# Settings of a tradecoin node. Every one can also come from a variable: TRADECOIN_CHAIN__RPC sets rpc in [chain], and
# TRADECOIN_DATABASE_FILE reads `database` from the file it names. Names that are not known are refused.

# devnet, staging or production: how strict to be
profile = {profile}
home = {home}
# sqlite:///path, or postgresql://user@host/name
database = {database}

[api]
host = "127.0.0.1"
port = 8400

[chain]
rpc = {rpc}
# what `tradecoin deploy` writes
deployment = {deployment}
# instant, depth:n or finalized: from when on nothing is taken back
finality = {finality}
# the most that a unit of gas may cost
max_fee_gwei = 500

# Both pay gas, so both need some of the chain's own money. Only the owner may read the files.
[keys]
relay = {relay}
payer = {payer}
{password_line}
# The account that holds the reserve.
[bank]
# the bank's name in deposit keys: the signing parties must have the same
name = {name}
account = {account}
account_name = {account_name}
town = {town}
country = {country}
currency = {currency}
# where the bank's day ends
zone = {zone}
# bank messages that are put here are imported
inbox = {inbox}
{channel}

# Where the parties that sign answer, as in ["https://signer.example"].
[parties]
bank_signers = []
attestors = []
time_limit_seconds = 10

# Amounts in units of the currency, as text.
[limits]
# orders and redemptions above it need a second person
review_above = "1000000"
# the operator's own money that never backs coins
minimum_equity = "0"
# how long an order waits for its money
order_days = 30
voucher_hours = 6
# how old the last cut may grow
attestation_minutes = 720
# how long a new bank account waits before it is paid to
cooling_off_hours = 0
"""
