"""The command line: the verbs of the API, and what only an operator at the machine does.

Exit codes: 0 ok, 1 a check failed, 2 usage, 3 not reachable or port busy, 4 refused. Commands are imported when they
are called, so that a party starts without the libraries of the node.
"""

import importlib
from collections.abc import Sequence
from typing import Final

import click

from tradecoin.domain.errors import Refused, TradecoinError, Unavailable

OK: Final = 0
CHECK_FAILED: Final = 1
USAGE: Final = 2
NOT_REACHABLE: Final = 3
REFUSED: Final = 4

_COMMANDS: Final = {
    "init": ("init", "Write settings, make keys and the first admin key"),
    "serve": ("operate", "Run the node"),
    "migrate": ("operate", "Bring the database to this version's schema"),
    "config": ("operate", "Show or check the settings"),
    "deploy": ("deploy", "Deploy the contracts, or check that they are there"),
    "keys": ("keys", "Make and show the node's keys"),
    "doctor": ("doctor", "Is everything there that a node needs?"),
    "chain": ("chain", "Compare the node's view of the chain with the chain"),
    "attestor": ("party", "Run an attestor, or see what it sees"),
    "bank-signer": ("party", "Run a bank signer"),
    "apikey": ("apikey", "Make, list and end API keys"),
    "mint": ("mint", "Order coins for a payment"),
    "redeem": ("redeem", "Give coins back for money"),
    "bank": ("bank", "Import bank messages, see to credits and payouts"),
    "attest": ("attest", "Attest, and check attestations"),
    "reserves": ("books", "What backs the coins"),
    "ledger": ("books", "Look into the books"),
    "audit": ("books", "Compare bank, ledger and chain"),
    "tx": ("books", "Look at the node's transactions"),
    "events": ("books", "Follow what happens"),
    "openapi": ("doctor", "Print the description of the REST API"),
    "devnet": ("devnet", "Bring a whole devnet up or down"),
    "demo": ("demo", "From a bank file to a payout, with a table"),
}


class _Lazy(click.Group):
    """Finds a command in the module that has it, when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every command, in the order of the table."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command; None for a name that is not in the table."""
        if cmd_name not in _COMMANDS:
            return None
        module, _ = _COMMANDS[cmd_name]
        command: click.Command = importlib.import_module(f"tradecoin.cli.{module}").COMMANDS[cmd_name]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
def app() -> None:
    """Run the node of a narrow bank, and everything around it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; what went wrong stands on standard error."""
    try:
        result = app.main(args=None if arguments is None else list(arguments), standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as problem:
        problem.show()
        return USAGE
    except click.Abort:
        return CHECK_FAILED
    except TradecoinError as problem:
        return _told(problem)
    return result if isinstance(result, int) else OK


def _told(problem: TradecoinError) -> int:
    """Print an expected error and return its exit code."""
    click.echo(f"{problem.code}: {problem}", err=True)
    if isinstance(problem, Unavailable):
        return NOT_REACHABLE
    return REFUSED if isinstance(problem, Refused) else CHECK_FAILED
