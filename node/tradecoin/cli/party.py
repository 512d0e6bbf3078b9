"""`tradecoin attestor …` and `tradecoin bank-signer …`: the parties that do not trust the node."""

import tomllib
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import click

from tradecoin.domain.errors import BadConfig
from tradecoin.domain.money import Coins
from tradecoin.parties import attestor, bank_signer
from tradecoin.parties.settings import PartyConfig

Config = TypeVar("Config", bound=PartyConfig)

_config = click.option(
    "--config", required=True, type=click.Path(path_type=Path), help="TOML file with the party's settings"
)


@click.group("attestor")
def _attestor() -> None:
    """Run an attestor, or see what it sees."""


@_attestor.command("serve")
@_config
def _serve_attestor(config: Path) -> None:
    """Answer requests to sign attestations until SIGTERM."""
    attestor.serve(_read(attestor.AttestorConfig, config), ready=_ready)


@_attestor.command("explain")
@_config
def _explain(config: Path) -> None:
    """Print what this attestor sees, line by line."""
    for line in attestor.explain(_read(attestor.AttestorConfig, config)):
        click.echo(line)


@click.group("bank-signer")
def _signer() -> None:
    """Run a bank signer."""


@_signer.command("serve")
@_config
def _serve_signer(config: Path) -> None:
    """Answer requests to sign vouchers until SIGTERM."""
    bank_signer.serve(_read(bank_signer.BankSignerConfig, config), ready=_ready)


def _ready(url: str) -> None:
    """Say that requests are taken."""
    click.echo(f"listening on {url}")


def _read(kind: type[Config], path: Path) -> Config:
    """Read settings; raises BadConfig naming what is unknown, missing or malformed."""
    try:
        told = tomllib.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BadConfig(f"{path}: {error}") from error
    hints = get_type_hints(kind)
    unknown = sorted(set(told) - set(hints))
    if unknown:
        raise BadConfig(f"{path}: unknown settings {', '.join(unknown)}")
    try:
        return kind(**{name: _value(hints[name], value) for name, value in told.items()})
    except TypeError as error:
        raise BadConfig(f"{path}: {error}") from error


def _value(hint: Any, value: Any) -> Any:
    """Turn a TOML value into the type of its field."""
    if "Path" in str(hint):
        return Path(value)
    return Coins(int(value)) if "Coins" in str(hint) else value


COMMANDS: dict[str, click.Command] = {"attestor": _attestor, "bank-signer": _signer}
