"""`tradecoin attestor …` and `tradecoin bank-signer …`: the parties that do not trust the node."""

import json
from pathlib import Path

import click

from tradecoin.cli.options import output_option
from tradecoin.wiring import party

_config = click.option(
    "--config",
    required=True,
    type=click.Path(path_type=Path),
    help="TOML file with the party's settings",
)


@click.group("attestor")
def _attestor() -> None:
    """Run an attestor, or see what it sees."""


@_attestor.command("serve")
@_config
def _serve_attestor(config: Path) -> None:
    """Answer requests to sign attestations until SIGTERM."""
    party.serve_attestor(config, _ready)


@_attestor.command("explain")
@_config
@output_option
def _explain(config: Path, output: str) -> None:
    """Print what this attestor sees, line by line."""
    lines = party.explain(config)
    if output == "json":
        click.echo(json.dumps({"lines": lines}))
        return
    for line in lines:
        click.echo(line)


@click.group("bank-signer")
def _signer() -> None:
    """Run a bank signer."""


@_signer.command("serve")
@_config
def _serve_signer(config: Path) -> None:
    """Answer requests to sign vouchers until SIGTERM."""
    party.serve_bank_signer(config, _ready)


def _ready(url: str) -> None:
    """Say that requests are taken."""
    click.echo(f"listening on {url}")


COMMANDS: dict[str, click.Command] = {"attestor": _attestor, "bank-signer": _signer}
