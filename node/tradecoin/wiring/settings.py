"""The node's settings for the commands: read, shown without secrets, checked one by one."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from tradecoin.adapters.chain.deployment import Deployment
from tradecoin.config import Settings, load_settings
from tradecoin.domain.errors import TradecoinError
from tradecoin.domain.money import Currency
from tradecoin.domain.references import iban
from tradecoin.wiring.node import keys_for

_PASSWORD: Final = re.compile(r"(://[^:/@]*:)[^@/]*@")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `detail` is what was found, or what is wrong."""

    name: str
    ok: bool
    detail: str


def read_settings(path: Path, environment: Mapping[str, str]) -> Settings:
    """Read file and variables; raises BadConfig."""
    return load_settings(path, environment)


def shown(settings: Settings) -> dict[str, Any]:
    """Return every setting with its value, defaults included; passwords in URLs are replaced by stars."""
    told: dict[str, Any] = _hidden(settings.model_dump(mode="json"))
    return told


def _hidden(value: Any) -> Any:
    """Take passwords out of URLs, wherever they stand."""
    if isinstance(value, dict):
        return {name: _hidden(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_hidden(each) for each in value]
    return _PASSWORD.sub(r"\1***@", value) if isinstance(value, str) else value


def check_settings(settings: Settings) -> list[Finding]:
    """Look at everything that the settings name on this machine; nothing else is asked."""
    return [look(name, question) for name, question in _questions(settings)]


def look(name: str, question: Callable[[], str]) -> Finding:
    """Ask one question whose answer is a sentence, and whose expected errors are findings."""
    try:
        return Finding(name, True, question())
    except (TradecoinError, ValueError, LookupError, OSError) as problem:  # zones and paths raise the latter three
        return Finding(name, False, str(problem))


def _questions(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    """Return what is asked, by setting."""
    bank = settings.bank
    yield "bank.account", lambda: iban(bank.account)
    yield "bank.currency", lambda: Currency(bank.currency).code
    yield "bank.zone", lambda: ZoneInfo(bank.zone).key
    yield "chain.deployment", lambda: _deployed(settings.chain.deployment)
    yield "keys", lambda: _addresses(settings)
    for name, folder in (("bank.inbox", bank.inbox), ("bank.outbox", bank.outbox)):
        if folder is not None:
            yield name, lambda folder=folder: _folder(folder)  # type: ignore[misc]


def _deployed(path: Path) -> str:
    """Say what a deployment file is about."""
    deployment = Deployment.load(path)
    return f"chain {deployment.chain_id}, {len(deployment.contracts)} contracts from block {deployment.block}"


def _addresses(settings: Settings) -> str:
    """Open both keys and name their addresses."""
    keys = keys_for(settings)
    return ", ".join(f"{name} {keys.address(name)}" for name in ("relay", "payer"))


def _folder(path: Path) -> str:
    """Name a folder that is there."""
    if not path.is_dir():
        raise NotADirectoryError(f"{path}: there is no such folder")
    return str(path)
