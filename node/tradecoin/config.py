"""The node's settings: one TOML file, `TRADECOIN_` variables on top, secrets from files. Unknown names are refused.

`TRADECOIN_CHAIN__RPC` sets `[chain] rpc`; `TRADECOIN_DATABASE_FILE` reads the setting `database` from the file it
names.
"""

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tradecoin.domain.errors import BadConfig

_PREFIX: Final = "TRADECOIN_"
# What the command line and the tests are told by variables of the same prefix.
_NOT_SETTINGS: Final = frozenset(
    f"{_PREFIX}{name}"
    for name in ("CONFIG", "FAULT", "HOME", "KEY", "NODE_MODULES", "PORT_BASE", "TEST_NODE_MODULES", "URL")
)
_PATHS: Final = {
    "": ("home", "clock_file"),
    "chain": ("deployment",),
    "keys": ("relay", "payer", "password_file"),
    "bank": ("outbox", "inbox"),
}
_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class Profile(StrEnum):
    """How strict to be: a devnet may do what production must not."""

    DEVNET = "devnet"
    STAGING = "staging"
    PRODUCTION = "production"


class _Part(BaseModel):
    """A group of settings: nothing unknown, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ApiSettings(_Part):
    """Where the REST API listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=8400, ge=0, le=65535)


class ChainSettings(_Part):
    """The chain's endpoint and how deep a block must lie to be final: instant, depth:n or finalized."""

    rpc: str = "http://127.0.0.1:8401"
    deployment: Path = Path("deployments/31337.json")
    finality: str = Field(default="finalized", pattern=r"^(instant|finalized|depth:[0-9]+)$")
    max_fee_gwei: int = Field(default=500, gt=0)


class KeySettings(_Part):
    """Key files: keystore V3, or on a devnet plain hexadecimal; all readable by the owner alone."""

    relay: Path
    payer: Path
    password_file: Path | None = None


class BankSettings(_Part):
    """The bank that holds the reserve: over HTTP, or by files in two folders."""

    name: str
    account: str
    account_name: str
    bic: str = ""
    country: str = Field(pattern=r"^[A-Z]{2}$")
    town: str = Field(min_length=1)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    zone: str = "UTC"
    url: str = ""
    outbox: Path | None = None
    inbox: Path | None = None

    @model_validator(mode="after")
    def _one_channel(self) -> "BankSettings":
        """Payments need a way out."""
        if not self.url and self.outbox is None:
            raise ValueError("bank.url or bank.outbox is needed")
        return self


class PartySettings(_Part):
    """Addresses of the parties that sign."""

    bank_signers: tuple[str, ...] = ()
    attestors: tuple[str, ...] = ()
    time_limit_seconds: int = Field(default=10, gt=0)


class LimitSettings(_Part):
    """What needs a second person, and how long things live. Amounts in units of the currency, as text."""

    review_above: Decimal = Field(default=Decimal("1000000"), gt=0)
    minimum_equity: Decimal = Field(default=Decimal(0), ge=0)
    order_days: int = Field(default=30, gt=0)
    voucher_hours: int = Field(default=6, gt=0, le=23)
    attestation_minutes: int = Field(default=720, gt=0)
    cooling_off_hours: int = Field(default=0, ge=0)

    @property
    def attestation_interval(self) -> timedelta:
        """How old the last cut may grow before a new attestation starts."""
        return timedelta(minutes=self.attestation_minutes)


class Settings(_Part):
    """Everything the node is told from outside."""

    profile: Profile = Profile.DEVNET
    home: Path
    database: str
    api: ApiSettings = ApiSettings()
    chain: ChainSettings = ChainSettings()
    keys: KeySettings
    bank: BankSettings
    parties: PartySettings = PartySettings()
    limits: LimitSettings = LimitSettings()
    workers: int = Field(default=4, ge=1, le=64)
    clock_file: Path | None = None

    @model_validator(mode="after")
    def _safe_in_production(self) -> "Settings":
        """Refuse in production what only a devnet may do."""
        if self.profile is not Profile.PRODUCTION:
            return self
        if self.clock_file is not None:
            raise ValueError("clock_file: production has no other clock than the system's")
        if self.keys.password_file is None:
            raise ValueError("keys.password_file: production takes no plain-text keys")
        if self.database.startswith("sqlite") and self.workers > 1:
            raise ValueError("database: production runs more than one worker on PostgreSQL only")
        for url in (self.chain.rpc, self.bank.url, *self.parties.bank_signers, *self.parties.attestors):
            if url.startswith("http://") and urlsplit(url).hostname not in _LOCAL:
                raise ValueError(f"{url}: production uses https to other machines")
        return self


def load_settings(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """Read the settings; raises BadConfig naming each wrong one. Relative paths are relative to the file's folder."""
    told: dict[str, Any] = {}
    if path is not None:
        told = _read_toml(path)
    for name, value in environment.items():
        if name.startswith(_PREFIX) and name not in _NOT_SETTINGS:
            _put(told, name, value)
    told.setdefault("home", str(path.parent if path is not None else Path.cwd()))
    told.setdefault("database", f"sqlite:///{Path(told['home']) / 'node.db'}")
    try:
        return Settings.model_validate(told)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in error.errors()]
        raise BadConfig("; ".join(problems), problems=problems) from error


def _read_toml(path: Path) -> dict[str, Any]:
    """Read the file; a relative path in it starts at its folder."""
    try:
        return _anchored(tomllib.loads(path.read_text()), path.absolute().parent)
    except FileNotFoundError as error:
        raise BadConfig(f"{path}: there is no such file; `tradecoin init` makes one") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path}: {error}") from error


def _anchored(told: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Make the paths among the settings absolute; what is no text is left for the validation to name."""
    for group, names in _PATHS.items():
        place = told.get(group, {}) if group else told
        for name in names:
            if isinstance(place, dict) and isinstance(place.get(name), str):
                place[name] = str(folder / place[name])
    return told


def _put(told: dict[str, Any], name: str, value: str) -> None:
    """Set one setting from a variable; a name that ends in _FILE names a file that holds the value."""
    parts = name.removeprefix(_PREFIX).lower().split("__")
    if parts[-1].endswith("_file") and parts[-1] not in ("clock_file", "password_file"):
        parts[-1] = parts[-1].removesuffix("_file")
        try:
            value = Path(value).read_text().strip()
        except OSError as error:
            raise BadConfig(f"{name}: {error}") from error
    place = told
    for part in parts[:-1]:
        place = place.setdefault(part, {})
        if not isinstance(place, dict):
            raise BadConfig(f"{name}: {part} is a single setting")
    place[parts[-1]] = value
