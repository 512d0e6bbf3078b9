"""`tradecoin devnet …`: a whole devnet up, down, looked at, or thrown away."""

import json
import os
from pathlib import Path

import click

from tradecoin.cli.homes import home_option, port_base
from tradecoin.domain.errors import Unavailable


class DevnetFailed(Unavailable):
    """A process of the devnet did not start; the message has what it wrote."""

    code = "devnet_failed"


@click.group("devnet")
def _devnet() -> None:
    """Chain, bank, signing parties and node on this machine."""


@_devnet.command("up")
@home_option
@click.option("--engine", type=click.Choice(["embedded", "anvil"]), default="embedded", show_default=True)
@click.option("--database", default="", help="PostgreSQL URL of the node; SQLite in the home folder when left out")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")
def _up(home: Path, engine: str, database: str, output: str) -> None:
    """Start everything that does not run, and print where it is."""
    from tradecoin_devnet.anvil import AnvilMissing
    from tradecoin_devnet.stack.devnet import Devnet, Wish
    from tradecoin_devnet.stack.layout import PortBusy, Ports
    from tradecoin_devnet.stack.processes import ProcessFailed

    def say(text: str) -> None:
        click.echo(text, err=True)

    try:
        devnet = Devnet(home, Ports.from_base(port_base(os.environ)), Wish(engine=engine, database=database), say)
        summary = devnet.up(before_node=Devnet.open_reserve_account)
    except (PortBusy, ProcessFailed, AnvilMissing) as problem:
        raise DevnetFailed(str(problem)) from problem
    if output == "json":
        click.echo(json.dumps(summary, indent=2))
        return
    for name in ("api", "rpc", "bank"):
        click.echo(f"{name:5} {summary[name]}")
    click.echo(f"keys  {devnet.layout.summary}")


@_devnet.command("down")
@home_option
def _down(home: Path) -> None:
    """Stop every process of the devnet; its state stays."""
    from tradecoin_devnet.stack.layout import Layout
    from tradecoin_devnet.stack.processes import Processes

    Processes(Layout(home.resolve())).stop()


@_devnet.command("status")
@home_option
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")
def _status(home: Path, output: str) -> int:
    """Tell which processes run; exit code 1 when one that was started does not."""
    from tradecoin_devnet.stack.layout import Layout
    from tradecoin_devnet.stack.processes import Processes

    processes = Processes(Layout(home.resolve()))
    running = {name: processes.is_running(name) for name in processes.names()}
    if output == "json":
        click.echo(json.dumps(running))
    else:
        for name, lives in running.items():
            click.echo(f"{name:15} {'running' if lives else 'not running'}")
    return 0 if running and all(running.values()) else 1


@_devnet.command("reset")
@home_option
@click.confirmation_option(prompt="Delete the devnet with all its books?")
def _reset(home: Path) -> None:
    """Stop everything and delete the devnet's folder."""
    import shutil

    from tradecoin_devnet.stack.layout import Layout
    from tradecoin_devnet.stack.processes import Processes

    layout = Layout(home.resolve())
    Processes(layout).stop()
    shutil.rmtree(layout.home, ignore_errors=True)


COMMANDS: dict[str, click.Command] = {"devnet": _devnet}
