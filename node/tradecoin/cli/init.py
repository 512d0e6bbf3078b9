"""`tradecoin init`: everything that a node needs before it is served for the first time."""

from pathlib import Path
from typing import Any

import click

from tradecoin.cli.options import emit_one, output_option


@click.command("init")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=Path("."), show_default=True)
@click.option("--profile", type=click.Choice(["devnet", "staging", "production"]), default="devnet", show_default=True)
@click.option("--account", required=True, help="IBAN of the account that holds the reserve")
@click.option("--account-name", required=True, help="whose account it is, as the bank writes it")
@click.option("--town", required=True, help="town of the account's owner, for payment orders")
@click.option("--country", default="", help="its country, two letters; that of the IBAN when left out")
@click.option("--currency", default="EUR", show_default=True)
@click.option("--bank-name", default="BANK", show_default=True, help="the bank's name in deposit keys")
@click.option("--bank-url", default="", help="the bank over HTTP; by files in inbox/ and outbox/ when left out")
@click.option("--zone", default="UTC", show_default=True, help="time zone in which the bank's day ends")
@click.option("--rpc", default="http://127.0.0.1:8401", show_default=True, help="URL of the chain's endpoint")
@click.option("--chain-id", type=int, default=31337, show_default=True)
@click.option("--finality", default="finalized", show_default=True, help="instant, depth:n or finalized")
@click.option("--database", default="", help="PostgreSQL URL; SQLite in the folder when left out")
@output_option
def _init(output: str, **wishes: Any) -> None:
    """Write node.toml, make the relay's and the payer's keys, migrate, and make the first admin API key.

    The API key is shown once. Nothing that is there is overwritten: then the command is refused.
    """
    from tradecoin.wiring.starting import Wish, start

    made = start(Wish(**wishes))
    document = {
        "config": str(made.config),
        "keys": made.keys,
        "schema": made.schema,
        "api_key": {"id": made.api_key, "token": made.token},
    }
    emit_one(output, document)
    click.echo("The token is shown this once. The payer's address goes into the plan for `tradecoin deploy`.", err=True)


COMMANDS: dict[str, click.Command] = {"init": _init}
