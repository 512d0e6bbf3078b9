"""`tradecoin demo`: from a bank file to a payout in one command."""

import json
import os
import sys
from pathlib import Path
from urllib.error import HTTPError

import click

from tradecoin.cli.homes import home_option, port_base
from tradecoin.domain.errors import Refused, Unavailable
from tradecoin.domain.statement import BadBankMessage

_WIDTH = 100


class BadStatement(Refused):
    """The user's bank file cannot be used."""

    code = "statement_refused"


class DemoImpossible(Unavailable):
    """A port is taken, or the chain's program is missing."""

    code = "demo_impossible"


@click.command("demo")
@home_option
@click.option("--statement", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="your own camt.053")
@click.option("--engine", type=click.Choice(["embedded", "anvil"]), default="embedded", show_default=True)
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="write the report there")
@click.option("--keep", is_flag=True, help="leave everything running and print the URLs")
def _demo(home: Path, statement: Path | None, engine: str, json_path: Path | None, keep: bool) -> int:
    """Deploy, import a bank file, mint, attest, redeem, pay, audit."""
    from rich.console import Console

    from tradecoin_devnet.anvil import AnvilMissing
    from tradecoin_devnet.demo.choice import NotForTheDemo
    from tradecoin_devnet.demo.run import DemoFailed, Options, run
    from tradecoin_devnet.stack.layout import PortBusy
    from tradecoin_devnet.stack.processes import ProcessFailed

    console = Console(width=min(_WIDTH, Console().width) if sys.stdout.isatty() else _WIDTH)
    options = Options(home, port_base(os.environ), engine, statement, json_path, keep)
    try:
        report = run(options, console)
    except (BadBankMessage, NotForTheDemo) as problem:
        reason = problem.message if isinstance(problem, BadBankMessage) else str(problem)
        raise BadStatement(f"{statement}: {reason}") from problem
    except HTTPError as refusal:
        raise BadStatement(f"{statement}: {json.loads(refusal.read())['message']}") from refusal
    except (PortBusy, AnvilMissing) as problem:
        raise DemoImpossible(str(problem)) from problem
    except (DemoFailed, ProcessFailed) as problem:
        click.echo(f"the demo failed: {problem}", err=True)
        return 1
    except KeyboardInterrupt:
        click.echo("stopped; nothing is left running", err=True)
        return 1
    console.print(f"[bold]{'all zeros' if report['ok'] else 'the books differ'}[/bold] after {report['seconds']} s")
    return 0 if report["ok"] else 1


COMMANDS: dict[str, click.Command] = {"demo": _demo}
